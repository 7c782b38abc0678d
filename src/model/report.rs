//! What was concluded from one poll, ready to be put into words.
//!
//! Not words: no label, no unit in text, no format.
//! Invariant: a lag is at least 0 and was computed from a commit and an end of the same poll, or it
//! is absent with its reason.

use std::ops::Range;
use std::sync::Arc;

use super::group::{GroupKind, GroupState};
use super::ids::{BrokerId, GroupId, PartitionId, TopicName};
use super::problem::Known;
use super::snapshot::ClusterSnapshot;

/// The conclusions of one poll, beside its facts.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterReport {
    /// The facts.
    pub snapshot: Arc<ClusterSnapshot>,
    /// The groups, by id, including those whose coordinator did not answer.
    pub groups: Vec<GroupReport>,
}

/// What one poll tells of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupReport {
    /// The group.
    pub id: GroupId,
    /// Its kind.
    pub kind: GroupKind,
    /// Its protocol type (`consumer`, `connect`, …).
    pub protocol_type: String,
    /// The assignor its members chose.
    pub protocol: String,
    /// Its state.
    pub state: GroupState,
    /// Its coordinator.
    pub coordinator: BrokerId,
    /// How many members it has.
    pub member_count: Known<usize>,
    /// Members that own nothing while the group is stable.
    pub idle_member_count: Option<usize>,
    /// Partitions of subscribed topics that nobody owns while the group is stable.
    pub unassigned_partition_count: Option<usize>,
    /// Owned partitions without a commit.
    pub uncommitted_partition_count: Option<usize>,
    /// The topics it committed to or owns partitions of, by name.
    pub topics: Vec<GroupTopic>,
    /// Its partitions, in the order of `topics` and within a topic by number.
    pub partitions: Vec<PartitionLag>,
}

impl GroupReport {
    /// The partitions of one of this group's topics.
    #[must_use]
    pub fn partitions_of(&self, topic: &GroupTopic) -> &[PartitionLag] {
        self.partitions.get(topic.range.clone()).unwrap_or_default()
    }
}

/// What one poll tells of a group on a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTopic {
    /// The topic.
    pub topic: TopicName,
    /// Where its partitions are in [`GroupReport::partitions`].
    pub range: Range<usize>,
    /// Sum over the partitions whose lag is known, in records; `None` where none is.
    pub lag: Option<u64>,
    /// Sum of the committed offsets that are known; `None` where none is.
    pub committed_offset: Option<u64>,
    /// Partitions whose lag is not known.
    pub unknown_partition_count: usize,
}

/// What one poll tells of a group on a partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionLag {
    /// The partition.
    pub partition: PartitionId,
    /// The committed offset.
    pub committed_offset: Known<i64>,
    /// Unread records between the commit and the end, as of the moment the commit was read.
    pub lag: Known<u64>,
    /// Lag up to here is indistinguishable from being caught up: what is produced within a commit
    /// interval and the skew of the readings, in records.
    pub noise_floor: u64,
    /// What is odd about the commit.
    pub condition: Condition,
}

impl PartitionLag {
    /// Whether the lag is known to be no more than noise.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.lag.is_ok_and(|lag| lag <= self.noise_floor)
    }
}

/// How a commit lies to its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Between start and end.
    Normal,
    /// There is none, although a member owns the partition.
    NoCommit,
    /// Below the start: this many records were deleted unread.
    BelowLogStart {
        /// Offsets between the commit and the first record that is still there.
        deleted: u64,
    },
    /// Beyond the end, also after asking again: the log was truncated or the commit is wrong.
    Ahead,
    /// Beyond the end of a topic that was deleted and made anew under the same name.
    Recreated,
    /// Commit or partition could not be read, so nothing can be said.
    Unknown,
}

impl Condition {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Normal => "ok",
            Self::NoCommit => "no_commit",
            Self::BelowLogStart { .. } => "below_log_start",
            Self::Ahead => "ahead",
            Self::Recreated => "recreated",
            Self::Unknown => "unknown",
        }
    }
}
