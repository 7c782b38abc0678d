//! Groups in JSON, down to their partitions.
//!
//! No lag is computed here; sums are over what the report knows.
//! Invariant: a sum is of the topics that are shown beside it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::list::{List, Paging, piece};
use super::{Reason, Word};
use crate::model::{ClusterReport, GroupReport, GroupTopic as TopicReport};
use crate::render::order::is_found;

mod convert;

use convert::to_json;
pub(super) use convert::{age_reason, lag_reason};

/// One group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Age of the oldest unread record, the greatest of its topics; 0 when caught up.
    pub lag_seconds: Option<f64>,
    /// Why `lag_seconds` is not known.
    pub lag_seconds_reason: Reason,
    /// How good `lag_seconds` is: `exact`, `bracketed`, `coarse` or `lower_bound`.
    pub lag_seconds_quality: Word,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
    /// The worst status of the partitions of topics it subscribes to.
    pub status: Cow<'static, str>,
    /// How much that matters: `ok`, `info`, `warning`, `critical`.
    pub severity: Cow<'static, str>,
    /// What Burrow would call it.
    pub burrow_status: Cow<'static, str>,
    /// How many partitions of topics it subscribes to have which status; every status is there.
    pub partitions_by_status: BTreeMap<Cow<'static, str>, u32>,
    /// What its members can do; `null` until it was seen.
    pub capacity: Option<Capacity>,
    /// Its rebalances; `null` where nobody tells of them.
    pub rebalances: Option<Rebalances>,
    /// Its topics, by name.
    pub topics: Vec<GroupTopic<'a>>,
}

/// How often a group rebalanced since the exporter watches it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rebalances {
    /// Who tells of them now: `offsets`, `epoch` or `poll`.
    pub source: Cow<'static, str>,
    /// How many each source told of; every source is there, and none is counted twice.
    pub count_by_source: BTreeMap<Cow<'static, str>, u64>,
    /// Those that another one overtook; `null` until the offsets topic told.
    pub aborted: Option<u64>,
    /// How often a member came.
    pub members_joined: u64,
    /// How often a member went.
    pub members_left: u64,
    /// How often the offsets topic fell silent: what happened then is not counted.
    pub gaps: u64,
    /// The share of the last ten minutes in which the group rebalanced, 0 to 1.
    pub unstable_ratio: f64,
    /// When the last one was, in Unix time; `null` until one was.
    pub last_timestamp_seconds: Option<f64>,
    /// The generation of a classic group, or the group epoch; `null` where it is not known.
    pub epoch: Option<i32>,
    /// The storm it is in; `null` while it is in none.
    pub storm: Option<Storm>,
    /// Whether its processes are being replaced, each once.
    pub rollout_in_progress: bool,
}

/// Rebalances that do not end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Storm {
    /// What brings them about: `max_poll_exceeded`, `crash_loop`, …
    pub cause: Cow<'static, str>,
    /// When it was found, in Unix time.
    pub since_timestamp_seconds: f64,
    /// The rules that say so.
    pub rules: Vec<Cow<'static, str>>,
    /// Who brings them about; `null` where that is nobody in particular, or its names are not known.
    pub at_fault: Option<AtFault>,
}

/// A member that comes and goes more than any other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtFault {
    /// The id the coordinator gave it when it was last there.
    pub member_id: String,
    /// The configured `group.instance.id`; `null` where there is none.
    pub group_instance_id: Option<String>,
    /// The configured `client.id`.
    pub client_id: String,
    /// The host it connects from.
    pub client_host: String,
    /// How many others come and go again and again.
    pub others: usize,
}

/// What the members of a group can do, all its topics together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capacity {
    /// Records one member reads per second when it is the limit.
    pub member_records_per_second: f64,
    /// Records produced per second for the group to read.
    pub produced_records_per_second: f64,
    /// Members that read as fast as is produced; at most `partitions`.
    pub members_to_keep_pace: usize,
    /// Members that also read what is behind within `drain_within_seconds`; `null` where that takes more than `partitions`.
    pub members_to_drain: Option<usize>,
    /// The time in which the backlog is to be read.
    pub drain_within_seconds: f64,
    /// Partitions of the topics it reads: more members do not help.
    pub partitions: usize,
}

/// A group on a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTopic<'a> {
    /// The topic.
    pub topic: Cow<'a, str>,
    /// Sum of the lags that are known.
    pub lag_records: Option<u64>,
    /// Why no lag is known: the reason of the first partition.
    pub lag_reason: Reason,
    /// Age of the oldest unread record, the greatest of the partitions; 0 when caught up.
    pub lag_seconds: Option<f64>,
    /// Why `lag_seconds` is not known.
    pub lag_seconds_reason: Reason,
    /// How good `lag_seconds` is: `exact`, `bracketed`, `coarse` or `lower_bound`.
    pub lag_seconds_quality: Word,
    /// Seconds of lag gained per second: 1 stands still, 0 keeps pace, below 0 catches up; `null` before it was watched
    /// for long enough.
    pub velocity: Option<f64>,
    /// Records read per second; `null` before it was watched for long enough.
    pub consumed_records_per_second: Option<f64>,
    /// Until caught up; `null` when it does not catch up.
    pub drain_eta_seconds: Option<f64>,
    /// Until retention may delete unread records; `null` when it never will.
    pub loss_eta_seconds: Option<f64>,
    /// Until retention has deleted unread records, as long as lag grows as it does; `null` where that is not known.
    pub loss_eta_seconds_at_most: Option<f64>,
    /// The greatest share of the retained time that is unread, 0 to 1.
    pub retention_used_ratio: Option<f64>,
    /// Records deleted before they were read, since the exporter watches.
    pub records_lost: u64,
    /// The last time any committed offset was seen to have moved, in Unix time; `null` if it never was.
    pub last_progress_timestamp_seconds: Option<f64>,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
    /// Partitions on which the group is much further behind in time than on the others, by number.
    pub slow_partitions: Vec<SlowPartition>,
    /// The partitions, by number.
    pub partitions: Vec<GroupPartition>,
}

/// A partition on which a group is much further behind in time than on the others of the topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SlowPartition {
    /// Its number.
    pub partition: i32,
    /// Why: `key_skew`, `stuck`, `slow_member` or `slow_partition`.
    pub cause: Cow<'static, str>,
}

/// A group on a partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// Age of the oldest unread record; 0 when caught up.
    pub lag_seconds: Option<f64>,
    /// Why `lag_seconds` is not known.
    pub lag_seconds_reason: Reason,
    /// It is certainly not less, unless timestamps are untested.
    pub lag_seconds_at_least: Option<f64>,
    /// It is certainly not more, unless timestamps are untested; `null` where nothing bounds it.
    pub lag_seconds_at_most: Option<f64>,
    /// Whether the age goes by producers' timestamps that could not be compared yet with when records come.
    pub lag_seconds_timestamps_untested: bool,
    /// How good `lag_seconds` is: `exact`, `bracketed`, `coarse` or `lower_bound`.
    pub lag_seconds_quality: Word,
    /// Whether the lag is no more than what is produced within a commit interval; `null` where the lag
    /// is not known.
    pub caught_up: Option<bool>,
    /// How the commit lies to the partition: `ok`, `no_commit`, `below_log_start`, …
    pub condition: Cow<'static, str>,
    /// Records deleted before the group read them; `null` where `condition` or a missing start does not
    /// let one tell.
    pub deleted_unread_records: Option<u64>,
    /// How the group is doing: `ok`, `stalled`, …
    pub status: Cow<'static, str>,
    /// Which rule gave the status: `caught_up`, `not_moved`, …
    pub status_rule: Cow<'static, str>,
    /// Whether the group still wants the topic. What it does not want counts in no sum and no status.
    pub subscribed: bool,
}

/// Which groups, and what of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct GroupFilter<'a> {
    /// The group of exactly this id.
    pub group: Option<&'a str>,
    /// Groups that read exactly this topic, and nothing of their other topics.
    pub topic: Option<&'a str>,
    /// Groups whose id contains this, whatever the case.
    pub search: Option<&'a str>,
    /// Groups of this status.
    pub status: Option<&'a str>,
    /// Groups of this severity.
    pub severity: Option<&'a str>,
}

impl GroupFilter<'_> {
    pub(super) fn passes(&self, group: &GroupReport) -> bool {
        self.group.is_none_or(|id| id == group.id.as_str())
            && self.status.is_none_or(|status| status == group.status.word())
            && self.severity.is_none_or(|severity| severity == group.severity.word())
            && is_found(&group.id, self.search)
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
    found(report, id).map(|group| to_json(report, group, GroupFilter::default()))
}

/// What the report tells of the group of this id.
pub(super) fn found<'a>(report: &'a ClusterReport, id: &str) -> Option<&'a GroupReport> {
    let place = report.groups.binary_search_by(|group| group.id.as_str().cmp(id)).ok()?;
    report.groups.get(place)
}

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(super) use tests::rules;
