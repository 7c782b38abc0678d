//! ListOffsets: where partitions begin and end, and where a time lies in them.
//!
//! Not the records.
//! Invariant: only the leader answers, and only for what a reader of the asked isolation may see.

use std::collections::BTreeSet;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use crate::simulator::world::Partition;

use super::{Desk, error, leading};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;

/// What has neither an offset nor a time.
const NONE: i64 = -1;

const READ_COMMITTED: i8 = 1;

#[expect(clippy::needless_pass_by_value, reason = "every API is answered by a function of the same form")]
pub(super) fn answer(desk: &Desk<'_>, version: i16, request: ListOffsetsRequest) -> ListOffsetsResponse {
    let is_committed = request.isolation_level == READ_COMMITTED;
    let twice = twice(&request.topics);
    let mut told_already = BTreeSet::new();
    let mut topics = Vec::new();
    for topic in &request.topics {
        let mut partitions = Vec::new();
        for asked in &topic.partitions {
            let place = (topic.name.as_str(), asked.partition_index);
            let found = match twice.contains(&place) {
                false => find(desk, version, is_committed, &topic.name, asked),
                true if told_already.insert(place) => Err(error::INVALID_REQUEST),
                true => continue,
            };
            partitions.push(told(version, asked.partition_index, found));
        }
        // Kafka gathers what it found by topic, so one without partitions is not told of.
        if !partitions.is_empty() {
            topics.push(ListOffsetsTopicResponse::default().with_name(topic.name.clone()).with_partitions(partitions));
        }
    }
    ListOffsetsResponse::default().with_throttle_time_ms(desk.throttle_ms).with_topics(topics)
}

/// Partitions that are asked about more than once.
fn twice(topics: &[ListOffsetsTopic]) -> BTreeSet<(&str, i32)> {
    let mut seen = BTreeSet::new();
    let all = topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|partition| (topic.name.as_str(), partition.partition_index)));
    all.filter(|partition| !seen.insert(*partition)).collect()
}

/// An offset, the timestamp of its record, and the epoch of its leader.
struct Found {
    offset: i64,
    timestamp: i64,
    epoch: i32,
}

fn find(
    desk: &Desk<'_>,
    version: i16,
    is_committed: bool,
    topic: &str,
    asked: &ListOffsetsPartition,
) -> Result<Option<Found>, i16> {
    let world = desk.world;
    let is_hidden = world.topic(topic).is_some_and(|topic| topic.is_hidden);
    // Whoever may not see a topic is told so before anything else is looked at.
    if !is_hidden && !is_known(asked.timestamp, version) {
        return Err(error::UNSUPPORTED_VERSION);
    }
    let epoch = if version >= 4 { asked.current_leader_epoch } else { -1 };
    let partition = leading::led(desk, topic, asked.partition_index, epoch)?;
    let limit = if is_committed { world.last_stable(partition) } else { world.end(partition) };
    let record = match asked.timestamp {
        LATEST => return Ok(Some(Found { offset: limit, timestamp: NONE, epoch: partition.leader_epoch })),
        EARLIEST | EARLIEST_LOCAL => {
            let offset = world.start(partition);
            return Ok(Some(Found { offset, timestamp: NONE, epoch: partition.epoch_of(offset) }));
        }
        LATEST_TIERED => return Ok(None),
        MAX_TIMESTAMP => newest(desk, partition),
        timestamp => world.first_since(partition, timestamp),
    };
    let record = record.filter(|(offset, _)| *offset < limit);
    Ok(record.map(|(offset, timestamp)| Found { offset, timestamp, epoch: partition.epoch_of(offset) }))
}

/// Of several newest records of the same time, the first.
fn newest(desk: &Desk<'_>, partition: &Partition) -> Option<(i64, i64)> {
    let (_, timestamp) = desk.world.newest(partition)?;
    desk.world.first_since(partition, timestamp)
}

/// Whether the version knows what a timestamp below 0 stands for.
fn is_known(timestamp: i64, version: i16) -> bool {
    match timestamp {
        MAX_TIMESTAMP => version >= 7,
        EARLIEST_LOCAL => version >= 8,
        LATEST_TIERED => version >= 9,
        timestamp => timestamp >= EARLIEST,
    }
}

fn told(version: i16, partition: i32, found: Result<Option<Found>, i16>) -> ListOffsetsPartitionResponse {
    let (found, code) = match found {
        Ok(found) => (found, error::NONE),
        Err(code) => (None, code),
    };
    let found = found.unwrap_or(Found { offset: NONE, timestamp: NONE, epoch: -1 });
    let answer = ListOffsetsPartitionResponse::default()
        .with_partition_index(partition)
        .with_error_code(code)
        .with_offset(found.offset)
        .with_timestamp(found.timestamp);
    if version >= 4 { answer.with_leader_epoch(found.epoch) } else { answer }
}

#[cfg(test)]
mod tests;
