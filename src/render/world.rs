//! Small reports for tests of this room.
//!
//! Not an analysis: commits lie where the test says, and lag is what is left to the end.
//! Invariant: reports are sorted as real ones are.

mod watched;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    Broker, BrokerId, ClusterName, ClusterReport, ClusterSnapshot, Condition, EndOffset, GroupId, GroupKind,
    GroupReport, GroupState, GroupTopic, Moment, Offsets, Partition, PartitionId, PartitionLag, Problem, ProblemKind,
    Replicas, Severity, SnapshotBuilder, Status, StatusCounts, Timestamp, Topic, TopicName, TopicTrend, Trace, Unknown,
};

pub(crate) use watched::{aged, judged, sum_up, watched_world};

/// A cluster in the making.
pub(crate) struct World {
    name: ClusterName,
    brokers: Vec<Broker>,
    topics: Vec<Topic>,
    groups: Vec<GroupReport>,
    problems: Vec<Problem>,
}

impl World {
    pub(crate) fn new(name: &str) -> Self {
        let (brokers, topics, groups, problems) = Default::default();
        Self { name: ClusterName::from(name), brokers, topics, groups, problems }
    }

    pub(crate) fn broker(mut self, id: i32, address: &str, rack: Option<&str>) -> Self {
        self.brokers.push(Broker { id: BrokerId(id), address: address.to_owned(), rack: rack.map(str::to_owned) });
        self
    }

    /// A topic with a partition for each `(start, end)`, led by broker 1, its two replicas in sync.
    pub(crate) fn topic(mut self, name: &str, partitions: &[(i64, i64)]) -> Self {
        let partitions = (0_i32..).zip(partitions).map(|(id, (start, end))| Partition {
            id: PartitionId(id),
            leader: Some(BrokerId(1)),
            leader_epoch: None,
            replicas: Replicas { preferred_leader: Some(BrokerId(1)), assigned_count: 2, in_sync_count: 2 },
            last_stable: Err(Unknown::NotAsked),
            high_watermark: Ok(EndOffset { offset: *end, answered: Moment::default() }),
            low_watermark: Ok(*start),
        });
        self.topics.push(Topic {
            name: TopicName::from(name),
            id: None,
            config: None,
            is_listed: true,
            partitions: partitions.collect(),
        });
        self
    }

    /// Changes one partition of the topic added last.
    pub(crate) fn partition(mut self, id: usize, change: impl FnOnce(&mut Partition)) -> Self {
        change(&mut self.topics.last_mut().expect("a topic comes first").partitions[id]);
        self
    }

    /// A stable group that committed `(topic, partition, offset)`; lag is what the topic's end says.
    pub(crate) fn group(mut self, id: &str, commits: &[(&str, i32, i64)]) -> Self {
        self.groups.push(GroupReport {
            id: GroupId::from(id),
            kind: GroupKind::Consumer,
            protocol_type: "consumer".to_owned(),
            protocol: "uniform".to_owned(),
            state: GroupState::Stable,
            coordinator: BrokerId(1),
            member_count: Ok(2),
            idle_member_count: Some(0),
            unassigned_partition_count: Some(0),
            uncommitted_partition_count: Some(0),
            topics: Vec::new(),
            partitions: Vec::new(),
            status: Status::Ok,
            severity: Severity::Ok,
            status_counts: StatusCounts::default(),
            capacity: None,
            rebalances: None,
            history: Trace::default(),
        });
        let mut commits = commits.to_vec();
        commits.sort_unstable();
        for (topic, partition, offset) in commits {
            let unread = self.end_of(topic, partition).map(|end| u64::try_from(end - offset).expect("ends lie above"));
            let lag = PartitionLag { offsets: Offsets::new(Ok(offset), unread), ..known_lag(partition, offset) };
            self = self.lag(topic, lag);
        }
        self
    }

    fn end_of(&self, topic: &str, partition: i32) -> Result<i64, Unknown> {
        let topic = self.topics.iter().find(|listed| listed.name.as_str() == topic).ok_or(Unknown::NotListed)?;
        topic.partition(PartitionId(partition)).ok_or(Unknown::NotListed)?.high_watermark.map(|end| end.offset)
    }

    /// Changes the group added last.
    pub(crate) fn group_facts(mut self, change: impl FnOnce(&mut GroupReport)) -> Self {
        change(self.groups.last_mut().expect("a group comes first"));
        self
    }

    /// Adds a partition to the group added last; partitions of a topic come one after the other.
    pub(crate) fn lag(mut self, topic: &str, lag: PartitionLag) -> Self {
        let group = self.groups.last_mut().expect("a group comes first");
        let place = group.partitions.len();
        group.partitions.push(lag);
        let is_new = group.topics.last().is_none_or(|last| last.topic.as_str() != topic);
        if is_new {
            group.topics.push(GroupTopic {
                topic: TopicName::from(topic),
                range: place..place,
                is_subscribed: lag.is_subscribed,
                lag: None,
                committed_offset: None,
                unknown_partition_count: 0,
                time_lag: None,
                trend: TopicTrend::default(),
                slow: Box::default(),
            });
        }
        let topic = group.topics.last_mut().expect("there is one by now");
        topic.range.end = place + 1;
        match lag.lag() {
            Ok(records) => topic.lag = Some(topic.lag.unwrap_or(0) + records),
            Err(_) => topic.unknown_partition_count += 1,
        }
        if let Ok(offset) = lag.committed_offset() {
            let offset = u64::try_from(offset).expect("offsets are at least 0");
            topic.committed_offset = Some(topic.committed_offset.unwrap_or(0) + offset);
        }
        self
    }

    pub(crate) fn problem(mut self, problem: Problem) -> Self {
        self.problems.push(problem);
        self
    }

    pub(crate) fn report(self) -> ClusterReport {
        let snapshot = snapshot(self.name, self.brokers, self.topics, self.problems);
        ClusterReport::of_groups(Arc::new(snapshot), sorted(self.groups))
    }
}

fn sorted(mut groups: Vec<GroupReport>) -> Vec<GroupReport> {
    groups.sort_by(|left, right| left.id.cmp(&right.id));
    groups
}

fn snapshot(name: ClusterName, brokers: Vec<Broker>, topics: Vec<Topic>, problems: Vec<Problem>) -> ClusterSnapshot {
    let mut builder = SnapshotBuilder::new(name, Moment::default());
    builder.found_brokers(brokers);
    for topic in topics {
        if topic.is_listed {
            builder.found_topic(topic);
        } else {
            builder.topic_index(&topic.name);
        }
    }
    for problem in problems {
        builder.found_problem(problem);
    }
    builder.build(Moment::default(), Timestamp::from_unix(Duration::from_millis(1_700_000_000_500)))
}

/// A partition of a group of which nothing is known.
pub(crate) fn unknown_lag(partition: i32, why: Unknown) -> PartitionLag {
    let condition = if why == Unknown::NoCommit { Condition::NoCommit } else { Condition::Unknown };
    PartitionLag { condition, ..PartitionLag::unknown(PartitionId(partition), why) }
}

/// A partition of a group that has read everything.
fn known_lag(partition: i32, committed: i64) -> PartitionLag {
    PartitionLag {
        offsets: Offsets::new(Ok(committed), Ok(0)),
        noise_floor: 2,
        condition: Condition::Normal,
        ..unknown_lag(partition, Unknown::NotAsked)
    }
}

/// A little of everything: a partition without leader, a commit below the start, one that is missing,
/// a group whose coordinator does not answer, a topic that is gone.
pub(crate) fn small_world() -> ClusterReport {
    let timeout = Unknown::Failed(ProblemKind::Timeout);
    World::new("shop")
        .broker(1, "kafka-1:9092", Some("a"))
        .broker(2, "kafka-2:9092", None)
        .topic("orders", &[(0, 120), (50, 90), (0, 0)])
        .partition(2, |partition| {
            partition.leader = None;
            partition.replicas.in_sync_count = 1;
            partition.high_watermark = Err(Unknown::NoLeader);
            partition.low_watermark = Err(Unknown::NoLeader);
        })
        .topic("payments", &[(0, 7)])
        .group("billing", &[("orders", 0, 100)])
        .lag(
            "orders",
            PartitionLag {
                offsets: Offsets::new(Ok(45), Ok(40)),
                condition: Condition::BelowLogStart,
                ..known_lag(1, 45)
            },
        )
        .lag("orders", unknown_lag(2, Unknown::NoCommit))
        .lag("payments", known_lag(0, 7))
        .group_facts(|group| group.uncommitted_partition_count = Some(1))
        .group("archive", &[])
        .group_facts(|group| {
            group.kind = GroupKind::Classic;
            group.state = GroupState::Empty;
            group.protocol = String::new();
            group.member_count = Ok(0);
            group.idle_member_count = None;
            group.unassigned_partition_count = None;
            group.uncommitted_partition_count = None;
        })
        .group("silent", &[])
        .group_facts(|group| {
            group.state = GroupState::Unknown;
            group.member_count = Err(timeout);
            group.idle_member_count = None;
            group.unassigned_partition_count = None;
            group.uncommitted_partition_count = None;
        })
        .lag("deleted", unknown_lag(0, timeout))
        .report()
}
