//! Commits that lie oddly: below the start, beyond the end, moved back, deleted. It is NOT about what becomes of
//! topics: see `topics`.
//! Invariant: where we say another number than Kafka's tool, both are stated.

use std::collections::BTreeSet;

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, OracleRow, Spec, Version};

const TOPIC: &str = "ledger";

#[tokio::test(flavor = "multi_thread")]
async fn odd_commits() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.create_topic(TOPIC, 1, 1).await;
    cluster.produce(TOPIC, 0, 100).await;
    let exporter = Exporter::watching(&cluster, "500ms").await;
    reset(&cluster, &exporter).await;
    ahead(&cluster, &exporter).await;
    group_deleted(&cluster, &exporter).await;
    records_deleted(&cluster, &exporter).await;
}

async fn commit(cluster: &Cluster, group: &str, offset: i64) {
    cluster.commit(group, TOPIC, 0, offset).await.expect("the commit is taken");
}

/// What Kafka's tool says of the group's only partition.
async fn theirs(cluster: &Cluster, group: &str) -> OracleRow {
    let rows: Vec<OracleRow> = cluster.describe_group(group).await.into_values().collect();
    let [row] = rows.as_slice() else { panic!("{group} has not one partition: {rows:?}") };
    row.clone()
}

/// The lag in both of our interfaces.
async fn ours(exporter: &Exporter, group: &str) -> f64 {
    let of_group = [("consumergroup", group), ("topic", TOPIC), ("partition", "0")];
    let page = exporter.after_polls(1).await;
    let lag = page.get("kafka_consumergroup_lag", &of_group).expect("a lag");
    let json = exporter.partition(group, TOPIC, 0).await;
    assert_eq!(json["lag_records"].as_f64(), Some(lag), "{json}");
    lag
}

/// Offsets that an operator moves back are followed.
async fn reset(cluster: &Cluster, exporter: &Exporter) {
    commit(cluster, "rewound", 100).await;
    exporter.until_condition("rewound", TOPIC, 0, "ok").await;
    assert_eq!(ours(exporter, "rewound").await.to_string(), "0");
    cluster.reset_offsets("rewound", TOPIC, "--to-offset=20").await;
    assert_eq!(ours(exporter, "rewound").await.to_string(), "80");
    assert_eq!(theirs(cluster, "rewound").await, OracleRow { current: Some(20), end: Some(100), lag: Some(80) });
}

/// Beyond the end: Kafka's tool says -50, we say 0 and that something is odd.
async fn ahead(cluster: &Cluster, exporter: &Exporter) {
    commit(cluster, "prophet", 150).await;
    let json = exporter.until_condition("prophet", TOPIC, 0, "ahead").await;
    assert_eq!((&json["committed_offset"], &json["log_end_offset"]), (&150.into(), &100.into()), "{json}");
    assert_eq!(ours(exporter, "prophet").await.to_string(), "0");
    assert_eq!(theirs(cluster, "prophet").await, OracleRow { current: Some(150), end: Some(100), lag: Some(-50) });
}

/// A deleted group leaves nothing behind, and the other groups stay.
async fn group_deleted(cluster: &Cluster, exporter: &Exporter) {
    commit(cluster, "leaver", 1).await;
    exporter.until_condition("leaver", TOPIC, 0, "ok").await;
    cluster.delete_group("leaver").await.expect("the group is deleted");
    let page = exporter.after_polls(1).await;
    assert_eq!(page.telling_of("consumergroup", "leaver"), BTreeSet::new());
    assert_eq!(exporter.partition("leaver", TOPIC, 0).await, serde_json::Value::Null);
    assert!(page.telling_of("consumergroup", "rewound").contains("kafka_consumergroup_lag"));
    assert_eq!(page.get("highwater_poll_failures_total", &[]), Some(0.0));
}

/// Records deleted beneath a commit cannot be read any more. Kafka's tool counts them all the same.
async fn records_deleted(cluster: &Cluster, exporter: &Exporter) {
    commit(cluster, "sleeper", 10).await;
    cluster.delete_records(TOPIC, 0, 40).await;
    let json = exporter.until_condition("sleeper", TOPIC, 0, "below_log_start").await;
    assert_eq!((&json["log_start_offset"], &json["deleted_unread_records"]), (&40.into(), &30.into()), "{json}");
    assert_eq!(ours(exporter, "sleeper").await.to_string(), "60", "from the start to the end");
    let row = OracleRow { current: Some(10), end: Some(100), lag: Some(90) };
    assert_eq!(theirs(cluster, "sleeper").await, row, "from the commit to the end");

    // The commit at 20 is below the start too; one at the start is as good as any.
    assert_eq!(ours(exporter, "rewound").await.to_string(), "60");
    commit(cluster, "sleeper", 40).await;
    let json = exporter.until_condition("sleeper", TOPIC, 0, "ok").await;
    assert_eq!(json["deleted_unread_records"], 0, "{json}");

    // Drained: nothing is unread, so nothing was lost.
    commit(cluster, "sleeper", 100).await;
    cluster.delete_records(TOPIC, 0, 100).await;
    exporter
        .until("the log to be empty", |page| page.get("kafka_topic_partition_oldest_offset", &[]) == Some(100.0))
        .await;
    let json = exporter.until_condition("sleeper", TOPIC, 0, "ok").await;
    assert_eq!((&json["lag_records"], &json["deleted_unread_records"]), (&0.into(), &0.into()), "{json}");
}
