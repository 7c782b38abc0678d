//! Whole histories of one partition, poll by poll.
//!
//! Not through snapshots.
//! Invariant: time moves by polls.
