//! One consumer group as a scenario says it.
//!
//! Not its state at a time; that is the world's.
//! Invariant: every kind of group Kafka knows can be said with these words, except share groups.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// A consumer group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupSpec {
    /// Its name.
    pub name: String,
    /// How its members find together.
    #[serde(default)]
    pub kind: GroupType,
    /// Topics it reads.
    #[serde(default)]
    pub topics: Vec<String>,
    /// Only the first so many partitions are read, counted over its topics in their order; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partitions: Option<u32>,
    /// Members; a group of kind `simple` or `empty` has none that Kafka knows.
    #[serde(default = "one")]
    pub members: u32,
    /// Records per second one member can process; as many as there are when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub capacity: Option<f64>,
    /// How often offsets are committed.
    #[serde(default = "five_seconds", with = "duration")]
    pub commit_interval: Duration,
    /// Whether records of open transactions are read.
    #[serde(default)]
    pub isolation: Isolation,
    /// By how many records each partition is behind at the start.
    #[serde(default)]
    pub behind: u32,
    /// How long the broker waits for a silent member.
    #[serde(default = "forty_five_seconds", with = "duration")]
    pub session_timeout: Duration,
    /// How long a member may process without asking for records; also how long a rebalance waits.
    #[serde(default = "five_minutes", with = "duration")]
    pub max_poll_interval: Duration,
    /// How long a rebalance takes when everybody hurries.
    #[serde(default = "three_seconds", with = "duration")]
    pub rebalance_takes: Duration,
}

impl GroupSpec {
    /// A group of one member that keeps pace.
    #[must_use]
    pub fn new(name: impl Into<String>, kind: GroupType, topics: &[&str]) -> Self {
        Self {
            name: name.into(),
            kind,
            topics: topics.iter().map(ToString::to_string).collect(),
            partitions: None,
            members: one(),
            capacity: None,
            commit_interval: five_seconds(),
            isolation: Isolation::default(),
            behind: 0,
            session_timeout: forty_five_seconds(),
            max_poll_interval: five_minutes(),
            rebalance_takes: three_seconds(),
        }
    }

    /// The same with so many members.
    #[must_use]
    pub fn members(mut self, count: u32) -> Self {
        self.members = count;
        self
    }
}

/// How the members of a group find together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupType {
    /// The classic protocol, eager: all stop while it rebalances (range assignor).
    #[default]
    Classic,
    /// The classic protocol, incremental: only what moves stops (KIP-429).
    Cooperative,
    /// Classic with static members (KIP-345): a member that comes back in time causes no rebalance.
    Static,
    /// The protocol of KIP-848.
    Consumer,
    /// Offsets committed by consumers that assign themselves; no members.
    Simple,
    /// Workers of Kafka Connect: members, but no offsets.
    Connect,
    /// An application of Kafka Streams on the classic protocol.
    Streams,
    /// Offsets left behind by members that are gone.
    Empty,
}

impl GroupType {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Classic,
        Self::Cooperative,
        Self::Static,
        Self::Consumer,
        Self::Simple,
        Self::Connect,
        Self::Streams,
        Self::Empty,
    ];
}

/// Whether records of open transactions are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// Everything is read.
    #[default]
    ReadUncommitted,
    /// Reading stops at the first open transaction.
    ReadCommitted,
}

fn one() -> u32 {
    1
}

fn three_seconds() -> Duration {
    Duration::from_secs(3)
}

fn five_seconds() -> Duration {
    Duration::from_secs(5)
}

fn forty_five_seconds() -> Duration {
    Duration::from_secs(45)
}

fn five_minutes() -> Duration {
    Duration::from_mins(5)
}
