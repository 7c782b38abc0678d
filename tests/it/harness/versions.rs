//! The older versions of Kafka. It is NOT as thorough as the tests on the newest: what differs is tried.

use crate::support::kafka::{
    Cluster, ConnectLike, Console, ListedGroup, LogEnd, OracleRow, Spec, Version, Work, Worker,
};
use crate::support::wait::eventually;

fn caught_up(end: i64) -> OracleRow {
    OracleRow { current: Some(end), end: Some(end), lag: Some(0) }
}

fn key(group: &str) -> (String, String, i32) {
    (group.to_owned(), "work".to_owned(), 0)
}

async fn classic_groups_work(cluster: &Cluster) {
    cluster.create_topic("work", 2, 1).await;
    cluster.produce("work", 0, 20).await;
    let mut reader = Worker::start(cluster, Work { stop_after: Some(20), ..Work::new("reader", &["work"]) });
    reader.until_ended().await;
    cluster.commit("own offsets", "work", 0, 20).await.expect("a commit without members");
    cluster.reset_offsets("own offsets", "work:0", "--shift-by=-5").await;
    let rows = cluster.describe_groups().await;
    assert_eq!(rows.get(&key("reader")), Some(&caught_up(20)));
    let behind = OracleRow { current: Some(15), end: Some(20), lag: Some(5) };
    assert_eq!(rows.get(&key("own offsets")), Some(&behind));
    assert_eq!(cluster.describe_group("own offsets").await.get(&key("own offsets")), Some(&behind));
    let kind = cluster.version().lists_group_types().then(|| "Classic".to_owned());
    assert_eq!(cluster.list_groups().await.get("reader"), Some(&ListedGroup { kind, state: "Empty".into() }));
    cluster.delete_records("work", 0, 3).await;
    assert_eq!(cluster.log_offsets("work", LogEnd::Earliest).await.get(&0), Some(&3));
    assert_eq!(cluster.log_offsets("work", LogEnd::Latest).await.get(&0), Some(&20));
    let connect = ConnectLike::join(cluster, "connect-sink").await;
    assert_eq!(connect.generation(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_2_8_runs_with_zookeeper() {
    let mut cluster = Cluster::start(Spec::new(Version::Kafka2_8, 1)).await;
    classic_groups_work(&cluster).await;
    cluster.terminate(1).await;
    cluster.start_broker(1).await;
    assert_eq!(cluster.describe_groups().await.get(&key("reader")), Some(&caught_up(20)));
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_3_9_runs_the_first_groups_of_kip_848() {
    let cluster = Cluster::start(Spec::new(Version::Kafka3_9, 1)).await;
    classic_groups_work(&cluster).await;
    let mut console = Console::consumer(&cluster, "kip-848", "work", None);
    // Three of twenty were deleted.
    console.until_read(17).await;
    eventually("the group to commit", || async {
        let row = cluster.describe_groups().await.get(&key("kip-848")).cloned();
        if row == Some(caught_up(20)) { Ok(()) } else { Err(format!("{row:?}")) }
    })
    .await;
    let listed = ListedGroup { kind: Some("Consumer".into()), state: "Stable".into() };
    assert_eq!(cluster.list_groups().await.get("kip-848"), Some(&listed));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_brokers_of_the_older_versions_form_clusters() {
    for version in [Version::Kafka2_8, Version::Kafka3_9] {
        let cluster = Cluster::start(Spec::new(version, 3)).await;
        cluster.create_topic("work", 3, 3).await;
        cluster.move_leaders("work", 2).await;
        cluster.produce("work", 0, 1).await;
        cluster.commit("mover", "work", 0, 1).await.expect("a commit");
        cluster.move_coordinator("mover", 3).await;
        assert_eq!(cluster.describe_groups().await.get(&key("mover")), Some(&caught_up(1)));
    }
}
