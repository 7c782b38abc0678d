//! What is wrong with a cluster, whoever reads from it.
//!
//! Not consumers; those have a status.
//! Invariant: a check has one word for ever, since alerts name it.

use std::time::Duration;

use super::ids::{BrokerId, PartitionId, TopicName};
use super::status::Severity;

/// One thing that is wrong, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// Which check found it.
    pub check: Check,
    /// How much it matters.
    pub severity: Severity,
    /// For how long it has been so, as far as was watched.
    pub lasting: Duration,
    /// What it is about.
    pub about: About,
    /// How many partitions or brokers are concerned.
    pub count: usize,
}

/// What a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum About {
    /// The whole cluster.
    Cluster,
    /// One broker.
    Broker(BrokerId),
    /// One partition.
    Partition(TopicName, PartitionId),
    /// A topic, and the first of its partitions that are concerned.
    Topic(TopicName, PartitionId),
}

/// The checks, by the word used as label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// Partitions without a leader.
    OfflinePartitions,
    /// Partitions whose replicas are not all in sync.
    UnderReplicated,
    /// Partitions that are not led by their preferred leader.
    PreferredLeaderImbalance,
    /// Brokers that lead much more or less than the others.
    LeaderSkew,
    /// Brokers that came or went.
    BrokerSetChanged,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 5] = [
        Self::OfflinePartitions,
        Self::UnderReplicated,
        Self::PreferredLeaderImbalance,
        Self::LeaderSkew,
        Self::BrokerSetChanged,
    ];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OfflinePartitions => "offline_partitions",
            Self::UnderReplicated => "under_replicated",
            Self::PreferredLeaderImbalance => "preferred_leader_imbalance",
            Self::LeaderSkew => "leader_skew",
            Self::BrokerSetChanged => "broker_set_changed",
        }
    }
}
