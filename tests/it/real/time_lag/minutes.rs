//! A consumer that stopped at a known record, looked at for minutes as often as exporters look. It is NOT about what was
//! written before anybody looked.
//! Invariant: an age is as right as polls follow each other, and no tenth of it is added to that.

use std::time::Duration;

use highwater::model::Quality;

use super::super::watch::Watch;
use super::{now, seconds};
use crate::support::kafka::{Cluster, Work, Worker};

const TOPIC: &str = "minutes";
const GROUP: &str = "stopped";

/// The default of `poll.interval`. Up to ten times that age no note of a poll is given up.
const INTERVAL: Duration = Duration::from_secs(15);

/// One every two seconds.
const RECORDS: usize = 20;
const EACH: Duration = Duration::from_secs(2);

/// So many the consumer reads before it leaves.
const READ: usize = 9;

/// So old the first unread record is when nobody looks any more.
const LOOKED_AT_FOR: f64 = 120.0;

pub(super) async fn a_consumer_that_stopped(cluster: &Cluster) {
    cluster.create_topic(TOPIC, 1, 3).await;
    let stop_after = Some(u64::try_from(READ).expect("few"));
    let mut consumer = Worker::start(cluster, Work { stop_after, ..Work::new(GROUP, &[TOPIC]) });
    consumer.until_assigned(1).await;
    let mut watch = Watch::each(INTERVAL, cluster);
    watch.begin().await;
    let writing = async {
        let (mut written, mut each) = (Vec::new(), tokio::time::interval(EACH));
        for _ in 0..RECORDS {
            each.tick().await;
            let before = now();
            cluster.produce(TOPIC, 0, 1).await;
            written.push((before, now()));
        }
        written
    };
    let written = watch.poll_while(writing).await;
    consumer.until_ended().await;
    let (earliest, latest) = written[READ];
    loop {
        let report = watch.poll().await;
        let told = super::lag(&report, GROUP, TOPIC);
        assert_eq!((told.committed_offset(), told.lag()), (Ok(9), Ok(11)));
        let age = told.time_lag.expect("it was written while polls went on");
        let at = report.snapshot.finished_at;
        let (youngest, oldest) = (seconds(latest, at), seconds(earliest, at));
        let allowed = watch.widest_gap().as_secs_f64();
        let what = format!("{age:?}, and it is {youngest} to {oldest} seconds old, looked at each {allowed}");
        assert!((youngest - allowed..=oldest + allowed).contains(&age.seconds()), "{what}");
        assert!(age.at_least() <= oldest + 0.5 && age.at_most() >= youngest - 0.5, "{what}");
        assert!(age.at_most() - age.at_least() <= allowed + 0.1, "{what}");
        // A poll that comes late on a busy machine leaves a wider gap than the configuration asks for.
        let was_late = allowed > 1.1 * INTERVAL.as_secs_f64();
        assert!(age.quality == Quality::Bracketed || was_late, "{what}");
        if youngest > LOOKED_AT_FOR {
            break;
        }
    }
}
