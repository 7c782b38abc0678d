//! Groups that rebalance on real brokers, all at once: which of them are in a storm, why, and how often each rebalanced,
//! beside what their coordinator wrote in its own log. It is NOT about how soon a storm is found.
//! Invariant: what is counted exactly is what the coordinator counted, no more and no less.

mod failover;

use std::collections::BTreeSet;
use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use tokio::time::sleep;

use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Membership, Scripted, Spec, Version, Work, Worker};
use crate::support::page::{Page, integer};
use crate::support::wait::eventually;

const TOPIC: &str = "jobs";
const DEPLOYED: usize = 6;
const TOTAL: &str = "kafka_consumergroup_rebalances_total";
const ABORTED: &str = "kafka_consumergroup_rebalances_aborted_total";

/// A cluster and two exporters: one that may read the offsets topic, and one that is told not to.
struct Scene {
    cluster: Cluster,
    following: Exporter,
    polling: Exporter,
}

/// From where on an exporter counts the rebalances of a group.
#[derive(Clone, Debug)]
struct Base {
    group: String,
    /// A generation, or a group epoch.
    number: i32,
    count: i64,
    aborted: i64,
}

impl Scene {
    async fn of(cluster: Cluster) -> Self {
        let (following, polling) = (watching(&cluster, "on").await, watching(&cluster, "off").await);
        let is_followed = |page: &Page| page.get("highwater_offsets_topic_followed", &[]) == Some(1.0);
        following.until("the offsets topic to be followed", is_followed).await;
        following.after_polls(1).await;
        Self { cluster, following, polling }
    }

    fn start(&self, work: Work) -> Worker {
        Worker::start(&self.cluster, work)
    }

    /// Waits until the last rebalance of a classic group was one of so many members.
    async fn until_members(&self, group: &str, count: usize) {
        eventually("members to be missed", || async {
            let all = self.cluster.stabilized(group);
            if all.last().is_some_and(|last| last.member_count == count) { Ok(()) } else { Err(format!("{all:?}")) }
        })
        .await;
    }

    /// Waits until the exporter knows a number of the group.
    async fn base(&self, exporter: &Exporter, group: &str) -> Base {
        eventually("a generation to be heard", || async {
            let (_, body) = exporter.ask(Method::GET, &format!("/api/v1/clusters/real/groups/{group}")).await;
            base(group, &body).ok_or_else(|| format!("{body}\n{}", exporter.log()))
        })
        .await
    }
}

fn base(group: &str, body: &str) -> Option<Base> {
    let told: Value = serde_json::from_str(body).ok()?;
    let told = told.get("rebalances")?;
    let number = i32::try_from(told.get("epoch")?.as_i64()?).ok()?;
    let counts = told.get("count_by_source")?.as_object()?;
    let count = counts.values().filter_map(Value::as_i64).sum();
    Some(Base { group: group.to_owned(), number, count, aborted: told.get("aborted")?.as_i64().unwrap_or(0) })
}

async fn watching(cluster: &Cluster, offsets_topic: &str) -> Exporter {
    let exporter = Exporter::configured(&format!(
        "clusters: [{{name: real, properties: {{bootstrap.servers: \"{}\"}}, offsets_topic: {offsets_topic}}}]\n\
         poll: {{interval: 1s}}\nlisten: 127.0.0.1:0\n",
        cluster.bootstrap()
    ))
    .await;
    exporter.until("the first poll", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
    exporter
}

fn count(page: &Page, group: &str) -> i64 {
    page.all(TOTAL, &[("consumergroup", group)]).iter().map(|(_, count)| integer(*count)).sum()
}

fn is_storm(page: &Page, group: &str) -> Option<bool> {
    page.get("kafka_consumergroup_rebalance_storm", &[("consumergroup", group)]).map(|value| value == 1.0)
}

fn is_rollout(page: &Page, group: &str) -> bool {
    page.get("kafka_consumergroup_rollout_in_progress", &[("consumergroup", group)]) == Some(1.0)
}

/// What tells members apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    /// Nothing: one client id for all, as threads of one process have.
    Alike,
    /// A client id of its own for each.
    Apart,
    /// A `group.instance.id` for each: they are missed only after their session.
    Static,
}

/// A group of six that is deployed: each is stopped, and another started in its place, one after the other.
struct Deployed {
    group: &'static str,
    assignor: &'static str,
    named: Named,
    members: Vec<Worker>,
}

impl Deployed {
    async fn start(cluster: &Cluster, group: &'static str, assignor: &'static str, named: Named) -> Self {
        let mut deployed = Self { group, assignor, named, members: Vec::new() };
        for number in 0..DEPLOYED {
            deployed.members.push(Worker::start(cluster, deployed.work(number)));
        }
        for member in &mut deployed.members {
            member.until_assigned(1).await;
        }
        deployed
    }

    fn work(&self, number: usize) -> Work {
        let own = format!("{}-{number}", self.group);
        let client_id = if self.named == Named::Alike { self.group.to_owned() } else { own.clone() };
        let instance_id = (self.named == Named::Static).then_some(own);
        let membership = Membership::Classic(self.assignor);
        Work { membership, client_id, instance_id, ..Work::new(self.group, &[TOPIC]) }
    }

    async fn restart(&mut self, scene: &Scene) -> Base {
        let mut known = None;
        for number in 0..DEPLOYED {
            self.members.remove(0).stop().await;
            if self.named == Named::Alike {
                // One rebalance for who went, and another for who comes.
                scene.until_members(self.group, DEPLOYED - 1).await;
            }
            let mut new = scene.start(self.work(number));
            new.until_assigned(1).await;
            self.members.push(new);
            if known.is_none() {
                known = Some(scene.base(&scene.following, self.group).await);
            }
        }
        if self.named != Named::Static {
            scene.following.until("a rollout", |page| is_rollout(page, self.group)).await;
        }
        known.expect("somebody was restarted")
    }
}

/// One of two takes too long over a record again and again.
async fn slow(scene: &Scene) -> (Base, Vec<Worker>) {
    const GROUP: &str = "slow";
    let work = Work { commit_interval: None, ..Work::new(GROUP, &[TOPIC]) };
    let mut good = scene.start(Work { client_id: "good".to_owned(), ..work.clone() });
    good.until_assigned(DEPLOYED).await;
    let base = scene.base(&scene.following, GROUP).await;
    let bad = Work { client_id: "bad".to_owned(), exceeds: Some(Duration::from_secs(5)), ..work };
    let bad = scene.start(bad);
    until_storm(&scene.following, GROUP, "max_poll_exceeded").await;
    // Its members have other names each time, and that is seen without the log too.
    scene.polling.until("a storm", |page| is_storm(page, GROUP) == Some(true)).await;
    bad.stop().await;
    (base, vec![good])
}

/// One of two is killed soon after each start, and started again later and later.
async fn crashing(scene: &Scene) -> (Base, Vec<Worker>) {
    const GROUP: &str = "crashing";
    let mut good = scene.start(Work { client_id: "good".to_owned(), ..Work::new(GROUP, &[TOPIC]) });
    good.until_assigned(DEPLOYED).await;
    let base = scene.base(&scene.following, GROUP).await;
    for pause in [3, 4, 5] {
        let session = Duration::from_secs(1);
        drop(Scripted::join(&scene.cluster, GROUP, "bad", session).await.expect("a place in the group"));
        scene.until_members(GROUP, 1).await;
        sleep(Duration::from_secs(pause)).await;
    }
    until_storm(&scene.following, GROUP, "crash_loop").await;
    (base, vec![good])
}

/// The only member joins again and again as who it is.
async fn rejoining(scene: &Scene) -> (Base, Scripted) {
    const GROUP: &str = "rejoining";
    let session = Duration::from_mins(5);
    let mut only = Scripted::join(&scene.cluster, GROUP, "only", session).await.expect("a place in the group");
    let base = scene.base(&scene.following, GROUP).await;
    for _ in 0..8 {
        only.rejoin().await.expect("its place in the group");
        sleep(Duration::from_millis(100)).await;
    }
    until_storm(&scene.following, GROUP, "rejoin_loop").await;
    (base, only)
}

/// The broker assigns, and members come and go. What each exporter counts from.
async fn assigned_by_the_broker(scene: &Scene) -> ([Base; 2], Worker) {
    const GROUP: &str = "modern";
    let work = Work { membership: Membership::Consumer, ..Work::new(GROUP, &[TOPIC]) };
    let mut first = scene.start(work.clone());
    first.until_assigned(DEPLOYED).await;
    let bases = [scene.base(&scene.following, GROUP).await, scene.base(&scene.polling, GROUP).await];
    for _ in 0..2 {
        let mut second = scene.start(work.clone());
        second.until_assigned(DEPLOYED / 2).await;
        second.stop().await;
        first.until_assigned(DEPLOYED).await;
    }
    (bases, first)
}

async fn until_storm(exporter: &Exporter, group: &str, cause: &str) {
    let labels = [("consumergroup", group), ("cause", cause)];
    let is_so = |page: &Page| page.get("kafka_consumergroup_rebalance_storm_info", &labels) == Some(1.0);
    exporter.until("a storm and its cause", is_so).await;
}

/// Since a base, how many rebalances of a classic group its coordinators speak of, and how many of them were overtaken. Two
/// coordinators may speak of the same, where the first died before it was written.
fn done_since(cluster: &Cluster, base: &Base) -> (i64, i64) {
    let is_later = |generation: &i32| *generation > base.number;
    let all = cluster.stabilized(&base.group).into_iter().map(|one| one.generation).filter(is_later);
    let done = cluster.assigned(&base.group).into_iter().filter(is_later);
    let count = |generations: BTreeSet<i32>| i64::try_from(generations.len()).expect("few");
    let (all, done) = (count(all.collect()), count(done.collect()));
    (all, all - done)
}

/// What was counted of a classic group from a base on is what its coordinator says.
async fn counts_are_the_coordinators(scene: &Scene, base: &Base) {
    let group = base.group.as_str();
    let page = eventually("all rebalances to be counted", || async {
        let page = scene.following.scrape().await;
        let truth = done_since(&scene.cluster, base);
        let aborted = page.get(ABORTED, &[("consumergroup", group)]).map(integer).unwrap_or_default();
        let told = (count(&page, group) - base.count, aborted - base.aborted);
        let all = || scene.cluster.stabilized(group);
        if told == truth { Ok(page) } else { Err(format!("{told:?} of {truth:?} from {base:?}: {:?}", all())) }
    })
    .await;
    assert_eq!(page.all(TOTAL, &[("consumergroup", group)]).len(), 1, "one source: {}", page.excerpt());
    // Polls find some of them, and never one that was not.
    let polled = count(&scene.polling.scrape().await, group);
    let all = scene.cluster.stabilized(group).len();
    assert!(usize::try_from(polled).is_ok_and(|polled| polled <= all), "{polled} of {all}");
}

async fn epochs_are_the_coordinators(exporter: &Exporter, cluster: &Cluster, base: &Base, source: &str) {
    eventually("all epochs to be counted", || async {
        let page = exporter.scrape().await;
        let epochs = cluster.bumped(&base.group);
        // Coordinators may have spoken in turn.
        let more = epochs.iter().max().map(|last| i64::from(last - base.number));
        let told = count(&page, &base.group) - base.count;
        let by_source = page.get(TOTAL, &[("consumergroup", &base.group), ("source", source)]);
        let has_source = told == 0 || by_source > Some(0.0);
        if more == Some(told) && has_source { Ok(()) } else { Err(format!("{told} from {base:?} of {epochs:?}")) }
    })
    .await;
}

async fn groups_that_rebalance(version: Version) {
    let cluster = Cluster::start(Spec::new(version, 1)).await;
    cluster.create_topic(TOPIC, 6, 1).await;
    for partition in 0..6 {
        cluster.produce(TOPIC, partition, 3).await;
    }
    let (mut eager, mut cooperative, mut fixed) = tokio::join!(
        Deployed::start(&cluster, "deployed", "range", Named::Alike),
        Deployed::start(&cluster, "deployed-cooperatively", "cooperative-sticky", Named::Apart),
        Deployed::start(&cluster, "deployed-static", "range", Named::Static),
    );
    let mut scene = Scene::of(cluster).await;
    // librdkafka does not speak the early KIP-848 of 3.9.
    let modern = async { if version == Version::Kafka4_3 { Some(assigned_by_the_broker(&scene).await) } else { None } };
    let (eager_base, cooperative_base, fixed_base, slow, crashing, rejoining, modern) = tokio::join!(
        eager.restart(&scene),
        cooperative.restart(&scene),
        fixed.restart(&scene),
        slow(&scene),
        crashing(&scene),
        rejoining(&scene),
        modern,
    );
    for base in [&eager_base, &cooperative_base, &fixed_base, &slow.0, &crashing.0, &rejoining.0] {
        counts_are_the_coordinators(&scene, base).await;
    }
    if let Some(([following, polling], _)) = &modern {
        epochs_are_the_coordinators(&scene.following, &scene.cluster, following, "offsets").await;
        epochs_are_the_coordinators(&scene.polling, &scene.cluster, polling, "epoch").await;
    }
    // A storm is told for ten minutes after its end at least, so what is none now never was one.
    let (following, polling) = (scene.following.after_polls(2).await, scene.polling.after_polls(2).await);
    for calm in ["deployed", "deployed-cooperatively", "deployed-static"] {
        assert_eq!(is_storm(&following, calm), Some(false), "{calm}: {}", following.excerpt());
        assert_eq!(is_storm(&polling, calm), Some(false), "{calm}: {}", polling.excerpt());
    }
    assert_eq!(is_storm(&polling, "rejoining"), Some(false), "nobody comes or goes: {}", polling.excerpt());
    scene.following.assert_unharmed();
    scene.polling.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn storms_and_their_counts_on_kafka_4_3() {
    groups_that_rebalance(Version::Kafka4_3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn storms_and_their_counts_on_kafka_3_9() {
    groups_that_rebalance(Version::Kafka3_9).await;
}
