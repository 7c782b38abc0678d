//! One test binary, so that everything is linked once: each module is a topic. It is NOT where pure functions are
//! tested; those have their tests beside them.
//! Invariant: nothing in here passes by being skipped.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on says why, and ends")]

mod config;
mod real;
mod support;
