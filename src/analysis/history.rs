//! What analysis remembers from one poll to the next, and nothing else.
//!
//! Not a store: the last report and a few numbers per group, topic and partition.
//! Invariant: what left the cluster leaves the history.

use std::sync::Arc;

use crate::model::{
    ClusterReport, ClusterSnapshot, Commit, Finding, Group, PartitionId, Thresholds, Topic, TopicIndex, TopicName,
    TopicReport, Wishes,
};

use super::ages::Ages;
use super::findings::Findings;
use super::group::GroupWatch;
use super::heads::{Head, Heads};
use super::hot::Hot;
use super::identity::Identities;
use super::join::join;
use super::places::Place;
use super::rhythm::Rhythm;
use super::trace::TopicTraces;
use super::wishes::{Inquiries, Wanted};

/// The past of one cluster.
#[derive(Debug, Default)]
pub struct History {
    last: Option<Arc<ClusterReport>>,
    identities: Identities,
    /// Of each group of the last report, in its order.
    groups: Vec<GroupWatch>,
    pub(super) ages: Ages,
    heads: Heads,
    pub(super) hot: Hot,
    pub(super) throughput: TopicTraces,
    pub(super) inquiries: Inquiries,
    wishes: Wishes,
    findings: Findings,
}

/// A topic now and before.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopicView<'a> {
    pub(super) now: &'a Topic,
    heads: &'a [Head],
    /// Whether it was made anew since it was first seen.
    pub(super) is_recreated: bool,
}

impl<'a> TopicView<'a> {
    /// A partition by what every commit asks of it, and its place among the topic's.
    pub(super) fn head(&self, partition: PartitionId) -> Option<(usize, &'a Head)> {
        Head::find(self.heads, partition)
    }

    /// How many of these, which are partitions of it in order, it has.
    pub(super) fn listed_count(&self, places: &[Place]) -> usize {
        let each = || places.iter().filter(|(_, partition)| self.head(*partition).is_some()).count();
        if !Head::are_numbered(self.heads) || places.first().is_some_and(|(_, first)| first.0 < 0) {
            return each();
        }
        let count = i32::try_from(self.heads.len()).unwrap_or(i32::MAX);
        let listed = places.partition_point(|(_, partition)| partition.0 < count);
        debug_assert_eq!(listed, each());
        listed
    }
}

/// All topics of a snapshot; [`TopicIndex`] is the place.
pub(super) struct TopicViews<'a> {
    views: Vec<TopicView<'a>>,
    heads: &'a Heads,
}

impl<'a> TopicViews<'a> {
    pub(super) fn at(&self, index: TopicIndex) -> Option<&TopicView<'a>> {
        self.views.get(usize::try_from(index.0).ok()?)
    }

    /// Where the topic is now that was at this place in the last poll, if this one speaks of it.
    pub(super) fn moved_to(&self, before: TopicIndex) -> Option<TopicIndex> {
        self.heads.moved_to(before)
    }
}

/// A group with the snapshot it is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct InPoll<'a> {
    pub(super) group: &'a Group,
    pub(super) snapshot: &'a ClusterSnapshot,
}

impl<'a> InPoll<'a> {
    /// The one at this place.
    pub(super) fn at_place(place: usize, snapshot: &'a ClusterSnapshot) -> Option<Self> {
        snapshot.groups.get(place).map(|group| Self { group, snapshot })
    }
}

impl History {
    /// What the next poll should ask beyond what it always asks.
    #[must_use]
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// The last report.
    pub(super) fn last(&self) -> Option<Arc<ClusterReport>> {
        self.last.clone()
    }

    /// What is wrong with the cluster, by this snapshot and those before. Once for each, before [`Self::finish`].
    pub(super) fn findings(&mut self, snapshot: &ClusterSnapshot, thresholds: &Thresholds) -> Vec<Finding> {
        let before = self.last.as_ref().map(|last| last.snapshot.as_ref());
        self.findings.observe(snapshot, before, thresholds.expected_brokers)
    }

    /// Takes in what is not of groups: which topics are new, where partitions end, what was answered. Returns what that tells
    /// of each topic.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot, thresholds: &Thresholds) -> Vec<TopicReport> {
        self.identities.observe(snapshot);
        self.ages.observe(snapshot, thresholds);
        let before = self.last.as_ref().map(|last| last.snapshot.as_ref());
        let reports = self.heads.observe(snapshot, before, &self.ages);
        self.hot.observe(snapshot, &thresholds.hot);
        self.inquiries.observe(snapshot);
        reports
    }

    /// What is remembered of the groups of a snapshot, in their order.
    pub(super) fn take_groups(&mut self, snapshot: &ClusterSnapshot) -> Vec<GroupWatch> {
        let before = self.last.as_ref().map_or(&[][..], |last| &last.snapshot.groups);
        let mut watches = std::mem::take(&mut self.groups);
        let is_same = |(before, now): (&Group, &Group)| before.id == now.id;
        if before.len() == snapshot.groups.len() && before.iter().zip(&snapshot.groups).all(is_same) {
            // Mostly so; then nothing is moved.
            watches.iter_mut().enumerate().for_each(|(place, watch)| watch.last = Some(place));
            return watches;
        }
        let before = before.iter().map(|group| &group.id).zip(watches.into_iter().enumerate());
        let now = snapshot.groups.iter().map(|group| (&group.id, ()));
        let groups = join(now, before).filter(|(_, now, _)| now.is_some());
        let watch = |(_, _, before): (_, _, Option<(usize, GroupWatch)>)| {
            let (last, watch) = before.unzip();
            let mut watch = watch.unwrap_or_default();
            watch.last = last;
            watch
        };
        groups.map(watch).collect()
    }

    /// Takes the report as the newest past, with what is remembered of its groups and what they gave reason to ask.
    pub(super) fn finish(
        &mut self,
        report: Arc<ClusterReport>,
        groups: Vec<GroupWatch>,
        wanted: Wanted,
        thresholds: &Thresholds,
    ) {
        self.wishes = self.inquiries.wishes(&report.snapshot, wanted, thresholds.time_lag.probes_per_poll);
        self.groups = groups;
        self.last = Some(report);
    }

    /// The topics of the snapshot that was observed last.
    pub(super) fn topics<'a>(&'a self, snapshot: &'a ClusterSnapshot) -> TopicViews<'a> {
        let view = |(place, now): (usize, &'a Topic)| {
            let is_recreated = self.identities.is_recreated(&now.name);
            TopicView { now, heads: self.heads.of(place), is_recreated }
        };
        TopicViews { views: snapshot.topics.iter().enumerate().map(view).collect(), heads: &self.heads }
    }
}

/// The rhythm after this poll; `before` is what the poll before found, if it found the group.
pub(super) fn rhythm_of(now: InPoll<'_>, before: Option<InPoll<'_>>, rhythm: Option<Rhythm>) -> Option<Rhythm> {
    let Ok(commits) = &now.group.commits else { return rhythm };
    let Some(mut rhythm) = rhythm else { return Some(Rhythm::starting(commits.answered)) };
    let before = before.and_then(|before| Some((before.snapshot, before.group.commits.as_ref().ok()?)));
    let has_moved =
        before.is_some_and(|(last, before)| !are_same((last, &before.offsets), (now.snapshot, &commits.offsets)));
    rhythm.observe(commits.answered, has_moved);
    Some(rhythm)
}

/// Whether two snapshots tell the same offsets. Topics are compared by name: a topic that comes or
/// goes gives all behind it another index.
fn are_same(before: (&ClusterSnapshot, &[Commit]), now: (&ClusterSnapshot, &[Commit])) -> bool {
    let mut same_topics = None;
    let mut is_same = |left: &Commit, right: &Commit| {
        if (left.partition, left.offset) != (right.partition, right.offset) {
            return false;
        }
        // Commits of one topic follow each other.
        let topics = Some((left.topic, right.topic));
        let is_same = same_topics == topics || topic_name(before.0, left) == topic_name(now.0, right);
        same_topics = topics;
        is_same
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
        let commits =
            Commits { answered: Moment::default(), offsets: vec![commit], unreadable: Vec::new(), filtered_count: 0 };
        builder.found_group(Group {
            epochs: None,
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
