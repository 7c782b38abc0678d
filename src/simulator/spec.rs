//! What a simulated cluster is made of, as a scenario file says it.
//!
//! Not the reading of files, nor what happens: `scenario` reads, `world` lives.
//! Invariant: every value here was written by somebody; what is derived from it is the world's.

mod action;
pub(super) mod duration;
mod group;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use action::{Action, EventSpec, MemberOf, PartitionOf, ReadingOf};
pub use group::{GroupSpec, GroupType, Isolation};

/// What holds for the whole cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Everything that looks random follows from this.
    pub seed: u64,
    /// Brokers, numbered from 1; at least as many as a scenario asks for.
    pub brokers: u16,
    /// For how long producers have been at work when the first event counts from zero.
    pub history: Duration,
    /// Whether commits are also written to `__consumer_offsets`; that costs memory and time for each commit. Where they are
    /// not, nobody may read that topic.
    pub has_offsets_log: bool,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self { seed: 1, brokers: 3, history: Duration::from_hours(1), has_offsets_log: true }
    }
}

/// A story: topics, groups, and what happens to them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name, in words joined by hyphens.
    pub name: String,
    /// What happens, in a sentence or two.
    pub story: String,
    /// What an operator should see, and where.
    #[serde(default)]
    pub look_at: String,
    /// How many brokers it needs at least.
    #[serde(default)]
    pub brokers: u16,
    /// Topics, each name once in the cluster.
    #[serde(default)]
    pub topics: Vec<TopicSpec>,
    /// Groups, each name once in the cluster.
    #[serde(default)]
    pub groups: Vec<GroupSpec>,
    /// What happens, in any order.
    #[serde(default)]
    pub events: Vec<EventSpec>,
}

/// One topic and what produces to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// Number of partitions.
    #[serde(default = "one")]
    pub partitions: u32,
    /// Replicas of each partition; at most the brokers there are.
    #[serde(default = "three")]
    pub replication: u16,
    /// The only brokers its replicas are on; all when empty.
    #[serde(default)]
    pub on_brokers: Vec<i32>,
    /// Records per second over all partitions.
    #[serde(default)]
    pub rate: f64,
    /// How unsteady the rate is: 0.2 is up to 20% more or less at any moment.
    #[serde(default = "some_wobble")]
    pub wobble: f64,
    /// Partitions that get so many times the records of the others.
    #[serde(default)]
    pub hot: BTreeMap<u32, f64>,
    /// After how long records are deleted.
    #[serde(default = "seven_days", with = "duration")]
    pub retention: Duration,
    /// After how long records are in remote storage only (`local.retention.ms`); none without.
    #[serde(default, with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub local_retention: Option<Duration>,
    /// `min.insync.replicas`.
    #[serde(default = "one_replica")]
    pub min_in_sync: u16,
    /// Different keys of its records.
    #[serde(default = "thousand")]
    pub keys: u32,
    /// Bytes of a record's value.
    #[serde(default = "hundred")]
    pub record_bytes: u32,
}

impl TopicSpec {
    /// A topic nobody produces to.
    #[must_use]
    pub fn new(name: impl Into<String>, partitions: u32) -> Self {
        Self {
            name: name.into(),
            partitions,
            replication: three(),
            on_brokers: Vec::new(),
            rate: 0.0,
            wobble: some_wobble(),
            hot: BTreeMap::new(),
            retention: seven_days(),
            local_retention: None,
            min_in_sync: one_replica(),
            keys: thousand(),
            record_bytes: hundred(),
        }
    }

    /// The same with so many records per second.
    #[must_use]
    pub fn rate(mut self, records_per_second: f64) -> Self {
        self.rate = records_per_second;
        self
    }
}

fn one() -> u32 {
    1
}

fn three() -> u16 {
    3
}

fn one_replica() -> u16 {
    1
}

fn some_wobble() -> f64 {
    0.2
}

fn seven_days() -> Duration {
    Duration::from_hours(7 * 24)
}

fn thousand() -> u32 {
    1000
}

fn hundred() -> u32 {
    100
}
