//! Once producers stop, every number equals what Kafka's own tools say: every partition, nothing extra, nothing
//! missing. It is NOT about numbers in flight.
//! Invariant: the oracle is asked after the exporter's poll, with nothing moving in between.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::exporter::Exporter;
use crate::support::kafka::{
    Cluster, ConnectLike, Console, LogEnd, Membership, OracleRow, Spec, Traffic, Version, Work, Worker,
};
use crate::support::page::Page;

/// Lag, commits, ends and starts are those of Kafka's tools.
pub(super) async fn assert_equal(cluster: &Cluster, page: &Page, topics: &[&str]) {
    let rows = cluster.describe_groups().await;
    let told = |pick: fn(&OracleRow) -> Option<i64>| -> BTreeMap<_, i64> {
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
    consoles: Vec<Console>,
    _connect: ConnectLike,
}

impl Crowd {
    async fn join(cluster: &Cluster) -> Self {
        let mut crowd =
            Self { workers: Vec::new(), consoles: Vec::new(), _connect: ConnectLike::join(cluster, CONNECT).await };
        let assignors = ["range", "cooperative-sticky", "roundrobin"];
        for (place, (topic, _)) in TOPICS.iter().take(9).enumerate() {
            let membership = Membership::Classic(assignors[place % assignors.len()]);
            crowd.add(cluster, Work { membership, ..Work::new(&format!("classic-{topic}"), &[topic]) });
        }
        for (topic, _) in TOPICS.iter().take(5) {
            crowd.join_kip_848(cluster, topic);
        }
        crowd.add(cluster, Work { membership: Membership::Simple(vec![0, 1]), ..Work::new("simple", &["orders"]) });
        crowd.add(cluster, Work { commit_interval: None, ..Work::new("never-commits", &["audit"]) });
        crowd.add(cluster, Work { instance_id: Some("one".to_owned()), ..Work::new("static", &["mails", "prices"]) });
        crowd.add(cluster, Work::new("wide", &["orders", "clicks", "users"]));
        crowd
    }

    fn add(&mut self, cluster: &Cluster, work: Work) {
        self.workers.push(Worker::start(cluster, work));
    }

    fn join_kip_848(&mut self, cluster: &Cluster, topic: &str) {
        match cluster.version() {
            Version::Kafka4_3 => {
                let work = Work::new(&format!("kip-848-{topic}"), &[topic, "users"]);
                let work = Work { membership: Membership::Consumer, ..work };
                self.add(cluster, work.clone());
                self.add(cluster, Work { client_id: "second member".to_owned(), ..work });
            }
            // librdkafka speaks the final form of the protocol only; Kafka's own client of that time speaks this one.
            Version::Kafka3_9 if self.consoles.is_empty() => {
                self.consoles.push(Console::consumer(cluster, "kip-848", topic, Some(300)));
            }
            Version::Kafka3_9 | Version::Kafka2_8 => {}
        }
    }

    /// Waits until everybody read; then half of the members leave and the others stop reading.
    async fn fall_behind(&mut self) {
        for worker in &mut self.workers {
            worker.until_read(50).await;
        }
        for console in &mut self.consoles {
            console.until_ended().await;
        }
        for leaving in self.workers.split_off(self.workers.len() / 2) {
            leaving.stop().await;
        }
        for staying in &self.workers {
            staying.pause();
        }
    }
}

async fn groups_of_all_kinds(version: Version, brokers: u16) -> Page {
    let cluster = Cluster::start(Spec::new(version, brokers)).await;
    for (topic, partitions) in TOPICS {
        cluster.create_topic(topic, partitions, i32::from(brokers)).await;
    }
    let traffic = Traffic::start(&cluster, &TOPICS[..9], 2000);
    let exporter = Exporter::watching(&cluster, "500ms").await;
    let mut crowd = Crowd::join(&cluster).await;
    crowd.fall_behind().await;
    cluster.commit("once", "orders", 3, 7).await.expect("the commit is taken");
    let page = exporter.after_polls(4).await;
    let behind = |page: &Page| page.by_partition("kafka_consumergroup_lag").values().sum::<i64>();
    assert!(behind(&exporter.after_polls(2).await) > behind(&page), "lag grows while records flow");
    traffic.stop();
    settled(&cluster).await;

    let page = exporter.after_polls(2).await;
    let names: Vec<&str> = TOPICS.iter().map(|(topic, _)| *topic).collect();
    assert_equal(&cluster, &page, &names).await;
    assert_states(&cluster, &page).await;
    let lagging = page.by_partition("kafka_consumergroup_lag").values().filter(|lag| **lag > 0).count();
    assert!(lagging >= 10, "the scene is too calm to show anything: {lagging} partitions lag");
    assert_eq!(page.get("kafka_consumergroup_members", &[("consumergroup", CONNECT)]), Some(1.0));
    assert_eq!(page.all("kafka_consumergroup_lag", &[("consumergroup", CONNECT)]), []);
    assert_eq!(page.get("kafka_consumergroup_members", &[("consumergroup", "simple")]), Some(0.0));
    page
}

/// Waits until Kafka's tool says the same twice: what was read before the pause is committed.
async fn settled(cluster: &Cluster) {
    let mut before = cluster.describe_groups().await;
    for _ in 0..20 {
        let now = cluster.describe_groups().await;
        if now == before {
            return;
        }
        before = now;
    }
    panic!("commits still move although nobody reads");
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_4_3_three_brokers() {
    let page = groups_of_all_kinds(Version::Kafka4_3, 3).await;
    assert_eq!(page.all("kafka_consumergroup_info", &[]).len(), 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_3_9_three_brokers() {
    groups_of_all_kinds(Version::Kafka3_9, 3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn kafka_2_8_three_brokers() {
    groups_of_all_kinds(Version::Kafka2_8, 3).await;
}
