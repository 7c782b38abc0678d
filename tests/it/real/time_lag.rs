//! Lag in time, and what becomes of records in transactions and of deleted ones, on real Kafka. It is NOT about other
//! statuses, which take minutes to show.
//! Invariant: how old a record is was noted when it was written, before and after.

mod minutes;
mod retention;

use std::sync::Arc;
use std::time::Duration;

use highwater::app::SystemClock;
use highwater::model::{Because, Clock, ClusterReport, GroupTopic, PartitionLag, Quality, Status, TimeLag, Timestamp};

use super::watch::{Watch, topic};
use crate::support::kafka::{Cluster, Spec, Version, Work, Worker};

/// All on one cluster and at the same time: some of it is minutes of waiting.
#[tokio::test(flavor = "multi_thread")]
async fn age_of_the_oldest_unread_record_and_what_nobody_may_read() {
    let cluster = Cluster::start(Spec::new(Version::Kafka4_3, 3)).await;
    for topic in ["paced", "backfill", "ancient", "idle", "ledger", "short"] {
        cluster.create_topic(topic, 1, 3).await;
    }
    let ages = async {
        let mut watch = Watch::of(&cluster);
        let written = paced(&cluster, &mut watch).await;
        cold(&cluster, &written).await;
        idle(&cluster, &mut watch).await;
    };
    let unreadable = async {
        let mut watch = Watch::of(&cluster);
        transactions(&cluster, &mut watch).await;
        deleted(&cluster, &mut watch).await;
    };
    tokio::join!(ages, unreadable, minutes::a_consumer_that_stopped(&cluster), retention::deletes(&cluster));
}

/// A record was written between these two times.
type Written = (Timestamp, Timestamp);

fn now() -> Timestamp {
    SystemClock::default().timestamp()
}

fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.unix_seconds() - from.unix_seconds()
}

fn milliseconds(at: Timestamp) -> i64 {
    i64::try_from(at.since_unix().as_millis()).expect("a time of this century")
}

async fn commit(cluster: &Cluster, group: &str, topic: &str, offset: i64) {
    cluster.commit(group, topic, 0, offset).await.expect("the commit is taken");
}

fn group_topic<'a>(report: &'a ClusterReport, group: &str, topic: &str) -> Option<(&'a GroupTopic, &'a PartitionLag)> {
    let group = report.groups.iter().find(|found| found.id.as_str() == group)?;
    let topic = group.topics.iter().find(|found| found.topic.as_str() == topic)?;
    Some((topic, group.partitions_of(topic).first()?))
}

/// What is told of the only partition.
#[track_caller]
fn lag<'a>(report: &'a ClusterReport, group: &str, topic: &str) -> &'a PartitionLag {
    group_topic(report, group, topic).expect("the group reads the topic").1
}

/// A time lag beside the truth at the moment of the report. Polls see the log as it was when they asked, so a record is
/// placed as exactly as they follow each other, or within a tenth of its age.
#[track_caller]
fn assert_age(told: Option<&TimeLag>, report: &ClusterReport, written: Written, precision: f64, what: &str) {
    let told = told.unwrap_or_else(|| panic!("{what}: nothing is told"));
    let at = report.snapshot.finished_at;
    let (youngest, oldest) = (seconds(written.1, at), seconds(written.0, at));
    let allowed = precision.max(0.1 * youngest);
    let range = youngest - allowed..=oldest + allowed;
    assert!(range.contains(&told.seconds()), "{what}: {told:?}, and it is {youngest} to {oldest} seconds old");
    // No bracket is narrower than the time in which nobody looked. What is told by timestamps that nobody could compare yet
    // is no better than coarse, however narrow.
    let is_told = told.is_untested && told.at_most() - told.at_least() <= 2.0 * allowed;
    let is_as_narrow_as_can_be =
        told.quality <= Quality::Bracketed || told.at_most() - told.at_least() <= 1.2 * precision || is_told;
    assert!(is_as_narrow_as_can_be, "{what}: {told:?}, looked at each {precision} seconds at least");
    // Between an answer and the end of the poll some milliseconds pass.
    assert!(told.at_least() <= oldest + 0.5 && told.at_most() >= youngest - 0.5, "{what}: {told:?}");
}

/// Records two seconds apart, of now and of a day ago by their own word, while the exporter watches.
async fn paced(cluster: &Cluster, watch: &mut Watch) -> Vec<Written> {
    let day = Duration::from_hours(24);
    for topic in ["paced", "backfill"] {
        commit(cluster, "reader", topic, 0).await;
    }
    watch.begin().await;
    let mut written = Vec::new();
    for _ in 0..6 {
        let writing = async {
            let before = now();
            let a_day_behind = milliseconds(before) - i64::try_from(day.as_millis()).expect("a day");
            cluster.produce_of("paced", 0, &[milliseconds(before)]).await;
            cluster.produce_of("backfill", 0, &[a_day_behind]).await;
            (before, now())
        };
        written.push(watch.poll_while(writing).await);
        watch.polls(4).await;
    }
    let widest = watch.widest_gap().as_secs_f64();
    for (offset, written) in [(0, written[0]), (3, written[3])] {
        for topic in ["paced", "backfill"] {
            watch.poll_while(commit(cluster, "reader", topic, offset)).await;
        }
        let report = watch.poll().await;
        for topic in ["paced", "backfill"] {
            let told = lag(&report, "reader", topic);
            assert_eq!(told.lag(), Ok(6 - offset.unsigned_abs()));
            assert_age(told.time_lag.as_ref(), &report, written, widest, &format!("{topic} from {offset}"));
        }
    }
    written
}

/// The exporter starts when all is written.
async fn cold(cluster: &Cluster, paced: &[Written]) {
    let beginning = milliseconds(now()) - 12 * 3_600_000;
    // One each ten minutes, for twelve hours.
    let times: Vec<i64> = (0..73).map(|number| beginning + number * 600_000).collect();
    cluster.produce_of("ancient", 0, &times).await;
    commit(cluster, "archivist", "ancient", 30).await;
    commit(cluster, "reader", "paced", 0).await;
    let mut watch = Watch::of(cluster);
    let report = watch.polls(8).await;
    let of = |milliseconds: i64| Timestamp::from_unix(Duration::from_millis(milliseconds.unsigned_abs()));
    let ancient = lag(&report, "archivist", "ancient").time_lag.as_ref();
    assert_age(ancient, &report, (of(times[30]), of(times[30])), 0.0, "ancient");
    assert!(
        ancient.is_some_and(|age| age.is_untested),
        "nothing is written that its timestamps could be compared with"
    );
    assert_age(lag(&report, "reader", "paced").time_lag.as_ref(), &report, paced[0], 0.0, "paced, cold");
}

/// Nobody writes any more: who is at the end has no lag, and the lag of who stands still is time itself.
async fn idle(cluster: &Cluster, watch: &mut Watch) {
    watch.begin().await;
    let writing = async {
        let before = now();
        cluster.produce("idle", 0, 5).await;
        let written = (before, now());
        commit(cluster, "caught-up", "idle", 5).await;
        commit(cluster, "stuck", "idle", 1).await;
        written
    };
    let written = watch.poll_while(writing).await;
    let stuck = |report: &ClusterReport| lag(report, "stuck", "idle").time_lag;
    watch
        .until(
            "the stuck group's age",
            |report| group_topic(report, "stuck", "idle").and_then(|(_, lag)| lag.time_lag),
            // Timestamps tell it, and with nothing written there is nothing to compare them with.
            |told| told.is_some_and(|told| told.quality <= Quality::Coarse && told.uncertainty() < 1.0),
        )
        .await;
    // Each answer narrows it further, down to the time between two polls.
    let first = watch.polls(4).await;
    let last = watch.polls(10).await;
    let widest = watch.widest_gap().as_secs_f64();
    for report in [&first, &last] {
        assert_age(stuck(report).as_ref(), report, written, widest, "stuck");
        assert_eq!(lag(report, "caught-up", "idle").time_lag, Some(TimeLag::ZERO));
    }
    let passed = seconds(first.snapshot.finished_at, last.snapshot.finished_at);
    let grown = stuck(&last).expect("it is told").seconds() - stuck(&first).expect("it is told").seconds();
    assert!(passed > 4.0 && (grown - passed).abs() <= widest, "{grown} seconds in {passed}");
}

/// What is looked at of a consumer of the ledger.
fn verdict(report: &ClusterReport, group: &str) -> Option<(Status, Because)> {
    group_topic(report, group, "ledger").map(|(_, lag)| (lag.status, lag.because))
}

/// Last stable offset and end, where the first is told.
fn stable(report: &ClusterReport) -> Option<(i64, i64)> {
    let partition = &topic(&report.snapshot, "ledger").partitions[0];
    partition.last_stable.ok().zip(partition.high_watermark.ok().map(|end| end.offset))
}

/// A consumer that is not shown open transactions, as librdkafka's are not unless they ask, and a group whose commit lies
/// behind the marker.
async fn transactions(cluster: &Cluster, watch: &mut Watch) {
    let first = cluster.begin_transaction("writer").await;
    first.write("ledger", 0, 3).await;
    first.commit().await;
    let mut consumer = Worker::start(cluster, Work::new("consumer", &["ledger"]));
    consumer.until_read(3).await;
    commit(cluster, "behind the marker", "ledger", 4).await;
    // The consumer commits 3, and the marker at 3 is never read.
    let is_marker = |told: &Option<(Status, Because)>| *told == Some((Status::Ok, Because::OnlyMarkers));
    let report = watch.until("the marker to be seen as one", |report| verdict(report, "consumer"), is_marker).await;
    let told = lag(&report, "consumer", "ledger");
    assert_eq!((told.lag(), told.time_lag), (Ok(1), Some(TimeLag::ZERO)));
    assert_eq!(lag(&report, "behind the marker", "ledger").time_lag, Some(TimeLag::ZERO));

    let open = cluster.begin_transaction("writer").await;
    open.write("ledger", 0, 5).await;
    let both = |report: &ClusterReport| (verdict(report, "consumer"), verdict(report, "behind the marker"));
    let is_blocked = |told: &Option<(Status, Because)>| {
        matches!(told, Some((Status::TxnBlocked, Because::OpenTransaction { hidden: 5 })))
    };
    let report =
        watch.until("the transaction to hold both up", both, |(one, other)| is_blocked(one) && is_blocked(other)).await;
    assert_eq!(report.snapshot.problems, []);
    open.commit().await;
    consumer.until_read(8).await;
    watch.until("the marker to be seen as one", |report| verdict(report, "consumer"), is_marker).await;
    let is_let_go = |told: &Option<(Status, Because)>| told.is_some_and(|(status, _)| status != Status::TxnBlocked);
    watch.until("the other to be let go", |report| verdict(report, "behind the marker"), is_let_go).await;

    let aborted = cluster.begin_transaction("writer").await;
    aborted.write("ledger", 0, 4).await;
    let is_blocked = |told: &Option<(Status, Because)>| matches!(told, Some((Status::TxnBlocked, _)));
    let report = watch.until("the transaction", |report| verdict(report, "consumer"), is_blocked).await;
    assert_eq!(stable(&report), Some((10, 14)));
    aborted.abort().await;
    watch.until("the end of the transaction", stable, |told| *told == Some((15, 15))).await;
    // It never commits beyond what it was not shown.
    let report = watch.until("nothing to be left to read", |report| verdict(report, "consumer"), is_marker).await;
    let told = lag(&report, "consumer", "ledger");
    assert_eq!((told.lag(), told.time_lag), (Ok(6), Some(TimeLag::ZERO)));
    consumer.stop().await;
}

/// Records that are deleted unread are counted once each; those that were read are not.
async fn deleted(cluster: &Cluster, watch: &mut Watch) {
    cluster.produce("short", 0, 100).await;
    commit(cluster, "slow", "short", 10).await;
    let seen = |report: &ClusterReport| {
        let (topic, lag) = group_topic(report, "slow", "short")?;
        let start = self::topic(&report.snapshot, "short").partitions[0].low_watermark.ok()?;
        Some((lag.committed_offset().ok()?, start, topic.trend.records_lost))
    };
    let settle = async |watch: &mut Watch, what: &str, expected: (i64, i64, u64)| -> Arc<ClusterReport> {
        let is_there = |told: &Option<(i64, i64, u64)>| {
            told.is_some_and(|(committed, start, _)| (committed, start) == (expected.0, expected.1))
        };
        let report = watch.until(what, seen, is_there).await;
        assert_eq!(seen(&report), Some(expected), "{what}");
        let later = watch.polls(3).await;
        assert_eq!(seen(&later), Some(expected), "{what}, some polls later");
        report
    };
    settle(watch, "the group", (10, 0, 0)).await;
    cluster.delete_records("short", 0, 40).await;
    let report = settle(watch, "thirty to be lost", (10, 40, 30)).await;
    let told = lag(&report, "slow", "short");
    assert_eq!((told.status, told.because), (Status::DataLoss, Because::Lost { records: 30 }));
    cluster.delete_records("short", 0, 45).await;
    settle(watch, "five more to be lost", (10, 45, 35)).await;
    commit(cluster, "slow", "short", 60).await;
    cluster.delete_records("short", 0, 55).await;
    settle(watch, "what was read to be deleted", (60, 55, 35)).await;
    commit(cluster, "slow", "short", 100).await;
    settle(watch, "all to be read", (100, 55, 35)).await;
    cluster.delete_records("short", 0, 100).await;
    settle(watch, "all to be deleted", (100, 100, 35)).await;
}
