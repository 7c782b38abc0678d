//! Kafka's own offsets topic as a console consumer prints it, with the formatters that Kafka brings for it. It is NOT
//! read by the code under test.
//! Invariant: what the topic says last is what groups committed and who is in them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::records::read;
use super::scene::Scene;
use crate::support::kafka::{Key, Tools, Version, offsets_partition};

const TOPIC: &str = "__consumer_offsets";

const PARTITIONS: usize = 50;

/// One of each kind: classic, static, KIP-848, without members, and never any members.
const GROUPS: [&str; 5] =
    ["order-fulfilment", "inventory-sync", "page-view-sessions", "invoice-mailer", "audit-archive"];

#[tokio::test(flavor = "multi_thread")]
async fn says_what_groups_committed() {
    let scene = Scene::at("12m", &["healthy", "rolling-deploy"]).await;
    let page = scene.page().await.by_partition("kafka_consumergroup_current_offset");
    let tools = scene.tools(Version::Kafka4_3).await;
    let partitions: BTreeSet<i32> = GROUPS.iter().map(|group| offsets_partition(group, PARTITIONS)).collect();
    let mut seen = BTreeSet::new();
    for partition in partitions {
        let printed = consume(&scene, &tools, partition, "OffsetsMessageFormatter").await;
        let mut committed = BTreeMap::new();
        for record in &printed {
            let key = commit_key(&record["key"]);
            seen.insert(key.0.clone());
            committed.insert(key, record["value"]["data"]["offset"].as_i64().expect("an offset"));
        }
        let is_own = |key: &Key| offsets_partition(&key.0, PARTITIONS) == partition;
        let expected: BTreeMap<Key, i64> =
            page.iter().filter(|(key, _)| is_own(key)).map(|(key, offset)| (key.clone(), *offset)).collect();
        assert_eq!(committed, expected, "partition {partition}");
    }
    assert!(GROUPS.iter().all(|group| seen.contains(*group)), "{seen:?}");
}

fn commit_key(key: &Value) -> Key {
    assert_eq!(key["type"], 1, "{key}");
    let word = |name: &str| key["data"][name].as_str().expect("a name").to_owned();
    let partition = key["data"]["partition"].as_i64().and_then(|number| i32::try_from(number).ok());
    (word("group"), word("topic"), partition.expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn says_who_is_in_classic_groups() {
    let scene = Scene::at("12m", &["healthy"]).await;
    let truth = scene.truth().await;
    let tools = scene.tools(Version::Kafka4_3).await;
    for name in ["order-fulfilment", "connect-cluster"] {
        let group = truth.group(name).expect("it is there");
        let printed =
            consume(&scene, &tools, offsets_partition(name, PARTITIONS), "GroupMetadataMessageFormatter").await;
        let mut of_group = printed.iter().filter(|record| record["key"]["data"]["group"] == name);
        let last = &of_group.next_back().expect("it wrote something")["value"]["data"];
        assert_eq!(last["protocolType"], group.protocol_type.as_str(), "{last}");
        assert_eq!(last["generation"], group.generation, "{last}");
        let members = last["members"].as_array().expect("a list");
        assert_eq!(members.len(), group.members, "{last}");
        assert!(members.iter().any(|member| member["memberId"] == last["leader"]), "{last}");
        let clients: BTreeSet<Option<&str>> = members.iter().map(|member| member["clientId"].as_str()).collect();
        let owners: BTreeSet<Option<&str>> = group.partitions.iter().map(|reading| reading.owner.as_deref()).collect();
        assert!(clients.is_superset(&owners), "{clients:?} {owners:?}");
    }
}

/// All records of a partition that a formatter prints.
async fn consume(scene: &Scene, tools: &Tools, partition: i32, formatter: &str) -> Vec<Value> {
    let bootstrap = scene.bootstrap();
    let reading = tokio::task::spawn_blocking(move || read(&bootstrap, TOPIC, partition, "read_committed"));
    let count = reading.await.expect("it can be read").len().to_string();
    let formatter = format!("org.apache.kafka.tools.consumer.{formatter}");
    let number = partition.to_string();
    let options = ["--topic", TOPIC, "--partition", &number, "--offset", "earliest", "--max-messages", &count];
    let options = [&options[..], &["--formatter", &formatter]].concat();
    let printed = tools.run("ConsoleConsumer", &options).await.expect("Kafka reads its own topic");
    let values = serde_json::Deserializer::from_str(&printed).into_iter();
    values.map(|value| value.unwrap_or_else(|error| panic!("{error}: {printed}"))).collect()
}
