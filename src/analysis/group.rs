//! The conclusions about one group: its partitions, its topics, its members.
//!
//! Not over time beyond the last poll.
//! Invariant: a partition is here if the group committed to it, owns it, or did when it was last
//! readable; its lag is a number only if commit and end were both read in this poll.

use std::iter;
use std::time::Duration;

use crate::model::{
    Assignment, Commit, Commits, Condition, Group, GroupReport, GroupState, GroupTopic, Member, PartitionId,
    PartitionLag, ProblemKind, Status, StatusCounts, Thresholds, Topic, TopicIndex, TopicTrend, Unknown,
};

use super::history::{GroupPast, TopicView, TopicViews};
use super::join::join;
use super::lag::{Ends, Reading, lag, noise_floor};

type Place = (TopicIndex, PartitionId);

/// Everything one poll tells about a group.
pub(super) fn report(
    group: &Group,
    topics: &TopicViews<'_>,
    past: &GroupPast<'_>,
    thresholds: &Thresholds,
) -> GroupReport {
    let owned = owned(group);
    let mut report = GroupReport {
        id: group.id.clone(),
        kind: group.kind.clone(),
        protocol_type: group.protocol_type.clone(),
        protocol: group.protocol.clone(),
        state: group.state,
        coordinator: group.coordinator,
        member_count: group.members.as_ref().map(Vec::len).map_err(|unknown| *unknown),
        idle_member_count: idle_member_count(group),
        unassigned_partition_count: unassigned_partition_count(group, topics, &owned),
        uncommitted_partition_count: None,
        topics: Vec::new(),
        partitions: Vec::new(),
        status: Status::Unknown,
        status_counts: StatusCounts::default(),
        capacity: None,
    };
    match &group.commits {
        Ok(commits) => {
            let commit_interval = past.commit_interval.unwrap_or(thresholds.commit_interval_default);
            known_partitions(&mut report, commits, &owned, topics, commit_interval);
            report.uncommitted_partition_count = uncommitted_partition_count(group, &report.partitions);
        }
        Err(unknown) => unknown_partitions(&mut report, *unknown, owned, topics, past.last),
    }
    // A report is kept until the next one is done.
    report.topics.shrink_to_fit();
    report.partitions.shrink_to_fit();
    report
}

fn known_partitions(
    report: &mut GroupReport,
    commits: &Commits,
    owned: &[Place],
    topics: &TopicViews<'_>,
    commit_interval: Duration,
) {
    let unreadable = commits.unreadable.iter().map(|place| (*place, ()));
    let others = join(owned.iter().map(|place| (*place, ())), unreadable);
    let others = others.map(|(place, _, unreadable)| (place, unreadable.is_some()));
    let committed = commits.offsets.iter().map(|commit| ((commit.topic, commit.partition), commit));
    let places = join(committed, others).map(|(place, commit, is_unreadable)| (place, (commit, is_unreadable)));
    // Most groups own nothing but what they committed to.
    report.partitions.reserve_exact(commits.offsets.len());
    push_topics(report, topics, places, |topic, partition, (commit, is_unreadable): (Option<&Commit>, _)| {
        let Some(commit) = commit else {
            let is_listed = topic.now.partition(partition).is_some();
            return without_commit(partition, is_unreadable == Some(true), is_listed);
        };
        let reading = Reading { offset: commit.offset, read: commits.answered };
        with_commit(partition, reading, ends(topic, partition), commit_interval)
    });
}

fn ends(topic: &TopicView<'_>, partition: PartitionId) -> Result<Ends, Unknown> {
    let found = topic.now.partition(partition).ok_or(Unknown::NotListed)?;
    let now = found.high_watermark?;
    let (before, start) = (topic.last_end(partition), found.low_watermark.ok());
    Ok(Ends { now, before, start, is_recreated: topic.is_recreated })
}

fn with_commit(
    partition: PartitionId,
    commit: Reading,
    ends: Result<Ends, Unknown>,
    commit_interval: Duration,
) -> PartitionLag {
    let (lag, condition, noise_floor) = match ends {
        Ok(ends) => {
            let (lag, condition) = lag(commit, &ends);
            (Ok(lag), condition, noise_floor(&ends, commit.read, commit_interval))
        }
        Err(unknown) => (Err(unknown), Condition::Unknown, 0),
    };
    let unknown = PartitionLag::unknown(partition, Unknown::NotAsked);
    PartitionLag { committed_offset: Ok(commit.offset), lag, noise_floor, condition, ..unknown }
}

fn without_commit(partition: PartitionId, is_unreadable: bool, is_listed: bool) -> PartitionLag {
    if is_unreadable {
        return PartitionLag::unknown(partition, Unknown::Failed(ProblemKind::Other));
    }
    if !is_listed {
        // Kafka tells no offsets of a topic that may not be described, so there may well be some.
        return PartitionLag::unknown(partition, Unknown::NotListed);
    }
    PartitionLag { condition: Condition::NoCommit, ..PartitionLag::unknown(partition, Unknown::NoCommit) }
}

/// While a group's commits cannot be read, its partitions are those of the last report, all unknown.
fn unknown_partitions(
    report: &mut GroupReport,
    unknown: Unknown,
    owned: Vec<Place>,
    topics: &TopicViews<'_>,
    last: Option<&GroupReport>,
) {
    let mut places = owned;
    for (last, topic) in last.into_iter().flat_map(|last| last.topics.iter().map(move |topic| (last, topic))) {
        // A topic that nothing in this poll speaks of any more is gone.
        let Some(index) = topics.index_of(&topic.topic) else { continue };
        places.extend(last.partitions_of(topic).iter().map(|partition| (index, partition.partition)));
    }
    in_order(&mut places);
    report.partitions.reserve_exact(places.len());
    let places = places.into_iter().map(|place| (place, ()));
    push_topics(report, topics, places, |_, partition, ()| PartitionLag::unknown(partition, unknown));
}

/// Adds the partitions at these places, in their order, and a line for each topic.
fn push_topics<T>(
    report: &mut GroupReport,
    topics: &TopicViews<'_>,
    places: impl Iterator<Item = (Place, T)>,
    lag_of: impl Fn(&TopicView<'_>, PartitionId, T) -> PartitionLag,
) {
    let mut places = places.peekable();
    while let Some(((index, _), _)) = places.peek() {
        let index = *index;
        let of_topic = iter::from_fn(|| places.next_if(|((topic, _), _)| *topic == index));
        let Some(topic) = topics.at(index) else {
            of_topic.for_each(drop);
            continue;
        };
        let start = report.partitions.len();
        report.partitions.extend(of_topic.map(|((_, partition), found)| lag_of(topic, partition, found)));
        report.topics.push(group_topic(topic.now, start, &report.partitions));
    }
}

/// What the partitions from `start` on tell together.
fn group_topic(topic: &Topic, start: usize, partitions: &[PartitionLag]) -> GroupTopic {
    let known = |value: &mut Option<u64>, more: u64| *value = Some(value.unwrap_or(0).saturating_add(more));
    let (mut lag, mut committed_offset, mut unknown_partition_count) = (None, None, 0);
    for partition in partitions.get(start..).unwrap_or_default() {
        match partition.lag {
            Ok(records) => known(&mut lag, records),
            Err(_) => unknown_partition_count += 1,
        }
        if let Some(offset) = partition.committed_offset.ok().and_then(|offset| u64::try_from(offset).ok()) {
            known(&mut committed_offset, offset);
        }
    }
    let range = start..partitions.len();
    GroupTopic {
        topic: topic.name.clone(),
        range,
        lag,
        committed_offset,
        unknown_partition_count,
        time_lag: None,
        trend: TopicTrend::default(),
    }
}

/// What the members own together, sorted.
fn owned(group: &Group) -> Vec<Place> {
    let mut owned = Vec::with_capacity(assignments(group).map(|assignment| assignment.partitions.len()).sum());
    owned.extend(assignments(group).flat_map(|assignment| &assignment.partitions));
    in_order(&mut owned);
    owned
}

fn in_order<T: Ord>(items: &mut Vec<T>) {
    // They come as a few sorted runs, which this sort merges.
    items.sort();
    items.dedup();
}

fn assignments(group: &Group) -> impl Iterator<Item = &Assignment> {
    group.members.iter().flatten().filter_map(|member| member.assignment.as_ref())
}

/// The members, where all of them tell what they own and nothing is on the move.
fn settled_members(group: &Group) -> Option<&[Member]> {
    let members = group.members.as_ref().ok()?;
    let is_settled = matches!(group.state, GroupState::Stable | GroupState::Empty | GroupState::Dead);
    (is_settled && members.iter().all(|member| member.assignment.is_some())).then_some(members)
}

fn idle_member_count(group: &Group) -> Option<usize> {
    let is_idle =
        |member: &&Member| member.assignment.as_ref().is_some_and(|assignment| assignment.partition_count == 0);
    Some(settled_members(group)?.iter().filter(is_idle).count())
}

fn unassigned_partition_count(group: &Group, topics: &TopicViews<'_>, owned: &[Place]) -> Option<usize> {
    settled_members(group)?;
    // Whoever subscribed by pattern names no topic, but shows some by what it owns.
    let mut subscribed: Vec<TopicIndex> = owned.iter().map(|(topic, _)| *topic).collect();
    subscribed.dedup();
    subscribed.extend(assignments(group).flat_map(|assignment| &assignment.subscribed));
    in_order(&mut subscribed);
    let partition_count: usize =
        subscribed.iter().filter_map(|index| topics.at(*index)).map(|topic| topic.now.partitions.len()).sum();
    let assigned_count = owned.iter().filter(|place| topics.partition(**place).is_some()).count();
    Some(partition_count.saturating_sub(assigned_count))
}

fn uncommitted_partition_count(group: &Group, partitions: &[PartitionLag]) -> Option<usize> {
    let members = group.members.as_ref().ok()?;
    if members.iter().any(|member| member.assignment.is_none()) {
        return None;
    }
    Some(partitions.iter().filter(|partition| partition.condition == Condition::NoCommit).count())
}
