//! `highwater hot` on real Kafka: keyed producers, compression, transactions and rights. It is NOT about which partition
//! counts as hot.
//! Invariant: how many records have a key in a partition was said by the brokers that took them.

use std::collections::BTreeMap;

use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use serde_json::Value;

use crate::support::command::{Ended, highwater};
use crate::support::kafka::{Cluster, Spec, Version};
use crate::support::wait::eventually;

const PARTITIONS: i32 = 12;
const HOT: &str = "customer-4711";

/// Records by partition and key.
type Written = BTreeMap<i32, BTreeMap<String, u64>>;

/// Writes records with these keys where the keys belong, and tells where that was.
async fn produce(cluster: &Cluster, topic: &str, client_id: &str, keys: impl Iterator<Item = String>) -> Written {
    let mut config = cluster.producer_config();
    config.set("partitioner", "murmur2_random").set("compression.type", "zstd").set("linger.ms", "50");
    let producer: FutureProducer = config.create().expect("a producer");
    let waiting: Vec<_> = keys
        .map(|key| {
            let headers = OwnedHeaders::new().insert(Header { key: "client.id", value: Some(client_id) });
            let record = FutureRecord::to(topic).key(&key).payload("an order of something").headers(headers);
            let sent = producer.send_result(record).map_err(|(error, _)| error).expect("room in the queue");
            (key, sent)
        })
        .collect();
    let mut written = Written::new();
    for (key, delivery) in waiting {
        let delivery = delivery.await.expect("the producer lives").map_err(|(error, _)| error);
        let partition = delivery.expect("the record is written").partition;
        *written.entry(partition).or_default().entry(key).or_default() += 1;
    }
    written
}

fn total(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

async fn hot(cluster: &Cluster, words: &[&str]) -> Ended {
    highwater(&[&["hot", "--bootstrap", &cluster.bootstrap(), "--output", "json"], words].concat()).await
}

async fn found(cluster: &Cluster, words: &[&str]) -> Value {
    let ended = hot(cluster, words).await;
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{words:?}: {ended}");
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

/// Two of five records have one key, which is named, with its share of the partition it makes hot.
async fn one_hot_key(cluster: &Cluster) {
    let key = |number: u64| if number % 5 < 2 { HOT.to_owned() } else { format!("customer-{}", number * 7 % 4_001) };
    let written = produce(cluster, "orders", "checkout-1", (0..40_000).map(key)).await;
    let (partition, counts) = written.iter().max_by_key(|(_, counts)| total(counts)).expect("it is written");
    // What a transaction wrote in vain is there, and nobody reads it.
    let transaction = cluster.begin_transaction("in vain").await;
    transaction.write("orders", *partition, 50).await;
    transaction.abort().await;

    let told = eventually("the transaction to be over", || async {
        let told = found(cluster, &["--topic", "orders"]).await;
        if told["sample"]["hidden_records"] == 0 { Ok(told) } else { Err(told.to_string()) }
    })
    .await;
    assert_eq!((&told["partition"], &told["chosen"]), (&(*partition).into(), &"most_appended".into()), "{told}");
    let compared = &told["compared"];
    assert_eq!((&compared["partitions"], &compared["unknown_partitions"]), (&PARTITIONS.into(), &0.into()));
    // The transaction and its end have offsets.
    assert_eq!((&compared["records"], &compared["topic_records"]), (&(total(counts) + 51).into(), &40_051.into()));
    assert_eq!((&told["sample"]["records"], &told["sample"]["ended_by"]), (&total(counts).into(), &"all_read".into()));
    assert_eq!(told["distinct_keys"], counts.len());
    let first = &told["keys"][0];
    assert_eq!((&first["key"], &first["records"]), (&HOT.into(), &16_000.into()), "{told}");
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let share = 16_000.0 / total(counts) as f64;
    let bounds = (first["share_at_least"].as_f64().expect("a number"), first["share"].as_f64().expect("a number"));
    assert!(bounds.0 <= share && share <= bounds.1 && share > 0.8, "{share} and {bounds:?}");
    let client = &first["client_ids"][0];
    assert_eq!((&client["client_id"], &client["records"]), (&"checkout-1".into(), &16_000.into()));

    let newest = found(cluster, &["--topic", "orders", "--records", "3000"]).await;
    assert_eq!((&newest["sample"]["records"], &newest["keys"][0]["key"]), (&3_000.into(), &HOT.into()), "{newest}");
}

/// Where all keys are as frequent, none is shown to be more.
async fn uniform_keys(cluster: &Cluster) {
    let keys = (0..40_000_u64).map(|number| format!("customer-{}", number * 7 % 4_001));
    let written = produce(cluster, "visits", "web", keys).await;
    let told = found(cluster, &["--topic", "visits"]).await;
    let partition = told["partition"].as_i64().and_then(|number| i32::try_from(number).ok()).expect("a number");
    let most = written.values().map(total).max();
    assert_eq!(Some(total(&written[&partition])), most, "{told}");
    for key in told["keys"].as_array().expect("a list") {
        assert!(key["share"].as_f64().is_some_and(|share| share < 0.02), "{key}");
        let name = key["key"].as_str().expect("text");
        assert_eq!(key["records"], written[&partition][name], "{key}");
    }
}

/// Keys that are no text, no keys, and keys that are much too long.
async fn awkward_keys(cluster: &Cluster) {
    let producer: FutureProducer = cluster.producer_config().create().expect("a producer");
    let (long, mut other) = (vec![b'k'; 400_000], vec![b'k'; 400_000]);
    other[399_999] = b'l';
    let number = 4_711_u64.to_be_bytes();
    let keys: [(Option<&[u8]>, usize); 6] =
        [(Some(&number), 6), (None, 5), (Some(&long), 4), (Some(&other), 3), (Some(b"\x1b[31m"), 2), (Some(b""), 1)];
    for (key, count) in keys {
        for _ in 0..count {
            let record = FutureRecord::<[u8], [u8]> { key, ..FutureRecord::to("awkward").partition(0).payload(b"it") };
            let sent = producer.send_result(record).map_err(|(error, _)| error).expect("room in the queue");
            sent.await.expect("the producer lives").map_err(|(error, _)| error).expect("the record is written");
        }
    }
    let told = found(cluster, &["--topic", "awkward", "--partition", "0"]).await;
    let keys = told["keys"].as_array().expect("a list");
    let shown = keys.iter().map(|key| {
        let text = key["key"].as_str().map_or_else(|| "null".to_owned(), |text| text.chars().take(16).collect());
        format!("{} {text} {} {}", key["key_form"].as_str().expect("text"), key["key_bytes"], key["records"])
    });
    assert_eq!(
        shown.collect::<Vec<_>>(),
        [
            "hex 0000000000001267 8 6",
            "null null 0 5",
            "text kkkkkkkkkkkkkkkk 400000 4",
            "text kkkkkkkkkkkkkkkk 400000 3",
            "hex 1b5b33316d 5 2",
            "text  0 1",
        ]
    );
    assert_ne!(keys[2]["key_hash"], keys[3]["key_hash"]);
    assert_eq!(told["sample"]["bytes"], 6 * 8 + 7 * 400_000 + 2 * 5 + 21 * 2);
}

/// What is not committed is not read, whether it will be or not.
async fn transactions(cluster: &Cluster) {
    let of_second = ["--topic", "awkward", "--partition", "1"];
    let open = cluster.begin_transaction("open").await;
    open.write("awkward", 1, 7).await;
    let reason = "all 7 records of partition 1 of topic `awkward` wait for the end of a transaction";
    until_refused(cluster, "the transaction to be seen", &of_second, reason).await;
    open.abort().await;
    until_refused(cluster, "nothing to be left", &of_second, "partition 1 of topic `awkward` is empty").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_hot_partition() {
    for version in [Version::Kafka4_3, Version::Kafka3_9] {
        let cluster = Cluster::start(Spec::new(version, 3)).await;
        for (topic, partitions) in [("orders", PARTITIONS), ("visits", PARTITIONS), ("awkward", 2)] {
            cluster.create_topic(topic, partitions, 3).await;
        }
        one_hot_key(&cluster).await;
        uniform_keys(&cluster).await;
        awkward_keys(&cluster).await;
        transactions(&cluster).await;
        let groups = cluster.tool("ConsumerGroupCommand", &["--list"]).await.expect("Kafka lists its groups");
        assert_eq!(groups.trim(), "", "nobody joins or commits");
    }
}

/// Waits until it fails with these words.
async fn until_refused(cluster: &Cluster, what: &str, words: &[&str], reason: &str) {
    let expected = format!("error: cluster `default`\n  {reason}\n");
    eventually(what, || async {
        let ended = hot(cluster, words).await;
        let is_so = (ended.code, ended.stdout.as_str(), &ended.stderr) == (Some(1), "", &expected);
        if is_so { Ok(()) } else { Err(ended.to_string()) }
    })
    .await;
}

/// A topic that may only be described is measured, but not read; then it is hidden.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_read() {
    let properties = vec![
        "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer".to_owned(),
        "allow.everyone.if.no.acl.found=true".to_owned(),
    ];
    let cluster = Cluster::start(Spec { properties, ..Spec::new(Version::Kafka4_3, 1) }).await;
    cluster.create_topic("secret", 2, 1).await;
    cluster.produce("secret", 1, 10).await;
    let told = found(&cluster, &["--topic", "secret"]).await;
    assert_eq!((&told["partition"], &told["sample"]["records"]), (&1.into(), &10.into()), "{told}");
    let acl = async |words: &[&str]| {
        let done = cluster.tool("AclCommand", &[words, &["--topic", "secret"]].concat()).await;
        done.expect("the rights are changed");
    };
    let to_describe = ["--allow-principal", "User:ANONYMOUS", "--operation", "Describe"];
    acl(&[&["--add"], &to_describe[..]].concat()).await;
    let reason = "the records of topic `secret` may not be read: READ on it is missing";
    until_refused(&cluster, "the broker to know of the right", &["--topic", "secret"], reason).await;
    acl(&["--add", "--allow-principal", "User:somebody", "--operation", "All"]).await;
    acl(&[&["--remove", "--force"], &to_describe[..]].concat()).await;
    let reason = "topic `secret` may not be seen: READ on it is missing, which includes DESCRIBE";
    until_refused(&cluster, "the topic to be hidden", &["--topic", "secret"], reason).await;
}
