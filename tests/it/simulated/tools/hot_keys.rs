//! `highwater hot` on the simulated cluster, beside another client that reads the same records. It is NOT about Kafka's
//! rights and its transactions; those are real Kafka's.
//! Invariant: the world stands still, so that everybody reads the same newest records.

use std::collections::BTreeMap;

use serde_json::Value;

use super::records::{Read, read};
use super::scene::Scene;
use crate::support::command::{Ended, highwater};
use crate::support::config_file::ConfigFile;

async fn hot(scene: &Scene, words: &[&str]) -> Ended {
    let bootstrap = scene.bootstrap();
    highwater(&[&["hot", "--bootstrap", &bootstrap], words].concat()).await
}

/// What it found, as JSON.
async fn found(scene: &Scene, words: &[&str]) -> Value {
    let ended = hot(scene, &[words, &["--output", "json"]].concat()).await;
    // Nothing is on standard error, as that is no terminal.
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{words:?}: {ended}");
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended}"))
}

/// What a committed reader finds in a partition.
async fn records(scene: &Scene, topic: &'static str, partition: i32) -> Vec<Read> {
    let bootstrap = scene.bootstrap();
    let reading = tokio::task::spawn_blocking(move || read(&bootstrap, topic, partition, "read_committed"));
    reading.await.expect("it can be read")
}

/// How many records have which key.
fn counts(records: &[Read]) -> BTreeMap<Option<String>, u64> {
    let mut counts = BTreeMap::new();
    for record in records {
        let key = record.key.clone().map(|key| String::from_utf8(key).expect("keys are text here"));
        *counts.entry(key).or_default() += 1;
    }
    counts
}

/// Counts by key, as they were told; all of them exact.
fn told(found: &Value) -> BTreeMap<Option<String>, u64> {
    let keys = found["keys"].as_array().expect("a list");
    let told = keys.iter().map(|key| {
        assert_eq!(key["records_error"], 0, "{key}");
        (key["key"].as_str().map(str::to_owned), key["records"].as_u64().expect("a number"))
    });
    told.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_a_hot_partition_is_named() {
    let scene = Scene::at("12m", &["hot-partition"]).await;
    let groups: Vec<String> = scene.truth().await.groups.into_iter().map(|group| group.name).collect();
    let hot = found(&scene, &["--topic", "game-events", "--keys", "1000"]).await;
    assert_eq!((&hot["partition"], &hot["chosen"]), (&7.into(), &"most_appended".into()), "{hot}");
    assert_eq!((&hot["compared"]["partitions"], &hot["compared"]["unknown_partitions"]), (&12.into(), &0.into()));
    let all = records(&scene, "game-events", 7).await;
    let expected = counts(&all);
    assert_eq!(told(&hot), expected);
    assert_eq!(hot["distinct_keys"], expected.len());
    assert_eq!((&hot["sample"]["records"], &hot["sample"]["ended_by"]), (&all.len().into(), &"all_read".into()));
    let bytes = all.iter().map(|read| [&read.key, &read.value].into_iter().flatten().map(Vec::len).sum::<usize>());
    assert_eq!(hot["sample"]["bytes"], bytes.sum::<usize>());
    // It gets ten times the records of others, and all that is more than theirs has one key.
    let share = hot["keys"][0]["share"].as_f64().expect("a number");
    assert!((0.88..0.93).contains(&share), "{share}");

    let other = found(&scene, &["--topic", "game-events", "--partition", "3", "--keys", "1000"]).await;
    assert_eq!((&other["chosen"], &other["compared"]), (&"asked".into(), &Value::Null));
    assert_eq!(told(&other), counts(&records(&scene, "game-events", 3).await));
    assert!(other["keys"][0]["share"].as_f64().is_some_and(|share| share < 0.1), "{}", other["keys"][0]);
    let after: Vec<String> = scene.truth().await.groups.into_iter().map(|group| group.name).collect();
    assert_eq!(after, groups, "nobody joined");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_is_bounded_and_of_the_newest() {
    let scene = Scene::at("12m", &["hot-partition", "open-transaction"]).await;
    let all = records(&scene, "game-events", 7).await;
    let of_seven = ["--topic", "game-events", "--partition", "7"];
    let newest = &all[all.len() - 2_345..];
    let by_records = found(&scene, &[&of_seven[..], &["--records", "2345", "--keys", "1000"]].concat()).await;
    assert_eq!(told(&by_records), counts(newest));
    let sample = &by_records["sample"];
    assert_eq!((&sample["records"], &sample["ended_by"]), (&2345.into(), &"records".into()));
    assert_eq!(
        (&sample["first_offset"], &sample["last_offset"]),
        (&newest[0].offset.into(), &newest[2_344].offset.into())
    );

    let by_bytes = found(&scene, &[&of_seven[..], &["--bytes", "40KiB"]].concat()).await;
    let sample = &by_bytes["sample"];
    assert_eq!((&sample["ended_by"], &sample["last_offset"]), (&"bytes".into(), &newest[2_344].offset.into()));
    let size = sample["bytes"].as_u64().expect("a number");
    assert!((40 * 1024..41 * 1024).contains(&size), "{size}: records have a hundred bytes");
    assert_eq!(by_bytes["keys"].as_array().map(Vec::len), Some(10));

    // Behind the beginning of an open transaction nothing may be read.
    let ledger = found(&scene, &["--topic", "payments-ledger", "--partition", "2"]).await;
    let truth = scene.truth().await;
    let partition = &truth.topic("payments-ledger").expect("it is there").partitions[2];
    assert_eq!(ledger["sample"]["last_offset"], partition.last_stable - 1);
    assert_eq!(ledger["sample"]["hidden_records"], partition.end - partition.last_stable);
    assert!(partition.end > partition.last_stable, "{partition:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_without_keys_and_topics_without_records() {
    let topics = "[{name: anonymous, partitions: 2, rate: 5, keys: 0}, {name: quiet, partitions: 3}]";
    let file = ConfigFile::new(&format!("name: hot-keys\nstory: Nobody is anybody.\ntopics: {topics}\n"));
    let scene = Scene::at("1m", &[file.path()]).await;
    let anonymous = found(&scene, &["--topic", "anonymous"]).await;
    let keys = anonymous["keys"].as_array().expect("a list");
    assert_eq!((keys.len(), &keys[0]["key"], &keys[0]["key_form"]), (1, &Value::Null, &"null".into()));
    assert_eq!((&keys[0]["share"], &anonymous["distinct_keys"]), (&1.0.into(), &1.into()));
    let table = hot(&scene, &["--topic", "anonymous"]).await;
    assert!(table.stdout.lines().last().is_some_and(|line| line.ends_with("  null  -")), "{table}");
    for (words, reason) in [
        (&["--topic", "quiet"][..], "topic `quiet` is empty"),
        (&["--topic", "quiet", "--partition", "1"], "partition 1 of topic `quiet` is empty"),
        (&["--topic", "quiet", "--partition", "3"], "topic `quiet` has no partition 3: it has 3, numbered from 0"),
        (&["--topic", "nothing"], "there is no topic `nothing`"),
        (&["--topic", "no topic\u{7}"], "there is no topic `no topic\\u{7}`"),
    ] {
        assert_failure(&scene, words, reason).await;
    }
    let truth = scene.truth().await;
    assert_eq!(truth.topic("nothing"), None, "asking does not make a topic");
}

async fn assert_failure(scene: &Scene, words: &[&str], reason: &str) {
    let ended = hot(scene, words).await;
    let told = format!("error: cluster `default`\n  {reason}\n");
    assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr), (Some(1), "", told), "{words:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_is_said() {
    let scene = Scene::at("11m", &["hidden-topics", "leaderless-partition", "broker-hanging"]).await;
    let truth = scene.truth().await;
    let hanging = truth.brokers.iter().find(|broker| broker.state == "hanging").expect("one hangs");
    let led = |topic: &str, is_led: fn(Option<i32>, i32) -> bool| {
        let partitions = &truth.topic(topic).expect("it is there").partitions;
        let found = partitions.iter().find(|partition| is_led(partition.leader, hanging.id));
        found.expect("there is one").id.to_string()
    };
    let missing = "topic `employee-salaries` may not be seen: READ on it is missing, which includes DESCRIBE";
    assert_failure(&scene, &["--topic", "employee-salaries"], missing).await;
    let leaderless = led("refunds", |leader, _| leader.is_none());
    let reason = format!("no broker leads partition {leaderless} of topic `refunds` now");
    assert_failure(&scene, &["--topic", "refunds", "--partition", &leaderless], &reason).await;

    // All of one topic is led by a broker that does not answer, and some of another.
    let silent = led("fleet-positions", |leader, id| leader == Some(id));
    let ended = hot(&scene, &["--topic", "fleet-positions", "--partition", &silent, "--time", "3s"]).await;
    let address = hanging.address.expect("it listens");
    let told = format!("broker {} at {address}, which leads partition {silent} of topic `fleet-positions`", hanging.id);
    assert!(ended.code == Some(1) && ended.stderr.contains(&format!("{told}, does not answer")), "{ended}");
    let ended = hot(&scene, &["--topic", "fleet-positions", "--time", "3s"]).await;
    let told = "the brokers that lead topic `fleet-positions` do not answer";
    assert!(ended.code == Some(1) && ended.stderr.contains(told), "{ended}");

    // Partitions of others can be chosen all the same, without the one that nobody leads.
    let refunds = found(&scene, &["--topic", "refunds"]).await;
    let compared = &refunds["compared"];
    let unknown = truth.topic("refunds").expect("it is there").partitions.iter();
    let unknown = unknown.filter(|partition| partition.leader.is_none_or(|leader| leader == hanging.id)).count();
    assert!(unknown >= 1);
    assert_eq!((&compared["partitions"], &compared["unknown_partitions"]), (&(6 - unknown).into(), &unknown.into()));
}
