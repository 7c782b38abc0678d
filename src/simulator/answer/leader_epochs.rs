//! OffsetForLeaderEpoch: where the records of a leader end (KIP-101).
//!
//! Not who leads.
//! Invariant: an epoch that no leader had yet has no end.

use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::{Desk, leading};

/// The answer about an epoch nobody knows, and the epoch of who has none.
const UNDEFINED: (i32, i64) = (-1, -1);

pub(super) fn answer(
    desk: &Desk<'_>,
    _version: i16,
    request: OffsetForLeaderEpochRequest,
) -> OffsetForLeaderEpochResponse {
    let topics = request.topics.into_iter().map(|topic| {
        let partitions = topic.partitions.iter().map(|asked| end(desk, &topic.topic, asked)).collect();
        OffsetForLeaderTopicResult::default().with_topic(topic.topic).with_partitions(partitions)
    });
    OffsetForLeaderEpochResponse::default().with_throttle_time_ms(desk.throttle_ms).with_topics(topics.collect())
}

fn end(desk: &Desk<'_>, topic: &str, asked: &OffsetForLeaderPartition) -> EpochEndOffset {
    let answer = EpochEndOffset::default().with_partition(asked.partition);
    let partition = match leading::led(desk, topic, asked.partition, asked.current_leader_epoch) {
        Ok(partition) => partition,
        Err(code) => return answer.with_error_code(code),
    };
    let (epoch, end) = if (0..=partition.leader_epoch).contains(&asked.leader_epoch) {
        let known = partition.end_of_epoch(asked.leader_epoch, desk.world.now());
        // What is older than all that is known ends where that begins.
        known.unwrap_or((asked.leader_epoch, desk.world.start(partition)))
    } else {
        UNDEFINED
    };
    answer.with_leader_epoch(epoch).with_end_offset(end)
}
