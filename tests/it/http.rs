//! The real server over TCP, as scrapers, operators and the impolite meet it.
//!
//! No Kafka and no poller: reports are published by hand, and time is what a test says it is.
//! Invariant: nothing here measures how long something took.

mod api;
mod limits;
mod openapi;
mod operate;
mod page;
mod scrape;
pub(crate) mod support;
