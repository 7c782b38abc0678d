//! What analysis remembers from one poll to the next, and nothing else.
//!
//! Not a store: the last report and a few numbers per group and topic.
//! Invariant: what left the cluster leaves the history.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ClusterReport, ClusterSnapshot, Commit, EndOffset, Group, GroupId, GroupReport, PartitionId, Topic, TopicName,
};

use super::identity::Identities;
use super::rhythm::Rhythm;

/// The past of one cluster.
#[derive(Debug, Default)]
pub struct History {
    last: Option<Arc<ClusterReport>>,
    identities: Identities,
    rhythms: HashMap<GroupId, Rhythm>,
}

impl History {
    pub(super) fn observe_topics(&mut self, snapshot: &ClusterSnapshot) {
        self.identities.observe(snapshot);
    }

    /// Notes whether a group's commits moved since the last poll.
    pub(super) fn observe_commits(&mut self, group: &Group, snapshot: &ClusterSnapshot) {
        let Ok(commits) = &group.commits else { return };
        let before = self.last_commits(&group.id);
        let has_moved = before.is_some_and(|(last, before)| !are_same((last, before), (snapshot, &commits.offsets)));
        self.rhythms
            .entry(group.id.clone())
            .and_modify(|rhythm| rhythm.observe(commits.answered, has_moved))
            .or_insert_with(|| Rhythm::starting(commits.answered));
    }

    /// Takes the report as the newest past.
    pub(super) fn finish(&mut self, report: Arc<ClusterReport>) {
        self.rhythms.retain(|id, _| find_group(&report, id).is_some());
        self.last = Some(report);
    }

    /// The last report on a group.
    pub(super) fn last_report(&self, group: &GroupId) -> Option<&GroupReport> {
        find_group(self.last.as_ref()?, group)
    }

    /// The topic as it was in the last poll, if it is still the same topic.
    pub(super) fn last_topic(&self, topic: &Topic) -> Option<&Topic> {
        let topics = &self.last.as_ref()?.snapshot.topics;
        let place = topics.binary_search_by(|before| before.name.cmp(&topic.name)).ok()?;
        topics.get(place).filter(|before| before.id == topic.id)
    }

    /// Whether the topic was made anew since it was first seen.
    pub(super) fn is_recreated(&self, topic: &TopicName) -> bool {
        self.identities.is_recreated(topic)
    }

    /// The group's commit interval, where it is long enough to be seen.
    pub(super) fn commit_interval(&self, group: &GroupId) -> Option<Duration> {
        self.rhythms.get(group)?.commit_interval()
    }

    fn last_commits(&self, group: &GroupId) -> Option<(&ClusterSnapshot, &[Commit])> {
        let snapshot = &self.last.as_ref()?.snapshot;
        let place = snapshot.groups.binary_search_by(|before| before.id.cmp(group)).ok()?;
        let commits = snapshot.groups.get(place)?.commits.as_ref().ok()?;
        Some((snapshot, &commits.offsets))
    }
}

/// Whether two snapshots tell the same offsets. Topics are compared by name: a topic that comes or
/// goes gives all behind it another index.
fn are_same(before: (&ClusterSnapshot, &[Commit]), now: (&ClusterSnapshot, &[Commit])) -> bool {
    let is_same = |left: &Commit, right: &Commit| {
        (left.partition, left.offset) == (right.partition, right.offset)
            && topic_name(before.0, left) == topic_name(now.0, right)
    };
    before.1.len() == now.1.len() && before.1.iter().zip(now.1).all(|(left, right)| is_same(left, right))
}

fn topic_name<'a>(snapshot: &'a ClusterSnapshot, commit: &Commit) -> Option<&'a TopicName> {
    snapshot.topic(commit.topic).map(|topic| &topic.name)
}

/// A partition's end in the last poll.
pub(super) fn last_end(topic: Option<&Topic>, partition: PartitionId) -> Option<EndOffset> {
    topic?.partition(partition)?.high_watermark.ok()
}

fn find_group<'a>(report: &'a ClusterReport, group: &GroupId) -> Option<&'a GroupReport> {
    let place = report.groups.binary_search_by(|before| before.id.cmp(group)).ok()?;
    report.groups.get(place)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BrokerId, ClusterName, Commits, GroupKind, GroupState, Moment, SnapshotBuilder, Timestamp, Unknown,
    };

    fn snapshot(topics: &[&str], offset: i64) -> ClusterSnapshot {
        let mut builder = SnapshotBuilder::new(ClusterName::from("c"), Moment::default());
        for topic in topics {
            builder.topic_index(topic);
        }
        let topic = builder.topic_index("orders");
        let commit = Commit { topic, partition: PartitionId(0), offset, leader_epoch: None };
        let commits = Commits { answered: Moment::default(), offsets: vec![commit], unreadable: Vec::new() };
        builder.found_group(Group {
            id: GroupId::from("g"),
            kind: GroupKind::Classic,
            protocol_type: String::new(),
            protocol: String::new(),
            state: GroupState::Empty,
            coordinator: BrokerId(1),
            members: Err(Unknown::NotAsked),
            commits: Ok(commits),
        });
        builder.build(Moment::default(), Timestamp::default())
    }

    fn offsets(snapshot: &ClusterSnapshot) -> (&ClusterSnapshot, &[Commit]) {
        let commits = snapshot.groups[0].commits.as_ref().expect("commits are known");
        (snapshot, &commits.offsets)
    }

    #[test]
    fn a_topic_that_comes_or_goes_moves_no_commit() {
        let (before, after) = (snapshot(&[], 7), snapshot(&["a new one before it"], 7));
        assert_ne!(offsets(&before).1, offsets(&after).1, "the index is another one");
        assert!(are_same(offsets(&before), offsets(&after)));
        assert!(!are_same(offsets(&before), offsets(&snapshot(&["a new one before it"], 8))));
    }
}
