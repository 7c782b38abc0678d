//! Rebalances as polls and records tell of them: counts, storms, and what is none.
//!
//! Not the follower, nor what is shown.
//! Invariant: every test goes through `analyze`, with a coordinator that knows the true count.

mod any;
mod benign;
mod coordinator;
mod replaced;
mod sources;
mod storms;
mod watched;
