//! Assembles a snapshot from what a collector finds, in whatever order it finds it.
//!
//! It asks nothing itself and draws no conclusion.
//! Invariant: a topic has one index from first mention on, and `build` puts everything in order.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::followed::Followed;
use super::group::{Commits, Group, Member};
use super::ids::{BrokerId, ClusterName, PartitionId, TopicIndex, TopicName};
use super::problem::{Known, Problem, Unknown};
use super::snapshot::{ClusterSnapshot, Phase};
use super::time::{Moment, Timestamp};
use super::topic::{Broker, EndOffset, Partition, Topic, TopicConfig};
use super::wishes::Granted;

/// A snapshot in the making.
#[derive(Debug)]
pub struct SnapshotBuilder {
    snapshot: ClusterSnapshot,
    indices: HashMap<TopicName, TopicIndex>,
    /// The topic that was asked for last: members of a group mostly name one after the other the same.
    last_known: TopicIndex,
    first_commit_read: Option<Moment>,
    last_end_read: Option<Moment>,
}

impl SnapshotBuilder {
    /// Begins a snapshot of `cluster`.
    #[must_use]
    pub fn new(cluster: ClusterName, started: Moment) -> Self {
        let snapshot = ClusterSnapshot {
            followed: Followed::default(),
            cluster,
            started,
            finished: started,
            finished_at: Timestamp::default(),
            brokers: Vec::new(),
            topics: Vec::new(),
            groups: Vec::new(),
            granted: Granted::default(),
            problems: Vec::new(),
            duplicate_listing_count: 0,
            skew: None,
            phases: Vec::new(),
        };
        Self {
            snapshot,
            indices: HashMap::new(),
            last_known: TopicIndex(0),
            first_commit_read: None,
            last_end_read: None,
        }
    }

    /// The brokers, replacing those found before.
    pub fn found_brokers(&mut self, brokers: Vec<Broker>) {
        self.snapshot.brokers = brokers;
    }

    /// A topic the cluster lists, replacing what was found of it before.
    pub fn found_topic(&mut self, mut topic: Topic) -> TopicIndex {
        topic.partitions.sort_by_key(|partition| partition.id);
        topic.partitions.dedup_by_key(|partition| partition.id);
        let index = self.topic_index(&topic.name);
        if let Some(place) = self.topic_mut(index) {
            *place = topic;
        }
        index
    }

    /// The index of a topic that was listed or spoken of before.
    #[must_use]
    pub fn known_topic(&mut self, name: &str) -> Option<TopicIndex> {
        if self.snapshot.topic(self.last_known).is_some_and(|topic| topic.name.as_str() == name) {
            return Some(self.last_known);
        }
        let index = *self.indices.get(name)?;
        self.last_known = index;
        Some(index)
    }

    /// The index of a topic, listed or only spoken of.
    pub fn topic_index(&mut self, name: &str) -> TopicIndex {
        if let Some(index) = self.known_topic(name) {
            return index;
        }
        let name = TopicName::from(name);
        let index = TopicIndex(u32::try_from(self.snapshot.topics.len()).unwrap_or(u32::MAX));
        self.snapshot.topics.push(Topic {
            name: name.clone(),
            id: None,
            is_listed: false,
            partitions: Vec::new(),
            config: None,
        });
        self.indices.insert(name, index);
        index
    }

    /// The topics found so far, in order of mention; [`TopicIndex`] is the place.
    #[must_use]
    pub fn topics(&self) -> &[Topic] {
        &self.snapshot.topics
    }

    /// The topic at this index.
    #[must_use]
    pub fn topic(&self, index: TopicIndex) -> Option<&Topic> {
        self.snapshot.topic(index)
    }

    fn topic_mut(&mut self, index: TopicIndex) -> Option<&mut Topic> {
        self.snapshot.topics.get_mut(usize::try_from(index.0).ok()?)
    }

    fn partition_mut(&mut self, topic: TopicIndex, id: PartitionId) -> Option<&mut Partition> {
        self.topic_mut(topic)?.partition_mut(id)
    }

    /// A partition's leader, newer than what was found before.
    pub fn found_leader(
        &mut self,
        topic: TopicIndex,
        id: PartitionId,
        leader: Option<BrokerId>,
        leader_epoch: Option<i32>,
    ) {
        if let Some(partition) = self.partition_mut(topic, id) {
            partition.leader = leader;
            partition.leader_epoch = leader_epoch;
            if leader.is_none() {
                partition.high_watermark = Err(Unknown::NoLeader);
                partition.low_watermark = Err(Unknown::NoLeader);
            }
        }
    }

    /// Where a partition ends, or why that is not known.
    pub fn found_end(&mut self, topic: TopicIndex, id: PartitionId, end: Known<EndOffset>) {
        if let Ok(end) = end {
            self.last_end_read = self.last_end_read.max(Some(end.answered));
        }
        if let Some(partition) = self.partition_mut(topic, id) {
            partition.high_watermark = end;
        }
    }

    /// Where a partition starts, or why that is not known.
    pub fn found_start(&mut self, topic: TopicIndex, id: PartitionId, start: Known<i64>) {
        if let Some(partition) = self.partition_mut(topic, id) {
            partition.low_watermark = start;
        }
    }

    /// A partition's last stable offset, or why that is not known.
    pub fn found_last_stable(&mut self, topic: TopicIndex, id: PartitionId, offset: Known<i64>) {
        if let Some(partition) = self.partition_mut(topic, id) {
            partition.last_stable = offset;
        }
    }

    /// A topic's configuration.
    pub fn found_config(&mut self, topic: TopicIndex, config: Arc<TopicConfig>) {
        if let Some(topic) = self.topic_mut(topic) {
            topic.config = Some(config);
        }
    }

    /// What was answered to wishes; indices are followed when everything is put in order.
    pub fn granted(&mut self) -> &mut Granted {
        &mut self.snapshot.granted
    }

    /// A group. Members that are shared with others count as numbered and in order already. A second one of the same id is counted and dropped by [`Self::build`]; the first stays.
    pub fn found_group(&mut self, group: Group) {
        self.snapshot.groups.push(group);
    }

    /// The groups found so far, in order of discovery.
    #[must_use]
    pub fn groups(&self) -> &[Group] {
        &self.snapshot.groups
    }

    /// The group at this place of [`Self::groups`].
    pub fn group_mut(&mut self, place: usize) -> Option<&mut Group> {
        self.snapshot.groups.get_mut(place)
    }

    /// Drops groups that turned out not to exist.
    pub fn retain_groups(&mut self, keep: impl FnMut(&Group) -> bool) {
        self.snapshot.groups.retain(keep);
    }

    /// What a group's members are; see [`Self::found_group`].
    pub fn found_members(&mut self, place: usize, members: Known<Arc<[Member]>>) {
        if let Some(group) = self.group_mut(place) {
            group.members = members;
        }
    }

    /// What a group committed.
    pub fn found_commits(&mut self, place: usize, commits: Known<Commits>) {
        if let Ok(commits) = &commits {
            let first = self.first_commit_read.get_or_insert(commits.answered);
            *first = (*first).min(commits.answered);
        }
        if let Some(group) = self.group_mut(place) {
            group.commits = commits;
        }
    }

    /// A group was listed by a second broker.
    pub fn found_duplicate_listing(&mut self) {
        self.snapshot.duplicate_listing_count += 1;
    }

    /// Something could not be learned.
    pub fn found_problem(&mut self, problem: Problem) {
        self.snapshot.problems.push(problem);
    }

    /// A step is done.
    pub fn finished_phase(&mut self, phase: Phase, took: Duration) {
        self.snapshot.phases.push((phase, took));
    }

    /// Puts everything in order.
    #[must_use]
    pub fn build(mut self, finished: Moment, finished_at: Timestamp) -> ClusterSnapshot {
        self.order_topics();
        let snapshot = &mut self.snapshot;
        snapshot.brokers.sort_by_key(|broker| broker.id);
        snapshot.brokers.dedup_by_key(|broker| broker.id);
        snapshot.groups.sort_by(|left, right| left.id.cmp(&right.id));
        let listed_count = snapshot.groups.len();
        snapshot.groups.dedup_by(|later, first| later.id == first.id);
        snapshot.duplicate_listing_count += listed_count - snapshot.groups.len();
        snapshot.finished = finished;
        snapshot.finished_at = finished_at;
        snapshot.skew = match (self.first_commit_read, self.last_end_read) {
            (Some(commit), Some(end)) => Some(end.since(commit)),
            _ => None,
        };
        self.snapshot
    }

    /// Sorts topics by name and gives every index in groups its new value.
    fn order_topics(&mut self) {
        let topics = std::mem::take(&mut self.snapshot.topics);
        let mut numbered: Vec<(u32, Topic)> = (0_u32..).zip(topics).collect();
        numbered.sort_by(|left, right| left.1.name.cmp(&right.1.name));
        let mut moved = vec![TopicIndex(0); numbered.len()];
        for (new, (old, _)) in (0_u32..).zip(&numbered) {
            if let Some(place) = usize::try_from(*old).ok().and_then(|old| moved.get_mut(old)) {
                *place = TopicIndex(new);
            }
        }
        self.snapshot.topics = numbered.into_iter().map(|(_, topic)| topic).collect();
        let follow = |index: &mut TopicIndex| {
            if let Some(new) = usize::try_from(index.0).ok().and_then(|old| moved.get(old)) {
                *index = *new;
            }
        };
        for group in &mut self.snapshot.groups {
            reorder_group(group, follow);
        }
        reorder_granted(&mut self.snapshot.granted, follow);
    }
}

fn reorder_granted(granted: &mut Granted, follow: impl Fn(&mut TopicIndex)) {
    granted.times.iter_mut().for_each(|answer| follow(&mut answer.topic));
    granted.times.sort_unstable_by_key(|answer| (answer.topic, answer.partition, answer.at));
    granted.epochs.iter_mut().for_each(|answer| follow(&mut answer.topic));
    granted.epochs.sort_unstable_by_key(|answer| (answer.topic, answer.partition, answer.epoch));
    granted.markers.iter_mut().for_each(|answer| follow(&mut answer.topic));
    granted.markers.sort_unstable_by_key(|answer| (answer.topic, answer.partition, answer.from));
}

fn reorder_group(group: &mut Group, follow: impl Fn(&mut TopicIndex)) {
    // What is shared with an earlier snapshot was put into order there.
    let members = group.members.as_mut().ok().and_then(Arc::get_mut).unwrap_or_default();
    for assignment in members.iter_mut().filter_map(|member| member.assignment.as_mut()) {
        assignment.partitions.iter_mut().for_each(|(topic, _)| follow(topic));
        assignment.partitions.sort_unstable();
        assignment.partitions.dedup();
        assignment.subscribed.iter_mut().for_each(&follow);
        assignment.subscribed.sort_unstable();
        assignment.subscribed.dedup();
    }
    if let Ok(commits) = &mut group.commits {
        commits.offsets.iter_mut().for_each(|commit| follow(&mut commit.topic));
        commits.offsets.sort_unstable_by_key(|commit| (commit.topic, commit.partition));
        commits.offsets.dedup_by_key(|commit| (commit.topic, commit.partition));
        commits.unreadable.iter_mut().for_each(|(topic, _)| follow(topic));
        commits.unreadable.sort_unstable();
        commits.unreadable.dedup();
    }
}
