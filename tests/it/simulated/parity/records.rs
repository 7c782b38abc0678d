//! Fetch: what of partitions is read from an offset on, and what is not. It is NOT about what records hold, nor about how
//! producers batch them.
//! Invariant: offsets below the one that was asked for, which brokers send along with their batch, are not compared.

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest, TopicName};
use kafka_protocol::records::RecordBatchDecoder;

use super::Facts;
use super::side::{Side, text};

/// Topics have names in these, and ids in later ones, which the exporter does not ask.
const VERSIONS: [i16; 4] = [4, 8, 11, 12];

/// The first version that names the epoch of the leader.
const WITH_EPOCHS: i16 = 9;
/// The first version that tells the start of the log.
const WITH_START: i16 = 5;

/// Starts and ends of these, and what is beyond them.
const OFFSETS: [i64; 9] = [0, 2, 3, 7, 10, 14, 15, 100, 101];

pub(super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    for version in VERSIONS {
        for topic in ["orders", "payments", "empty", "moved", "open", "narrow"] {
            let leader = side.leader(topic, 0).await;
            for from in OFFSETS {
                for isolation in [0, 1] {
                    fetch(side, facts, version, ("the leader", leader), (topic, 0), from, isolation, -1).await;
                }
            }
            fetch(side, facts, version, ("another", Side::other(leader)), (topic, 0), 0, 0, -1).await;
        }
        for place in [("absent", 0), ("orders", 99), ("orders", -1)] {
            fetch(side, facts, version, ("anybody", 1), place, 0, 0, -1).await;
        }
        if version >= WITH_EPOCHS {
            let (leader, epoch) = side.placed("moved", 0).await;
            for (who, known) in [("who knows an older leader", epoch - 1), ("who knows a newer one", epoch + 1)] {
                fetch(side, facts, version, (who, leader), ("moved", 0), 0, 0, known).await;
            }
        }
    }
}

#[expect(clippy::too_many_arguments, reason = "each is one field of the question")]
async fn fetch(
    side: &Side<'_>,
    facts: &mut Facts,
    version: i16,
    (who, broker): (&str, i32),
    (topic, number): (&str, i32),
    from: i64,
    isolation: i8,
    epoch: i32,
) {
    let asked = FetchPartition::default()
        .with_partition(number)
        .with_fetch_offset(from)
        .with_current_leader_epoch(epoch)
        .with_partition_max_bytes(1 << 20);
    let topics = vec![FetchTopic::default().with_topic(TopicName(text(topic))).with_partitions(vec![asked])];
    let request = FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(0)
        .with_min_bytes(0)
        .with_max_bytes(1 << 20)
        .with_isolation_level(isolation)
        .with_session_epoch(-1)
        .with_topics(topics);
    let answer = side.ask(broker, version, &request).await;
    assert_eq!((answer.responses.len(), answer.responses[0].partitions.len()), (1, 1), "{topic}-{number}");
    let told = &answer.responses[0].partitions[0];
    let start = (version >= WITH_START).then_some(told.log_start_offset);
    let ends = (told.high_watermark, told.last_stable_offset, start);
    let aborted = told.aborted_transactions.as_ref().map_or(0, Vec::len);
    let mut bytes = told.records.clone().unwrap_or_default();
    let sets = RecordBatchDecoder::decode_all(&mut bytes).expect("whole batches");
    let offsets = sets.iter().flat_map(|set| &set.records).map(|record| record.offset);
    let offsets: Vec<i64> = offsets.filter(|offset| *offset >= from).collect();
    let question = format!("Fetch {version} {topic}-{number} from {from} at {who}, isolation {isolation}");
    facts.note(question, &(answer.error_code, told.error_code, ends, aborted, offsets));
}
