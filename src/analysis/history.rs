//! What analysis remembers from one poll to the next, and nothing else.
//!
//! Not a store: the last report and a few numbers per group and topic.
//! Invariant: what left the cluster leaves the history.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ClusterReport, ClusterSnapshot, Commit, EndOffset, Finding, Group, GroupReport, Partition, PartitionId, Topic,
    TopicIndex, TopicName, Wishes,
};

use super::ages::Ages;
use super::findings::Findings;
use super::identity::Identities;
use super::join::join;
use super::rhythm::Rhythm;

/// The past of one cluster.
#[derive(Debug, Default)]
pub struct History {
    last: Option<Arc<ClusterReport>>,
    identities: Identities,
    /// Of each group of the snapshot that was observed last, in its order; `None` before its commits were read once.
    rhythms: Vec<Option<Rhythm>>,
    ages: Ages,
    wishes: Wishes,
    findings: Findings,
}

/// A topic now and before.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopicView<'a> {
    pub(super) now: &'a Topic,
    /// As it was in the last poll, if it is still the same topic.
    before: Option<&'a Topic>,
    /// Whether it was made anew since it was first seen.
    pub(super) is_recreated: bool,
}

impl TopicView<'_> {
    /// A partition's end in the last poll.
    pub(super) fn last_end(&self, partition: PartitionId) -> Option<EndOffset> {
        self.before?.partition(partition)?.high_watermark.ok()
    }
}

/// All topics of a snapshot; [`TopicIndex`] is the place.
pub(super) struct TopicViews<'a>(Vec<TopicView<'a>>);

impl<'a> TopicViews<'a> {
    pub(super) fn at(&self, index: TopicIndex) -> Option<&TopicView<'a>> {
        self.0.get(usize::try_from(index.0).ok()?)
    }

    pub(super) fn partition(&self, (topic, partition): (TopicIndex, PartitionId)) -> Option<&'a Partition> {
        self.at(topic)?.now.partition(partition)
    }

    /// Where the topic of this name is.
    pub(super) fn index_of(&self, name: &TopicName) -> Option<TopicIndex> {
        let place = self.0.binary_search_by(|topic| topic.now.name.cmp(name)).ok()?;
        u32::try_from(place).ok().map(TopicIndex)
    }
}

/// What earlier polls told of a group.
pub(super) struct GroupPast<'a> {
    /// The last report on it.
    pub(super) last: Option<&'a GroupReport>,
    /// Its commit interval, where it is long enough to be seen.
    pub(super) commit_interval: Option<Duration>,
}

impl History {
    /// What the next poll should ask beyond what it always asks.
    #[must_use]
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// Notes which topics are new, and of each group whether its commits moved since the last poll.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot) {
        self.identities.observe(snapshot);
        let last = self.last.as_ref().map(|last| last.snapshot.as_ref());
        let before = last.into_iter().flat_map(|last| &last.groups).zip(self.rhythms.drain(..));
        let before = before.map(|(group, rhythm)| (&group.id, (group, rhythm)));
        let now = snapshot.groups.iter().map(|group| (&group.id, group));
        let mut rhythms = Vec::with_capacity(snapshot.groups.len());
        for (_, group, before) in join(now, before) {
            let Some(group) = group else { continue };
            let (before, rhythm) = before.unzip();
            let before = last.zip(before);
            rhythms.push(rhythm_of(group, snapshot, before, rhythm.flatten()));
        }
        self.rhythms = rhythms;
    }

    /// What is wrong with the cluster, by this snapshot and those before. Once for each, before [`Self::finish`].
    pub(super) fn findings(&mut self, snapshot: &ClusterSnapshot) -> Vec<Finding> {
        let before = self.last.as_ref().map(|last| last.snapshot.as_ref());
        self.findings.observe(snapshot, before)
    }

    /// Takes the report as the newest past. Its snapshot is the one that was observed last.
    pub(super) fn finish(&mut self, report: Arc<ClusterReport>) {
        self.last = Some(report);
    }

    /// The topics of the snapshot that was observed last.
    pub(super) fn topics<'a>(&'a self, snapshot: &'a ClusterSnapshot) -> TopicViews<'a> {
        let before = self.last.iter().flat_map(|last| &last.snapshot.topics).map(|topic| (&topic.name, topic));
        let now = snapshot.topics.iter().map(|topic| (&topic.name, topic));
        let views = join(now, before).filter_map(|(name, now, before)| {
            let now = now?;
            let before = before.filter(|before| before.id == now.id);
            Some(TopicView { now, before, is_recreated: self.identities.is_recreated(name) })
        });
        TopicViews(views.collect())
    }

    /// The past of each group of the snapshot that was observed last, in its order.
    pub(super) fn groups<'a>(&'a self, snapshot: &'a ClusterSnapshot) -> impl Iterator<Item = GroupPast<'a>> {
        let before = self.last.iter().flat_map(|last| &last.groups).map(|group| (&group.id, group));
        let now = snapshot.groups.iter().zip(&self.rhythms).map(|(group, rhythm)| (&group.id, rhythm));
        join(now, before).filter_map(|(_, rhythm, last)| {
            let commit_interval = rhythm?.as_ref().and_then(Rhythm::commit_interval);
            Some(GroupPast { last, commit_interval })
        })
    }
}

fn rhythm_of(
    group: &Group,
    snapshot: &ClusterSnapshot,
    before: Option<(&ClusterSnapshot, &Group)>,
    rhythm: Option<Rhythm>,
) -> Option<Rhythm> {
    let Ok(commits) = &group.commits else { return rhythm };
    let Some(mut rhythm) = rhythm else { return Some(Rhythm::starting(commits.answered)) };
    let before = before.and_then(|(last, group)| Some((last, group.commits.as_ref().ok()?)));
    let has_moved =
        before.is_some_and(|(last, before)| !are_same((last, &before.offsets), (snapshot, &commits.offsets)));
    rhythm.observe(commits.answered, has_moved);
    Some(rhythm)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{
        BrokerId, ClusterName, Commits, GroupId, GroupKind, GroupState, Moment, SnapshotBuilder, Timestamp, Unknown,
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
