//! From what was written to what is meant, with all mistakes at once.
//!
//! It never asks Kafka whether a setting works: that is seen when it is used.
//! Invariant: a [`Config`] is valid by construction.

mod filter;
mod meaning;

pub use filter::NameFilter;
pub use meaning::{BrokerAddress, ClusterConfig, Config, PollSettings};
