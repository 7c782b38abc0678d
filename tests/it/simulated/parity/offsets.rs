//! Offsets: committed, first, last, by time and by epoch. It is NOT about who reads.
//! Invariant: times and epochs are compared by whether they are there.

mod committed;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::{BrokerId, ListOffsetsRequest, OffsetForLeaderEpochRequest, TopicName};

use super::Facts;
use super::side::{Side, text};

const LATEST: i64 = -1;
const MAX_TIMESTAMP: i64 = -3;

/// Later than any record.
const FUTURE: i64 = 1 << 52;

const PLACES: [(&str, i32); 10] = [
    ("orders", 0),
    ("orders", 1),
    ("orders", 2),
    ("payments", 0),
    ("payments", 1),
    ("empty", 0),
    ("moved", 0),
    ("narrow", 0),
    ("open", 0),
    ("__consumer_offsets", 0),
];

pub(super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    for version in [1, 2, 4, 6, 7, 8, 9, 10] {
        for (topic, partition) in PLACES {
            let leader = side.leader(topic, partition).await;
            for timestamp in [LATEST, -2, MAX_TIMESTAMP, -4, -5, -7, 0, FUTURE] {
                for isolation in [0, 1] {
                    if (version == 1 && isolation == 1) || (topic.starts_with('_') && timestamp != -2) {
                        continue;
                    }
                    list(side, facts, version, leader, (topic, partition), timestamp, isolation, -1).await;
                }
            }
            let other = Side::other(leader);
            list(side, facts, version, other, (topic, partition), LATEST, 0, -1).await;
        }
        for place in [("absent", 0), ("orders", 99), ("orders", -1), ("bad/name", 0)] {
            list(side, facts, version, 1, place, LATEST, 0, -1).await;
        }
        if version >= 4 {
            epochs(side, facts, version).await;
        }
        twice(side, facts, version).await;
    }
    ends_of_epochs(side, facts).await;
    committed::ask(side, facts).await;
}

fn partition(version: i16, partition: i32, timestamp: i64, epoch: i32) -> ListOffsetsPartition {
    let asked = ListOffsetsPartition::default().with_partition_index(partition).with_timestamp(timestamp);
    if version >= 4 { asked.with_current_leader_epoch(epoch) } else { asked }
}

fn request(topic: &str, partitions: Vec<ListOffsetsPartition>, isolation: i8) -> ListOffsetsRequest {
    let topic = ListOffsetsTopic::default().with_name(TopicName(text(topic))).with_partitions(partitions);
    ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_isolation_level(isolation).with_topics(vec![topic])
}

#[expect(clippy::too_many_arguments, reason = "each is one field of the question")]
async fn list(
    side: &Side<'_>,
    facts: &mut Facts,
    version: i16,
    broker: i32,
    (topic, number): (&str, i32),
    timestamp: i64,
    isolation: i8,
    epoch: i32,
) {
    let leader = if side.leads(broker, topic, number).await { "the leader" } else { "another" };
    let asked = partition(version, number, timestamp, epoch);
    let answer = side.ask(broker, version, &request(topic, vec![asked], isolation)).await;
    assert_eq!((answer.topics.len(), answer.topics[0].partitions.len()), (1, 1));
    let found = &answer.topics[0].partitions[0];
    // Which record of a batch has the greatest time depends on the producer's clock.
    let offset = if timestamp == MAX_TIMESTAMP { found.offset.min(0) } else { found.offset };
    let times = (found.timestamp >= 0, found.leader_epoch >= 0);
    let question =
        format!("ListOffsets {version} {topic}-{number} at {leader}, time {timestamp}, isolation {isolation}");
    facts.note(question, &(found.partition_index, found.error_code, offset, times));
}

/// A client that knows another leader than there is.
async fn epochs(side: &Side<'_>, facts: &mut Facts, version: i16) {
    for topic in ["moved", "narrow"] {
        let (leader, epoch) = side.placed(topic, 0).await;
        for (what, stale) in [("older", epoch - 1), ("same", epoch), ("newer", epoch + 1)] {
            for (who, broker) in [("leader", leader), ("another", Side::other(leader))] {
                let asked = partition(version, 0, LATEST, stale);
                let answer = side.ask(broker, version, &request(topic, vec![asked], 0)).await;
                let found = &answer.topics[0].partitions[0];
                facts.note(
                    format!("ListOffsets {version} {topic} with {what} epoch at {who}"),
                    &(found.error_code, found.offset, found.leader_epoch == epoch),
                );
            }
        }
    }
}

async fn twice(side: &Side<'_>, facts: &mut Facts, version: i16) {
    let leader = side.leader("orders", 0).await;
    let partitions = vec![partition(version, 0, LATEST, -1), partition(version, 0, LATEST, -1)];
    let answer = side.ask(leader, version, &request("orders", partitions, 0)).await;
    let found = answer.topics.iter().flat_map(|topic| &topic.partitions);
    let mut found: Vec<_> = found.map(|partition| (partition.partition_index, partition.error_code)).collect();
    found.sort_unstable();
    facts.note(format!("ListOffsets {version} of a partition twice"), &found);
}

async fn ends_of_epochs(side: &Side<'_>, facts: &mut Facts) {
    for version in [2, 3, 4] {
        for (topic, number) in [("orders", 0), ("empty", 0), ("moved", 0), ("narrow", 0), ("payments", 0)] {
            let (leader, epoch) = side.placed(topic, number).await;
            let asked = [("first", 0), ("current", epoch), ("next", epoch + 1), ("far", 1000), ("no", -1)];
            for (what, wanted) in asked {
                for (current, known) in [("unknown", -1), ("older", epoch - 1), ("same", epoch), ("newer", epoch + 1)] {
                    for (who, broker) in [("leader", leader), ("another", Side::other(leader))] {
                        if current == "older" && known < 0 {
                            continue;
                        }
                        let question = format!(
                            "OffsetForLeaderEpoch {version} {topic} {what} epoch, {current} leader's, at {who}"
                        );
                        let told = end(side, version, broker, (topic, number), wanted, known).await;
                        // How often leaders changed is not the same on both sides.
                        let (code, found, end) = told;
                        facts.note(question, &(code, (found == wanted, found == epoch, found < 0), end));
                    }
                }
            }
        }
        let told = end(side, version, 1, ("absent", 0), 0, -1).await;
        facts.note(format!("OffsetForLeaderEpoch {version} absent"), &told);
        let told = end(side, version, 1, ("orders", 99), 0, -1).await;
        facts.note(format!("OffsetForLeaderEpoch {version} orders-99"), &told);
    }
}

async fn end(
    side: &Side<'_>,
    version: i16,
    broker: i32,
    (topic, number): (&str, i32),
    wanted: i32,
    current: i32,
) -> (i16, i32, i64) {
    let partition = OffsetForLeaderPartition::default()
        .with_partition(number)
        .with_leader_epoch(wanted)
        .with_current_leader_epoch(current);
    let topic = OffsetForLeaderTopic::default().with_topic(TopicName(text(topic))).with_partitions(vec![partition]);
    let request = OffsetForLeaderEpochRequest::default().with_topics(vec![topic]);
    let request = if version >= 3 { request.with_replica_id(BrokerId(-1)) } else { request };
    let answer = side.ask(broker, version, &request).await;
    let found = &answer.topics[0].partitions[0];
    (found.error_code, found.leader_epoch, found.end_offset)
}
