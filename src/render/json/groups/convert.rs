//! From a group's report to its JSON.
//!
//! Not the shapes.
//! Invariant: what the report leaves out of its sums is left out here too.

use std::borrow::Cow;

use super::super::{Reason, Word, by_status, finite, reason};
use super::{AtFault, Capacity, Group, GroupFilter, GroupPartition, GroupTopic, Rebalances, SlowPartition, Storm};
use crate::model::{
    Because, Capacity as CapacityReport, ClusterReport, GroupReport, GroupState, GroupTopic as TopicReport, Known,
    Partition, PartitionLag, RebalanceSource, Rebalances as RebalancesReport, Severity, SlowPartition as SlowReport,
    Status, StatusCounts, TimeLag, Timestamp, Unknown,
};

pub(super) fn to_json<'a>(report: &'a ClusterReport, group: &'a GroupReport, filter: GroupFilter<'_>) -> Group<'a> {
    let topics: Vec<_> = shown_topics(group, filter).map(|topic| topic_to_json(report, group, topic)).collect();
    let counted = || shown_topics(group, filter).filter(|topic| topic.is_subscribed);
    let lag_records = counted().filter_map(|topic| topic.lag).reduce(u64::saturating_add);
    let lag_reason = match lag_records {
        Some(_) => None,
        None => topics.iter().find_map(|topic| topic.lag_reason.clone()).or(Some(Cow::Borrowed("no_partitions"))),
    };
    let time_lag = counted().filter_map(|topic| topic.time_lag).max_by(TimeLag::by_length);
    let (status, counts) = status_of(group, filter);
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
        lag_seconds: finite(time_lag.map(|time_lag| time_lag.seconds())),
        lag_seconds_reason: age_reason(time_lag, &lag_reason),
        lag_seconds_quality: quality(time_lag),
        lag_reason,
        status: Cow::Borrowed(status.word()),
        severity: Cow::Borrowed(severity(group, status, filter).word()),
        burrow_status: Cow::Borrowed(status.burrow()),
        partitions_by_status: by_status(|status| counts.of(status)),
        capacity: group.capacity.map(capacity),
        rebalances: group.rebalances.as_deref().map(rebalances),
        unknown_partitions: topics.iter().map(|topic| topic.unknown_partitions).sum(),
        topics,
    }
}

fn shown_topics<'a>(group: &'a GroupReport, filter: GroupFilter<'_>) -> impl Iterator<Item = &'a TopicReport> {
    group.topics.iter().filter(move |topic| filter.passes_topic(topic))
}

/// The status of what is shown, and the partitions it comes from.
fn status_of(group: &GroupReport, filter: GroupFilter<'_>) -> (Status, StatusCounts) {
    if filter.topic.is_none() {
        return (group.status, group.status_counts);
    }
    let shown = shown_topics(group, filter).flat_map(|topic| group.partitions_of(topic));
    let counts = StatusCounts::of_partitions(shown);
    (counts.worst().unwrap_or(Status::Ok), counts)
}

/// A topic alone is as bad as its status; the group may be worse.
fn severity(group: &GroupReport, status: Status, filter: GroupFilter<'_>) -> Severity {
    let is_whole = filter.topic.is_none() || (status == group.status && !is_in_storm(group));
    if is_whole { group.severity } else { status.severity() }
}

fn is_in_storm(group: &GroupReport) -> bool {
    group.rebalances.as_ref().is_some_and(|rebalances| rebalances.storm.is_some())
}

fn capacity(capacity: CapacityReport) -> Capacity {
    Capacity {
        member_records_per_second: capacity.per_member,
        produced_records_per_second: capacity.produced_per_second,
        members_to_keep_pace: capacity.to_keep_pace,
        members_to_drain: capacity.to_drain,
        drain_within_seconds: capacity.drain_within,
        partitions: capacity.partitions,
    }
}

fn rebalances(rebalances: &RebalancesReport) -> Rebalances {
    let counts = RebalanceSource::ALL.map(|source| (Cow::Borrowed(source.word()), rebalances.count(source)));
    Rebalances {
        source: Cow::Borrowed(rebalances.source.word()),
        count_by_source: counts.into(),
        aborted: rebalances.aborted,
        members_joined: rebalances.joined,
        members_left: rebalances.left,
        gaps: rebalances.gap_count,
        unstable_ratio: rebalances.unstable_ratio,
        last_timestamp_seconds: rebalances.last.map(Timestamp::unix_seconds),
        epoch: rebalances.epoch,
        storm: rebalances.storm.map(|storm| Storm {
            cause: Cow::Borrowed(storm.cause.word()),
            since_timestamp_seconds: storm.since.unix_seconds(),
            rules: storm.rules.iter().map(|rule| Cow::Borrowed(rule.word())).collect(),
            at_fault: rebalances.at_fault.as_deref().map(at_fault),
        }),
        rollout_in_progress: rebalances.is_rollout,
    }
}

fn at_fault(member: &crate::model::AtFault) -> AtFault {
    AtFault {
        member_id: member.member_id.clone(),
        group_instance_id: member.group_instance_id.clone(),
        client_id: member.client_id.clone(),
        client_host: member.client_host.clone(),
        others: member.others,
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
    let listed = report.snapshot.topic_named(&topic.topic);
    let partitions = group.partitions_of(topic);
    let (lag_reason, trend) = (lag_reason(group, topic), &topic.trend);
    GroupTopic {
        topic: Cow::Borrowed(&topic.topic),
        lag_records: topic.lag,
        lag_seconds: finite(topic.time_lag.map(|time_lag| time_lag.seconds())),
        lag_seconds_reason: age_reason(topic.time_lag, &lag_reason),
        lag_seconds_quality: quality(topic.time_lag),
        lag_reason,
        velocity: finite(trend.velocity),
        consumed_records_per_second: finite(trend.consumed_per_second),
        drain_eta_seconds: finite(trend.drain_eta),
        loss_eta_seconds: finite(trend.loss_eta.map(|eta| eta.at_least)),
        loss_eta_seconds_at_most: finite(trend.loss_eta.map(|eta| eta.at_most)),
        retention_used_ratio: finite(trend.retention_used),
        records_lost: trend.records_lost,
        last_progress_timestamp_seconds: trend.last_progress.map(Timestamp::unix_seconds),
        unknown_partitions: topic.unknown_partition_count,
        slow_partitions: topic.slow.iter().copied().map(to_slow).collect(),
        partitions: partitions
            .iter()
            .map(|lag| partition_to_json(lag, listed.and_then(|listed| listed.partition(lag.partition))))
            .collect(),
    }
}

fn to_slow(slow: SlowReport) -> SlowPartition {
    SlowPartition { partition: slow.partition.0, cause: Cow::Borrowed(slow.cause.word()) }
}

/// Why no lag of a group on a topic is known: the reason of the first partition, or that it does not want the topic.
pub(in super::super) fn lag_reason(group: &GroupReport, topic: &TopicReport) -> Reason {
    if topic.lag.is_some() {
        return None;
    }
    let first = group.partitions_of(topic).iter().find_map(|partition| reason(&partition.lag()));
    first.or(Some(Cow::Borrowed("not_subscribed")))
}

/// Why no age is known: because no lag is, or because nothing is known of when the records came.
pub(in super::super) fn age_reason(time_lag: Option<TimeLag>, lag_reason: &Reason) -> Reason {
    match time_lag {
        Some(_) => None,
        None => lag_reason.clone().or(Some(Cow::Borrowed("age_not_known"))),
    }
}

fn quality(time_lag: Option<TimeLag>) -> Word {
    time_lag.map(|time_lag| Cow::Borrowed(time_lag.quality.word()))
}

fn partition_to_json(lag: &PartitionLag, partition: Option<&Partition>) -> GroupPartition {
    let start = partition.map_or(Err(Unknown::NotListed), |partition| partition.low_watermark);
    let end: Known<i64> =
        partition.map_or(Err(Unknown::NotListed), |partition| partition.high_watermark.map(|end| end.offset));
    GroupPartition {
        partition: lag.partition.0,
        committed_offset: lag.committed_offset().ok(),
        committed_offset_reason: reason(&lag.committed_offset()),
        log_start_offset: start.ok(),
        log_start_offset_reason: reason(&start),
        log_end_offset: end.ok(),
        log_end_offset_reason: reason(&end),
        lag_records: lag.lag().ok(),
        lag_seconds: finite(lag.time_lag.map(|time_lag| time_lag.seconds())),
        lag_seconds_reason: age_reason(lag.time_lag, &reason(&lag.lag())),
        lag_seconds_at_least: finite(lag.time_lag.map(|time_lag| time_lag.at_least())),
        lag_seconds_at_most: finite(lag.time_lag.map(|time_lag| time_lag.at_most())),
        lag_seconds_timestamps_untested: lag.time_lag.is_some_and(|time_lag| time_lag.is_untested),
        lag_seconds_quality: quality(lag.time_lag),
        lag_reason: reason(&lag.lag()),
        caught_up: lag.lag().is_ok().then(|| lag.is_caught_up()),
        condition: Cow::Borrowed(lag.condition.word()),
        deleted_unread_records: lag.deleted_unread(partition),
        status: Cow::Borrowed(lag.status.word()),
        status_rule: Cow::Borrowed(rule(&lag.because)),
        subscribed: lag.is_subscribed,
    }
}

/// The word for the rule that gave a status.
pub(super) fn rule(because: &Because) -> &'static str {
    match because {
        Because::NotLearned => "not_learned",
        Because::Condition => "condition",
        Because::Lost { .. } => "records_lost",
        Because::OpenTransaction { .. } => "open_transaction",
        Because::CaughtUp => "caught_up",
        Because::OnlyMarkers => "only_markers",
        Because::CaughtUpLately { .. } => "caught_up_lately",
        Because::TooShort { .. } => "watched_too_short",
        Because::NotMoved { .. } => "not_moved",
        Because::NoOwner => "no_owner",
        Because::WentBack { .. } => "went_back",
        Because::Trend { .. } => "trend",
        Because::NoTrend => "no_trend",
    }
}
