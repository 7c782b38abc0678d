//! The conclusions about one group: its partitions, its topics, its members.
//!
//! Not over time beyond the last poll.
//! Invariant: a partition is here if the group committed to it, owns it, or did when it was last
//! readable; its lag is a number only if commit and end were both read in this poll.

use std::collections::BTreeSet;

use crate::model::{
    Assignment, ClusterSnapshot, Commit, Commits, Condition, Group, GroupReport, GroupState, GroupTopic, Member,
    PartitionId, PartitionLag, Thresholds, Topic, TopicIndex, Unknown,
};

use super::history::{History, last_end};
use super::lag::{Ends, Reading, lag, noise_floor};

type Place = (TopicIndex, PartitionId);

/// Everything one poll tells about a group.
pub(super) fn report(
    group: &Group,
    snapshot: &ClusterSnapshot,
    history: &History,
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
        unassigned_partition_count: unassigned_partition_count(group, snapshot, &owned),
        uncommitted_partition_count: uncommitted_partition_count(group, &owned),
        topics: Vec::new(),
        partitions: Vec::new(),
    };
    match &group.commits {
        Ok(commits) => known_partitions(&mut report, commits, &owned, snapshot, history, thresholds),
        Err(unknown) => unknown_partitions(&mut report, *unknown, &owned, snapshot, history),
    }
    report
}

fn known_partitions(
    report: &mut GroupReport,
    commits: &Commits,
    owned: &BTreeSet<Place>,
    snapshot: &ClusterSnapshot,
    history: &History,
    thresholds: &Thresholds,
) {
    let commit_interval = history.commit_interval(&report.id).unwrap_or(thresholds.commit_interval_default);
    let mut places: Vec<(Place, Option<&Commit>)> =
        commits.offsets.iter().map(|commit| ((commit.topic, commit.partition), Some(commit))).collect();
    let has_commit =
        |place: &Place| commits.offsets.binary_search_by_key(place, |commit| (commit.topic, commit.partition)).is_ok();
    let others = owned.iter().chain(&commits.unreadable).filter(|place| !has_commit(place));
    places.extend(others.map(|place| (*place, None)));
    places.sort_unstable_by_key(|(place, _)| *place);
    places.dedup_by_key(|(place, _)| *place);
    for of_topic in places.chunk_by(|left, right| left.0.0 == right.0.0) {
        let Some(((index, _), _)) = of_topic.first() else { continue };
        let Some(topic) = snapshot.topic(*index) else { continue };
        let before = history.last_topic(topic);
        let is_recreated = history.is_recreated(&topic.name);
        let partitions = of_topic.iter().map(|((_, partition), commit)| {
            let Some(commit) = commit else {
                let is_unreadable = commits.unreadable.binary_search(&(*index, *partition)).is_ok();
                return without_commit(*partition, is_unreadable);
            };
            let ends = ends(topic, *partition, before, is_recreated);
            let reading = Reading { offset: commit.offset, read: commits.answered };
            with_commit(*partition, reading, ends, commit_interval)
        });
        push_topic(report, topic, partitions.collect());
    }
}

fn ends(topic: &Topic, partition: PartitionId, before: Option<&Topic>, is_recreated: bool) -> Result<Ends, Unknown> {
    let found = topic.partition(partition).ok_or(Unknown::NotListed)?;
    let now = found.high_watermark?;
    Ok(Ends { now, before: last_end(before, partition), start: found.low_watermark.ok(), is_recreated })
}

fn with_commit(
    partition: PartitionId,
    commit: Reading,
    ends: Result<Ends, Unknown>,
    commit_interval: std::time::Duration,
) -> PartitionLag {
    let (lag, condition, noise_floor) = match ends {
        Ok(ends) => {
            let (lag, condition) = lag(commit, &ends);
            (Ok(lag), condition, noise_floor(&ends, commit.read, commit_interval))
        }
        Err(unknown) => (Err(unknown), Condition::Unknown, 0),
    };
    PartitionLag { partition, committed_offset: Ok(commit.offset), lag, noise_floor, condition }
}

fn without_commit(partition: PartitionId, is_unreadable: bool) -> PartitionLag {
    let (unknown, condition) = if is_unreadable {
        (Unknown::Failed(crate::model::ProblemKind::Other), Condition::Unknown)
    } else {
        (Unknown::NoCommit, Condition::NoCommit)
    };
    PartitionLag { partition, committed_offset: Err(unknown), lag: Err(unknown), noise_floor: 0, condition }
}

/// While a group's commits cannot be read, its partitions are those of the last report, all unknown.
fn unknown_partitions(
    report: &mut GroupReport,
    unknown: Unknown,
    owned: &BTreeSet<Place>,
    snapshot: &ClusterSnapshot,
    history: &History,
) {
    let by_name = |topic: &crate::model::TopicName| {
        snapshot
            .topics
            .binary_search_by(|candidate| candidate.name.cmp(topic))
            .ok()
            .and_then(|place| u32::try_from(place).ok())
    };
    let mut places = owned.clone();
    if let Some(last) = history.last_report(&report.id) {
        for topic in &last.topics {
            // A topic that nothing in this poll speaks of any more is gone.
            let Some(index) = by_name(&topic.topic).map(TopicIndex) else { continue };
            places.extend(last.partitions_of(topic).iter().map(|partition| (index, partition.partition)));
        }
    }
    let places: Vec<Place> = places.into_iter().collect();
    for of_topic in places.chunk_by(|left, right| left.0 == right.0) {
        let Some(topic) = of_topic.first().and_then(|(index, _)| snapshot.topic(*index)) else { continue };
        let partitions = of_topic.iter().map(|(_, partition)| PartitionLag {
            partition: *partition,
            committed_offset: Err(unknown),
            lag: Err(unknown),
            noise_floor: 0,
            condition: Condition::Unknown,
        });
        push_topic(report, topic, partitions.collect());
    }
}

fn push_topic(report: &mut GroupReport, topic: &Topic, partitions: Vec<PartitionLag>) {
    let known = |value: &mut Option<u64>, more: u64| *value = Some(value.unwrap_or(0).saturating_add(more));
    let (mut lag, mut committed_offset, mut unknown_partition_count) = (None, None, 0);
    for partition in &partitions {
        match partition.lag {
            Ok(records) => known(&mut lag, records),
            Err(_) => unknown_partition_count += 1,
        }
        if let Some(offset) = partition.committed_offset.ok().and_then(|offset| u64::try_from(offset).ok()) {
            known(&mut committed_offset, offset);
        }
    }
    let start = report.partitions.len();
    report.partitions.extend(partitions);
    let range = start..report.partitions.len();
    report.topics.push(GroupTopic { topic: topic.name.clone(), range, lag, committed_offset, unknown_partition_count });
}

fn owned(group: &Group) -> BTreeSet<Place> {
    assignments(group).flat_map(|assignment| assignment.partitions.iter().copied()).collect()
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

fn unassigned_partition_count(group: &Group, snapshot: &ClusterSnapshot, owned: &BTreeSet<Place>) -> Option<usize> {
    settled_members(group)?;
    let named = assignments(group).flat_map(|assignment| assignment.subscribed.iter().copied());
    // Whoever subscribed by pattern names no topic, but shows some by what it owns.
    let subscribed: BTreeSet<TopicIndex> = named.chain(owned.iter().map(|(topic, _)| *topic)).collect();
    let partitions = subscribed.iter().filter_map(|index| snapshot.topic(*index).map(|topic| (*index, topic)));
    let unassigned =
        partitions.flat_map(|(index, topic)| topic.partitions.iter().map(move |partition| (index, partition.id)));
    Some(unassigned.filter(|place| !owned.contains(place)).count())
}

fn uncommitted_partition_count(group: &Group, owned: &BTreeSet<Place>) -> Option<usize> {
    let commits = group.commits.as_ref().ok()?;
    let members = group.members.as_ref().ok()?;
    if members.iter().any(|member| member.assignment.is_none()) {
        return None;
    }
    let is_known = |place: &&Place| {
        commits.offsets.binary_search_by_key(*place, |commit| (commit.topic, commit.partition)).is_ok()
            || commits.unreadable.binary_search(place).is_ok()
    };
    Some(owned.iter().filter(|place| !is_known(place)).count())
}
