//! Topics that go, come back and grow under groups that read them. It is NOT about what groups do: see `commits` and
//! `members`.
//! Invariant: where we say another number than Kafka's tool, both are stated.

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, OracleRow, Spec, Version, Work, Worker};
use crate::support::page::Page;

fn lag(page: &Page, group: &str, topic: &str, partition: &str) -> Option<f64> {
    page.get("kafka_consumergroup_lag", &[("consumergroup", group), ("topic", topic), ("partition", partition)])
}

#[tokio::test(flavor = "multi_thread")]
async fn topics_come_and_go() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    let exporter = Exporter::watching(&cluster, "500ms").await;
    deleted(&cluster, &exporter).await;
    recreated(&cluster, &exporter).await;
    grown(&cluster, &exporter).await;
}

/// Kafka drops the commits of a deleted topic, and we every series about it.
async fn deleted(cluster: &Cluster, exporter: &Exporter) {
    cluster.create_topic("doomed", 2, 1).await;
    cluster.produce("doomed", 1, 7).await;
    cluster.commit("mourner", "doomed", 1, 3).await.expect("the commit is taken");
    exporter.until("the group", |page| lag(page, "mourner", "doomed", "1") == Some(4.0)).await;
    cluster.delete_topic("doomed").await;
    let page = exporter.until("the topic to vanish", |page| page.telling_of("topic", "doomed").is_empty()).await;
    assert_eq!(page.get("highwater_up", &[]), Some(1.0));
}

/// A consumer that lived through the deletion of its topic goes on committing where it was, far beyond the end of the
/// new topic. Kafka's tool calls that a negative lag.
async fn recreated(cluster: &Cluster, exporter: &Exporter) {
    cluster.create_topic("reborn", 1, 1).await;
    cluster.produce("reborn", 0, 50).await;
    cluster.commit("survivor", "reborn", 0, 50).await.expect("the commit is taken");
    exporter.until("the group", |page| lag(page, "survivor", "reborn", "0") == Some(0.0)).await;
    cluster.delete_topic("reborn").await;
    cluster.create_topic("reborn", 1, 1).await;
    cluster.produce("reborn", 0, 5).await;
    cluster.commit("survivor", "reborn", 0, 50).await.expect("the commit is taken");

    let ours = exporter.until_condition("survivor", "reborn", 0, "recreated").await;
    assert_eq!((&ours["lag_records"], &ours["committed_offset"]), (&0.into(), &50.into()), "{ours}");
    assert_eq!(ours["log_end_offset"], 5, "{ours}");
    assert_eq!(lag(&exporter.scrape().await, "survivor", "reborn", "0"), Some(0.0));
    let theirs = cluster.describe_group("survivor").await;
    let row = OracleRow { current: Some(50), end: Some(5), lag: Some(-45) };
    assert_eq!(theirs.into_values().collect::<Vec<_>>(), [row]);

    // Once it reads the new topic, it is a group like any other.
    cluster.commit("survivor", "reborn", 0, 2).await.expect("the commit is taken");
    let ours = exporter.until_condition("survivor", "reborn", 0, "ok").await;
    assert_eq!(ours["lag_records"], 3, "{ours}");
}

/// New partitions appear as soon as they are there, and count as not known until the group commits to them.
async fn grown(cluster: &Cluster, exporter: &Exporter) {
    cluster.create_topic("growing", 1, 1).await;
    cluster.produce("growing", 0, 10).await;
    let mut worker = Worker::start(cluster, Work::new("grower", &["growing"]));
    worker.until_read(10).await;
    exporter.until("the first partition", |page| lag(page, "grower", "growing", "0") == Some(0.0)).await;
    worker.pause();
    cluster.add_partitions("growing", 3).await;
    cluster.produce("growing", 2, 4).await;
    let of_topic = [("topic", "growing")];
    let page = exporter
        .until("the new partitions", |page| {
            let partitions = page.all("kafka_topic_partition_current_offset", &of_topic).len();
            (page.get("kafka_topic_partitions", &of_topic), partitions) == (Some(3.0), 3)
        })
        .await;
    assert_eq!(lag(&page, "grower", "growing", "2"), None, "nobody committed there yet");

    // The consumer learns of them when it next asks for metadata, which librdkafka does every few minutes: another
    // one joins and makes it.
    let mut second = Worker::start(cluster, Work::new("grower", &["growing"]));
    second.until("to share the partitions", |progress| !progress.assigned.is_empty()).await;
    worker.resume();
    let caught_up = |page: &Page| lag(page, "grower", "growing", "2") == Some(0.0);
    let page = exporter.until("the new partition to be read", caught_up).await;
    let theirs = cluster.describe_group("grower").await;
    let at_end =
        |partition| theirs.get(&("grower".to_owned(), "growing".to_owned(), partition)).and_then(|row| row.lag);
    assert_eq!((at_end(0), at_end(2)), (Some(0), Some(0)));
    assert_eq!(lag(&page, "grower", "growing", "0"), Some(0.0));
}

/// A partition whose only replica is on a broker that is down has no end, so no lag: it is absent, and counted.
#[tokio::test(flavor = "multi_thread")]
async fn a_partition_without_a_leader_is_unknown() {
    let mut cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    cluster.create_topic("fragile", 3, 1).await;
    let exporter = Exporter::watching(&cluster, "500ms").await;
    for partition in 0..3 {
        cluster.produce("fragile", partition, 10).await;
        cluster.commit("reader", "fragile", partition, 4).await.expect("the commit is taken");
    }
    let known = |page: &Page| page.all("kafka_consumergroup_lag", &[("topic", "fragile")]).len();
    exporter.until("all partitions", |page| known(page) == 3).await;

    let placements = cluster.placements("fragile").await.expect("the partitions");
    let (lost, broker) =
        placements.iter().find_map(|(partition, now)| Some((*partition, now.leader?))).expect("a leader");
    cluster.kill(broker);
    let unknown = |page: &Page| page.get("kafka_consumergroup_topic_unknown_partitions", &[("topic", "fragile")]);
    let of_lost = [("topic", "fragile"), ("partition", &lost.to_string())];
    let leader = |page: &Page| page.get("kafka_topic_partition_leader", &of_lost);
    // At first its leader is only out of reach; once the other brokers have noticed, there is none.
    exporter.until("the partition to be unknown", |page| unknown(page) == Some(1.0) && known(page) == 2).await;
    let page = exporter.until("the partition to have no leader", |page| leader(page).is_none()).await;
    assert_eq!((unknown(&page), known(&page)), (Some(1.0), 2));
    assert_eq!(lag(&page, "reader", "fragile", &lost.to_string()), None);
    for (_, value) in page.all("kafka_consumergroup_lag", &[("topic", "fragile")]) {
        assert_eq!(value.to_string(), "6", "the others' lag is as it was");
    }
    let sum = page.get("kafka_consumergroup_topic_lag", &[("topic", "fragile")]);
    assert_eq!(sum, Some(12.0), "over what is known");
    for family in ["current_offset", "oldest_offset"] {
        assert_eq!(page.get(&format!("kafka_topic_partition_{family}"), &of_lost), None, "{family}");
    }
    let ours = exporter.partition("reader", "fragile", lost).await;
    assert_eq!((&ours["committed_offset"], &ours["lag_reason"]), (&4.into(), &"no_leader".into()), "{ours}");

    cluster.start_broker(broker).await;
    exporter.until("the partition to be known again", |page| known(page) == 3 && unknown(page) == Some(0.0)).await;
}
