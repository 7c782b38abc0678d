//! How much a poll asks of Kafka: the same few requests every time, however many groups there are. It is NOT about how
//! long that takes.
//! Invariant: counted are whole polls, none in the middle.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::sleep;

use crate::support::config_file::{ConfigFile, clusters};
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Membership, Spec, Version, Work, Worker};
use crate::support::page::{Page, integer};
use crate::support::wait::eventually;

const BATCH: usize = 10;
const BROKERS: i64 = 3;

/// What is asked more often in some polls than in others.
const KINDS_OF_WISHES: [&str; 4] = ["ListOffsets", "OffsetForLeaderEpoch", "Fetch", "DescribeConfigs"];

type Counts = BTreeMap<String, i64>;

/// Requests by API, and how many polls they are of.
fn counts(page: &Page) -> (Counts, i64) {
    let requests = page.all("highwater_requests_total", &[]).into_iter();
    let by_api = requests.filter_map(|(labels, value)| Some((labels.get("api")?.clone(), integer(value))));
    (by_api.collect(), integer(page.get("highwater_polls_total", &[]).unwrap_or_default()))
}

/// The counts between two polls: they stand still for far longer than a poll takes to go on.
async fn between_polls(exporter: &Exporter, polls: i64) -> (Counts, i64) {
    eventually("a pause between polls", || async {
        let before = counts(&exporter.scrape().await);
        sleep(Duration::from_millis(400)).await;
        let after = counts(&exporter.scrape().await);
        if before == after && after.1 >= polls { Ok(after) } else { Err(format!("{before:?}, then {after:?}")) }
    })
    .await
}

/// Requests of one poll, out of several that must all be alike.
async fn of_one_poll(exporter: &Exporter) -> Counts {
    const POLLS: i64 = 4;
    let (before, first) = between_polls(exporter, 3).await;
    let (after, last) = between_polls(exporter, first + POLLS).await;
    let polls = last - first;
    let each = after.iter().map(|(api, count)| {
        let grown = count - before.get(api).copied().unwrap_or(0);
        let wishes = if KINDS_OF_WISHES.contains(&api.as_str()) { wishes_at_most(api, grown, polls) } else { 0 };
        let grown = grown - wishes;
        assert_eq!(grown % polls, 0, "{api}: {grown} requests in {polls} polls that are all alike");
        (api.clone(), grown / polls)
    });
    each.filter(|(_, count)| *count > 0).collect()
}

/// How many of so many requests were for what analysis wished for beyond what every poll asks: at most one per leader and
/// kind, of which ListOffsets has two.
fn wishes_at_most(api: &str, grown: i64, polls: i64) -> i64 {
    let (always, kinds) = if api == "ListOffsets" { (2 * BROKERS, 2) } else { (0, 1) };
    let wishes = grown - always * polls;
    assert!((0..=kinds * BROKERS * polls).contains(&wishes), "{api}: {grown} requests in {polls} polls");
    wishes
}

fn watching(cluster: &Cluster, more: &str) -> ConfigFile {
    let poll = format!("poll: {{interval: 2s, groups_per_request: {BATCH}}}\n");
    let text = poll + &clusters(&[("default", &cluster.bootstrap())]) + more;
    ConfigFile::new(&text)
}

async fn exporter(file: &ConfigFile) -> Exporter {
    let exporter = Exporter::start(&["--config", file.path()]).await;
    exporter.until("the first poll", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
    exporter
}

async fn spread_topics(cluster: &Cluster) {
    for topic in ["first", "second"] {
        cluster.create_topic(topic, 6, 3).await;
        cluster.produce(topic, 0, 10).await;
    }
}

/// How many requests it takes to ask every coordinator about its groups, `batch` at a time.
async fn batches(cluster: &Cluster, groups: &[String], batch: usize) -> i64 {
    let mut by_coordinator: BTreeMap<i32, usize> = BTreeMap::new();
    for group in groups {
        *by_coordinator.entry(cluster.coordinator(group).await.expect("a coordinator")).or_default() += 1;
    }
    let requests: usize = by_coordinator.values().map(|groups| groups.div_ceil(batch)).sum();
    i64::try_from(requests).expect("a small number")
}

fn expected(counts: &[(&str, i64)]) -> Counts {
    counts.iter().map(|(api, count)| ((*api).to_owned(), *count)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calm_poll_asks_in_batches() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    spread_topics(&cluster).await;
    let classic: Vec<String> = (0..45).map(|number| format!("classic-{number}")).collect();
    for group in &classic {
        cluster.commit(group, "first", 0, 5).await.expect("the commit is taken");
    }
    let consumer: Vec<String> = (0..3).map(|number| format!("kip-848-{number}")).collect();
    let members: Vec<Worker> = consumer
        .iter()
        .map(|group| Work { membership: Membership::Consumer, ..Work::new(group, &["second"]) })
        .map(|work| Worker::start(&cluster, work))
        .collect();
    let file = watching(&cluster, "");
    let exporter = exporter(&file).await;
    let committed =
        |page: &Page| consumer.iter().filter(|group| page.state(group).as_deref() == Some("Stable")).count();
    exporter.until("the members", |page| committed(page) == consumer.len()).await;

    let all: Vec<String> = classic.iter().chain(&consumer).cloned().collect();
    let wanted = expected(&[
        ("Metadata", 1),
        ("ListGroups", BROKERS),
        ("DescribeGroups", batches(&cluster, &classic, BATCH).await),
        ("ConsumerGroupDescribe", batches(&cluster, &consumer, BATCH).await),
        ("OffsetFetch", batches(&cluster, &all, BATCH).await),
        ("ListOffsets", 2 * BROKERS),
    ]);
    assert!(wanted["OffsetFetch"] > BROKERS, "no coordinator has more groups than one request holds: {wanted:?}");
    assert_eq!(of_one_poll(&exporter).await, wanted);
    // One for each connection, which stays, and perhaps one for each bootstrap address that was slower than another.
    let handshakes = exporter.scrape().await.get("highwater_requests_total", &[("api", "ApiVersions")]).map(integer);
    assert!(handshakes.is_some_and(|count| (BROKERS..2 * BROKERS).contains(&count)), "{handshakes:?}");
    drop(members);
}

/// Before Kafka 3.0 commits are asked for group by group, and all else as today.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_kafka_is_asked_for_commits_group_by_group() {
    let cluster = Cluster::start(Spec::new(Version::Kafka2_8, 3)).await;
    spread_topics(&cluster).await;
    let groups: Vec<String> = (0..15).map(|number| format!("classic-{number}")).collect();
    for group in &groups {
        cluster.commit(group, "first", 0, 5).await.expect("the commit is taken");
    }
    let file = watching(&cluster, "");
    let exporter = exporter(&file).await;
    let wanted = expected(&[
        ("Metadata", 1),
        ("ListGroups", BROKERS),
        ("DescribeGroups", batches(&cluster, &groups, BATCH).await),
        ("OffsetFetch", i64::try_from(groups.len()).expect("a small number")),
        ("ListOffsets", 2 * BROKERS),
    ]);
    assert_eq!(of_one_poll(&exporter).await, wanted);
}

/// Asking for a topic by name creates it where Kafka may, unless one asks not to.
#[tokio::test(flavor = "multi_thread")]
async fn asking_creates_no_topic() {
    let properties = vec!["auto.create.topics.enable=true".to_owned()];
    let cluster = Cluster::start(Spec { properties, ..Spec::new(Version::Kafka4_3, 1) }).await;
    cluster.create_topic("present", 1, 1).await;
    cluster.commit("reader", "present", 0, 0).await.expect("the commit is taken");
    let file = watching(&cluster, "    topics: {include: [present, absent]}\n");
    let exporter = exporter(&file).await;
    let page = exporter.after_polls(2).await;
    assert_eq!(page.get("kafka_topic_partitions", &[("topic", "present")]), Some(1.0));
    assert!(page.telling_of("topic", "absent").is_empty());
    let topics = || async {
        let printed = cluster.tool("TopicCommand", &["--list"]).await.expect("Kafka lists its topics");
        printed.lines().any(|topic| topic == "absent")
    };
    assert!(!topics().await, "we created a topic");
    // The same question without asking not to: so this Kafka would have.
    cluster.placements("absent").await.expect("an answer");
    eventually("Kafka to create a topic", || async { if topics().await { Ok(()) } else { Err("it is not there") } })
        .await;
}
