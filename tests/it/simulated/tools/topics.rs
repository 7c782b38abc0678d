//! Topics as `TopicCommand` and `GetOffsetShell` show them. It is NOT about who reads them.
//! Invariant: every partition is compared, those of the offsets topic too.

use std::collections::BTreeMap;

use highwater::simulator::Truth;
use highwater::simulator::truth::PartitionTruth;
use serde_json::json;

use super::scene::{SCENARIOS, Scene};
use crate::support::kafka::{Tools, Version};
use crate::support::page::Page;

/// Kafka's own, which the exporter does not show unless asked to.
const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Topic and partition.
type Key = (String, i32);

#[tokio::test(flavor = "multi_thread")]
async fn where_partitions_are() {
    // Broker 4 is down, and one partition has no leader though its replicas are up.
    let scene = Scene::at("11m", &SCENARIOS).await;
    let (truth, page) = (scene.truth().await, scene.page().await);
    let tools = scene.tools(Version::Kafka4_3).await;
    let printed = tools.run("TopicCommand", &["--describe"]).await.expect("Kafka describes topics");
    let mut described = Vec::new();
    for line in printed.lines() {
        let fields: BTreeMap<&str, &str> = line.split('\t').filter_map(|field| field.split_once(": ")).collect();
        if fields.contains_key("TopicId") {
            assert_topic(&fields, &truth);
        } else if fields.contains_key("Partition") {
            described.push(assert_partition(&fields, &page, &truth));
        }
    }
    described.sort();
    assert_eq!(described, partitions(&truth).into_keys().collect::<Vec<_>>(), "all partitions, each once");
    assert!(truth.brokers.iter().any(|broker| broker.state == "down"));
    assert_eq!(partitions(&truth).values().filter(|partition| partition.leader.is_none()).count(), 3);
}

fn assert_topic(fields: &BTreeMap<&str, &str>, truth: &Truth) {
    let topic = truth.topic(fields["Topic"]).expect("it is there");
    assert_eq!(fields["TopicId"], base64(u128::from_str_radix(&topic.id, 16).expect("an id")), "{fields:?}");
    assert_eq!(fields["PartitionCount"], topic.partitions.len().to_string(), "{fields:?}");
    assert_eq!(fields["ReplicationFactor"], topic.partitions[0].replicas.len().to_string(), "{fields:?}");
    let is_compacted = fields["Configs"].contains("cleanup.policy=compact");
    assert_eq!(is_compacted, topic.name == OFFSETS_TOPIC, "{fields:?}");
}

fn assert_partition(fields: &BTreeMap<&str, &str>, page: &Page, truth: &Truth) -> Key {
    let number: i32 = fields["Partition"].parse().expect("a number");
    let topic = truth.topic(fields["Topic"]).expect("it is there");
    let partition = &topic.partitions[usize::try_from(number).expect("a small number")];
    let leader = partition.leader.map_or("none".to_owned(), |leader| leader.to_string());
    assert_eq!(fields["Leader"], leader, "{fields:?}");
    let list = |brokers: &[i32]| brokers.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    assert_eq!(fields["Replicas"], list(&partition.replicas), "{fields:?}");
    // The last one that had everything may lead again, but is not in sync while it is down.
    let is_up = |id: &i32| truth.brokers.iter().any(|broker| broker.id == *id && broker.state == "up");
    let in_sync: Vec<i32> = partition.in_sync.iter().copied().filter(is_up).collect();
    assert_eq!(fields["Isr"], list(&in_sync), "{fields:?}");
    let labels = [("topic", fields["Topic"]), ("partition", fields["Partition"])];
    let shown = |family: &str| page.get(family, &labels).map(crate::support::page::integer);
    let count = |brokers: &[i32]| i64::try_from(brokers.len()).ok();
    if topic.name != OFFSETS_TOPIC {
        assert_eq!(shown("kafka_topic_partition_leader"), partition.leader.map(i64::from), "{fields:?}");
        assert_eq!(shown("kafka_topic_partition_replicas"), count(&partition.replicas), "{fields:?}");
        assert_eq!(shown("kafka_topic_partition_in_sync_replica"), count(&in_sync), "{fields:?}");
    }
    (topic.name.clone(), number)
}

/// As Java prints a `Uuid`: base64 for URLs, without padding.
fn base64(id: u128) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // 128 bits are 21 letters and the upper two bits of another.
    let letter = |place: u32| {
        let bits = if place < 21 { id >> (122 - 6 * place) } else { id << 4 };
        char::from(LETTERS[usize::try_from(bits & 63).expect("six bits")])
    };
    (0..22).map(letter).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn where_logs_begin_and_end() {
    let scene = Scene::at("12m", &SCENARIOS).await;
    // The tool would wait a minute for a partition without a leader.
    scene.happens(&json!({"elect_leader": {"topic": "refunds", "partition": 3}})).await;
    let (truth, page) = (scene.truth().await, scene.page().await);
    let of_truth = |pick: fn(&PartitionTruth) -> i64| -> BTreeMap<Key, i64> {
        partitions(&truth).into_iter().map(|(key, partition)| (key, pick(partition))).collect()
    };
    let of_page = |family: &str| -> BTreeMap<Key, i64> {
        let shown = page.by_partition(family).into_iter();
        shown.map(|((_, topic, partition), offset)| ((topic, partition), offset)).collect()
    };
    let tools = scene.tools(Version::Kafka4_3).await;
    // Five minutes ago.
    let then = (truth.at_ms - 300_000).to_string();
    let (latest, earliest, newest, since) =
        tokio::join!(offsets(&tools, "-1"), offsets(&tools, "-2"), offsets(&tools, "-3"), offsets(&tools, &then));
    let (latest, earliest) = (all_known(latest), all_known(earliest));
    assert_eq!(latest, of_truth(|partition| partition.end));
    assert_eq!(earliest, of_truth(|partition| partition.start));
    assert_eq!(without_own(&latest), without_own(&of_page("kafka_topic_partition_current_offset")));
    assert_eq!(without_own(&earliest), without_own(&of_page("kafka_topic_partition_oldest_offset")));
    assert!(earliest.values().any(|start| *start > 0) && latest != earliest);
    // The tool leaves out what the broker answers nothing to, so that only a log that moved is there.
    for (key, offset) in without_own(&all_known(since)) {
        assert!((earliest[&key]..=latest[&key]).contains(&offset), "{key:?} {offset}");
    }
    for (key, offset) in without_own(&all_known(newest)) {
        // Several records may have the time of the last one.
        assert!((latest[&key] - 20..latest[&key]).contains(&offset), "{key:?} {offset}");
    }
}

fn partitions(truth: &Truth) -> BTreeMap<Key, &PartitionTruth> {
    let of_topic = |topic: &'_ highwater::simulator::truth::TopicTruth| topic.name.clone();
    truth
        .topics
        .iter()
        .flat_map(|topic| {
            let name = of_topic(topic);
            topic
                .partitions
                .iter()
                .map(move |partition| ((name.clone(), i32::try_from(partition.id).expect("a small number")), partition))
        })
        .collect()
}

/// What `GetOffsetShell` prints, of all topics; nothing where there is no such offset.
async fn offsets(tools: &Tools, time: &str) -> BTreeMap<Key, Option<i64>> {
    let printed = tools.run("GetOffsetShell", &["--time", time]).await.expect("Kafka tells offsets");
    let offsets = printed.lines().map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [topic, partition, offset] = fields.as_slice() else { panic!("{line}") };
        ((topic.to_string(), partition.parse().expect("a number")), offset.parse().ok())
    });
    offsets.collect()
}

fn all_known(offsets: BTreeMap<Key, Option<i64>>) -> BTreeMap<Key, i64> {
    offsets.into_iter().filter_map(|(key, offset)| Some((key, offset?))).collect()
}

fn without_own(offsets: &BTreeMap<Key, i64>) -> BTreeMap<Key, i64> {
    offsets.iter().filter(|((topic, _), _)| topic != OFFSETS_TOPIC).map(|(key, at)| (key.clone(), *at)).collect()
}
