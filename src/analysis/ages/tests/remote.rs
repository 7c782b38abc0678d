//! Topics whose older records are in remote storage: what is asked about them, and what is said without asking.
//!
//! Not what a configuration means; see `kafka`.
//! Invariant: polls every 15 seconds of a log that is a week old, whose records are on disk for six hours.

use std::time::Duration;

use super::*;
use crate::model::{Quality, Timestamp};

const LOCAL: i64 = 6 * HOUR;

/// Watched from its seventh day on, by a consumer so far behind.
fn world(behind: i64) -> World {
    let mut log = Log::default();
    log.steady(0, 8 * DAY, 7_000, 3);
    let mut world = World::new(log, 7 * DAY);
    world.local_for = Some(Duration::from_hours(6));
    world.committed = world.log.end_at(7 * DAY - behind);
    world
}

/// Polls so often, and tells how long ago the times were that were asked about, with the age that was found.
fn asked(world: &mut World, polls: usize) -> (Vec<i64>, TimeLag) {
    let (mut asked, mut lag) = (Vec::new(), TimeLag::ZERO);
    for _ in 0..polls {
        lag = world.poll(world.now + 15 * SECOND);
        let truth = world.truth(world.committed);
        assert!(lag.at_least() <= truth && truth <= lag.at_most(), "{truth}: {lag:?}");
        asked.extend(world.asked_ago());
    }
    (asked, lag)
}

#[test]
fn nothing_is_asked_about_times_that_are_surely_local_no_longer() {
    for has_append_times in [true, false] {
        let mut world = world(3 * DAY);
        world.has_append_times = Some(has_append_times);
        let (asked, lag) = asked(&mut world, 200);
        assert!(!asked.is_empty() && asked.len() < 30, "{asked:?}");
        // When the next poll asks, it is a poll later.
        assert!(asked.iter().all(|ago| ago + 15 * SECOND < LOCAL), "{asked:?}");
        assert_eq!(lag.quality, Quality::LowerBound);
        assert!(lag.at_least() > 0.9 * world::seconds(LOCAL), "as much as is local is known: {lag:?}");
        assert!(world.ages.is_remote_unasked(TopicIndex(0)));
        let retained = world.partition().retained().expect("there are records");
        assert_eq!(retained.quality, Quality::LowerBound, "the start is in remote storage");
    }
}

#[test]
fn what_is_local_now_but_not_when_it_is_asked_about_is_left_out() {
    for local in (75..300).step_by(5) {
        let mut world = world(3 * DAY);
        world.local_for = Some(Duration::from_secs(local));
        let (asked, _) = asked(&mut world, 40);
        let local = i64::try_from(local).expect("it is small") * SECOND;
        assert!(!asked.is_empty() && asked.iter().all(|ago| ago + 15 * SECOND < local), "{local}: {asked:?}");
    }
}

#[test]
fn what_is_local_is_known_as_well_as_ever() {
    for behind in [10 * MINUTE, HOUR, 5 * HOUR] {
        let mut world = world(behind);
        let (_, lag) = asked(&mut world, 9);
        assert_eq!(lag.quality, Quality::Bracketed, "{behind}: {lag:?}");
    }
}

#[test]
fn what_was_watched_is_known_though_it_went_to_remote_storage_since() {
    let mut world = world(0);
    asked(&mut world, 4 * 60 * 8);
    let (asked, lag) = asked(&mut world, 100);
    assert_eq!((asked, lag.quality), (Vec::new(), Quality::Bracketed));
    assert!(lag.seconds() > world::seconds(8 * HOUR), "{lag:?}");
}

#[test]
fn a_gap_in_what_was_watched_stays_coarse_where_it_is_remote() {
    let mut world = world(0);
    world.committed = world.log.end_at(7 * DAY + 2 * HOUR);
    asked(&mut world, 4 * 60);
    (world.now, world.grants) = (world.now + 4 * HOUR, false);
    let (wishes, lag) = asked(&mut world, 1);
    assert_eq!((wishes.len(), lag.quality), (1, Quality::Coarse), "it is local yet, so it is asked about");
    world.now += 7 * HOUR;
    let (asked, lag) = asked(&mut world, 20);
    assert_eq!((asked, lag.quality), (Vec::new(), Quality::Coarse), "{lag:?}");
}

#[test]
fn who_allows_it_or_does_not_know_of_remote_storage_asks_all() {
    let mut allowed = world(3 * DAY);
    allowed.thresholds.time_lag.asks_remote_storage = true;
    let mut unknown = world(3 * DAY);
    unknown.has_append_times = None;
    let mut all_local = world(3 * DAY);
    all_local.local_for = None;
    for mut world in [allowed, unknown, all_local] {
        let (asked, lag) = asked(&mut world, 20);
        assert_eq!(lag.quality, Quality::Bracketed, "{lag:?}");
        assert!(asked.iter().any(|ago| *ago > LOCAL), "{asked:?}");
        assert!(!world.ages.is_remote_unasked(TopicIndex(0)));
    }
}

#[test]
fn timestamps_are_not_tested_by_records_that_may_be_remote() {
    let mut world = world(100 * SECOND);
    (world.local_for, world.has_append_times) = (Some(Duration::from_mins(3)), Some(false));
    let (asked, _) = asked(&mut world, 200);
    assert!(!asked.is_empty() && asked.iter().all(|ago| *ago < 3 * MINUTE), "{asked:?}");
}

#[test]
fn where_nothing_is_local_for_sure_nothing_is_asked() {
    for has_append_times in [true, false] {
        let mut world = world(10 * MINUTE);
        (world.local_for, world.has_append_times) = (Some(Duration::ZERO), Some(has_append_times));
        let (asked, lag) = asked(&mut world, 100);
        assert_eq!((asked, lag.quality), (Vec::new(), Quality::LowerBound));
        assert!(world.wishes.iter().all(|wish| wish.at != Timestamp::default()));
    }
}
