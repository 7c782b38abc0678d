//! The broker dies that coordinates half of the groups: once while all is quiet, and once while they rebalance. It is NOT about
//! what is shown of partitions that nobody leads (see `faults`).
//! Invariant: on no page is there a storm, or a rebalance more than coordinators speak of.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tokio::time::timeout;

use super::{
    Base, Scene, TOPIC, TOTAL, count, counts_are_the_coordinators, done_since, epochs_are_the_coordinators, is_storm,
};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker};
use crate::support::page::{Page, integer};
use crate::support::wait::eventually;

/// The first that exporters are told of.
const VICTIM: i32 = 1;
const PARTITIONS: i32 = 6;
/// Longer than others take to take over: who misses its coordinator for longer joins anew.
const SESSION: Duration = Duration::from_secs(20);
/// Between two looks at both exporters.
const PAUSE: Duration = Duration::from_millis(200);

/// How the members of a group are told of their partitions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Eager,
    Cooperative,
    Static,
    Modern,
}

impl Kind {
    /// librdkafka does not speak the early KIP-848 of 3.9.
    fn all(version: Version) -> &'static [Self] {
        let all = &[Self::Eager, Self::Cooperative, Self::Static, Self::Modern];
        if version == Version::Kafka4_3 { all } else { &all[..3] }
    }

    fn is_classic(self) -> bool {
        self != Self::Modern
    }
}

/// A group and its members.
struct Crew {
    group: String,
    kind: Kind,
    /// Whether the broker coordinates it that is going to die.
    is_orphan: bool,
    members: Vec<Worker>,
}

impl Crew {
    async fn start(cluster: &Cluster, kind: Kind, is_orphan: bool) -> Self {
        let mut number = 0;
        let group = loop {
            let group = format!("{kind:?}-{number}").to_lowercase();
            let coordinator = cluster.coordinator(&group).await.expect("every group has a coordinator");
            if (coordinator == VICTIM) == is_orphan {
                break group;
            }
            number += 1;
        };
        let mut crew = Self { group, kind, is_orphan, members: Vec::new() };
        crew.grow(cluster);
        crew
    }

    /// One member more.
    fn grow(&mut self, cluster: &Cluster) {
        let client_id = format!("{}-{}", self.group, self.members.len());
        let membership = match self.kind {
            Kind::Eager | Kind::Static => Membership::Classic("range"),
            Kind::Cooperative => Membership::Classic("cooperative-sticky"),
            Kind::Modern => Membership::Consumer,
        };
        let instance_id = (self.kind == Kind::Static).then(|| client_id.clone());
        let work = Work { membership, client_id, instance_id, session: SESSION, ..Work::new(&self.group, &[TOPIC]) };
        self.members.push(Worker::start(cluster, work));
    }

    /// Waits until each member has something to read, and nothing is left.
    async fn until_shared(&self) {
        eventually("partitions to be shared", || async {
            let counts: Vec<usize> = self.members.iter().map(|member| member.progress().assigned.len()).collect();
            let is_shared = counts.iter().sum::<usize>() == 6 && counts.iter().all(|count| *count > 0);
            if is_shared { Ok(()) } else { Err(format!("{}: {counts:?}", self.group)) }
        })
        .await;
    }
}

/// All groups, from where on each exporter counts them, and what it showed last.
struct Watch<'a> {
    crews: &'a [Crew],
    bases: &'a [Bases],
    /// Partitions that have a leader all the time.
    kept: BTreeSet<i32>,
    /// Answers that came too late before it began.
    late: BTreeMap<bool, i64>,
    last: RefCell<BTreeMap<(bool, String), i64>>,
}

struct Bases {
    following: Base,
    polling: Option<Base>,
}

impl Bases {
    async fn of(scene: &Scene, crew: &Crew) -> Self {
        let following = scene.base(&scene.following, &crew.group).await;
        // What polls find of a classic group has no number.
        let polling = if crew.kind.is_classic() { None } else { Some(scene.base(&scene.polling, &crew.group).await) };
        Self { following, polling }
    }
}

impl<'a> Watch<'a> {
    async fn new(scene: &Scene, crews: &'a [Crew], bases: &'a [Bases]) -> Self {
        let placements = scene.cluster.placements(TOPIC).await.expect("the partitions of the topic");
        let kept = placements.iter().filter(|(_, placement)| placement.leader.is_some_and(|leader| leader != VICTIM));
        let kept = kept.map(|(partition, _)| *partition).collect();
        let late = [(true, late(&scene.following.scrape().await)), (false, late(&scene.polling.scrape().await))];
        Self { crews, bases, kept, late: BTreeMap::from(late), last: RefCell::default() }
    }

    /// Looks at both exporters for as long as `doing` lasts.
    async fn over<T>(&self, scene: &Scene, doing: impl Future<Output = T>) -> T {
        let mut doing = std::pin::pin!(doing);
        loop {
            for (exporter, is_following) in [(&scene.following, true), (&scene.polling, false)] {
                let page = exporter.scrape().await;
                self.check(&page, is_following, &scene.cluster);
            }
            if let Ok(done) = timeout(PAUSE, &mut doing).await {
                return done;
            }
        }
    }

    /// The cluster is asked after the page was made, so that it knows of all that is on it.
    fn check(&self, page: &Page, is_following: bool, cluster: &Cluster) {
        assert_eq!(page.get("highwater_up", &[]), Some(1.0), "two brokers answer");
        let lags = page.by_partition("kafka_consumergroup_lag");
        for (crew, bases) in self.crews.iter().zip(self.bases) {
            let group = crew.group.as_str();
            assert_ne!(is_storm(page, group), Some(true), "{group}: {}", page.excerpt());
            if !page.all(TOTAL, &[("consumergroup", group)]).is_empty() {
                self.check_count(page, is_following, cluster, (crew, bases));
            }
            // Brokers that live answer in time, if the machine lets them; those that are dead refuse.
            let is_shown = !crew.is_orphan && self.late.get(&is_following) == Some(&late(page));
            for partition in self.kept.iter().filter(|_| is_shown) {
                let place = (group.to_owned(), TOPIC.to_owned(), *partition);
                assert!(lags.contains_key(&place), "{group} on {partition}:\n{}", page.excerpt());
            }
        }
    }

    fn check_count(&self, page: &Page, is_following: bool, cluster: &Cluster, (crew, bases): (&Crew, &Bases)) {
        let counted = count(page, &crew.group);
        let most = match (is_following, &bases.polling) {
            (true, None) => bases.following.count + done_since(cluster, &bases.following).0,
            (false, None) => i64::try_from(cluster.stabilized(&crew.group).len()).expect("few"),
            (_, Some(polling)) => {
                let base = if is_following { &bases.following } else { polling };
                let last = cluster.bumped(&crew.group).into_iter().max().expect("it has an epoch");
                base.count + i64::from(last - base.number)
            }
        };
        assert!(counted <= most, "{}: {counted} of {most}: {}", crew.group, page.excerpt());
        let before = self.last.borrow_mut().insert((is_following, crew.group.clone()), counted);
        assert!(before <= Some(counted), "{}: {counted} after {before:?}", crew.group);
    }
}

fn late(page: &Page) -> i64 {
    let failures = page.all("highwater_request_failures_total", &[("error", "timeout")]);
    failures.iter().map(|(_, count)| integer(*count)).sum()
}

/// Every rebalance is counted, and by one source.
async fn all_is_counted(scene: &Scene, bases: &[Bases]) {
    for Bases { following, polling } in bases {
        if let Some(polling) = polling {
            epochs_are_the_coordinators(&scene.following, &scene.cluster, following, "offsets").await;
            epochs_are_the_coordinators(&scene.polling, &scene.cluster, polling, "epoch").await;
        } else {
            counts_are_the_coordinators(scene, following).await;
        }
    }
}

/// Of each group who coordinates it, as an exporter has it, once that is one of `brokers` for those of `crews`.
async fn until_coordinated(exporter: &Exporter, crews: &[Crew], is_wanted: impl Fn(&Crew, i32) -> bool) {
    let is_so = |page: &Page| {
        crews.iter().all(|crew| {
            let told = page.all("kafka_consumergroup_info", &[("consumergroup", &crew.group)]);
            let broker = told.first().and_then(|(labels, _)| labels.get("coordinator")?.parse().ok());
            page.state(&crew.group).as_deref() == Some("Stable") && broker.is_some_and(|broker| is_wanted(crew, broker))
        })
    };
    exporter.until("groups to be coordinated", is_so).await;
}

/// New records are read and committed, and that is seen: at once by groups whose coordinator lives.
async fn until_committed(exporter: &Exporter, crews: &[Crew], partition: i32, end: i64) {
    let is_so = |page: &Page| {
        let committed = page.by_partition("kafka_consumergroup_current_offset");
        crews.iter().all(|crew| committed.get(&(crew.group.clone(), TOPIC.to_owned(), partition)) == Some(&end))
    };
    exporter.until("commits to be seen", is_so).await;
}

/// Nobody came or went, so that nothing is to be seen but the move.
async fn dies_while_all_is_quiet(scene: &mut Scene, crews: &mut [Crew], bases: &[Bases]) {
    let before = [comings(&scene.following.scrape().await), comings(&scene.polling.scrape().await)];
    let rebalances = |scene: &Scene| bases.iter().map(|of| scene.cluster.stabilized(&of.following.group)).collect();
    let rebalances_before: Vec<Vec<_>> = rebalances(scene);
    let watch = Watch::new(scene, crews, bases).await;
    let kept = *watch.kept.first().expect("others lead partitions");
    scene.cluster.kill(VICTIM);
    let doing = async {
        scene.cluster.produce(TOPIC, kept, 2).await;
        until_committed(&scene.following, crews, kept, 5).await;
        for exporter in [&scene.following, &scene.polling] {
            until_coordinated(exporter, crews, |_, broker| broker != VICTIM).await;
            exporter.after_polls(2).await;
        }
        all_is_counted(scene, bases).await;
    };
    watch.over(scene, doing).await;
    // A machine that stood still for a session may have made members leave; then there is something to be told.
    if rebalances_before == rebalances(scene) {
        let after = [comings(&scene.following.scrape().await), comings(&scene.polling.scrape().await)];
        assert_eq!(before, after, "nobody came or went");
    }
    // Those who took over can do it too.
    for crew in crews.iter_mut() {
        crew.grow(&scene.cluster);
    }
    let watch = Watch::new(scene, crews, bases).await;
    let doing = async {
        for crew in watch.crews {
            crew.until_shared().await;
        }
        all_is_counted(scene, bases).await;
    };
    watch.over(scene, doing).await;
}

/// Who joined and left which group so far.
fn comings(page: &Page) -> BTreeMap<String, i64> {
    let families = ["kafka_consumergroup_members_joined_total", "kafka_consumergroup_members_left_total"];
    let told = families.into_iter().flat_map(|family| {
        page.all(family, &[]).into_iter().map(move |(labels, value)| (format!("{family} {labels:?}"), integer(value)))
    });
    told.collect()
}

async fn dies_while_groups_rebalance(scene: &mut Scene, crews: &mut [Crew], bases: &[Bases]) {
    for crew in crews.iter_mut() {
        crew.grow(&scene.cluster);
    }
    let orphan = crews.iter().find(|crew| crew.is_orphan && crew.kind == Kind::Eager).expect("one of each");
    let settled = scene.cluster.stabilized(&orphan.group).iter().map(|one| one.generation).max();
    eventually("a rebalance to begin", || async {
        let last = scene.cluster.called(&orphan.group).into_iter().max();
        if last >= settled { Ok(()) } else { Err(format!("{last:?} of {settled:?}")) }
    })
    .await;
    let watch = Watch::new(scene, crews, bases).await;
    scene.cluster.kill(VICTIM);
    let doing = async {
        for crew in watch.crews {
            crew.until_shared().await;
        }
        for exporter in [&scene.following, &scene.polling] {
            until_coordinated(exporter, watch.crews, |_, broker| broker != VICTIM).await;
        }
        all_is_counted(scene, bases).await;
    };
    watch.over(scene, doing).await;
}

async fn a_coordinator_dies(version: Version) {
    // Twice as long as usual: on a slow machine no other broker shall be taken for dead.
    let mut properties = vec!["broker.session.timeout.ms=6000".to_owned()];
    properties.push(format!("group.consumer.session.timeout.ms={}", SESSION.as_millis()));
    let cluster = Cluster::start(Spec { properties, ..Spec::new(version, 3) }).await;
    cluster.create_topic(TOPIC, PARTITIONS, 3).await;
    for partition in 0..PARTITIONS {
        cluster.produce(TOPIC, partition, 3).await;
    }
    let mut scene = Scene::of(cluster).await;
    let mut crews = Vec::new();
    for kind in Kind::all(version) {
        for is_orphan in [true, false] {
            crews.push(Crew::start(&scene.cluster, *kind, is_orphan).await);
        }
    }
    let mut bases = Vec::new();
    for crew in &crews {
        crew.until_shared().await;
    }
    // What is said of a group before it is listed is not told, so there is something more to be said.
    until_coordinated(&scene.following, &crews, |_, _| true).await;
    for crew in &mut crews {
        crew.grow(&scene.cluster);
    }
    for crew in &crews {
        crew.until_shared().await;
        for exporter in [&scene.following, &scene.polling] {
            until_coordinated(exporter, &crews, |crew, broker| (broker == VICTIM) == crew.is_orphan).await;
        }
        bases.push(Bases::of(&scene, crew).await);
    }
    for partition in 0..PARTITIONS {
        until_committed(&scene.following, &crews, partition, 3).await;
        until_committed(&scene.polling, &crews, partition, 3).await;
    }
    all_is_counted(&scene, &bases).await;
    dies_while_all_is_quiet(&mut scene, &mut crews, &bases).await;

    // What it led comes back to it, and nobody dies of that.
    scene.cluster.start_broker(VICTIM).await;
    for exporter in [&scene.following, &scene.polling] {
        until_coordinated(exporter, &crews, |crew, broker| (broker == VICTIM) == crew.is_orphan).await;
    }
    all_is_counted(&scene, &bases).await;
    dies_while_groups_rebalance(&mut scene, &mut crews, &bases).await;

    let page = scene.following.after_polls(2).await;
    assert_eq!(page.get("highwater_offsets_topic_followed", &[]), Some(1.0), "{}", page.excerpt());
    for crew in &crews {
        assert_eq!(is_storm(&page, &crew.group), Some(false), "{}: {}", crew.group, page.excerpt());
    }
    scene.following.assert_unharmed();
    scene.polling.assert_unharmed();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_dies_makes_no_storm_on_kafka_4_3() {
    a_coordinator_dies(Version::Kafka4_3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_coordinator_that_dies_makes_no_storm_on_kafka_3_9() {
    a_coordinator_dies(Version::Kafka3_9).await;
}
