//! Every record that a real broker wrote to its offsets topic, as we read it and as Kafka's own tool prints it, and the same
//! records spoiled. It is NOT about who reads them.
//! Invariant: no record is left out, and none reads otherwise than Kafka says.

use std::collections::BTreeMap;
use std::time::Duration;

use highwater::model::{Said, Timestamp};
use highwater::wire::{OffsetsRecord, offsets_record};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::{Message, Offset, TopicPartitionList};
use serde_json::Value;

use super::{TOPIC, assert_same};
use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker};
use crate::support::spoiled::{Input, Spoiler};
use crate::support::wait::{PATIENCE, eventually};

/// So that a failure can be had again.
const SEED: u64 = 7;
const SPOILED: usize = 20_000;

/// Where a record stands.
type Place = (i32, i64);

#[derive(Debug)]
struct Captured {
    key: Vec<u8>,
    value: Option<Vec<u8>>,
}

/// All records, as librdkafka hands them over.
async fn captured(cluster: &Cluster) -> BTreeMap<Place, Captured> {
    let partitions =
        cluster.placements(TOPIC).await.expect("the partitions of the topic").into_keys().collect::<Vec<i32>>();
    let mut config = cluster.client_config();
    config.set("group.id", "reader").set("enable.auto.commit", "false").set("enable.partition.eof", "true");
    tokio::task::spawn_blocking(move || read_all(&config.create().expect("a client"), &partitions))
        .await
        .expect("they can be read")
}

fn read_all(consumer: &BaseConsumer, partitions: &[i32]) -> BTreeMap<Place, Captured> {
    let mut all = TopicPartitionList::new();
    for partition in partitions {
        all.add_partition_offset(TOPIC, *partition, Offset::Beginning).expect("an offset");
    }
    consumer.assign(&all).expect("partitions can be assigned");
    let (mut records, mut ended) = (BTreeMap::new(), 0);
    while ended < partitions.len() {
        match consumer.poll(PATIENCE).expect("more is there, or an end") {
            Ok(message) => {
                let key = message.key().expect("every record has a key").to_vec();
                let captured = Captured { key, value: message.payload().map(<[u8]>::to_vec) };
                records.insert((message.partition(), message.offset()), captured);
            }
            Err(KafkaError::PartitionEOF(_)) => ended += 1,
            Err(error) => panic!("{error}"),
        }
    }
    records
}

/// Key and value of each record, as Kafka's tool prints them of the broker's files.
async fn printed(cluster: &Cluster) -> BTreeMap<Place, (Value, Value)> {
    let data = cluster.folder().join("1").join("data");
    let folders = std::fs::read_dir(data).expect("the broker has data").map(|entry| entry.expect("a folder").path());
    let of_topic =
        folders.filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(TOPIC)));
    let files: Vec<String> =
        of_topic.map(|path| path.join("00000000000000000000.log").to_string_lossy().into_owned()).collect();
    let words = ["--offsets-decoder", "--files", &files.join(",")];
    let text = cluster.tool("DumpLogSegments", &words).await.expect("Kafka reads its own files");
    let mut records = BTreeMap::new();
    let mut partition = None;
    for line in text.lines() {
        if let Some((_, rest)) = line.split_once("__consumer_offsets-") {
            partition = rest.split('/').next().and_then(|number| number.parse().ok());
        }
        let Some((offset, rest)) = line
            .split_once("offset: ")
            .filter(|(before, _)| before.ends_with("| "))
            .map(|(_, rest)| rest.split_once(' ').expect("more follows"))
        else {
            continue;
        };
        let (_, rest) = rest.split_once(" key: ").unwrap_or_else(|| panic!("no key: {line}"));
        let (key, value) = rest.split_once(" payload: ").unwrap_or_else(|| panic!("no value: {line}"));
        let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let place = (partition.expect("a file is named first"), offset.parse().expect("a number"));
        records.insert(place, (read(key), if value == "<DELETE>" { Value::Null } else { read(value) }));
    }
    records
}

fn text<'a>(data: &'a Value, field: &str) -> &'a str {
    data[field].as_str().unwrap_or_default()
}

/// What we read is what Kafka prints; gives the kind of the record.
fn compare(captured: &Captured, key: &Value, value: &Value) -> String {
    let told = format!("{key} {value}");
    let kind = key["type"].as_str().map_or_else(|| key["type"].to_string(), str::to_owned);
    let ours = offsets_record(&captured.key, captured.value.as_deref()).unwrap_or_else(|| panic!("not read: {told}"));
    let (key, is_gone, value) = (&key["data"], value.is_null(), &value["data"]);
    assert_eq!(captured.value.is_none(), is_gone, "{told}");
    let said = |said: Said| OffsetsRecord::Said { group: text(key, "groupId"), said };
    let number = |field: &str| value[field].as_i64().and_then(|number| i32::try_from(number).ok()).expect("a number");
    match (kind.as_str(), is_gone) {
        ("0" | "1", true) => assert_eq!(ours, OffsetsRecord::CommitRemoved { group: text(key, "group") }, "{told}"),
        ("0" | "1", false) => {
            let at = value["commitTimestamp"].as_u64().map(Duration::from_millis).map(Timestamp::from_unix);
            let offset = value["offset"].as_i64().expect("an offset");
            assert_eq!(ours, OffsetsRecord::Commit { group: text(key, "group"), offset, committed: at }, "{told}");
        }
        ("2", true) => {
            assert_eq!(ours, OffsetsRecord::Said { group: text(key, "group"), said: Said::Deleted }, "{told}");
        }
        ("2", false) => match ours {
            OffsetsRecord::Said { group, said: Said::Generation(heard) } if group == text(key, "group") => {
                assert_same(&heard, value);
            }
            other => panic!("{other:?}: {told}"),
        },
        ("3", true) => assert_eq!(ours, said(Said::Deleted), "{told}"),
        ("3", false) => assert_eq!(ours, said(Said::Epoch(number("epoch"))), "{told}"),
        ("5", true) => assert_eq!(ours, said(Said::MemberGone(text(key, "memberId").to_owned())), "{told}"),
        ("5", false) => match ours {
            OffsetsRecord::Said { group, said: Said::Member(member) } => {
                assert_eq!((group, member.member_id.as_str()), (text(key, "groupId"), text(key, "memberId")), "{told}");
                assert_eq!(member.group_instance_id.as_deref(), value["instanceId"].as_str(), "{told}");
                let names = [member.client_id.as_str(), member.client_host.as_str()];
                assert_eq!(names, ["clientId", "clientHost"].map(|field| text(value, field)), "{told}");
                assert_eq!(member.rebalance_timeout_ms, value["rebalanceTimeoutMs"], "{told}");
            }
            other => panic!("{other:?}: {told}"),
        },
        ("6", false) => assert_eq!(ours, said(Said::AssignmentEpoch(number("assignmentEpoch"))), "{told}"),
        _ => assert_eq!(ours, OffsetsRecord::Unwanted, "{told}"),
    }
    kind
}

/// Groups of each protocol: members come and go, commit, and are deleted in the end.
async fn lives(cluster: &Cluster) {
    for (group, membership) in [("classic", Membership::Classic("range")), ("modern", Membership::Consumer)] {
        let work = |instance: Option<&str>| Work {
            membership: membership.clone(),
            instance_id: instance.map(str::to_owned),
            ..Work::new(group, &["jobs"])
        };
        let mut first = Worker::start(cluster, work(None));
        first.until_read(6).await;
        let mut second = Worker::start(cluster, work(Some("fixed")));
        second.until_assigned(1).await;
        first.until_assigned(1).await;
        first.stop().await;
        second.until_assigned(2).await;
        drop(second);
    }
    // A static member leaves nothing behind when it stops, so this is refused until its session is over.
    eventually("the group to be empty", || cluster.delete_group("modern")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_reads_as_kafka_prints_it_and_none_harms_when_spoiled() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic("jobs", 2, 1).await;
    for partition in 0..2 {
        cluster.produce("jobs", partition, 3).await;
    }
    lives(&cluster).await;
    let (records, printed) = (captured(&cluster).await, printed(&cluster).await);
    assert_eq!(records.keys().collect::<Vec<_>>(), printed.keys().collect::<Vec<_>>(), "the same records");
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for (captured, (key, value)) in records.values().zip(printed.values()) {
        *kinds.entry(compare(captured, key, value)).or_default() += 1;
    }
    for kind in ["1", "2", "3", "5", "6", "8"] {
        assert!(kinds.contains_key(kind), "no record of kind {kind}: {kinds:?}");
    }

    let input = |captured: Captured| Input { version: 0, key: captured.key, value: captured.value.unwrap_or_default() };
    let mut spoiler = Spoiler::new(SEED, records.into_values().map(input).collect());
    for step in 0..SPOILED {
        spoiler.step().unwrap_or_else(|input| panic!("a decoder panics at step {step} of seed {SEED}: {input:?}"));
    }
    assert!(spoiler.ways() > kinds.len(), "spoiled records read otherwise: {}", spoiler.ways());
}
