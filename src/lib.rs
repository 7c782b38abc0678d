//! Watches Kafka clusters and tells which consumers are in trouble, why, and for how long they still have.
//!
//! ```text
//! config ─► kafka ─► model::ClusterSnapshot ─► analysis ─► model::ClusterReport ─► render ─► publish ─► http
//!           (asks)         (facts)             (thinks)        (conclusions)       (words)  (latest)  (serves)
//!           client ─┘ (follows)                                                                           └──► notify
//! ```
//!
//! Left of the snapshot and right of `render` is input and output. Everything between is a pure
//! function: no clock, no async, no logging. It is not a Kafka client for applications.
//! Invariant: `http` and `kafka` never meet, so a scrape cannot cause a request to Kafka.

pub mod analysis;
pub mod app;
pub mod cli;
pub mod client;
pub mod config;
pub mod http;
pub mod kafka;
pub mod model;
pub mod notify;
pub mod poller;
pub mod publish;
pub mod render;
pub mod simulator;
pub mod telemetry;
pub mod wire;
