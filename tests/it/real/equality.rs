//! Once producers stop, every number equals what Kafka's own tools say: every partition, nothing extra, nothing
//! missing. It is NOT about numbers in flight.
//! Invariant: the oracle is asked after the exporter's poll, with nothing moving in between.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, ConnectLike, LogEnd, Membership, Spec, Traffic, Version, Work, Worker};
use crate::support::page::Page;

/// Lag, commits, ends and starts are those of Kafka's tools.
pub(super) async fn assert_equal(cluster: &Cluster, page: &Page, topics: &[&str]) {
    let rows = cluster.describe_groups().await;
    let told = |pick: fn(&crate::support::kafka::OracleRow) -> Option<i64>| -> BTreeMap<_, i64> {
        rows.iter().filter_map(|(key, row)| Some((key.clone(), pick(row)?))).collect()
    };
    assert_eq!(page.by_partition("kafka_consumergroup_current_offset"), told(|row| row.current), "committed offsets");
    assert_eq!(page.by_partition("kafka_consumergroup_lag"), told(|row| row.lag), "lag");
    for (family, end) in [
        ("kafka_topic_partition_current_offset", LogEnd::Latest),
        ("kafka_topic_partition_oldest_offset", LogEnd::Earliest),
    ] {
        let ours = page.by_partition(family);
        for topic in topics {
            let theirs = cluster.log_offsets(topic, end).await;
            let of_topic = ours.iter().filter(|((_, name, _), _)| name == topic);
            let of_topic: BTreeMap<i32, i64> =
                of_topic.map(|((_, _, partition), value)| (*partition, *value)).collect();
            assert_eq!(of_topic, theirs, "{family} of {topic}");
        }
        let shown: BTreeSet<&str> = ours.keys().map(|(_, topic, _)| topic.as_str()).collect();
        assert_eq!(shown, topics.iter().copied().collect(), "topics of {family}");
    }
}

/// The members and states that Kafka's tools list.
async fn assert_states(cluster: &Cluster, page: &Page) {
    let listed = cluster.list_groups().await;
    let shown: BTreeSet<String> = page
        .all("kafka_consumergroup_info", &[])
        .into_iter()
        .filter_map(|(labels, _)| labels.get("consumergroup").cloned())
        .collect();
    // Kafka's tool for consumer groups shows those only; Connect's workers are a group all the same.
    let mut expected: BTreeSet<String> = listed.keys().cloned().collect();
    expected.insert(CONNECT.to_owned());
    assert_eq!(shown, expected, "groups");
    for (group, listed) in listed {
        assert_eq!(page.state(&group).as_deref(), Some(listed.state.as_str()), "state of {group}");
        if let Some(kind) = listed.kind {
            let info = page.all("kafka_consumergroup_info", &[("consumergroup", &group)]);
            let kinds: Vec<_> = info.iter().filter_map(|(labels, _)| labels.get("type")).collect();
            assert_eq!(kinds, [&kind], "kind of {group}");
        }
    }
}

/// The group of Connect's workers.
const CONNECT: &str = "connect-cluster";

const TOPICS: [(&str, i32); 10] = [
    ("orders", 6),
    ("payments", 3),
    ("clicks", 12),
    ("audit", 1),
    ("mails", 2),
    ("stock", 4),
    ("prices", 3),
    ("users", 5),
    ("sessions", 8),
    ("empty", 2),
];

/// Members of groups of every kind, over all topics; dropping one ends it.
struct Crowd {
    workers: Vec<Worker>,
    connect: Option<ConnectLike>,
}

impl Crowd {
    async fn join(cluster: &Cluster, has_kip_848: bool) -> Self {
        let mut workers = Vec::new();
        let assignors = ["range", "cooperative-sticky", "roundrobin"];
        for (place, (topic, _)) in TOPICS.iter().take(9).enumerate() {
            let classic = Membership::Classic(assignors[place % assignors.len()]);
            workers.push(Worker::start(
                cluster,
                Work { membership: classic, ..Work::new(&format!("classic-{topic}"), &[topic]) },
            ));
            if has_kip_848 && place < 5 {
                let work = Work {
                    membership: Membership::Consumer,
                    ..Work::new(&format!("kip-848-{topic}"), &[topic, "users"])
                };
                workers.push(Worker::start(cluster, work.clone()));
                workers.push(Worker::start(cluster, Work { client_id: "second member".to_owned(), ..work }));
            }
        }
        let simple = Work { membership: Membership::Simple(vec![0, 1]), ..Work::new("simple", &["orders"]) };
        workers.push(Worker::start(cluster, simple));
        let never = Work { commit_interval: None, ..Work::new("never-commits", &["audit"]) };
        workers.push(Worker::start(cluster, never));
        let connect = Some(ConnectLike::join(cluster, CONNECT).await);
        Self { workers, connect }
    }
}

async fn groups_of_all_kinds(version: Version, brokers: u16) {
    let cluster = Cluster::start(Spec::new(version, brokers)).await;
    for (topic, partitions) in TOPICS {
        cluster.create_topic(topic, partitions, i32::from(brokers)).await;
    }
    let traffic = Traffic::start(&cluster, &TOPICS[..9], 2000);
    let exporter = Exporter::watching(&cluster, "500ms").await;
    let has_kip_848 = !matches!(version, Version::Kafka2_8);
    let mut crowd = Crowd::join(&cluster, has_kip_848).await;
    for worker in &mut crowd.workers {
        worker.until_read(50).await;
    }
    // Some groups lose their members while records still flow: they stay behind.
    let leaving = crowd.workers.split_off(crowd.workers.len() / 2);
    for worker in leaving {
        worker.stop().await;
    }
    for worker in &crowd.workers {
        worker.pause();
    }
    cluster.commit("once", "orders", 3, 7).await.expect("the commit is taken");
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    traffic.stop();
    // Long enough for what was read before the pause to be committed.
    tokio::time::sleep(std::time::Duration::from_secs(6)).await;

    let page = exporter.after_polls(2).await;
    let names: Vec<&str> = TOPICS.iter().map(|(topic, _)| *topic).collect();
    assert_equal(&cluster, &page, &names).await;
    assert_states(&cluster, &page).await;
    let lagging = page.by_partition("kafka_consumergroup_lag").values().filter(|lag| **lag > 0).count();
    assert!(lagging >= 10, "the scene is too calm to show anything: {lagging} partitions lag");
    assert_eq!(page.get("kafka_consumergroup_members", &[("consumergroup", CONNECT)]), Some(1.0));
    assert_eq!(page.all("kafka_consumergroup_lag", &[("consumergroup", CONNECT)]), []);
    assert_eq!(page.get("kafka_consumergroup_members", &[("consumergroup", "simple")]), Some(0.0));
    drop(crowd.connect.take());
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_4_3_three_brokers() {
    groups_of_all_kinds(Version::Kafka4_3, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_3_9_three_brokers() {
    groups_of_all_kinds(Version::Kafka3_9, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_2_8_three_brokers() {
    groups_of_all_kinds(Version::Kafka2_8, 3).await;
}
