//! What analysis remembers from one poll to the next, and nothing else.
//!
//! Not a store: the last report and a few numbers per group and topic.
//! Invariant: what left the cluster leaves the history.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ClusterReport, ClusterSnapshot, EndOffset, Group, GroupId, GroupReport, PartitionId, Topic, TopicName,
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
    pub(super) fn observe_commits(&mut self, group: &Group) {
        let Ok(commits) = &group.commits else { return };
        let has_moved = self.last_commits(&group.id).is_some_and(|before| *before != commits.offsets);
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

    fn last_commits(&self, group: &GroupId) -> Option<&Vec<crate::model::Commit>> {
        let groups = &self.last.as_ref()?.snapshot.groups;
        let place = groups.binary_search_by(|before| before.id.cmp(group)).ok()?;
        groups.get(place)?.commits.as_ref().ok().map(|commits| &commits.offsets)
    }
}

/// A partition's end in the last poll.
pub(super) fn last_end(topic: Option<&Topic>, partition: PartitionId) -> Option<EndOffset> {
    topic?.partition(partition)?.high_watermark.ok()
}

fn find_group<'a>(report: &'a ClusterReport, group: &GroupId) -> Option<&'a GroupReport> {
    let place = report.groups.binary_search_by(|before| before.id.cmp(group)).ok()?;
    report.groups.get(place)
}
