//! After a start nothing is known; eight polls later everything is.
//!
//! Not of wrong clocks.
//! Invariant: one answer for each poll.

use super::*;
use crate::model::Quality;

/// From a minute to a week, close to each other at both ends.
fn ages() -> impl Iterator<Item = i64> {
    let doublings = std::iter::successors(Some(MINUTE), |age| Some(age + age / 5)).take_while(|age| *age < 7 * DAY);
    doublings.chain((1..6).map(|hours| 7 * DAY - hours * HOUR)).chain([7 * DAY - 8 * MINUTE])
}

fn log() -> Log {
    let mut log = Log::default();
    log.steady(0, 9 * DAY, 7_000, 3);
    log
}

#[test]
fn four_polls_find_an_age_to_a_factor_of_two_and_eight_to_the_precision_asked_for() {
    for has_append_times in [Some(true), None] {
        for uptime in [0, 300 * SECOND] {
            ages().for_each(|age| find(age, uptime, has_append_times));
        }
    }
}

fn find(age: i64, uptime: i64, has_append_times: Option<bool>) {
    let began = 8 * DAY;
    let mut world = World::new(log(), began);
    world.has_append_times = has_append_times;
    world.committed = world.log.end_at(began + uptime - age);
    world.grants = false;
    world.poll(began);
    let lag = if uptime > 0 { world.poll_until(began + uptime) } else { world.time_lag(world.committed) };
    assert_eq!(lag.quality == Quality::LowerBound, age >= uptime, "{age} after {uptime}: {lag:?}");
    world.grants = true;
    let mut is_known = false;
    for poll in 1..=8 {
        let lag = world.poll(world.now + 15 * SECOND);
        let truth = world.truth(world.committed);
        assert!(lag.at_least() <= truth && truth <= lag.at_most(), "{age} {poll} {truth} {lag:?}");
        assert!(!is_known || lag.quality == Quality::Bracketed, "{age} {poll}: it stays known");
        is_known = lag.quality == Quality::Bracketed;
        // Where nothing older was told of, the horizon is on the other side.
        let width = lag.at_most().min(HORIZON) - lag.at_least();
        assert!(poll < 4 || width <= lag.at_least().max(15.1), "{age} {poll} {truth} {lag:?}");
    }
    assert!(is_known, "{age} after {uptime}: {:?}", world.time_lag(world.committed));
}

/// The oldest that is asked about, in seconds.
const HORIZON: f64 = 1.125 * 604_800.0;

#[test]
fn what_is_older_than_the_horizon_stays_a_lower_bound_and_is_not_asked_about_for_ever() {
    let mut log = Log::default();
    log.steady(0, 31 * DAY, 60_000, 3);
    let mut world = World::new(log, 30 * DAY);
    world.committed = 7;
    let mut asked = 0;
    for _ in 0..200 {
        let lag = world.poll(world.now + 15 * SECOND);
        assert_eq!(lag.quality, Quality::LowerBound);
        asked += world.wishes.len();
    }
    assert!(world.time_lag(7).at_least() > 0.9 * 604_800.0);
    assert!(asked < 20, "{asked}");
}
