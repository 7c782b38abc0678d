//! Brokers, topics and partitions as one poll saw them.
//!
//! Not what it means for a consumer: that is concluded in the report.
//! Invariant: an offset that is here was answered by the partition's leader in this very poll.

use std::sync::Arc;
use std::time::Duration;

use super::ids::{BrokerId, PartitionId, TopicId, TopicName};
use super::problem::Known;
use super::time::Moment;

/// A broker as the cluster's metadata names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broker {
    /// Its identity.
    pub id: BrokerId,
    /// The advertised `host:port`.
    pub address: String,
    /// The rack, where one is configured.
    pub rack: Option<String>,
}

/// A topic: listed by the cluster, or only spoken of by commits and assignments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Its id, from Kafka 2.8 on.
    pub id: Option<TopicId>,
    /// Whether the metadata lists it. A topic that groups committed to and that is not listed was
    /// deleted, or DESCRIBE on it is missing.
    pub is_listed: bool,
    /// Its partitions in order of number; empty where the topic is not listed.
    pub partitions: Vec<Partition>,
    /// Its configuration, as last told; `None` where the right `DESCRIBE_CONFIGS` is missing or it was not asked yet.
    pub config: Option<Arc<TopicConfig>>,
}

/// What of a topic's configuration matters to its readers.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicConfig {
    /// `retention.ms`; `None` for ever.
    pub retention: Option<Duration>,
    /// `retention.bytes` of a partition; `None` for any size.
    pub retention_bytes: Option<u64>,
    /// `segment.ms`: deletion is by whole segments.
    pub segment: Option<Duration>,
    /// Whether `cleanup.policy` deletes old records.
    pub is_deleted: bool,
    /// Whether `cleanup.policy` compacts.
    pub is_compacted: bool,
    /// Whether records carry the time of their appending (`message.timestamp.type` is `LogAppendTime`), and not what their
    /// producers say.
    pub has_append_times: bool,
    /// Records whose time is no longer ago than this are on their brokers' own disks for sure, older ones may be in remote
    /// storage only; `None` where all are on disks.
    pub local_for: Option<Duration>,
}

impl Topic {
    /// The partition of this number.
    #[must_use]
    pub fn partition(&self, id: PartitionId) -> Option<&Partition> {
        self.place(id).and_then(|place| self.partitions.get(place))
    }

    /// The same, to write to.
    pub(super) fn partition_mut(&mut self, id: PartitionId) -> Option<&mut Partition> {
        self.place(id).and_then(|place| self.partitions.get_mut(place))
    }

    fn place(&self, id: PartitionId) -> Option<usize> {
        place_of(&self.partitions, id, |partition| partition.id)
    }
}

/// Where the partition of this number is among `items`, which are in order of number.
pub(crate) fn place_of<T>(items: &[T], id: PartitionId, id_of: impl Fn(&T) -> PartitionId) -> Option<usize> {
    // Kafka numbers partitions from 0 on, so that of number n is nearly always the nth.
    let guess = usize::try_from(id.0).ok();
    guess
        .filter(|place| items.get(*place).is_some_and(|item| id_of(item) == id))
        .or_else(|| items.binary_search_by_key(&id, id_of).ok())
}

/// Whether `items`, which are in order of number and each there once, are numbered from 0 on without a gap, as Kafka does it.
pub(crate) fn are_numbered<T>(items: &[T], id_of: impl Fn(&T) -> PartitionId) -> bool {
    let ends = items.first().zip(items.last()).map(|(first, last)| (id_of(first).0, usize::try_from(id_of(last).0)));
    ends == Some((0, Ok(items.len().saturating_sub(1))))
}

/// A partition: who leads it, who follows, where it starts and ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Partition {
    /// Its number.
    pub id: PartitionId,
    /// The leader; `None` while there is none.
    pub leader: Option<BrokerId>,
    /// The leader's epoch, where the metadata tells it.
    pub leader_epoch: Option<i32>,
    /// The replicas, counted.
    pub replicas: Replicas,
    /// The end: the offset after the last record that consumers may read.
    pub high_watermark: Known<EndOffset>,
    /// The start: the offset of the first record that is still there.
    pub low_watermark: Known<i64>,
    /// The last stable offset: up to where consumers read that are not shown open transactions. Not asked in every poll.
    pub last_stable: Known<i64>,
}

impl Partition {
    /// Whether it has no leader.
    #[must_use]
    pub fn is_offline(&self) -> bool {
        self.leader.is_none()
    }

    /// Whether fewer replicas are in sync than are assigned.
    #[must_use]
    pub fn is_under_replicated(&self) -> bool {
        self.replicas.in_sync_count < self.replicas.assigned_count
    }
}

/// How many partitions there are, and how many of them are not well at this moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PartitionCounts {
    /// All that the metadata lists.
    pub listed: usize,
    /// Those without a leader.
    pub offline: usize,
    /// Those whose replicas are not all in sync.
    pub under_replicated: usize,
}

impl PartitionCounts {
    /// Counts partitions.
    pub fn of<'a>(partitions: impl IntoIterator<Item = &'a Partition>) -> Self {
        let mut counts = Self::default();
        for partition in partitions {
            counts.listed += 1;
            counts.offline += usize::from(partition.is_offline());
            counts.under_replicated += usize::from(partition.is_under_replicated());
        }
        counts
    }
}

/// A partition's end and when it was true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndOffset {
    /// The high watermark, at least 0.
    pub offset: i64,
    /// When the answer arrived.
    pub answered: Moment,
}

/// How many replicas a partition has and how many keep up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicas {
    /// The broker that leads when all is well: the first of the assigned replicas.
    pub preferred_leader: Option<BrokerId>,
    /// Assigned replicas.
    pub assigned_count: usize,
    /// Replicas in sync with the leader, the leader included.
    pub in_sync_count: usize,
}
