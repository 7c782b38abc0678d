//! One test binary, so that everything is linked once: each module is a topic. It is NOT where pure functions are
//! tested; those have their tests beside them.
//! Invariant: nothing in here passes by being skipped.

#![allow(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    reason = "tests say what they expect, exactly, and end where they cannot go on"
)]

mod alerting;
mod alertmanager;
mod artefacts;
mod boards;
mod browser;
mod cli;
mod config;
mod dependencies;
mod deploy;
mod documents;
mod explained;
mod harness;
mod hostile;
mod http;
mod image;
mod lifecycle;
mod notify;
mod prometheus;
mod push;
mod readme;
mod real;
mod reload;
mod simulated;
mod support;
mod tidy;
mod wrong_port;
