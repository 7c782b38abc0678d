//! Groups in JSON, down to their partitions.
//!
//! No lag is computed here; sums are over what the report knows.
//! Invariant: a sum is of the topics that are shown beside it.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::list::{List, Paging, piece};
use super::{Reason, reason};
use crate::model::{
    ClusterReport, Condition, GroupReport, GroupState, GroupTopic as TopicReport, Known, Partition, PartitionLag,
    Unknown,
};

/// One group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group<'a> {
    /// Its id.
    pub group: Cow<'a, str>,
    /// Its kind: `Classic`, `Consumer`, …
    pub r#type: Cow<'a, str>,
    /// What its members agree on: `consumer`, `connect`, …; empty for groups that only commit.
    pub protocol_type: Cow<'a, str>,
    /// The assignor its members chose; empty where none is.
    pub protocol: Cow<'a, str>,
    /// Its state, in Kafka's words.
    pub state: Cow<'a, str>,
    /// The id of its coordinator.
    pub coordinator: i32,
    /// How many members it has.
    pub members: Option<usize>,
    /// Why `members` is not known.
    pub members_reason: Reason,
    /// Members that own nothing.
    pub idle_members: Option<usize>,
    /// Why `idle_members` is not known.
    pub idle_members_reason: Reason,
    /// Partitions of subscribed topics that nobody owns.
    pub unassigned_partitions: Option<usize>,
    /// Why `unassigned_partitions` is not known.
    pub unassigned_partitions_reason: Reason,
    /// Owned partitions without a commit.
    pub uncommitted_partitions: Option<usize>,
    /// Why `uncommitted_partitions` is not known.
    pub uncommitted_partitions_reason: Reason,
    /// Sum of the lags that are known.
    pub lag_records: Option<u64>,
    /// Why no lag is known: the reason of the first partition, or `no_partitions`.
    pub lag_reason: Reason,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
    /// Its topics, by name.
    pub topics: Vec<GroupTopic<'a>>,
}

/// A group on a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupTopic<'a> {
    /// The topic.
    pub topic: Cow<'a, str>,
    /// Sum of the lags that are known.
    pub lag_records: Option<u64>,
    /// Why no lag is known: the reason of the first partition.
    pub lag_reason: Reason,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
    /// The partitions, by number.
    pub partitions: Vec<GroupPartition>,
}

/// A group on a partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupPartition {
    /// The partition's number.
    pub partition: i32,
    /// The committed offset.
    pub committed_offset: Option<i64>,
    /// Why `committed_offset` is not known.
    pub committed_offset_reason: Reason,
    /// The offset of the first record that is still there.
    pub log_start_offset: Option<i64>,
    /// Why `log_start_offset` is not known.
    pub log_start_offset_reason: Reason,
    /// The high watermark.
    pub log_end_offset: Option<i64>,
    /// Why `log_end_offset` is not known.
    pub log_end_offset_reason: Reason,
    /// Unread records.
    pub lag_records: Option<u64>,
    /// Why `lag_records` is not known.
    pub lag_reason: Reason,
    /// Whether the lag is no more than what is produced within a commit interval; `null` where the lag
    /// is not known.
    pub caught_up: Option<bool>,
    /// How the commit lies to the partition: `ok`, `no_commit`, `below_log_start`, …
    pub condition: Cow<'static, str>,
    /// Records deleted before the group read them; `null` where `condition` or a missing start does not
    /// let one tell.
    pub deleted_unread_records: Option<u64>,
}

/// Which groups, and what of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupFilter<'a> {
    /// The group of exactly this id.
    pub group: Option<&'a str>,
    /// Groups that read exactly this topic, and nothing of their other topics.
    pub topic: Option<&'a str>,
}

impl GroupFilter<'_> {
    fn passes(&self, group: &GroupReport) -> bool {
        self.group.is_none_or(|id| id == group.id.as_str())
            && self.topic.is_none_or(|_| group.topics.iter().any(|topic| self.passes_topic(topic)))
    }

    fn passes_topic(&self, topic: &TopicReport) -> bool {
        self.topic.is_none_or(|name| name == topic.topic.as_str())
    }
}

/// The groups that pass, by id, each made when it is asked for.
pub fn groups<'a>(report: &'a ClusterReport, filter: GroupFilter<'a>) -> impl Iterator<Item = Group<'a>> {
    report.groups.iter().filter(move |group| filter.passes(group)).map(move |group| to_json(report, group, filter))
}

/// One piece of the list of groups.
#[must_use]
pub fn group_list<'a>(report: &'a ClusterReport, filter: GroupFilter<'_>, paging: Paging<'_>) -> List<Group<'a>> {
    let passing: Vec<_> =
        report.groups.iter().filter(|group| filter.passes(group)).map(|group| (group.id.as_str(), group)).collect();
    piece(&passing, paging, |group| to_json(report, group, filter))
}

/// The group of this id.
#[must_use]
pub fn group<'a>(report: &'a ClusterReport, id: &str) -> Option<Group<'a>> {
    let place = report.groups.binary_search_by(|group| group.id.as_str().cmp(id)).ok()?;
    report.groups.get(place).map(|group| to_json(report, group, GroupFilter::default()))
}

fn to_json<'a>(report: &'a ClusterReport, group: &'a GroupReport, filter: GroupFilter<'_>) -> Group<'a> {
    let topics: Vec<_> = group
        .topics
        .iter()
        .filter(|topic| filter.passes_topic(topic))
        .map(|topic| topic_to_json(report, group, topic))
        .collect();
    let lag_records = topics.iter().filter_map(|topic| topic.lag_records).reduce(u64::saturating_add);
    let lag_reason = match lag_records {
        Some(_) => None,
        None => topics.iter().find_map(|topic| topic.lag_reason.clone()).or(Some(Cow::Borrowed("no_partitions"))),
    };
    Group {
        group: Cow::Borrowed(&group.id),
        r#type: Cow::Borrowed(group.kind.word()),
        protocol_type: Cow::Borrowed(&group.protocol_type),
        protocol: Cow::Borrowed(&group.protocol),
        state: Cow::Borrowed(group.state.word()),
        coordinator: group.coordinator.0,
        members: group.member_count.ok(),
        members_reason: reason(&group.member_count),
        idle_members: group.idle_member_count,
        idle_members_reason: assignment_reason(group, group.idle_member_count),
        unassigned_partitions: group.unassigned_partition_count,
        unassigned_partitions_reason: assignment_reason(group, group.unassigned_partition_count),
        uncommitted_partitions: group.uncommitted_partition_count,
        uncommitted_partitions_reason: assignment_reason(group, group.uncommitted_partition_count),
        lag_records,
        lag_reason,
        unknown_partitions: topics.iter().map(|topic| topic.unknown_partitions).sum(),
        topics,
    }
}

/// Why a count over the members' assignments is not there.
fn assignment_reason(group: &GroupReport, count: Option<usize>) -> Reason {
    if count.is_some() {
        return None;
    }
    reason(&group.member_count).or(Some(Cow::Borrowed(match group.state {
        GroupState::Stable => "assignment_not_known",
        _ => "not_stable",
    })))
}

fn topic_to_json<'a>(report: &'a ClusterReport, group: &'a GroupReport, topic: &'a TopicReport) -> GroupTopic<'a> {
    let snapshot = &report.snapshot;
    let place = snapshot.topics.binary_search_by(|listed| listed.name.cmp(&topic.topic)).ok();
    let listed = place.and_then(|place| snapshot.topics.get(place));
    let partitions = group.partitions_of(topic);
    GroupTopic {
        topic: Cow::Borrowed(&topic.topic),
        lag_records: topic.lag,
        lag_reason: match topic.lag {
            Some(_) => None,
            None => partitions.iter().find_map(|partition| reason(&partition.lag)),
        },
        unknown_partitions: topic.unknown_partition_count,
        partitions: partitions
            .iter()
            .map(|lag| partition_to_json(lag, listed.and_then(|listed| listed.partition(lag.partition))))
            .collect(),
    }
}

fn partition_to_json(lag: &PartitionLag, partition: Option<&Partition>) -> GroupPartition {
    let start = partition.map_or(Err(Unknown::NotListed), |partition| partition.low_watermark);
    let end: Known<i64> =
        partition.map_or(Err(Unknown::NotListed), |partition| partition.high_watermark.map(|end| end.offset));
    GroupPartition {
        partition: lag.partition.0,
        committed_offset: lag.committed_offset.ok(),
        committed_offset_reason: reason(&lag.committed_offset),
        log_start_offset: start.ok(),
        log_start_offset_reason: reason(&start),
        log_end_offset: end.ok(),
        log_end_offset_reason: reason(&end),
        lag_records: lag.lag.ok(),
        lag_reason: reason(&lag.lag),
        caught_up: lag.lag.is_ok().then(|| lag.is_caught_up()),
        condition: Cow::Borrowed(lag.condition.word()),
        deleted_unread_records: match lag.condition {
            Condition::BelowLogStart { deleted } => Some(deleted),
            Condition::Normal if start.is_ok() => Some(0),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests;
