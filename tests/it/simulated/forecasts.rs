//! What is said of the future beside what becomes of it, and how many members a story needs. It is NOT about statuses, nor
//! about when a forecast is first made.
//! Invariant: a forecast is compared with the same run's end, which the story fixes and the forecast does not know.

use std::time::Duration;

use highwater::model::{ClusterReport, GroupReport, LossEta};

use super::lab::INTERVAL;
use super::status::{Watched, minutes, watch};

/// When a poll read the ends, in seconds since any origin.
fn seconds(report: &ClusterReport) -> f64 {
    report.snapshot.finished.since_origin().as_secs_f64()
}

/// Of each poll: when it was, and what it told of the group.
fn told<'a>(seen: &'a Watched, id: &'a str) -> Vec<(f64, &'a GroupReport)> {
    let of_group = seen.group(id).map(|(_, group)| group);
    seen.polls.iter().map(|(_, report)| seconds(report)).zip(of_group).collect()
}

/// Where something is first so: the time of the poll before, and of that poll.
fn first<T>(told: &[(f64, T)], what: impl Fn(&T) -> bool) -> (f64, f64) {
    let place = told.iter().position(|(_, told)| what(told)).expect("it happens");
    (told[place - 1].0, told[place].0)
}

/// Three members read 20 records a second each and 90 are produced, so five keep pace. That is seen once they are behind.
#[tokio::test(start_paused = true)]
async fn members_needed_are_those_the_story_says() {
    let seen = watch("slow-consumer", minutes(20)).await;
    let mut known = 0;
    for (at, group) in seen.group("shipment-tracking") {
        let Some(capacity) = group.capacity else {
            assert_eq!(known, 0, "at {at:?} it is forgotten");
            continue;
        };
        known += 1;
        assert!(at > minutes(1), "at {at:?} nobody was behind");
        assert_eq!((capacity.to_keep_pace, capacity.partitions), (5, 6), "at {at:?}: {capacity:?}");
        assert!((capacity.per_member - 20.0).abs() < 1.0, "at {at:?}: {capacity:?}");
        assert!((capacity.produced_per_second - 90.0).abs() < 4.5, "at {at:?}: {capacity:?}");
    }
    assert!(known > 20, "it was told {known} times");
}

/// The simulated cluster deletes records by age alone, each half minute.
const DELETION_EACH: f64 = 30.0;

#[tokio::test(start_paused = true)]
async fn records_are_lost_when_that_was_said() {
    let seen = watch("retention-loss", minutes(12)).await;
    let told = told(&seen, "log-indexer");
    let (before, after) = first(&told, |group| group.topics[0].trend.records_lost > 0);
    let mut forecasts = 0;
    for (at, group) in told.iter().take_while(|(at, _)| *at < after) {
        let Some(LossEta { at_least, at_most, is_configured }) = group.topics[0].trend.loss_eta else { continue };
        forecasts += 1;
        assert!(is_configured);
        let (least, most) = (at + at_least, at + at_most);
        let what = format!("at {at}: {least} to {most}, and it is {before} to {after}");
        // Lag grows by less than a second per second, so that half a minute of age takes a little longer.
        let early = 3.0 * DELETION_EACH / 0.8;
        assert!(least <= after && least >= before - early, "{what}");
        assert!(most >= before, "{what}");
    }
    assert!(forecasts >= 15, "it was foretold {forecasts} times, four minutes before at least");
}

/// From when on all of the window is after the producer stopped.
const STOPPED_FOR_A_WINDOW: Duration = minutes(12);

#[tokio::test(start_paused = true)]
async fn a_backlog_is_read_when_that_was_said() {
    let seen = watch("producer-stopped", minutes(29)).await;
    let told = told(&seen, "sensor-warehouse");
    let (_, caught_up) = first(&told, |group| group.lag() == Some(0));
    let from = told[0].0 + STOPPED_FOR_A_WINDOW.as_secs_f64();
    let mut forecasts = 0;
    for (at, group) in told.iter().filter(|(at, _)| (from..caught_up - 60.0).contains(at)) {
        let eta = group.topics[0].trend.drain_eta.unwrap_or_else(|| panic!("at {at} nothing is said"));
        let left = caught_up - at;
        let allowed = 0.1 * left + INTERVAL.as_secs_f64();
        assert!((eta - left).abs() <= allowed, "at {at}: {eta} seconds were said, and it took {left}");
        forecasts += 1;
    }
    assert!(forecasts > 40, "it was foretold {forecasts} times");
}
