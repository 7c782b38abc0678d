//! What Fetch answers, read back with the codec.
//!
//! Not through a socket.
//! Invariant: each test says what Kafka would have answered.

use std::collections::BTreeMap;

use bytes::BytesMut;
use kafka_protocol::messages::{ApiKey, TopicName};
use kafka_protocol::protocol::Encodable;
use kafka_protocol::records::{Record, RecordBatchDecoder};

use super::*;
use crate::simulator::answer::Endpoints;
use crate::simulator::answer::keys;
use crate::simulator::spec::{Action, ClusterSettings, GroupSpec, GroupType, PartitionOf, Scenario, TopicSpec};
use crate::simulator::world::{Millis, OFFSETS_TOPIC, World};

const START: Millis = 1_800_000_000_000;

fn world() -> World {
    world_of(&ClusterSettings::default())
}

fn world_of(settings: &ClusterSettings) -> World {
    let scenario = Scenario {
        topics: vec![
            TopicSpec { record_bytes: 200, ..TopicSpec::new("orders", 3).rate(3000.0) },
            TopicSpec { record_bytes: 900_000, ..TopicSpec::new("pictures", 1).rate(1.0) },
            TopicSpec::new("empty", 1),
            TopicSpec { replication: 1, ..TopicSpec::new("narrow", 1).rate(1.0) },
        ],
        groups: vec![GroupSpec::new("billing", GroupType::Classic, &["orders"]).members(2)],
        ..Scenario::default()
    };
    let mut world = World::new(settings, &[scenario], START).expect("it makes sense");
    world.advance(START + 60_000);
    world
}

fn endpoints() -> Endpoints {
    (1..=3).map(|id| (id, ([127, 0, 0, 1], 9000 + u16::try_from(id).expect("small")).into())).collect()
}

fn wanted(partition: i32, offset: i64) -> FetchPartition {
    FetchPartition::default()
        .with_partition(partition)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(i32::MAX)
        .with_current_leader_epoch(-1)
}

fn request(topics: Vec<(&'static str, Vec<FetchPartition>)>) -> FetchRequest {
    let topic = |(name, partitions)| {
        let name = TopicName(StrBytes::from_static_str(name));
        FetchTopic::default().with_topic(name).with_partitions(partitions)
    };
    FetchRequest::default()
        .with_max_bytes(i32::MAX)
        .with_max_wait_ms(100)
        .with_min_bytes(1)
        .with_topics(topics.into_iter().map(topic).collect())
}

fn ask(world: &World, broker: i32, version: i16, request: FetchRequest) -> FetchResponse {
    let endpoints = endpoints();
    let desk = Desk { world, broker, endpoints: &endpoints, throttle_ms: 7 };
    let answer = answer(&desk, version, request);
    let mut bytes = BytesMut::new();
    answer.encode(&mut bytes, version).expect("it can be written");
    let read = FetchResponse::decode(&mut bytes.freeze(), version).expect("it can be read");
    assert_eq!(read.throttle_time_ms, 7);
    read
}

/// Asks the leader for one partition.
fn fetch(world: &World, topic: &'static str, asked: FetchPartition) -> PartitionData {
    fetch_in(12, world, topic, asked)
}

/// The same in any version: topics are named by their ids where they have to be.
fn fetch_in(version: i16, world: &World, topic: &'static str, asked: FetchPartition) -> PartitionData {
    let leader = world.partition(topic, asked.partition).and_then(|partition| partition.leader).expect("it is led");
    let mut request = request(vec![(topic, vec![asked])]);
    if version >= WITH_IDS {
        let id = world.topic(topic).expect("it is there").id;
        request.topics[0].topic_id = format!("{id:032x}").parse().expect("an id");
        request.topics[0].topic = TopicName::default();
    }
    let mut answer = ask(world, leader, version, request);
    answer.responses.remove(0).partitions.remove(0)
}

fn records(data: &PartitionData) -> Vec<Record> {
    let mut bytes = data.records.clone().expect("never null");
    let sets = RecordBatchDecoder::decode_all(&mut bytes).expect("whole batches with a right checksum");
    sets.into_iter().flat_map(|set| set.records).collect()
}

#[test]
fn records_are_those_of_the_world() {
    let world = world();
    let partition = world.partition("orders", 1).expect("it is there");
    let end = world.end(partition);
    let data = fetch(&world, "orders", wanted(1, end - 500));
    for version in 4..=16 {
        let same = fetch_in(version, &world, "orders", wanted(1, end - 500));
        assert_eq!((same.error_code, same.high_watermark, same.last_stable_offset), (0, end, end), "{version}");
        // The first versions do not tell it.
        let start = if version < 5 { -1 } else { world.start(partition) };
        assert_eq!((same.log_start_offset, same.aborted_transactions.as_deref()), (start, None), "{version}");
        assert_eq!(same.records, data.records, "{version}");
    }
    let records = records(&data);
    assert_eq!(records.len(), 500);
    for (offset, record) in (end - 500..).zip(&records) {
        assert_eq!(record.offset, offset);
        assert_eq!(Some(record.timestamp), world.timestamp(partition, offset));
        assert_eq!((record.partition_leader_epoch, record.producer_id), (0, -1));
        let (key, value) = (record.key.clone().expect("it has a key"), record.value.clone().expect("it has a value"));
        assert_eq!(keys::partition(&key, 3), 1);
        let value: serde_json::Value = serde_json::from_slice(&value).expect("it is JSON");
        assert_eq!(value["by"].as_str().map(str::as_bytes), Some(&*key));
        assert_eq!(value["id"], format!("orders-1-{offset}"));
    }
    let lengths = |record: &Record| record.value.as_ref().map_or(0, Bytes::len);
    assert!(records.iter().all(|record| lengths(record) == 200));
    // One by one they are the same.
    let single = fetch(&world, "orders", wanted(1, end - 250).with_partition_max_bytes(1));
    assert_eq!(self::records(&single)[0].value, records[250].value);
    assert_eq!(self::records(&single).len(), 1);
}

#[test]
fn the_codec_writes_one_batch_per_epoch() {
    let mut world = world();
    let before = world.end(world.partition("orders", 0).expect("it is there"));
    world.act(&Action::MoveLeader(PartitionOf { topic: "orders".to_owned(), partition: Some(0) })).expect("it can");
    world.advance(START + 60_100);
    let data = fetch(&world, "orders", wanted(0, before - 10));
    let mut bytes = data.records.clone().expect("never null");
    let sets = RecordBatchDecoder::decode_all(&mut bytes).expect("whole batches");
    assert_eq!(sets.len(), 2);
    assert!(sets[0].records.iter().all(|record| record.partition_leader_epoch == 0 && record.offset < before));
    assert!(sets[1].records.iter().all(|record| record.partition_leader_epoch == 1 && record.offset >= before));
}

#[test]
fn answers_have_bounds_whatever_is_asked() {
    let world = world();
    let start = |partition| world.start(world.partition("orders", partition).expect("it is there"));
    let leader = world.partition("orders", 0).and_then(|partition| partition.leader).expect("it is led");
    let length = |data: &PartitionData| data.records.as_ref().map_or(0, Bytes::len);
    let data = fetch(&world, "orders", wanted(0, start(0)));
    assert!(length(&data) <= PARTITION_MAX && length(&data) > PARTITION_MAX / 2);
    let six = (0..6).map(|_| wanted(0, start(0))).collect();
    let answer = ask(&world, leader, 4, request(vec![("orders", six)]));
    let lengths: Vec<usize> = answer.responses[0].partitions.iter().map(length).collect();
    assert!((ANSWER_MAX / 2..=ANSWER_MAX).contains(&lengths.iter().sum()), "{lengths:?}");

    let small = |partition| wanted(partition, start(0)).with_partition_max_bytes(1000);
    let answer = ask(&world, leader, 4, request(vec![("orders", vec![small(0), small(0)])]).with_max_bytes(1500));
    let lengths: Vec<usize> = answer.responses[0].partitions.iter().map(length).collect();
    assert!((500..1000).contains(&lengths[0]) && lengths[1] < 600, "{lengths:?}");

    // A record that is greater than what is asked for comes alone, and only if nothing else does.
    let (large, broker) = (world.partition("pictures", 0).expect("it is there"), 1);
    let leader = large.leader.unwrap_or(broker);
    let one = wanted(0, world.start(large)).with_partition_max_bytes(10);
    let answer = ask(&world, leader, 4, request(vec![("pictures", vec![one.clone(), one])]));
    let counts: Vec<usize> = answer.responses[0].partitions.iter().map(|data| records(data).len()).collect();
    assert_eq!(counts, [1, 0]);
}

#[test]
fn reading_committed_ends_at_the_last_stable_offset() {
    let mut world = world();
    let open = world.end(world.partition("orders", 0).expect("it is there"));
    let of = PartitionOf { topic: "orders".to_owned(), partition: Some(0) };
    world.act(&Action::OpenTransaction(of)).expect("it can");
    world.advance(START + 61_000);
    let leader = world.partition("orders", 0).and_then(|partition| partition.leader).expect("it is led");
    let request = request(vec![("orders", vec![wanted(0, open - 5)])]);
    let committed = ask(&world, leader, 12, request.clone().with_isolation_level(1));
    let data = &committed.responses[0].partitions[0];
    assert_eq!((records(data).len(), data.last_stable_offset), (5, open));
    assert_eq!(data.aborted_transactions, Some(Vec::new()));
    let all = ask(&world, leader, 12, request);
    assert!(records(&all.responses[0].partitions[0]).len() > 100);
}

#[test]
fn what_cannot_be_fetched_is_refused_as_kafka_does() {
    let mut world = world();
    let hide = Action::Hide { topic: "pictures".to_owned() };
    world.act(&hide).expect("it can");
    let partition = world.partition("orders", 2).expect("it is there").clone();
    let (start, end) = (world.start(&partition), world.end(&partition));
    let leader = partition.leader.expect("it is led");
    let code = |broker, topic, asked: FetchPartition| {
        ask(&world, broker, 12, request(vec![(topic, vec![asked])])).responses[0].partitions[0].error_code
    };
    assert_eq!(code(leader, "orders", wanted(2, start - 1)), 1);
    assert_eq!(code(leader, "orders", wanted(2, start)), 0);
    assert_eq!(code(leader, "orders", wanted(2, end)), 0);
    assert_eq!(code(leader, "orders", wanted(2, end + 1)), 1);
    assert_eq!(code(leader, "orders", wanted(-1, 0)), 3);
    assert_eq!(code(leader, "orders", wanted(3, 0)), 3);
    assert_eq!(code(leader, "nothing", wanted(0, 0)), 3);
    assert_eq!(code(leader, "pictures", wanted(0, 0)), 29);
    assert_eq!(code(leader, "orders", wanted(2, end).with_current_leader_epoch(0)), 0);
    assert_eq!(code(leader, "orders", wanted(2, end).with_current_leader_epoch(1)), 75);
    let other = leader % 3 + 1;
    assert_eq!(code(other, "orders", wanted(2, end)), 0, "it has a copy");
    let early = ask(&world, other, 10, request(vec![("orders", vec![wanted(2, end)])]));
    assert_eq!(early.responses[0].partitions[0].error_code, 6, "only leaders were asked then");
    let narrow = world.partition("narrow", 0).and_then(|partition| partition.leader).expect("it is led");
    assert_eq!(code(narrow % 3 + 1, "narrow", wanted(0, 0)), 6, "it has no copy");
    world.act(&Action::MoveLeader(PartitionOf { topic: "orders".to_owned(), partition: Some(2) })).expect("it can");
    let data = fetch(&world, "orders", wanted(2, end).with_current_leader_epoch(0));
    let leader = world.partition("orders", 2).and_then(|partition| partition.leader).expect("it is led");
    assert_eq!((data.error_code, data.high_watermark, data.log_start_offset), (74, -1, -1));
    assert_eq!((data.current_leader.leader_id.0, data.current_leader.leader_epoch), (leader, 1));
}

#[test]
fn topics_are_found_by_their_ids_and_leaders_are_named() {
    let world = world();
    let topic = world.topic("narrow").expect("it is there");
    let partition = &topic.partitions[0];
    let (leader, end) = (partition.leader.expect("it is led"), world.end(partition));
    for version in 13..=16 {
        let mut asked = request(vec![("", vec![wanted(0, end - 3)]), ("", vec![wanted(0, 0)])]);
        asked.topics[0].topic_id = format!("{:032x}", topic.id).parse().expect("an id");
        let answer = ask(&world, leader, version, asked.clone());
        assert_eq!(answer.responses[0].topic_id.as_u128(), topic.id);
        assert_eq!(records(&answer.responses[0].partitions[0]).len(), 3);
        assert_eq!(answer.responses[1].partitions[0].error_code, 100);
        let other = ask(&world, leader % 3 + 1, version, asked);
        assert_eq!(other.responses[0].partitions[0].error_code, 6);
        let ports: Vec<i32> = other.node_endpoints.iter().map(|endpoint| endpoint.port).collect();
        assert_eq!(ports, if version == 16 { vec![9000 + leader] } else { Vec::new() });
    }
}

#[test]
fn there_are_no_sessions() {
    let world = world();
    let asked = request(vec![("orders", vec![wanted(0, 0)])]);
    let full = ask(&world, 1, 12, asked.clone().with_session_epoch(0));
    assert_eq!((full.error_code, full.session_id, full.responses.len()), (0, 0, 1));
    let next = ask(&world, 1, 12, asked.with_session_id(5).with_session_epoch(1));
    assert_eq!((next.error_code, next.responses.len()), (70, 0));
}

#[test]
fn what_groups_wrote_is_fetched_with_gaps() {
    let world = world();
    let number = World::offsets_partition("billing");
    let asked = wanted(i32::try_from(number).expect("a small number"), 0);
    let data = fetch(&world, OFFSETS_TOPIC, asked.clone());
    let partition = world.partition(OFFSETS_TOPIC, asked.partition).expect("it is there");
    let records = records(&data);
    // Three partitions and the members, and what was written anew within the last minute.
    let newest: BTreeMap<_, _> = records.iter().map(|record| (record.key.clone(), record.offset)).collect();
    assert_eq!(newest.len(), 4);
    let last = records.last().map_or(0, |record| record.timestamp);
    let is_superseded = |record: &&Record| newest[&record.key] > record.offset;
    assert!(records.iter().filter(is_superseded).all(|record| record.timestamp >= last - 70_000));
    assert_eq!(data.high_watermark, world.end(partition));
    assert!(data.high_watermark > 20);
    assert_eq!(records.last().map(|record| record.offset), Some(data.high_watermark - 1));
    assert_eq!(world.newest(partition).map(|(offset, _)| offset), Some(data.high_watermark - 1));
    let kept: BTreeMap<i64, _> = world.kept_records(partition, 0).expect("it is kept").collect();
    for record in records {
        assert_eq!(record.key.as_ref(), Some(&kept[&record.offset].key));
        assert_eq!(
            (record.value.as_ref(), record.timestamp),
            (kept[&record.offset].value.as_ref(), kept[&record.offset].timestamp)
        );
    }
    let offsets = |world: &World, from| {
        let data = fetch(world, OFFSETS_TOPIC, asked.clone().with_fetch_offset(from));
        self::records(&data).iter().map(|record| record.offset).collect::<Vec<_>>()
    };
    assert_eq!(offsets(&world, data.high_watermark - 1), [data.high_watermark - 1]);
    assert!(offsets(&world, data.high_watermark).is_empty());
}

/// As of a cluster that lets others see the topic and not read it.
#[test]
fn commits_that_nobody_writes_may_not_be_read() {
    let world = world_of(&ClusterSettings { has_offsets_log: false, ..ClusterSettings::default() });
    let data = fetch(&world, OFFSETS_TOPIC, wanted(0, 0));
    assert_eq!((data.error_code, data.high_watermark), (29, -1));
    assert_eq!(fetch(&world, "orders", wanted(0, 0)).error_code, 0);
}

#[test]
fn nothing_new_is_worth_waiting_for() {
    let world = world();
    let patience_for = |min_bytes, topic: &'static str, offset, version: i16| {
        let partition = world.partition(topic, 0).expect("it is there");
        let asked = request(vec![(topic, vec![wanted(0, offset)])]).with_min_bytes(min_bytes);
        let mut bytes = BytesMut::new();
        let header = RequestHeader::default().with_request_api_key(1).with_request_api_version(version);
        header.encode(&mut bytes, ApiKey::Fetch.request_header_version(version)).expect("it can be written");
        asked.encode(&mut bytes, version).expect("it can be written");
        let mut frame = BytesMut::new();
        let header = ResponseHeader::default();
        header.encode(&mut frame, ApiKey::Fetch.response_header_version(version)).expect("it can be written");
        let answer = ask(&world, partition.leader.expect("it is led"), version, asked);
        answer.encode(&mut frame, version).expect("it can be written");
        super::patience(bytes.freeze(), &Reply { api: ApiKey::Fetch, version, frame })
    };
    let patience = |topic, offset, version| patience_for(1, topic, offset, version);
    for version in [4, 12] {
        let last = world.end(world.partition("orders", 0).expect("it is there")) - 1;
        assert_eq!(patience_for(100_000, "orders", last, version), Some(Duration::from_millis(100)), "too little");
        assert_eq!(patience_for(100_000, "orders", last - 1000, version), None);
        assert_eq!(patience_for(0, "empty", 0, version), None, "nothing is enough");
        assert_eq!(patience("empty", 0, version), Some(Duration::from_millis(100)));
        assert_eq!(patience("empty", 1, version), None);
        let orders = world.partition("orders", 0).expect("it is there");
        assert_eq!(patience("orders", world.end(orders) - 1, version), None);
    }
}
