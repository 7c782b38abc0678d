//! What the rules say of every kind of facts.
//!
//! Not of histories.
//! Invariant: each rule has a case that holds and one that does not.
