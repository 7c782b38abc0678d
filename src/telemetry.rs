//! What the exporter tells about itself: log lines and the `highwater_*` and `process_*` families.
//!
//! Not where anything about Kafka is concluded or shown, and nothing here is global.
//! Invariant: every label value is a word of the vocabulary or a configured name, never a peer's text.

mod cluster;
pub mod log;
mod notify;
mod own;

/// Help of families in a registry, which does not take none. What is shown is the catalogue's.
const HELP: &str = "see the catalogue of families";

pub use cluster::{ClusterMetrics, PollOutcome};
pub use notify::{NotifyError, ReceiverMetrics};
pub use own::SelfMetrics;
