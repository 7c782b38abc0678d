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

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::TopicName;
    use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderTopic;

    use super::super::testing::Lab;
    use super::super::{error, text};
    use super::*;
    use crate::simulator::spec::{Action, PartitionOf, TopicSpec};

    fn ask(lab: &Lab, broker: i32, topic: &str, epoch: i32, current: i32) -> (i16, i32, i64) {
        let asked = OffsetForLeaderPartition::default().with_leader_epoch(epoch).with_current_leader_epoch(current);
        let topic = OffsetForLeaderTopic::default().with_topic(TopicName(text(topic))).with_partitions(vec![asked]);
        let request = OffsetForLeaderEpochRequest::default().with_topics(vec![topic]);
        let mut told = None;
        for version in 2..=4 {
            let answer = lab.ask(broker, version, &request);
            let found = &answer.topics[0].partitions[0];
            let this = (found.error_code, found.leader_epoch, found.end_offset);
            assert_eq!(*told.get_or_insert(this), this, "{version}");
        }
        told.expect("there are versions")
    }

    #[test]
    fn an_epoch_ends_where_the_next_one_begins() {
        let steady = TopicSpec { wobble: 0.0, ..TopicSpec::new("orders", 1).rate(10.0) };
        let mut lab = Lab::new(vec![steady], Vec::new());
        lab.act(&Action::MoveLeader(PartitionOf { topic: "orders".to_owned(), partition: None }));
        lab.pass(1000);
        let leader = lab.leader("orders", 0);
        assert_eq!(ask(&lab, leader, "orders", 0, -1), (error::NONE, 0, 36_000));
        assert_eq!(ask(&lab, leader, "orders", 1, 1), (error::NONE, 1, 36_010));
        assert_eq!(ask(&lab, leader, "orders", 2, -1), (error::NONE, -1, -1));
        assert_eq!(ask(&lab, leader, "orders", -1, -1), (error::NONE, -1, -1));
        assert_eq!(ask(&lab, leader, "orders", 0, 0), (error::FENCED_LEADER_EPOCH, -1, -1));
        assert_eq!(ask(&lab, leader, "orders", 0, 2), (error::UNKNOWN_LEADER_EPOCH, -1, -1));
        assert_eq!(ask(&lab, Lab::other(leader), "orders", 0, 1), (error::NOT_LEADER_OR_FOLLOWER, -1, -1));
        assert_eq!(ask(&lab, leader, "absent", 0, -1).0, error::UNKNOWN_TOPIC_OR_PARTITION);
        lab.act(&Action::Hide { topic: "orders".to_owned() });
        assert_eq!(ask(&lab, leader, "orders", 0, -1).0, error::TOPIC_AUTHORIZATION_FAILED);
    }
}
