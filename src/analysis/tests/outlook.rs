//! Where lag goes, through whole polls: seconds of it, their trend, when it is gone, when records are, who is needed.
//!
//! Not how old records are found to be; see `ages`.
//! Invariant: 100 records per second are produced to each partition, and times are known from polls alone.

use super::*;
use crate::model::{Quality, Severity, Status, TopicConfig};

const POLL: u64 = 15;
const RATE: i64 = 100;

fn offset(second: u64) -> i64 {
    RATE * i64::try_from(second).expect("it is small")
}

/// A topic of some partitions that two members read, who are so many seconds behind at each second.
struct Flow<'a> {
    behind: &'a dyn Fn(u64, i32) -> f64,
    start: &'a dyn Fn(u64) -> i64,
    partition_count: i32,
    config: Option<TopicConfig>,
}

impl Flow<'_> {
    fn poll(&self, second: u64, history: &mut History) -> Arc<ClusterReport> {
        let start = (self.start)(second);
        let partitions =
            (0..self.partition_count).map(|number| partition(number, start, Ok(offset(second)), at(second)));
        let mut scene = Scene::at(second).found("t", 1, partitions.collect());
        let topic = scene.builder.topic_index("t");
        if let Some(config) = &self.config {
            scene.builder.found_config(topic, Arc::new(config.clone()));
        }
        let commits = (0..self.partition_count).map(|number| {
            #[expect(clippy::cast_possible_truncation, reason = "a test's numbers are small")]
            let behind = ((self.behind)(second, number) * 100.0) as i64;
            scene.committed("t", number, (offset(second) - behind).max(0))
        });
        let commits = commits.collect();
        let half = self.partition_count / 2;
        let members = vec![
            scene.member("t", &(0..half).collect::<Vec<_>>()),
            scene.member("t", &(half..self.partition_count).collect::<Vec<_>>()),
        ];
        scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).report(history)
    }

    fn until(&self, end: u64) -> GroupReport {
        let mut history = History::default();
        let step = usize::try_from(POLL).expect("it is small");
        let last = (POLL..=end).step_by(step).map(|second| self.poll(second, &mut history)).last();
        last.expect("there are polls").groups[0].clone()
    }
}

/// Watched for two hours, of which the second is another.
fn flow(behind: &dyn Fn(u64, i32) -> f64) -> Flow<'_> {
    Flow { behind, start: &|_| 0, partition_count: 4, config: None }
}

fn passed(second: u64, since: u64) -> f64 {
    Duration::from_secs(second.saturating_sub(since)).as_secs_f64()
}

fn near(value: Option<f64>, expected: f64, error: f64) {
    assert!(value.is_some_and(|value| (value - expected).abs() <= error), "{value:?} is not {expected} ± {error}");
}

#[test]
fn lag_that_grows_is_told_in_seconds_with_its_speed_and_the_time_left() {
    let config = TopicConfig {
        retention: Some(Duration::from_hours(3)),
        retention_bytes: None,
        segment: Some(Duration::from_mins(10)),
        is_deleted: true,
        is_compacted: false,
        has_append_times: true,
        local_for: None,
    };
    // It keeps pace for an hour, then reads half of what is produced.
    let behind = |second, _| 1.0 + passed(second, 3600) / 2.0;
    let report = Flow { config: Some(config.clone()), ..flow(&behind) }.until(7200);
    assert_eq!((report.status, report.severity), (Status::FallingBehind, Severity::Warning));
    // The same where what is unread is deleted within the hour.
    let short = TopicConfig { retention: Some(Duration::from_mins(50)), ..config };
    let in_danger = Flow { config: Some(short), ..flow(&behind) }.until(7200);
    assert_eq!((in_danger.status, in_danger.severity), (Status::FallingBehind, Severity::Critical));
    let topic = &report.topics[0];
    let time_lag = topic.time_lag.expect("the partition was watched");
    assert!(time_lag.quality <= Quality::Bracketed && (time_lag.seconds() - 1801.0).abs() < 60.0, "{time_lag:?}");
    near(topic.trend.velocity, 0.5, 0.05);
    near(topic.trend.consumed_per_second, 4.0 * 50.0, 10.0);
    assert_eq!(topic.trend.drain_eta, None);
    let loss = topic.trend.loss_eta.expect("it will come to that");
    assert!(loss.is_configured);
    near(Some(loss.at_least), (3.0 * 3600.0 - 1801.0) / 0.5, 2500.0);
    near(Some(loss.at_most - loss.at_least), 900.0 / 0.5, 200.0);
    assert!(report.capacity.is_some_and(|capacity| capacity.to_keep_pace == 4), "{:?}", report.capacity);
}

#[test]
fn lag_that_shrinks_is_told_with_the_time_until_it_is_gone() {
    // Behind by up to 50 minutes, and then read three times as fast as is produced.
    let behind =
        |second, _| if second < 6000 { passed(second, 3000) + 1.0 } else { 3001.0 - 2.0 * passed(second, 6000) };
    let report = flow(&behind).until(6900);
    assert_eq!(report.status, Status::CatchingUp);
    let trend = report.topics[0].trend;
    near(trend.velocity, -2.0, 0.2);
    near(trend.drain_eta, 1201.0 / 2.0, 100.0);
    assert_eq!(trend.loss_eta, None);
    // Each of two members reads 600 a second while it is behind; 400 are produced.
    let capacity = report.capacity.expect("both members were behind for long");
    near(Some(capacity.produced_per_second), 400.0, 20.0);
    near(Some(capacity.per_member), 600.0, 60.0);
    assert_eq!((capacity.to_keep_pace, capacity.to_drain, capacity.partitions), (1, Some(1), 4));
}

#[test]
fn one_partition_that_stands_still_is_not_hidden_by_others_that_catch_up() {
    let behind =
        |second, number| if number == 0 { passed(second, 1800) } else { (1000.0 - passed(second, 1800)).max(1.0) };
    let report = flow(&behind).until(3600);
    assert_eq!(report.partitions[0].status, Status::Stalled);
    near(report.topics[0].trend.velocity, 1.0, 0.05);
    assert_eq!(report.topics[0].trend.drain_eta, None);
}

#[test]
fn who_never_was_behind_shows_no_capacity_and_no_trend() {
    let report = flow(&|_, _| 1.0).until(7200);
    assert_eq!((report.status, report.capacity), (Status::Ok, None));
    let trend = report.topics[0].trend;
    assert_eq!((trend.velocity, trend.drain_eta, trend.loss_eta), (None, None, None));
    assert_eq!(trend.retention_used, Some(0.0));
}

#[test]
fn a_start_that_moves_shows_what_is_kept_without_any_configuration() {
    // Forty minutes are kept; the group reads nothing of the last quarter of an hour.
    let start = |second: u64| offset(second.saturating_sub(2400));
    let behind = |second, _| passed(second, 7200 - 900);
    let report = Flow { start: &start, ..flow(&behind) }.until(7200);
    let trend = report.topics[0].trend;
    near(trend.retention_used, 900.0 / 2400.0, 0.05);
    let loss = trend.loss_eta.expect("nothing is read");
    assert!(!loss.is_configured && loss.at_most.is_infinite());
    near(Some(loss.at_least), 1500.0, 250.0);
}

#[test]
fn who_keeps_its_distance_is_reached_by_a_size_that_is_ever_sooner_written() {
    let config = TopicConfig {
        retention: None,
        retention_bytes: Some(1 << 30),
        segment: Some(Duration::from_mins(10)),
        is_deleted: true,
        is_compacted: false,
        has_append_times: true,
        local_for: None,
    };
    // Two hours are kept at first; from the third hour on, half a second less with every second. Every five minutes the
    // oldest segments are deleted.
    let start = |second: u64| {
        let at = second / 300 * 300;
        offset(at.saturating_sub(7200 - at.saturating_sub(3 * 3600) / 2))
    };
    let behind = |_, _| 1800.0;
    let world = Flow { start: &start, config: Some(config), ..flow(&behind) };
    let before = world.until(3 * 3600).topics[0].trend;
    assert_eq!(before.loss_eta, None, "{before:?}");
    let trend = world.until(5 * 3600).topics[0].trend;
    let loss = trend.loss_eta.expect("less and less is kept");
    near(trend.velocity, 0.0, 0.01);
    // An hour is kept, of which half is unread.
    near(Some(loss.at_least), 1800.0 / 0.5, 600.0);
}
