//! Records as an assigned consumer of librdkafka reads them, beside the ends that the exporter shows. It is NOT about groups:
//! nobody joins one.
//! Invariant: every partition is read from its start to its end.

use std::time::Duration;

use highwater::simulator::truth::PartitionTruth;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};

use super::scene::Scene;
use crate::support::page::integer;
use crate::support::wait::PATIENCE;

/// One record.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) offset: i64,
    pub(super) timestamp: i64,
    pub(super) key: Option<Vec<u8>>,
    pub(super) value: Option<Vec<u8>>,
}

/// Reads a partition from its start to its end, or to the first open transaction.
pub(super) fn read(bootstrap: &str, topic: &str, partition: i32, isolation: &str) -> Vec<Read> {
    let consumer = consumer(bootstrap, isolation);
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, partition, Offset::Beginning).expect("a valid offset");
    consumer.assign(&list).expect("partitions can be assigned");
    let mut records = Vec::new();
    loop {
        let polled = consumer.poll(PATIENCE).unwrap_or_else(|| panic!("{topic} {partition} has no end"));
        match polled {
            Ok(message) => records.push(Read {
                offset: message.offset(),
                timestamp: message.timestamp().to_millis().expect("Kafka gives every record a time"),
                key: message.key().map(<[u8]>::to_vec),
                value: message.payload().map(<[u8]>::to_vec),
            }),
            Err(KafkaError::PartitionEOF(_)) => return records,
            Err(error) => panic!("{topic} {partition}: {error}"),
        }
    }
}

fn consumer(bootstrap: &str, isolation: &str) -> BaseConsumer {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", bootstrap).set("isolation.level", isolation).set("group.id", "nobody");
    config.set("enable.auto.commit", "false").set("enable.partition.eof", "true").set("check.crcs", "true");
    // Nothing comes after the end while the world stands still.
    config.set("fetch.wait.max.ms", "10");
    config.create().expect("a consumer")
}

#[tokio::test(flavor = "multi_thread")]
async fn of_every_kind_of_log() {
    let scenarios = ["healthy", "retention-loss", "open-transaction", "topic-recreated", "unclean-election"];
    let scene = Scene::at("12m", &scenarios).await;
    let (truth, bootstrap, page) = (scene.truth().await, scene.bootstrap(), scene.page().await);
    let reading = tokio::task::spawn_blocking(move || {
        for topic in ["customer-profiles", "access-logs", "payments-ledger", "price-list", "stock-levels"] {
            let partitions = &truth.topic(topic).expect("it is there").partitions;
            for partition in partitions {
                let offsets = assert_log(&bootstrap, topic, partition, partitions.len());
                let of_it = [("topic", topic), ("partition", &partition.id.to_string())];
                let shown = |family: &str| page.get(family, &of_it).map(integer);
                let shown = ["kafka_topic_partition_oldest_offset", "kafka_topic_partition_current_offset"].map(shown);
                let read = [offsets.first().copied(), offsets.last().map(|last| last + 1)];
                assert_eq!(shown, read, "{topic} {}: what is shown, and what can be read", partition.id);
            }
        }
        let blocked = &truth.topic("payments-ledger").expect("it is there").partitions[2];
        assert!(blocked.last_stable < blocked.end, "{blocked:?}");
        let short = |topic: &str| &truth.topic(topic).expect("it is there").partitions[0];
        assert!(short("access-logs").start > 0 && short("price-list").end < short("customer-profiles").end);
    });
    reading.await.expect("all is as it should be");
}

/// Gives the offsets that can be read.
fn assert_log(bootstrap: &str, topic: &str, truth: &PartitionTruth, partitions: usize) -> Vec<i64> {
    let number = i32::try_from(truth.id).expect("a small number");
    let records = read(bootstrap, topic, number, "read_uncommitted");
    let offsets: Vec<i64> = records.iter().map(|record| record.offset).collect();
    assert_eq!(offsets, (truth.start..truth.end).collect::<Vec<_>>(), "{topic} {number}");
    assert!(records.is_sorted_by_key(|record| record.timestamp), "{topic} {number}");
    let partitions = i32::try_from(partitions).expect("a small number");
    for record in &records {
        let key = record.key.as_deref().expect("these topics have keys");
        assert_eq!((murmur2(key) & i32::MAX) % partitions, number, "{topic} {record:?}");
        let value = std::str::from_utf8(record.value.as_deref().expect("a value")).expect("text");
        let id = format!("{{\"id\":\"{topic}-{number}-{}\"", record.offset);
        assert!(value.starts_with(&id), "{topic} {number}: {value}");
    }
    assert_times(bootstrap, topic, number, &records);
    let committed = read(bootstrap, topic, number, "read_committed");
    let stable = records.iter().filter(|record| record.offset < truth.last_stable);
    assert!(committed.iter().eq(stable), "{topic} {number}: {} committed records of {truth:?}", committed.len());
    offsets
}

/// Asked for the time of a record, the leader gives the first of that time; asked for a time beyond the last, none.
fn assert_times(bootstrap: &str, topic: &str, number: i32, records: &[Read]) {
    let consumer = consumer(bootstrap, "read_uncommitted");
    let ask = |time: i64| {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(topic, number, Offset::Offset(time)).expect("a valid time");
        let answer = consumer.offsets_for_times(list, Duration::from_secs(30)).expect("an answer about times");
        answer.elements()[0].offset()
    };
    for place in [0, records.len() / 3, records.len() - 1] {
        for time in [records[place].timestamp, records[place].timestamp - 1] {
            let first = records.iter().find(|record| record.timestamp >= time).expect("there is one");
            assert_eq!(ask(time), Offset::Offset(first.offset), "{topic} {number} at {time}");
        }
    }
    let last = records.last().expect("there are records");
    assert_eq!(ask(last.timestamp + 1), Offset::End, "{topic} {number} after the last");
}

/// As Java's client hashes keys, in the way Kafka's `Utils.murmur2` is written.
fn murmur2(key: &[u8]) -> i32 {
    let mixing = 0x5bd1_e995_u32;
    let mut hash = 0x9747_b28c_u32 ^ u32::try_from(key.len()).expect("a short key");
    let words = key.chunks_exact(4);
    let rest = words.remainder();
    for word in words {
        let mut word = u32::from_le_bytes(word.try_into().expect("four bytes")).wrapping_mul(mixing);
        word = (word ^ (word >> 24)).wrapping_mul(mixing);
        hash = hash.wrapping_mul(mixing) ^ word;
    }
    for (place, byte) in rest.iter().enumerate().rev() {
        hash ^= u32::from(*byte) << (8 * place);
        if place == 0 {
            hash = hash.wrapping_mul(mixing);
        }
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(mixing);
    (hash ^ (hash >> 15)).cast_signed()
}

/// The values that Kafka's own tests expect.
#[test]
fn keys_hash_as_in_java() {
    for (key, hash) in [("21", -973_932_308), ("foobar", -790_332_482), ("abc", 479_470_107)] {
        assert_eq!(murmur2(key.as_bytes()), hash, "{key}");
    }
    assert_eq!(murmur2(b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58_897_971);
}
