//! OffsetFetch: what a group committed.
//!
//! Not how far it is behind. Offsets of open transactions are not part of a world.
//! Invariant: a partition without a commit is told as such, and never as offset 0.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};

use crate::simulator::world::{Group, Reading};

use super::{Desk, coordinating, error, text};

/// The first version that asks about many groups at once.
const BATCHED: i16 = 8;

/// The first version with an error for the whole group, and the first that may ask for all it committed.
const WITH_TOP_ERROR: i16 = 2;

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: OffsetFetchRequest) -> OffsetFetchResponse {
    let answer = OffsetFetchResponse::default().with_throttle_time_ms(desk.throttle_ms);
    if version >= BATCHED {
        // A group asked about twice is answered once, so that an answer is never larger than the world.
        let mut seen = BTreeSet::new();
        let groups = request.groups.iter().filter(|group| seen.insert(&group.group_id));
        return answer.with_groups(groups.map(|group| of_group(desk, group)).collect());
    }
    let wanted = request
        .topics
        .map(|topics| topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect::<Vec<_>>());
    match fetch(desk, &request.group_id, wanted.as_deref(), None) {
        Ok(topics) => answer.with_topics(topics.into_iter().map(Fetched::single).collect()),
        Err(code) if version >= WITH_TOP_ERROR => answer.with_error_code(code),
        Err(code) => {
            let failed = wanted.into_iter().flatten().map(|(name, partitions)| {
                let partitions = partitions.into_iter().map(|partition| Commit::failed(partition, code)).collect();
                Fetched { name, partitions }
            });
            answer.with_topics(failed.map(Fetched::single).collect())
        }
    }
}

fn of_group(desk: &Desk<'_>, request: &OffsetFetchRequestGroup) -> OffsetFetchResponseGroup {
    let answer = OffsetFetchResponseGroup::default().with_group_id(request.group_id.clone());
    let wanted = request.topics.as_ref().map(|topics| {
        topics.iter().map(|topic| (topic.name.clone(), topic.partition_indexes.clone())).collect::<Vec<_>>()
    });
    // Administrators and members of classic groups tell neither.
    let member = request.member_id.as_deref().map(|id| (id, request.member_epoch));
    match fetch(desk, &request.group_id, wanted.as_deref(), member) {
        Ok(topics) => answer.with_topics(topics.into_iter().map(Fetched::batched).collect()),
        Err(code) => answer.with_error_code(code),
    }
}

/// One topic's commits.
struct Fetched {
    name: TopicName,
    partitions: Vec<Commit>,
}

struct Commit {
    partition: i32,
    offset: i64,
    epoch: i32,
    code: i16,
}

impl Commit {
    fn absent(partition: i32) -> Self {
        Self::failed(partition, error::NONE)
    }

    fn failed(partition: i32, code: i16) -> Self {
        Self { partition, offset: -1, epoch: -1, code }
    }
}

impl Fetched {
    fn single(self) -> OffsetFetchResponseTopic {
        let partitions = self.partitions.iter().map(|commit| {
            OffsetFetchResponsePartition::default()
                .with_partition_index(commit.partition)
                .with_committed_offset(commit.offset)
                .with_committed_leader_epoch(commit.epoch)
                .with_metadata(Some(text("")))
                .with_error_code(commit.code)
        });
        OffsetFetchResponseTopic::default().with_name(self.name).with_partitions(partitions.collect())
    }

    fn batched(self) -> OffsetFetchResponseTopics {
        let partitions = self.partitions.iter().map(|commit| {
            OffsetFetchResponsePartitions::default()
                .with_partition_index(commit.partition)
                .with_committed_offset(commit.offset)
                .with_committed_leader_epoch(commit.epoch)
                .with_metadata(Some(text("")))
                .with_error_code(commit.code)
        });
        OffsetFetchResponseTopics::default().with_name(self.name).with_partitions(partitions.collect())
    }
}

/// What a group committed for some partitions, or for all; `Err` is the error of the whole group.
fn fetch(
    desk: &Desk<'_>,
    name: &str,
    wanted: Option<&[(TopicName, Vec<i32>)]>,
    member: Option<(&str, i32)>,
) -> Result<Vec<Fetched>, i16> {
    if let Some(code) = coordinating::refusal(desk, name) {
        return Err(code);
    }
    let group = desk.world.group(name);
    if let Some(group) = group {
        check_member(group, member)?;
    }
    match (wanted, group) {
        (Some(wanted), group) => Ok(listed(desk, wanted, group)),
        (None, Some(group)) => Ok(all(desk, group)),
        (None, None) => Ok(Vec::new()),
    }
}

/// A member of a group of KIP-848 is told only if it belongs to it and is up to date.
fn check_member(group: &Group, asking: Option<(&str, i32)>) -> Result<(), i16> {
    let Some((id, epoch)) = asking.filter(|_| group.is_consumer()) else { return Ok(()) };
    let member = group.members.iter().find(|member| member.id == id).ok_or(error::UNKNOWN_MEMBER_ID)?;
    if member.epoch == epoch { Ok(()) } else { Err(error::STALE_MEMBER_EPOCH) }
}

fn listed(desk: &Desk<'_>, wanted: &[(TopicName, Vec<i32>)], group: Option<&Group>) -> Vec<Fetched> {
    let is_hidden = |name: &str| desk.world.topic(name).is_some_and(|topic| topic.is_hidden);
    let committed: BTreeMap<(&str, u32), &Reading> = group
        .filter(|_| !wanted.is_empty())
        .into_iter()
        .flat_map(|group| &group.readings)
        .filter_map(|reading| Some(((desk.world.topic_at(reading.topic)?.name.as_str(), reading.partition), reading)))
        .collect();
    let find = |name: &str, partition: i32| {
        let reading = committed.get(&(name, u32::try_from(partition).ok()?))?;
        commit(desk, group?, reading)
    };
    let of_topic = |(name, partitions): &(TopicName, Vec<i32>)| {
        let found = partitions.iter().map(|partition| {
            if is_hidden(name) {
                return Commit::failed(*partition, error::TOPIC_AUTHORIZATION_FAILED);
            }
            find(name, *partition).unwrap_or_else(|| Commit::absent(*partition))
        });
        Fetched { name: name.clone(), partitions: found.collect() }
    };
    // What may not be seen comes last.
    let (hidden, seen): (Vec<_>, Vec<_>) = wanted.iter().partition(|(name, _)| is_hidden(name));
    seen.into_iter().chain(hidden).map(of_topic).collect()
}

fn all(desk: &Desk<'_>, group: &Group) -> Vec<Fetched> {
    let mut fetched: Vec<Fetched> = Vec::new();
    for readings in group.readings.chunk_by(|left, right| left.topic == right.topic) {
        let topic = readings.first().and_then(|reading| desk.world.topic_at(reading.topic));
        let Some(topic) = topic.filter(|topic| !topic.is_hidden) else { continue };
        let partitions: Vec<Commit> = readings.iter().filter_map(|reading| commit(desk, group, reading)).collect();
        if !partitions.is_empty() {
            fetched.push(Fetched { name: TopicName(text(&topic.name)), partitions });
        }
    }
    fetched
}

fn commit(desk: &Desk<'_>, group: &Group, reading: &Reading) -> Option<Commit> {
    let offset = desk.world.committed(group, reading)?;
    let partition = i32::try_from(reading.partition).ok()?;
    let topic = desk.world.topic_at(reading.topic)?;
    let read_from = topic.partitions.get(usize::try_from(reading.partition).ok()?);
    // The epoch is that of the last record that was processed; before the first one there is none.
    let last = offset.checked_sub(1).filter(|last| *last >= 0);
    let epoch = read_from.zip(last).map_or(-1, |(partition, last)| partition.epoch_of(last));
    Some(Commit { partition, offset, epoch, code: error::NONE })
}

#[cfg(test)]
mod tests;
