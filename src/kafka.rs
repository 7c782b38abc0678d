//! Asks Kafka: connections, versions, one file per question, and the poll that puts them in order.
//!
//! It concludes nothing, and never writes: no topic is created, no offset committed, no group joined.
//! Invariant: a question that fails costs what it was about, never another broker, group or partition.

mod ask;
mod backoff;
mod code;
mod collect;
mod connection;
mod diagnose;
mod error;
mod fleet;
mod frame;
mod link;
mod poll;
mod stream;
mod versions;

use std::future::Future;

use crate::model::{ClusterSnapshot, Problem, Wishes};

pub use collect::KafkaCluster;
pub use stream::{Dial, Dialing, Duplex, Stream};

/// Where a poller gets its snapshots from.
pub trait ClusterSource: Send {
    /// Asks everything once, and of the wishes as much as is cheap. It comes back by the poll's deadline at the latest.
    fn collect(&mut self, wishes: &Wishes) -> impl Future<Output = Result<ClusterSnapshot, LearnedNothing>> + Send;
}

/// No broker answered, so there is nothing to show.
#[derive(Debug, thiserror::Error)]
#[error("{sentence}")]
pub struct LearnedNothing {
    /// What was tried and how it ended, for people.
    pub sentence: String,
    /// The same as data.
    pub problems: Vec<Problem>,
}
