//! The follower of `__consumer_offsets` on brokers that write it, which move it, and where Kafka's own formatter says what
//! is in it. It is NOT about what is made of rebalances.
//! Invariant: not one generation is missing or told twice.

mod records;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use highwater::app::SystemClock;
use highwater::client::{FollowState, Listener, follower};
use highwater::config::{Config, Overrides};
use highwater::model::{Generation, Moment, Said};
use rdkafka::consumer::{BaseConsumer, Consumer};
use serde_json::Value;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker, offsets_partition};
use crate::support::wait::{PATIENCE, eventually};

const TOPIC: &str = "__consumer_offsets";

/// Since when everything was heard, and what was said of which group.
#[derive(Default)]
struct Account {
    since: Option<Moment>,
    said: Vec<(String, Said)>,
}

/// A follower and what it has heard so far.
struct Following {
    listener: Listener,
    account: Mutex<Account>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Following {
    async fn start(cluster: &Cluster) -> Self {
        let config = Config::from_flags(&cluster.bootstrap(), &Overrides::default()).expect("a cluster");
        let (follower, listener) = follower(&config.clusters[0], Arc::new(SystemClock::default()));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(follower.run(stopped));
        drop(listener.take());
        let started = timeout(PATIENCE, listener.until(|state| *state == FollowState::Following)).await;
        assert!(started.is_ok(), "{:?}", listener.state());
        Self { listener, account: Mutex::default(), stop, tasks }
    }

    /// Waits until what was said of a group is as wanted, and gives it. Everything is heard since the same moment.
    async fn until(&self, what: &str, group: &str, is_wanted: impl Fn(&[Said]) -> bool) -> Vec<Said> {
        eventually(what, || async {
            let mut account = self.account.lock().expect("one thread at a time");
            let followed = self.listener.take();
            let since = *account.since.get_or_insert(followed.since.expect("everything is heard"));
            assert_eq!(followed.since, Some(since), "{:?}", self.listener.state());
            for group in followed.groups {
                assert!(!group.is_cut, "{group:?}");
                account.said.extend(group.heard.into_iter().map(|heard| (group.id.to_string(), heard.said)));
            }
            let of_group: Vec<Said> =
                account.said.iter().filter(|(id, _)| id == group).map(|(_, said)| said.clone()).collect();
            if is_wanted(&of_group) { Ok(of_group) } else { Err(format!("{of_group:?}")) }
        })
        .await
    }

    async fn end(mut self) {
        self.stop.send_replace(true);
        let ended = timeout(PATIENCE, self.tasks.join_next()).await;
        assert!(matches!(ended, Ok(Some(Ok(())))), "{ended:?}");
    }
}

fn generations(said: &[Said]) -> Vec<&Generation> {
    said.iter().filter_map(|said| if let Said::Generation(told) = said { Some(told) } else { None }).collect()
}

fn is_empty(said: &[Said]) -> bool {
    generations(said).last().is_some_and(|last| last.members.is_empty())
}

/// What Kafka's formatter prints of a group's generations: number, state time, and members.
async fn printed(cluster: &Cluster, group: &str) -> Vec<Value> {
    let partitions = cluster.placements(TOPIC).await.expect("the partitions of the topic").len();
    let partition = offsets_partition(group, partitions);
    let config = cluster.client_config();
    let ends = tokio::task::spawn_blocking(move || {
        let consumer: BaseConsumer = config.create().expect("a client");
        consumer.fetch_watermarks(TOPIC, partition, Duration::from_secs(30)).expect("the ends of the partition")
    });
    let (_, end) = ends.await.expect("they can be asked for");
    let (number, count) = (partition.to_string(), end.to_string());
    let options = ["--topic", TOPIC, "--partition", &number, "--offset", "earliest", "--max-messages", &count];
    let class = "org.apache.kafka.tools.consumer.GroupMetadataMessageFormatter";
    let printed = cluster.tool("ConsoleConsumer", &[&options[..], &["--formatter", class]].concat()).await;
    let printed = printed.expect("Kafka reads its own topic");
    let records = serde_json::Deserializer::from_str(&printed).into_iter::<Value>();
    let records = records.map(|record| record.unwrap_or_else(|error| panic!("{error}: {printed}")));
    let of_group = records.filter(|record| record["key"]["data"]["group"] == group && !record["value"].is_null());
    of_group.map(|record| record["value"]["data"].clone()).collect()
}

fn assert_same(heard: &Generation, theirs: &Value) {
    assert_eq!(heard.generation, theirs["generation"], "{theirs}");
    assert_eq!(heard.protocol_type, theirs["protocolType"].as_str().unwrap_or_default(), "{theirs}");
    assert_eq!(heard.protocol, theirs["protocol"].as_str().unwrap_or_default(), "{theirs}");
    let since = heard.state_since.map(|at| at.since_unix().as_millis()).and_then(|millis| u64::try_from(millis).ok());
    assert_eq!(since, theirs["currentStateTimestamp"].as_u64(), "{theirs}");
    let members = theirs["members"].as_array().expect("a list");
    assert_eq!(heard.members.len(), members.len(), "{theirs}");
    for (member, their) in heard.members.iter().zip(members) {
        assert_eq!(member.member_id, their["memberId"].as_str().unwrap_or_default());
        assert_eq!(member.group_instance_id.as_deref(), their["groupInstanceId"].as_str());
        assert_eq!(member.client_id, their["clientId"].as_str().unwrap_or_default());
        assert_eq!(member.client_host, their["clientHost"].as_str().unwrap_or_default());
        assert_eq!(member.session_timeout_ms, their["sessionTimeout"]);
        assert_eq!(member.rebalance_timeout_ms, their["rebalanceTimeout"]);
    }
}

/// Members come and go in a classic group, and its coordinator moves meanwhile.
async fn classic(cluster: &Cluster, following: &Following) {
    let work =
        |instance: Option<&str>| Work { instance_id: instance.map(str::to_owned), ..Work::new("classic", &["jobs"]) };
    let first = Worker::start(cluster, work(Some("one")));
    following.until("a member", "classic", |said| !said.is_empty() && !is_empty(said)).await;
    for broker in cluster.ids().take(2) {
        cluster.move_coordinator("classic", broker).await;
        let before = following.until("anything", "classic", |_| true).await.len();
        let second = Worker::start(cluster, work(None));
        let is_pair = |said: &[Said]| generations(said).last().is_some_and(|last| last.members.len() == 2);
        following.until("a second member", "classic", |said| said.len() > before && is_pair(said)).await;
        second.stop().await;
        following.until("it to be gone", "classic", |said| !is_pair(said)).await;
    }
    // A static member leaves nothing behind when it stops: the others are told when its session is over.
    drop(first);
    let theirs = printed(cluster, "classic").await;
    let said = following.until("all of it", "classic", |said| generations(said).len() >= theirs.len()).await;
    let ours = generations(&said);
    assert!(ours.len() >= 5, "{ours:?}");
    for (heard, theirs) in ours.iter().zip(&theirs) {
        assert_same(heard, theirs);
    }
    let numbers: Vec<i32> = ours.iter().map(|heard| heard.generation).collect();
    // A coordinator that took over writes the group once more only when something changes.
    assert!(numbers.windows(2).all(|pair| pair[1] - pair[0] <= 1 && pair[1] >= pair[0]), "{numbers:?}");
}

/// A group of KIP-848 from its first member to its end.
async fn assigned_by_the_broker(cluster: &Cluster, following: &Following) {
    let work = Work { membership: Membership::Consumer, ..Work::new("modern", &["jobs"]) };
    let mut worker = Worker::start(cluster, work);
    worker.until_assigned(2).await;
    let is_assigned =
        |said: &[Said]| said.iter().any(|said| matches!(said, Said::AssignmentEpoch(epoch) if *epoch > 0));
    following.until("an assignment", "modern", is_assigned).await;
    worker.stop().await;
    let is_gone = |said: &Said| matches!(said, Said::MemberGone(_));
    let said = following.until("the member to be gone", "modern", |said| said.iter().any(is_gone)).await;
    let member = said.iter().find_map(|said| if let Said::Member(member) = said { Some(member) } else { None });
    let member = member.unwrap_or_else(|| panic!("no member in {said:?}"));
    assert_eq!(member.client_id, "highwater-test");
    assert!(member.rebalance_timeout_ms > 0 && member.client_host.ends_with("127.0.0.1"), "{member:?}");
    assert!(said.contains(&Said::MemberGone(member.member_id.clone())), "{said:?}");
    cluster.delete_group("modern").await.expect("it is empty");
    let said = following.until("its end", "modern", |said| said.contains(&Said::Deleted)).await;
    let epochs: Vec<i32> =
        said.iter().filter_map(|said| if let Said::Epoch(epoch) = said { Some(*epoch) } else { None }).collect();
    assert!(epochs.len() >= 2 && epochs.is_sorted(), "{said:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rebalances_are_heard_as_kafka_tells_them() {
    for version in [Version::Kafka4_3, Version::Kafka3_9] {
        let cluster = Cluster::start(Spec::new(version, 3)).await;
        cluster.create_topic("jobs", 2, 1).await;
        let following = Following::start(&cluster).await;
        classic(&cluster, &following).await;
        // Its librdkafka does not speak the early KIP-848 of 3.9.
        if version == Version::Kafka4_3 {
            assigned_by_the_broker(&cluster, &following).await;
        }
        following.end().await;
    }
}
