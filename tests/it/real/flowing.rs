//! Lag while thousands of records a second flow past. It is NOT about exact numbers in flight, which nobody can know:
//! bounds for them come from what producer and consumers count themselves.
//! Invariant: the bounds are counted in polls of the exporter, not in seconds, so that a slow machine widens both.

use std::collections::BTreeMap;
use std::time::Duration;

use super::equality::assert_equal;
use crate::support::exporter::Exporter;
use crate::support::kafka::{Cluster, Spec, Traffic, Version, Work, Worker};
use crate::support::page::{Page, integer};

const TOPIC: &str = "flow";
const PARTITIONS: i32 = 6;
const PER_SECOND: u32 = 3000;
const POLL_INTERVAL: Duration = Duration::from_millis(200);
/// Twenty seconds of them.
const POLLS: i64 = 100;

/// A page shows the poll that its counter names, or one or two off: the counter is written after the report, and
/// read after the page is rendered. The commits in it were read while that poll lasted.
const POLLS_BACK: i64 = 4;
/// The ends that lag is estimated from are those of that poll and the one before.
const POLLS_BACK_ENDS: i64 = POLLS_BACK + 1;
/// The producer hears of a written record later than consumers may read it: by less than a second.
const POLLS_AHEAD: i64 = 5;
/// A commit is due every interval and reaches the coordinator some time later: by less than a second.
const COMMIT_DELAY: Duration = Duration::from_secs(1);
/// A caught-up group may lag two records on each partition, as the exporter defines it.
const MARKERS: i64 = 2 * PARTITIONS as i64;

/// What was counted around one scrape.
struct Sample {
    polls: i64,
    delivered: i64,
    read: BTreeMap<&'static str, i64>,
    page: Page,
}

const OFTEN: (&str, Duration) = ("often", Duration::from_millis(200));
const SELDOM: (&str, Duration) = ("seldom", Duration::from_secs(5));

#[tokio::test(flavor = "multi_thread")]
async fn lag_of_groups_that_keep_pace_and_of_one_that_stopped() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    cluster.create_topic(TOPIC, PARTITIONS, 1).await;
    let traffic = Traffic::start(&cluster, &[(TOPIC, PARTITIONS)], PER_SECOND);
    let mut exporter = Exporter::watching(&cluster, &format!("{}ms", POLL_INTERVAL.as_millis())).await;
    let stopped = Worker::start(&cluster, Work::new("stopped", &[TOPIC]));
    exporter.until("commits on every partition", |page| is_whole(page, "stopped")).await;
    let committed = signed(stopped.stop().await.read);
    let mut workers = Vec::new();
    for (group, interval) in [OFTEN, SELDOM] {
        let work = Work { commit_interval: Some(interval), ..Work::new(group, &[TOPIC]) };
        let mut worker = Worker::start(&cluster, work);
        worker.until_read(u64::from(PER_SECOND)).await;
        workers.push((group, worker));
    }

    let samples = sample(&exporter, &traffic, &workers).await;
    let total = traffic.stop();
    for (_, worker) in &mut workers {
        worker.until_read(total).await;
    }
    let total = signed(total);
    let is_settled = |page: &Page| {
        let lag = |group| topic_lag(page, group);
        lag(OFTEN.0) == Some(0) && lag(SELDOM.0) == Some(0) && lag("stopped") == Some(total - committed)
    };
    let page = exporter.until("lag to be what is left", is_settled).await;
    assert_equal(&cluster, &page, &[TOPIC]).await;

    assert_stopped(&samples, committed, total);
    for (group, interval) in [OFTEN, SELDOM] {
        assert_caught_up(&samples, group, interval, total);
    }
    exporter.assert_unharmed();
}

/// Scrapes for as long as [`POLLS`] take.
async fn sample(exporter: &Exporter, traffic: &Traffic, workers: &[(&'static str, Worker)]) -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    loop {
        let delivered = signed(traffic.delivered());
        let read = workers.iter().map(|(group, worker)| (*group, signed(worker.progress().read))).collect();
        let page = exporter.scrape().await;
        let polls = integer(page.get("highwater_polls_total", &[]).expect("polls are counted"));
        samples.push(Sample { polls, delivered, read, page });
        if samples.first().is_some_and(|first| polls >= first.polls + POLLS) {
            return samples;
        }
        tokio::time::sleep(POLL_INTERVAL / 4).await;
    }
}

/// Its lag is what was written less what it has read: not less than was there at the poll before, not more than is
/// there soon after.
fn assert_stopped(samples: &[Sample], committed: i64, total: i64) {
    let mut checked = 0;
    let mut before = BTreeMap::new();
    for Sample { polls, page, .. } in samples {
        let lags = page.by_partition("kafka_consumergroup_lag");
        let own = lags.into_iter().filter(|((group, ..), _)| group == "stopped");
        for (place, lag) in own {
            let least = before.insert(place.clone(), lag).unwrap_or(0);
            assert!(lag >= least, "{place:?} lagged {least} and now {lag}, though nobody reads");
        }
        let (Some(lag), Some(earlier)) = (topic_lag(page, "stopped"), earlier(samples, polls - POLLS_BACK_ENDS)) else {
            continue;
        };
        let most = later(samples, polls + POLLS_AHEAD, total) - committed;
        assert!(lag <= most, "lags {lag}, and only {most} records are unread");
        if is_whole(page, "stopped") {
            let least = earlier.delivered - committed;
            eprintln!("DBG stopped {least} {lag} {most}");
            assert!(lag >= least, "lags {lag}, and {least} records were unread before");
            checked += 1;
        }
    }
    assert!(checked > samples.len() / 2, "only {checked} of {} pages could be checked", samples.len());
}

/// The noise floor, counted rather than computed from a rate: what was written since the records that must be
/// committed by now were read. What the consumer truly has not read yet is in it.
fn assert_caught_up(samples: &[Sample], group: &str, commit_interval: Duration, total: i64) {
    let polls_to_commit = (commit_interval + COMMIT_DELAY).as_millis().div_ceil(POLL_INTERVAL.as_millis());
    let polls_to_commit = i64::try_from(polls_to_commit).expect("a few");
    let mut checked = 0;
    for Sample { polls, page, .. } in samples {
        let earlier = earlier(samples, polls - POLLS_BACK - polls_to_commit);
        let read = earlier.and_then(|earlier| earlier.read.get(group));
        let (Some(lag), Some(read)) = (topic_lag(page, group), read) else { continue };
        let floor = later(samples, polls + POLLS_AHEAD, total) - read + MARKERS;
        assert!(lag <= floor, "{group} keeps pace and lags {lag}, noise is {floor} at most:\n{}", page.excerpt());
        checked += 1;
        eprintln!("DBG {group} lag {lag} floor {floor} skew {:?}", page.get("highwater_snapshot_skew_seconds", &[]));
    }
    assert!(checked > samples.len() / 3, "only {checked} of {} pages could be checked", samples.len());
}

/// The last sample from when no more than `polls` polls had ended.
fn earlier(samples: &[Sample], polls: i64) -> Option<&Sample> {
    samples.iter().rev().find(|sample| sample.polls <= polls)
}

/// What was delivered when `polls` polls had ended, or in the end.
fn later(samples: &[Sample], polls: i64, total: i64) -> i64 {
    samples.iter().find(|sample| sample.polls >= polls).map_or(total, |sample| sample.delivered)
}

fn topic_lag(page: &Page, group: &str) -> Option<i64> {
    page.get("kafka_consumergroup_topic_lag", &[("consumergroup", group), ("topic", TOPIC)]).map(integer)
}

fn is_whole(page: &Page, group: &str) -> bool {
    let place = [("consumergroup", group), ("topic", TOPIC)];
    page.get("kafka_consumergroup_topic_unknown_partitions", &place) == Some(0.0)
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).expect("few records")
}
