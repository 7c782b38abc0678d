//! Lag while thousands of records a second flow past. It is NOT about exact numbers in flight, which nobody can know:
//! they are held to bounds (see `bounds`), and are exact once the records stop.
//! Invariant: what is true is counted by producer and consumers, not by the exporter.

mod bounds;

use std::time::Duration;

use bounds::{Sample, assert_caught_up, assert_stopped, assert_typical};

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
        assert_typical(&samples, group, interval);
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
