//! The follower of the offsets topic beside another client that reads the same records. It is NOT the exporter, which
//! only hands on what it hears.
//! Invariant: what has to be heard is what is in the log.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use highwater::app::SystemClock;
use highwater::client::{FollowState, Listener, follower};
use highwater::config::{ClusterConfig, Config, NameFilter, OffsetsTopic, Overrides};
use highwater::model::{Clock, Heard, Moment, Said, Timestamp};
use highwater::wire::{OffsetsRecord, offsets_record};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::records::read;
use super::scene::Scene;
use crate::support::kafka::offsets_partition;
use crate::support::wait::{PATIENCE, eventually};

const TOPIC: &str = "__consumer_offsets";
const PARTITIONS: usize = 50;

/// A group that rebalances every nine seconds.
const STORMING: &str = "clickhouse-loader";
/// One that never does.
const PEACEFUL: &str = "order-fulfilment";
/// One that nobody is in.
const EMPTY: &str = "invoice-mailer";

fn config(bootstrap: &str) -> ClusterConfig {
    Config::from_flags(bootstrap, &Overrides::default()).expect("a cluster").clusters.remove(0)
}

/// A follower that runs, and ends with this.
struct Following {
    listener: Listener,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Following {
    fn start(config: &ClusterConfig) -> Self {
        let (follower, listener) = follower(config, Arc::new(SystemClock::default()));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(follower.run(stopped));
        Self { listener, stop, tasks }
    }

    async fn until(&self, what: &str, is_expected: impl FnMut(&FollowState) -> bool) {
        let waited = timeout(PATIENCE, self.listener.until(is_expected)).await;
        assert!(waited.is_ok(), "waited in vain for {what}: {:?}", self.listener.state());
    }

    async fn end(mut self) {
        self.stop.send_replace(true);
        let ended = timeout(PATIENCE, self.tasks.join_next()).await;
        assert!(matches!(ended, Ok(Some(Ok(())))), "{ended:?}");
    }
}

/// What the log says of a group, read from its start.
async fn logged(scene: &Scene, group: &'static str) -> Vec<Heard> {
    let bootstrap = scene.bootstrap();
    let partition = offsets_partition(group, PARTITIONS);
    let reading = tokio::task::spawn_blocking(move || read(&bootstrap, TOPIC, partition, "read_committed"));
    let mut heard = Vec::new();
    for record in reading.await.expect("it can be read") {
        let key = record.key.expect("every record has a key");
        let millis = u64::try_from(record.timestamp).expect("a time");
        match offsets_record(&key, record.value.as_deref()).expect("every record can be read") {
            OffsetsRecord::Said { group: of, said } if of == group => {
                heard.push(Heard { appended: Some(Timestamp::from_unix(Duration::from_millis(millis))), said });
            }
            OffsetsRecord::Unknown => panic!("a record of a version nobody knows: {key:?}"),
            _ => {}
        }
    }
    heard
}

/// What was heard so far, by group.
#[derive(Default)]
struct Account {
    since: Option<Moment>,
    heard: BTreeMap<String, Vec<Heard>>,
    commits: BTreeMap<String, Timestamp>,
}

impl Account {
    /// Takes in what is new; everything is heard since the same moment.
    fn take(&mut self, listener: &Listener) {
        let followed = listener.take();
        assert!(followed.since.is_some() && (self.since.is_none() || self.since == followed.since), "{followed:?}");
        self.since = followed.since;
        for group in followed.groups {
            assert!(!group.is_cut, "{group:?}");
            self.commits.extend(group.last_commit.map(|at| (group.id.to_string(), at)));
            self.heard.entry(group.id.to_string()).or_default().extend(group.heard);
        }
    }

    fn generations(&self, group: &str) -> Vec<i32> {
        self.heard.get(group).into_iter().flatten().filter_map(generation).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_generation_is_heard_from_the_first_poll_on() {
    let scene = Scene::at("2m", &["healthy", "storm-no-membership-change"]).await;
    let following = Following::start(&config(&scene.bootstrap()));
    assert_eq!(following.listener.state(), FollowState::Off);
    assert_eq!(following.listener.take().since, None);
    following.until("the start", |state| *state == FollowState::Following).await;
    let account = Mutex::new(Account::default());
    // This log keeps what is superseded for a minute, and a rebalance comes every nine seconds.
    for _ in 0..30 {
        scene.pass("4s").await;
        let truth = scene.truth().await;
        let storming = truth.group(STORMING).expect("it is there");
        if storming.state != "Stable" {
            continue;
        }
        eventually("the present generation to be heard", || async {
            let mut account = account.lock().expect("one thread at a time");
            account.take(&following.listener);
            let heard = account.generations(STORMING);
            if heard.last() == Some(&storming.generation) { Ok(()) } else { Err(format!("{heard:?}: {storming:?}")) }
        })
        .await;
    }
    let account = account.into_inner().expect("one thread at a time");
    let numbers = account.generations(STORMING);
    assert!(numbers.len() >= 12 && numbers.windows(2).all(|pair| pair[1] == pair[0] + 1), "{numbers:?}");
    assert_eq!(account.heard[STORMING].last(), logged(&scene, STORMING).await.last());
    // A group that has peace commits, and no more.
    assert_eq!(account.heard[PEACEFUL], []);
    assert!(account.commits.contains_key(PEACEFUL), "{:?}", account.commits);
    following.end().await;
}

fn generation(heard: &Heard) -> Option<i32> {
    if let Said::Generation(generation) = &heard.said { Some(generation.generation) } else { None }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_group_is_heard_and_groups_that_are_not_watched_are_not() {
    let scene = Scene::at("2m", &["healthy", "storm-no-membership-change"]).await;
    let mut config = config(&scene.bootstrap());
    config.groups = NameFilter::new(&[".*"], &[STORMING]).expect("patterns");
    let following = Following::start(&config);
    drop(following.listener.take());
    following.until("the start", |state| *state == FollowState::Following).await;
    scene.pass("1m").await;
    scene.happens(&json!({"delete_group": {"group": EMPTY}})).await;
    eventually("the end of the group", || async {
        let followed = following.listener.take();
        assert!(followed.groups.iter().all(|group| group.id.as_str() != STORMING), "{followed:?}");
        let mut heard = followed.groups.into_iter().filter(|group| group.id.as_str() == EMPTY);
        let is_deleted = heard.any(|group| group.heard.iter().any(|heard| heard.said == Said::Deleted));
        if is_deleted { Ok(()) } else { Err("not yet") }
    })
    .await;
    following.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_not_be_read_is_left_alone() {
    let scene = Scene::at("2m", &["healthy"]).await;
    let following = Following::start(&config(&scene.bootstrap()));
    drop(following.listener.take());
    following.until("the start", |state| *state == FollowState::Following).await;
    assert!(following.listener.take().since.is_some());
    // The right is taken away while it reads, which a request that is under way already does not notice.
    scene.happens(&json!({"hide": {"topic": TOPIC}})).await;
    scene.pass("1m").await;
    following.until("the refusal", |state| *state == FollowState::NoRight).await;
    assert_eq!(following.listener.take().since, None);
    following.end().await;
    // And from the beginning.
    let following = Following::start(&config(&scene.bootstrap()));
    drop(following.listener.take());
    following.until("the refusal", |state| *state == FollowState::NoRight).await;
    assert_eq!(following.listener.take().since, None);
    following.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_followed_unless_wanted() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let off = ClusterConfig { offsets_topic: OffsetsTopic::Off, ..config("127.0.0.1:1") };
    let (never, listener) = follower(&off, Arc::clone(&clock));
    assert_eq!(listener.take().since, None);
    let (_stop, stopped) = watch::channel(false);
    timeout(PATIENCE, never.run(stopped)).await.expect("there is nothing to do for it");
    assert_eq!(listener.state(), FollowState::Off);
    // Nobody listens, and nobody answers either, which would fail it.
    let (waiting, listener) = follower(&config("127.0.0.1:1"), clock);
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(waiting.run(stopped));
    stop.send_replace(true);
    assert!(timeout(PATIENCE, tasks.join_next()).await.is_ok());
    assert_eq!(listener.state(), FollowState::Off);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_answers_it_says_so_and_still_ends_when_told() {
    let following = Following::start(&config("127.0.0.1:1"));
    drop(following.listener.take());
    following.until("the failure", |state| matches!(state, FollowState::Failed(_))).await;
    assert_eq!(following.listener.take().since, None);
    following.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_without_leader_is_left_out_and_the_others_are_heard() {
    let scene = Scene::at("2m", &["healthy", "storm-no-membership-change"]).await;
    let partition = offsets_partition(PEACEFUL, PARTITIONS);
    assert_ne!(partition, offsets_partition(STORMING, PARTITIONS));
    scene.happens(&json!({"lose_leader": {"topic": TOPIC, "partition": partition}})).await;
    let following = Following::start(&config(&scene.bootstrap()));
    drop(following.listener.take());
    following.until("the start", |state| *state == FollowState::Following).await;
    let followed = following.listener.take();
    assert!(followed.since.is_some() && followed.silence.is_none(), "{followed:?}");
    let hears = [PEACEFUL, STORMING].map(|group| followed.hears(&group.into()));
    assert_eq!(hears, [false, true]);
    scene.pass("20s").await;
    let account = Mutex::new(Account::default());
    eventually("a generation", || async {
        let mut account = account.lock().expect("one thread at a time");
        account.take(&following.listener);
        if account.generations(STORMING).is_empty() { Err("not yet") } else { Ok(()) }
    })
    .await;
    following.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_follows_ends_no_earlier_than_its_thread() {
    let scene = Scene::at("2m", &["healthy"]).await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
    let (follower, listener) = follower(&config(&scene.bootstrap()), Arc::clone(&clock));
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(follower.run(stopped));
    drop(listener.take());
    timeout(PATIENCE, listener.until(|state| *state == FollowState::Following)).await.expect("it begins");
    stop.send_replace(true);
    assert!(timeout(PATIENCE, tasks.join_next()).await.is_ok());
    drop(listener);
    assert_eq!(Arc::strong_count(&clock), 1, "the thread has let go of it");
}
