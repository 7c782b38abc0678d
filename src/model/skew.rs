//! How unevenly a topic's partitions are written, and which partitions a group reads more slowly than the others.
//!
//! Not how it is found out; see `analysis`.
//! Invariant: a ratio is finite and at least 1, a share is 0 to 1.

use super::ids::PartitionId;
use super::status::Severity;

/// How unevenly the partitions of a topic are written.
#[derive(Clone, Debug, PartialEq)]
pub struct Skew {
    /// The greatest rate of a partition over their mean.
    pub ratio: f64,
    /// The topic behaves as if it had so many partitions that are written alike.
    pub effective_partitions: f64,
    /// Partitions that are hot, by number.
    pub hot: Box<[HotPartition]>,
    /// The one that gets nearly all records (at least 99 of 100), which is often meant so; it is not among the hot ones.
    pub concentrated: Option<PartitionId>,
}

/// A partition that gets many more records than the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HotPartition {
    /// The partition.
    pub partition: PartitionId,
    /// How many times the rate of the others.
    pub ratio: f32,
    /// Its share of all records.
    pub share: f32,
    /// Warning or critical.
    pub severity: Severity,
}

/// A partition on which a group is much further behind than on the others of the topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlowPartition {
    /// The partition.
    pub partition: PartitionId,
    /// Why, as far as can be told.
    pub cause: SlowCause,
}

/// Why a group is further behind on a partition than on others, by the word used as label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SlowCause {
    /// It is written to much more than the others.
    KeySkew,
    /// Nothing of it is read.
    Stuck,
    /// The member that reads it is slow: with all it reads, or it alone is slow with anything.
    SlowMember,
    /// It alone is slow, and nothing tells why.
    SlowPartition,
}

impl SlowCause {
    /// Every cause.
    pub const ALL: [Self; 4] = [Self::KeySkew, Self::Stuck, Self::SlowMember, Self::SlowPartition];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KeySkew => "key_skew",
            Self::Stuck => "stuck",
            Self::SlowMember => "slow_member",
            Self::SlowPartition => "slow_partition",
        }
    }
}
