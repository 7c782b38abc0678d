//! One broker of three is away: dead, or silent. It is NOT about clusters that lost their quorum (see `outage`).
//! Invariant: the broker costs its own partitions and groups, for as long as nobody else has them, and nothing else.

use std::collections::BTreeSet;

use super::equality::assert_equal;
use super::standing::{LONE, Standing, TOPIC_NAMES, spec, watched};
use crate::support::exporter::Exporter;
use crate::support::kafka::Cluster;
use crate::support::page::Page;

/// The first bootstrap address, which is where the exporter came in.
const VICTIM: i32 = 1;

/// Written to a partition that is not the victim's, while that is away.
const FRESH_RECORDS: u32 = 7;

const POLL_TIMEOUT_SECONDS: f64 = 10.0;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// Its port refuses connections.
    Killed,
    /// Its port accepts them, and never answers.
    Paused,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_dead() {
    one_broker_away(Fault::Killed).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_silent() {
    one_broker_away(Fault::Paused).await;
}

async fn one_broker_away(fault: Fault) {
    // Longer than usual, so that there is time to see what is shown before the others take over.
    let mut slow_takeover = spec();
    slow_takeover.properties.push("broker.session.timeout.ms=6000".to_owned());
    let mut cluster = Cluster::start(slow_takeover).await;
    let mut standing = Standing::arrange(&cluster).await;
    let mut exporter = watching(&cluster).await;
    exporter.until("all to be known", |page| standing.is_complete(page)).await;
    let pid = exporter.pid();
    let lost = leader_of_lone(&cluster, |leader| leader == VICTIM).await;
    let kept = leader_of_lone(&cluster, |leader| leader != VICTIM).await;

    match fault {
        Fault::Killed => cluster.kill(VICTIM),
        Fault::Paused => cluster.pause(VICTIM),
    }
    let (orphans, _) = standing.groups_by(VICTIM);
    let sound = |page: &Page| {
        standing.check(page);
        assert_in_time(page);
    };
    watched(&exporter, sound, async {
        let is_unknown = |page: &Page| orphans.iter().all(|group| page.state(group).as_deref() == Some("Unknown"));
        exporter.until("groups of the lost coordinator to be unknown", is_unknown).await;
        exporter.after_polls(1).await;
    })
    .await;

    standing.may_grow(LONE, kept, FRESH_RECORDS);
    let without_the_lost = |page: &Page| {
        standing.check(page);
        assert_in_time(page);
        assert_absent(page, &standing, lost);
        assert_shown(page, &standing, kept);
    };
    watched(&exporter, without_the_lost, async {
        let polls = |page: &Page| page.get("highwater_polls_total", &[]);
        let polls_before = polls(&exporter.scrape().await);
        cluster.produce(LONE, kept, u64::from(FRESH_RECORDS)).await;
        let is_fresh = |page: &Page| {
            let (_, others) = standing.groups_by(VICTIM);
            others.iter().all(|group| lag(page, group, kept) == Some(standing.lag(group, LONE, kept)))
        };
        exporter.until("new records to count while the broker is away", is_fresh).await;
        let is_taken_over =
            |page: &Page| page.by_partition("kafka_consumergroup_lag").len() == standing.groups.len() * 8;
        let page = exporter.until("all but one partition to be known again", is_taken_over).await;
        assert!(polls(&page) > polls_before, "polls end while a broker is away");
    })
    .await;

    standing.has_grown();
    match fault {
        Fault::Killed => cluster.start_broker(VICTIM).await,
        Fault::Paused => cluster.resume(VICTIM),
    }
    let back = exporter.until("all to be known again", |page| standing.is_complete(page));
    let page = watched(&exporter, |page| standing.check(page), back).await;
    assert_equal(&cluster, &page, &TOPIC_NAMES).await;
    assert_eq!(exporter.pid(), pid);
    exporter.assert_unharmed();
}

async fn watching(cluster: &Cluster) -> Exporter {
    let bootstrap = cluster.bootstrap();
    Exporter::configured(&format!(
        "poll: {{interval: 200ms, timeout: {POLL_TIMEOUT_SECONDS}s, request_timeout: 2s}}\n\
         clusters: [{{name: faulty, properties: {{bootstrap.servers: \"{bootstrap}\"}}}}]\n"
    ))
    .await
}

async fn leader_of_lone(cluster: &Cluster, is_wanted: impl Fn(i32) -> bool) -> i32 {
    let placements = cluster.placements(LONE).await.expect("the partitions of the topic");
    let leaders: BTreeSet<_> = placements.values().filter_map(|placement| placement.leader).collect();
    assert_eq!(leaders, cluster.ids().collect(), "each broker leads one partition");
    let found = placements.iter().find(|(_, placement)| placement.leader.is_some_and(&is_wanted));
    *found.expect("a partition with such a leader").0
}

fn lag(page: &Page, group: &str, partition: i32) -> Option<i64> {
    page.by_partition("kafka_consumergroup_lag").get(&(group.to_owned(), LONE.to_owned(), partition)).copied()
}

/// By the exporter's own word.
fn assert_in_time(page: &Page) {
    let seconds = page.get("highwater_poll_duration_seconds", &[]);
    assert!(seconds.is_some_and(|seconds| seconds <= POLL_TIMEOUT_SECONDS), "the last poll took {seconds:?} s");
    assert_eq!(page.get("highwater_up", &[]), Some(1.0), "two brokers answer");
}

fn assert_absent(page: &Page, standing: &Standing, lost: i32) {
    for group in standing.groups.keys() {
        assert_eq!(lag(page, group, lost), None, "{group} on a partition that nobody has");
    }
}

/// What the other brokers have, for the groups that they coordinate, is there at all times.
fn assert_shown(page: &Page, standing: &Standing, kept: i32) {
    let (_, others) = standing.groups_by(VICTIM);
    for group in others {
        assert!(lag(page, group, kept).is_some(), "{group} on a partition that is there:\n{}", page.excerpt());
    }
}
