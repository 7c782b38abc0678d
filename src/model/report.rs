//! What was concluded from one poll, ready to be put into words.
//!
//! Not words: no label, no unit in text, no format.
//! Invariant: a lag is at least 0 and was computed from a commit and an end of the same poll, or it
//! is absent with its reason.

use std::ops::Range;
use std::sync::Arc;

use super::finding::Finding;
use super::group::{GroupKind, GroupState};
use super::ids::{BrokerId, GroupId, PartitionId, TopicName};
use super::offsets::Offsets;
use super::problem::{Known, Unknown};
use super::rebalances::Rebalances;
use super::skew::{Skew, SlowPartition};
use super::snapshot::ClusterSnapshot;
use super::status::{Because, Severity, Status};
use super::time::Timestamp;
use super::time_lag::TimeLag;
use super::topic::Partition;
use super::trace::{LagReading, Reading, Trace};

/// The conclusions of one poll, beside its facts.
#[derive(Clone, Debug, PartialEq)]
pub struct ClusterReport {
    /// The facts.
    pub snapshot: Arc<ClusterSnapshot>,
    /// The groups, by id, including those whose coordinator did not answer.
    pub groups: Vec<GroupReport>,
    /// The topics, in the order of the snapshot's.
    pub topics: Vec<TopicReport>,
    /// What is wrong with the cluster, whoever reads from it.
    pub findings: Vec<Finding>,
    /// The greatest rate at which a broker is written to over the mean of all; `None` where brokers or records are few, or it
    /// was not watched for long enough.
    pub broker_skew: Option<f64>,
}

impl ClusterReport {
    /// Conclusions about groups alone.
    #[must_use]
    pub fn of_groups(snapshot: Arc<ClusterSnapshot>, groups: Vec<GroupReport>) -> Self {
        let topics = vec![TopicReport::default(); snapshot.topics.len()];
        Self { snapshot, groups, topics, findings: Vec::new(), broker_skew: None }
    }
}

/// What was concluded about a topic, whoever reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TopicReport {
    /// Records produced per second over the window; `None` before it was watched for long enough.
    pub produced_per_second: Option<f64>,
    /// The age of the oldest record of those partitions where it is known, in seconds: for how long records are kept.
    pub retained_seconds: Option<f64>,
    /// How unevenly its partitions are written; `None` where too little is, or it was not watched for long enough.
    pub skew: Option<Skew>,
    /// Whether READ is missing to tell markers that end transactions from records, where that was asked.
    pub are_markers_hidden: bool,
    /// Whether brokers are not asked about its older records, since those may be in remote storage.
    pub is_remote_unasked: bool,
    /// Records produced per second to each partition, in the order of the snapshot's.
    pub partition_rates: Box<[Reading]>,
    /// `produced_per_second` over time, up to now.
    pub history: Trace<Reading>,
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
    /// The worst status of its partitions, of the topics it subscribes to; [`Status::Ok`] where it has none.
    pub status: Status,
    /// How much the status matters: falling behind is critical where records will be lost soon.
    pub severity: Severity,
    /// How many of its partitions have which status, of the topics it subscribes to.
    pub status_counts: StatusCounts,
    /// What its members can do; `None` until it was seen.
    pub capacity: Option<Capacity>,
    /// Its rebalances; `None` where nobody tells of them.
    pub rebalances: Option<Arc<Rebalances>>,
    /// Its lag over time, up to now.
    pub history: Trace<LagReading>,
}

impl GroupReport {
    /// The topics that count for it.
    pub fn subscribed(&self) -> impl Iterator<Item = &GroupTopic> {
        self.topics.iter().filter(|topic| topic.is_subscribed)
    }

    /// The sum of the lags of its topics that are known, in records; `None` where none is.
    #[must_use]
    pub fn lag(&self) -> Option<u64> {
        self.subscribed().filter_map(|topic| topic.lag).reduce(u64::saturating_add)
    }

    /// The greatest lag in time of its topics; `None` where none is known.
    #[must_use]
    pub fn time_lag(&self) -> Option<TimeLag> {
        let known = self.subscribed().filter_map(|topic| topic.time_lag);
        known.max_by(TimeLag::by_length)
    }
}

/// How many partitions have which status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts([u32; Status::COUNT]);

impl StatusCounts {
    /// Of partitions, those of topics that the group does not want left out.
    pub fn of_partitions<'a>(partitions: impl IntoIterator<Item = &'a PartitionLag>) -> Self {
        let mut counts = Self::default();
        let wanted = partitions.into_iter().filter(|partition| partition.is_subscribed);
        wanted.for_each(|partition| counts.add(partition.status));
        counts
    }

    /// Counts one more.
    pub fn add(&mut self, status: Status) {
        if let Some(count) = self.0.get_mut(status as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// How many have this status.
    #[must_use]
    pub fn of(&self, status: Status) -> u32 {
        self.0.get(status as usize).copied().unwrap_or(0)
    }

    /// The worst status that any has.
    #[must_use]
    pub fn worst(&self) -> Option<Status> {
        Status::ALL.into_iter().find(|status| self.of(*status) > 0)
    }
}

/// What the members of a group can do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Capacity {
    /// Records one member reads per second when it is the limit: seen while the group was behind.
    pub per_member: f64,
    /// Records produced per second for the group to read.
    pub produced_per_second: f64,
    /// Members that read as fast as is produced; at most the partitions.
    pub to_keep_pace: usize,
    /// Members that also read what is behind within `drain_within`; `None` where that takes more than there are partitions.
    pub to_drain: Option<usize>,
    /// The time in which the backlog is to be read, in seconds.
    pub drain_within: f64,
    /// Partitions of the topics it reads: more members do not help.
    pub partitions: usize,
}

impl GroupReport {
    /// The partitions of one of this group's topics.
    #[must_use]
    pub fn partitions_of(&self, topic: &GroupTopic) -> &[PartitionLag] {
        self.partitions.get(topic.range.clone()).unwrap_or_default()
    }

    /// The worst status on a topic; `None` where the group does not want it.
    #[must_use]
    pub fn worst_on(&self, topic: &GroupTopic) -> Option<Status> {
        let wanted = self.partitions_of(topic).iter().filter(|partition| partition.is_subscribed);
        wanted.map(|partition| partition.status).min()
    }
}

/// What one poll tells of a group on a topic.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupTopic {
    /// The topic.
    pub topic: TopicName,
    /// Where its partitions are in [`GroupReport::partitions`].
    pub range: Range<usize>,
    /// Whether it counts for the group: members that subscribe to other topics only want nothing of it any more.
    pub is_subscribed: bool,
    /// Sum over the partitions whose lag is known, in records; `None` where none is.
    pub lag: Option<u64>,
    /// Sum of the committed offsets that are known; `None` where none is.
    pub committed_offset: Option<u64>,
    /// Partitions whose lag is not known.
    pub unknown_partition_count: usize,
    /// The greatest lag in time over the partitions where it is known; `None` where none is.
    pub time_lag: Option<TimeLag>,
    /// How lag and commits move.
    pub trend: TopicTrend,
    /// Partitions on which the group is much further behind than on the others, by number.
    pub slow: Box<[SlowPartition]>,
}

/// How a group's lag on a topic moves, over the window. What is not known is absent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TopicTrend {
    /// Records read per second.
    pub consumed_per_second: Option<f64>,
    /// Seconds of lag gained per second, of the partition that is furthest behind: 1 stands still, below 0 catches up.
    pub velocity: Option<f64>,
    /// Seconds until caught up; `None` when it does not catch up.
    pub drain_eta: Option<f64>,
    /// When retention deletes unread records; `None` when it never will.
    pub loss_eta: Option<LossEta>,
    /// The greatest share of the retained time that is unread, 0 to 1.
    pub retention_used: Option<f64>,
    /// Records deleted before they were read, since this process watches; never falls.
    pub records_lost: u64,
    /// The last time any committed offset was seen to have moved.
    pub last_progress: Option<Timestamp>,
}

/// When retention deletes unread records, in seconds from now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LossEta {
    /// Not before; 0 if they may be deleted at any time.
    pub at_least: f64,
    /// Not after, as long as lag grows as it does; infinite where that is not known.
    pub at_most: f64,
    /// Whether the topic's retention is known, or only how old its oldest record is.
    pub is_configured: bool,
}

/// What one poll tells of a group on a partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PartitionLag {
    /// The partition.
    pub partition: PartitionId,
    /// The committed offset, and the records between it and the end.
    pub offsets: Offsets,
    /// Lag up to here is indistinguishable from being caught up: what is produced within a commit
    /// interval and the skew of the readings, in records.
    pub noise_floor: u32,
    /// What is odd about the commit.
    pub condition: Condition,
    /// The age of the oldest unread record; `None` where nothing is known of it.
    pub time_lag: Option<TimeLag>,
    /// How the group is doing.
    pub status: Status,
    /// Which rule says so.
    pub because: Because,
    /// Whether the group still wants the topic: `false` only where a stable group's members subscribe to others. Such
    /// partitions count in no sum and no status of the group.
    pub is_subscribed: bool,
}

impl PartitionLag {
    /// A partition of which nothing is known.
    #[must_use]
    pub const fn unknown(partition: PartitionId, why: Unknown) -> Self {
        Self {
            partition,
            offsets: Offsets::unknown(why),
            noise_floor: 0,
            condition: Condition::Unknown,
            time_lag: None,
            status: Status::Unknown,
            because: Because::NotLearned,
            is_subscribed: true,
        }
    }

    /// The committed offset.
    #[inline]
    pub fn committed_offset(&self) -> Known<i64> {
        self.offsets.committed()
    }

    /// Unread records between the commit and the end, as of the moment the commit was read.
    #[inline]
    pub fn lag(&self) -> Known<u64> {
        self.offsets.lag()
    }

    /// Whether it has no commit because there is nothing to commit: it holds no records, and many consumers never commit there.
    /// Its lag is not known, and nobody has to mind.
    #[must_use]
    pub fn is_empty_without_commit(&self) -> bool {
        self.condition == Condition::NoCommit && self.because == Because::CaughtUp
    }

    /// Whether the lag is known to be no more than noise.
    #[must_use]
    pub fn is_caught_up(&self) -> bool {
        self.lag().is_ok_and(|lag| lag <= u64::from(self.noise_floor))
    }

    /// Records that were deleted before the group read them, as far as commit and partition of this poll tell.
    #[must_use]
    pub fn deleted_unread(&self, partition: Option<&Partition>) -> Option<u64> {
        let start = partition?.low_watermark.ok()?;
        match self.condition {
            Condition::BelowLogStart => u64::try_from(start.saturating_sub(self.committed_offset().ok()?)).ok(),
            Condition::Normal => Some(0),
            _ => None,
        }
    }

    /// How far behind it is by more than noise, in seconds; `None` where it is not, or that is not known.
    #[must_use]
    pub fn seconds_behind(&self) -> Option<f64> {
        let seconds = self.time_lag.map(|time_lag| time_lag.seconds())?;
        (seconds > 0.0 && !self.is_caught_up()).then_some(seconds)
    }
}

/// How a commit lies to its partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Between start and end.
    Normal,
    /// There is none, although a member owns the partition.
    NoCommit,
    /// Below the start: the records between were deleted unread.
    BelowLogStart,
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
            Self::BelowLogStart => "below_log_start",
            Self::Ahead => "ahead",
            Self::Recreated => "recreated",
            Self::Unknown => "unknown",
        }
    }
}
