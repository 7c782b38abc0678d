//! The cluster both sides have: topics with known records, groups of each kind. It is NOT in motion: producers and
//! commits stand still when it is asked.
//! Invariant: what is written here once is built in both.

mod holding;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use highwater::simulator::answer::Endpoints;
use highwater::simulator::spec::{Action, GroupSpec, GroupType, MemberOf, PartitionOf, TopicSpec};
use highwater::simulator::{ClusterSettings, Scenario, World};

use super::side::Side;
use crate::support::kafka::{Cluster, ConnectLike, Membership, Spec, Transaction, Version, Work, Worker};
use crate::support::wait::eventually;
use holding::Holding;

/// Topics: replicas, and the records of each partition.
const TOPICS: [(&str, u16, &[u64]); 7] = [
    ("orders", 3, &[100, 50, 20]),
    ("payments", 3, &[7, 3]),
    ("empty", 3, &[0]),
    ("moved", 3, &[10]),
    ("narrow", 1, &[5]),
    ("open", 3, &[10]),
    ("brief", 3, &[1]),
];

/// In this topic records of a transaction follow that does not end.
const OPEN: &str = "open";
const OPEN_RECORDS: u16 = 4;

/// This one is kept for less than the default.
const BRIEF: &str = "brief";
const KEPT: Duration = Duration::from_hours(2);

/// The world has so long produced what is in it.
const HISTORY: Duration = Duration::from_secs(1000);

const START: i64 = 1_700_000_000_000;

/// Both clusters.
pub(super) struct Scene {
    cluster: Cluster,
    _workers: Vec<Worker>,
    _connect: ConnectLike,
    holding: Option<Holding>,
    transaction: Option<Transaction>,
    world: World,
    endpoints: Endpoints,
}

impl Scene {
    pub(super) async fn set() -> Self {
        let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
        for (topic, replicas, counts) in TOPICS {
            let partitions = i32::try_from(counts.len()).expect("few");
            let kept = KEPT.as_millis().to_string();
            let settings: &[(&str, &str)] = if topic == BRIEF { &[("retention.ms", &kept)] } else { &[] };
            cluster.create_topic_with(topic, partitions, i32::from(replicas), settings).await;
            for (partition, count) in (0..).zip(counts) {
                cluster.produce(topic, partition, *count).await;
            }
        }
        cluster.delete_records("payments", 0, 2).await;
        let leader = cluster.placements("moved").await.expect("its place")[&0].leader.expect("a leader");
        cluster.move_leaders("moved", Side::other(leader)).await;
        let connect = ConnectLike::join(&cluster, "connect").await;
        let workers = workers(&cluster).await;
        cluster.commit_all("simple", &[("payments", 0, 5), ("payments", 1, 1)]).await.expect("commits");
        let (world, endpoints) = world();
        let mut scene =
            Self { cluster, _workers: workers, _connect: connect, holding: None, transaction: None, world, endpoints };
        let ends: Vec<_> = (0..).zip([100, 50, 20]).map(|(partition, end)| ("orders", partition, end)).collect();
        scene.cluster.commit_all("holding", &ends).await.expect("commits");
        scene.holding = Some(holding::hold(&scene.cluster, &scene.real(), "holding").await);
        scene
    }

    pub(super) fn real(&self) -> Side<'_> {
        let ports = self.cluster.ids().map(|id| (id, self.cluster.port(id))).collect();
        Side::Real { ports, simulated: &self.world, endpoints: &self.endpoints }
    }

    pub(super) fn simulated(&self) -> Side<'_> {
        Side::Simulated { world: &self.world, endpoints: &self.endpoints }
    }

    /// Some records are those of a transaction from now on.
    pub(super) async fn open_transaction(&mut self) {
        let transaction = self.cluster.begin_transaction_of("writer", Duration::from_mins(10)).await;
        transaction.write(OPEN, 0, OPEN_RECORDS.into()).await;
        self.transaction = Some(transaction);
        let produce = |rate| Action::Produce { topic: OPEN.to_owned(), rate };
        let begin = Action::OpenTransaction(PartitionOf { topic: OPEN.to_owned(), partition: None });
        for action in [begin, produce(f64::from(OPEN_RECORDS))] {
            self.world.act(&action).expect("it can happen");
        }
        self.world.advance(self.world.now() + 1000);
        self.world.act(&produce(0.0)).expect("it can happen");
    }

    /// The broker that has the only replica of a topic is gone.
    pub(super) async fn lose_a_broker(&mut self) {
        let lost = self.real().leader("narrow", 0).await;
        self.cluster.kill(lost);
        let cluster = &self.cluster;
        eventually("the topic to have no leader", || async move {
            let placements = cluster.placements("narrow").await?;
            let is_lost = placements.values().all(|placement| placement.leader.is_none());
            let seen = cluster.brokers_seen_by(Side::other(lost)).await?.len();
            if is_lost && seen == 2 { Ok(()) } else { Err(std::io::Error::other("it still has one")) }
        })
        .await;
        let lost = self.simulated().leader("narrow", 0).await;
        self.world.act(&Action::StopBroker { broker: lost }).expect("it stops");
    }
}

/// Members that have read and committed everything.
async fn workers(cluster: &Cluster) -> Vec<Worker> {
    let classic = Work::new("readers", &["orders"]);
    let sticky =
        Work { membership: Membership::Classic("cooperative-sticky"), ..Work::new("sticky", &["payments", "orders"]) };
    let fixed = Work { instance_id: Some("one".to_owned()), ..Work::new("fixed", &["payments"]) };
    let modern = Work { membership: Membership::Consumer, ..Work::new("modern", &["orders"]) };
    let gone = Work::new("gone", &["orders"]);
    let modern_gone = Work { membership: Membership::Consumer, ..Work::new("modern-gone", &["payments"]) };
    for (work, records) in [(gone, 170), (modern_gone, 8)] {
        let mut worker = Worker::start(cluster, work);
        worker.until_read(records).await;
        worker.stop().await;
    }
    let mut workers = Vec::new();
    for (work, members, records) in [(classic, 2, 170), (sticky, 1, 178), (fixed, 1, 8), (modern, 2, 170)] {
        let first = workers.len();
        workers.extend((0..members).map(|_| Worker::start(cluster, work.clone())));
        let own = &workers[first..];
        eventually("members to have read everything", || async {
            let progress: Vec<_> = own.iter().map(Worker::progress).collect();
            let read: u64 = progress.iter().map(|progress| progress.read).sum();
            let idle = progress.iter().filter(|progress| progress.assigned.is_empty()).count();
            if read >= records && idle == 0 { Ok(()) } else { Err(format!("{progress:?}")) }
        })
        .await;
        until_committed(cluster, &work).await;
    }
    workers
}

/// Commits follow what is read a moment later.
async fn until_committed(cluster: &Cluster, work: &Work) {
    let expected = expected(work);
    eventually("everything to be committed", || async {
        let rows = cluster.describe_group(&work.group).await;
        let committed: BTreeMap<(String, i32), i64> = rows
            .into_iter()
            .filter_map(|((_, topic, partition), row)| Some(((topic, partition), row.current?)))
            .collect();
        if committed == expected { Ok(()) } else { Err(format!("{committed:?}")) }
    })
    .await;
}

/// The ends of what a group reads.
fn expected(work: &Work) -> BTreeMap<(String, i32), i64> {
    let topics = TOPICS.iter().filter(|(topic, ..)| work.topics.iter().any(|read| read == topic));
    let end = |count: &u64| i64::try_from(*count).expect("few");
    topics
        .flat_map(|(topic, _, counts)| {
            (0..).zip(*counts).map(move |(partition, count)| (((*topic).to_owned(), partition), end(count)))
        })
        .collect()
}

fn world() -> (World, Endpoints) {
    let topics = TOPICS.into_iter().map(|(name, replicas, counts)| {
        let sum: u64 = counts.iter().sum();
        let count = |count: u64| f64::from(u32::try_from(count).expect("few"));
        let mut topic = TopicSpec::new(name, u32::try_from(counts.len()).expect("few"));
        topic.rate = count(sum) / HISTORY.as_secs_f64();
        topic.hot = (0..).zip(counts).map(|(partition, records)| (partition, count(*records))).collect();
        (topic.wobble, topic.replication) = (0.0, replicas);
        if name == BRIEF {
            topic.retention = KEPT;
        }
        topic
    });
    let group = |name: &str, kind, topics: &[&str], members| GroupSpec::new(name, kind, topics).members(members);
    let groups = vec![
        group("readers", GroupType::Classic, &["orders"], 2),
        group("sticky", GroupType::Cooperative, &["payments", "orders"], 1),
        group("fixed", GroupType::Static, &["payments"], 1),
        group("modern", GroupType::Consumer, &["orders"], 2),
        group("gone", GroupType::Empty, &["orders"], 1),
        group("modern-gone", GroupType::Consumer, &["payments"], 1),
        group("simple", GroupType::Simple, &["payments"], 1),
        group("connect", GroupType::Connect, &[], 1),
        GroupSpec {
            rebalance_takes: Duration::from_hours(1),
            ..group("holding", GroupType::Cooperative, &["orders"], 1)
        },
    ];
    let scenario = Scenario { name: "parity".to_owned(), topics: topics.collect(), groups, ..Scenario::default() };
    let settings = ClusterSettings { history: HISTORY, ..ClusterSettings::default() };
    let mut world = World::new(&settings, &[scenario], START).expect("a world");
    // It waits for its second member until the end.
    let holding = Action::Scale { group: "holding".to_owned(), members: 2 };
    let stop = TOPICS.iter().map(|(topic, ..)| Action::Produce { topic: (*topic).to_owned(), rate: 0.0 });
    let reset = |partition, behind| Action::Reset {
        group: "simple".to_owned(),
        topic: "payments".to_owned(),
        partition: Some(partition),
        behind,
    };
    let stand_still = Action::Capacity { group: "simple".to_owned(), rate: Some(0.0) };
    let then = [
        Action::DeleteRecords { topic: "payments".to_owned(), partition: Some(0), keep: 5 },
        Action::MoveLeader(PartitionOf { topic: "moved".to_owned(), partition: None }),
        Action::Leave(MemberOf { group: "modern-gone".to_owned(), member: None }),
        holding,
        stand_still,
        reset(0, 2),
        reset(1, 2),
    ];
    for action in stop.chain(then) {
        world.act(&action).expect("it can happen");
    }
    // As real time does while workers and tools are at work.
    world.advance(START + 60_000);
    let endpoints = (1..=3).map(|id: i32| (id, SocketAddr::from(([127, 0, 0, 1], 9092)))).collect();
    (world, endpoints)
}
