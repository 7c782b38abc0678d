//! What several test files share. It is NOT tests: nothing in here is a `#[test]`.
//! Invariant: everything a test starts through it is stopped when the test ends, however it ends.

pub(crate) mod alertmanager;
pub(crate) mod api;
pub(crate) mod chromium;
pub(crate) mod command;
pub(crate) mod config_file;
pub(crate) mod exporter;
pub(crate) mod fake_broker;
pub(crate) mod generated;
pub(crate) mod kafka;
pub(crate) mod not_run;
pub(crate) mod page;
pub(crate) mod panels;
pub(crate) mod peer;
pub(crate) mod prometheus;
pub(crate) mod release;
pub(crate) mod server;
pub(crate) mod spoiled;
pub(crate) mod tree;
pub(crate) mod wait;
pub(crate) mod webhook;
