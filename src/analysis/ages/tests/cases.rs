//! What may happen to a partition and its clocks, one case each.
//!
//! Not chance; see `any`.
//! Invariant: polls every 15 seconds unless a case says otherwise.

use super::*;
use crate::model::{ProblemKind, Quality, TimeLag, Timestamp, Unknown};

/// A producer that appends three records every seven seconds from the world's beginning until then.
fn steady(until: i64) -> Log {
    let mut log = Log::default();
    log.steady(0, until, 7_000, 3);
    log
}

/// Watched from its third hour on for so long, by a consumer that stopped where the log was an hour before that.
fn watched(log: Log, time: i64) -> (World, TimeLag) {
    let mut world = World::new(log, 3 * HOUR);
    world.committed = world.log.end_at(2 * HOUR);
    let lag = world.poll_until(3 * HOUR + time);
    (world, lag)
}

fn assert_true(world: &World, lag: &TimeLag) {
    let truth = world.truth(world.committed);
    assert!(lag.at_least() <= truth && truth <= lag.at_most(), "{truth}: {lag:?}");
}

fn assert_close(left: f64, right: f64, tolerance: f64) {
    assert!((left - right).abs() <= tolerance, "{left} is not {right}");
}

#[test]
fn a_steady_log_is_known_to_a_hundredth() {
    let mut world = World::new(steady(2 * DAY), HOUR);
    world.grants = false;
    world.committed = world.log.end_at(2 * HOUR);
    for hour in 3..30 {
        let lag = world.poll_until(hour * HOUR);
        assert_true(&world, &lag);
        assert_eq!(lag.quality, Quality::Bracketed);
        assert_close(lag.seconds() / world.truth(world.committed), 1.0, 0.01);
    }
}

#[test]
fn whoever_caught_up_has_no_lag_in_time_whether_anything_is_produced_or_not() {
    let (world, _) = watched(steady(3 * HOUR), HOUR);
    let end = world.log.end_at(world.now);
    assert_eq!(world.time_lag(end), TimeLag::ZERO);
    assert_eq!(world.time_lag(end + 5), TimeLag::ZERO);
}

#[test]
fn behind_an_idle_producer_a_second_of_lag_is_gained_in_a_second() {
    let mut log = Log::default();
    log.append(0, 10);
    log.append(HOUR + 5 * SECOND, 10);
    let mut world = World::new(log, HOUR - MINUTE);
    world.committed = 10;
    world.grants = false;
    let mut last = world.poll_until(HOUR + MINUTE);
    assert_eq!(last.quality, Quality::Bracketed);
    let step = 10 * HOUR;
    // Far beyond the horizon, and until the process is two years old.
    for _ in 0..2 * 365 * DAY / step {
        let lag = world.poll(world.now + step);
        assert_true(&world, &lag);
        // After a year or so the row of a table is full.
        if world.now < 380 * DAY {
            assert_close(lag.seconds() - last.seconds(), world::seconds(step), 0.1);
        }
        last = lag;
    }
    assert!(last.at_least() > 370.0 * 86_400.0, "{last:?}");
}

#[test]
fn a_producer_that_stopped_before_the_process_began_is_found_out_by_asking() {
    let (world, lag) = watched(steady(HOUR), 3 * MINUTE);
    // The last record; the consumer has read the others.
    let mut world = World { committed: world.log.end_at(HOUR) - 1, ..world };
    assert_eq!(lag, TimeLag::ZERO);
    let lag = world.poll_until(3 * HOUR + 6 * MINUTE);
    assert_eq!(lag.quality, Quality::Bracketed);
    assert_true(&world, &lag);
    assert_close(lag.seconds(), world.truth(world.committed), 0.1 * lag.seconds());
}

#[test]
fn a_topic_made_anew_has_no_past() {
    let (mut world, lag) = watched(steady(5 * HOUR), HOUR);
    assert_eq!(lag.quality, Quality::Bracketed);
    let mut log = Log::default();
    log.append(world.now + SECOND, 100_000);
    (world.log, world.id, world.grants) = (log, 2, false);
    let lag = world.poll(world.now + 15 * SECOND);
    assert_eq!((lag.quality, lag.at_least()), (Quality::LowerBound, 0.0));
    assert!(world.partition().start_moved_ago().is_none());
}

#[test]
fn of_a_log_that_was_cut_what_is_left_keeps_its_age() {
    let (mut world, _) = watched(steady(3 * HOUR + 30 * MINUTE), 40 * MINUTE);
    let before = world.time_lag(world.committed);
    let cut = world.log.end_at(3 * HOUR + 5 * MINUTE);
    let mut log = steady(3 * HOUR + 5 * MINUTE);
    log.steady(world.now + 20 * SECOND, world.now + HOUR, 1_000, 100);
    world.log = log;
    let lag = world.poll(world.now + 15 * SECOND);
    assert_close(lag.seconds() - before.seconds(), 15.0, 0.1);
    assert_eq!(world.time_lag(cut), TimeLag::ZERO);
    world.poll_until(3 * HOUR + 50 * MINUTE);
    world.committed = cut;
    assert_true(&world, &world.time_lag(cut));
    assert!(world.time_lag(cut).seconds() < 700.0);
}

#[test]
fn below_the_start_the_first_record_that_is_left_counts() {
    let (mut world, _) = watched(steady(5 * HOUR), HOUR);
    world.start = world.log.end_at(3 * HOUR + 30 * MINUTE);
    let lag = world.poll(world.now + 15 * SECOND);
    assert_true(&world, &lag);
    assert_close(lag.seconds(), 1_800.0, 180.0);
    assert_eq!(world.partition().retained().map(|age| age.quality), Some(Quality::Bracketed));
    assert_eq!(world.partition().start_moved_ago(), Some(15.0), "at some time since the poll before");
    world.poll_until(world.now + 5 * MINUTE);
    assert_eq!(world.partition().start_moved_ago(), Some(315.0));
    world.start = world.log.end_at(world.now);
    world.poll(world.now);
    assert_eq!(world.time_lag(0), TimeLag::ZERO);
    assert_eq!(world.partition().retained(), None);
}

#[test]
fn the_age_of_the_start_is_asked_for_where_somebody_lags() {
    let mut log = Log::default();
    log.steady(0, 20 * DAY, 60_000, 3);
    let mut world = World::new(log, 15 * DAY);
    world.committed = world.log.end_at(15 * DAY - HOUR);
    world.poll(15 * DAY);
    assert_eq!(world.partition().retained().map(|age| age.quality), Some(Quality::LowerBound));
    world.poll_until(15 * DAY + 5 * MINUTE);
    let retained = world.partition().retained().expect("there are records");
    assert_eq!(retained.quality, Quality::Bracketed);
    assert_close(retained.seconds(), 15.0 * 86_400.0 + 300.0, 1.0);
}

#[test]
fn a_backfill_with_times_of_yesterday_does_not_disturb_what_was_seen() {
    for has_append_times in [None, Some(false)] {
        let mut world = World::new(steady(5 * HOUR), 3 * HOUR);
        (world.stamp, world.has_append_times) = (|time| time - DAY + 6 * HOUR, has_append_times);
        // From before the process began: times tell nothing, so it stays a lower bound.
        world.committed = world.log.end_at(2 * HOUR);
        let lag = world.poll_until(3 * HOUR + 20 * MINUTE);
        assert_true(&world, &lag);
        assert_eq!(lag.quality, Quality::LowerBound);
        assert_close(lag.seconds(), 1_200.0, 20.0);
        // From after it began.
        world.committed = world.log.end_at(3 * HOUR + 5 * MINUTE);
        let lag = world.poll_until(3 * HOUR + 40 * MINUTE);
        assert_true(&world, &lag);
        assert_eq!(lag.quality, Quality::Bracketed);
    }
}

#[test]
fn what_is_told_after_a_start_is_not_certain_before_it_was_compared() {
    for (is_idle, written_until) in [(false, 9 * HOUR), (true, 5 * HOUR)] {
        for has_append_times in [None, Some(false)] {
            let mut world = World::new(steady(written_until), 6 * HOUR);
            (world.stamp, world.has_append_times) = (|time| time - 20 * HOUR, has_append_times);
            world.committed = world.log.end_at(4 * HOUR);
            let mut lag = TimeLag::ZERO;
            for _ in 0..40 {
                lag = world.poll(world.now + 15 * SECOND);
                let start = world.partition().retained().expect("there are records");
                for (age, truth) in [(lag, world.truth(world.committed)), (start, world.truth(0))] {
                    let is_true = age.at_least() <= truth && truth <= age.at_most();
                    assert!(is_true || age.is_untested, "{truth}: {age:?}");
                    assert!(!age.is_untested || age.quality >= Quality::Coarse, "{age:?}");
                }
            }
            // Where nothing is written any more, nothing can be compared.
            let expected = if is_idle { (Quality::Coarse, true) } else { (Quality::LowerBound, false) };
            assert_eq!((lag.quality, lag.is_untested), expected, "{lag:?}");
        }
    }
}

#[test]
fn a_producer_whose_clock_is_an_hour_ahead_is_not_believed() {
    let mut world = World::new(steady(9 * HOUR), 6 * HOUR);
    (world.stamp, world.has_append_times) = (|time| time + HOUR, Some(false));
    world.committed = world.log.end_at(4 * HOUR);
    world.poll_until(6 * HOUR + 3 * MINUTE);
    let lag = world.poll_until(6 * HOUR + 10 * MINUTE);
    assert_true(&world, &lag);
    assert_eq!(lag.quality, Quality::LowerBound);
    world.committed = world.log.end_at(6 * HOUR + MINUTE);
    let lag = world.poll_until(6 * HOUR + 20 * MINUTE);
    assert_true(&world, &lag);
    assert_eq!(lag.quality, Quality::Bracketed);
}

#[test]
fn a_clock_that_was_wrong_and_is_right_again_is_believed_again() {
    let mut world = World::new(steady(9 * HOUR), 3 * HOUR);
    world.has_append_times = None;
    world.stamp =
        |time| if (3 * HOUR - 10 * MINUTE..3 * HOUR + 30 * MINUTE).contains(&time) { time + 20 * MINUTE } else { time };
    world.committed = world.log.end_at(2 * HOUR);
    assert_eq!(world.poll_until(3 * HOUR + 10 * MINUTE).quality, Quality::LowerBound);
    assert_eq!(world.poll_until(4 * HOUR + 30 * MINUTE).quality, Quality::Bracketed);
    assert_true(&world, &world.time_lag(world.committed));
}

#[test]
fn our_own_clock_may_step_back() {
    let (mut world, before) = watched(steady(5 * HOUR), 10 * MINUTE);
    assert_eq!(before.quality, Quality::Bracketed);
    world.wall_ahead = -30 * SECOND;
    let mut last = world.poll(world.now + 15 * SECOND);
    for _ in 0..20 {
        let lag = world.poll(world.now + 15 * SECOND);
        assert!(lag.at_least() >= last.at_least(), "{lag:?} after {last:?}");
        last = lag;
    }
    // By the wrong clock the records are half a minute younger; that is within the precision asked for.
    assert_eq!(last.quality, Quality::Bracketed);
    assert_close(last.seconds(), world.truth(world.committed), 600.0);
    let watched = world.log.end_at(3 * HOUR + 5 * MINUTE);
    assert_close(world.time_lag(watched).seconds(), world.truth(watched), 15.0);
}

#[test]
fn when_what_was_told_is_forgotten_what_was_read_is_not() {
    let (mut world, _) = watched(steady(HOUR), 0);
    world.committed = world.log.end_at(HOUR) - 1;
    assert_eq!(world.poll_until(3 * HOUR + 30 * MINUTE).quality, Quality::Bracketed);
    (world.wall_ahead, world.grants) = (-MINUTE, false);
    let lag = world.poll(world.now + 15 * SECOND);
    assert_eq!(lag.quality, Quality::LowerBound);
    assert_close(lag.seconds(), 1_800.0, 15.1);
}

#[test]
fn a_clock_that_runs_ahead_of_the_brokers_is_not_believed() {
    let mut world = World::new(steady(9 * HOUR), 6 * HOUR);
    world.wall_ahead = HOUR;
    world.committed = world.log.end_at(4 * HOUR);
    world.poll_until(6 * HOUR + 5 * MINUTE);
    let recent = world.log.end_at(6 * HOUR + 2 * MINUTE);
    assert_close(world.time_lag(recent).seconds(), world.truth(recent), 15.0);
}

#[test]
fn a_broker_that_answers_errors_is_asked_ever_more_rarely() {
    let (mut world, _) = watched(steady(5 * HOUR), 0);
    world.answer = Some(Err(Unknown::Failed(ProblemKind::Timeout)));
    world.poll(3 * HOUR);
    let mut wishes = 0;
    for _ in 0..200 {
        let lag = world.poll(world.now + 15 * SECOND);
        assert_eq!(lag.quality, Quality::LowerBound);
        wishes += world.wishes.iter().filter(|wish| wish.at != Timestamp::default()).count();
    }
    assert!((5..12).contains(&wishes), "{wishes}");
}

#[test]
fn all_records_being_older_is_an_answer() {
    let (mut world, _) = watched(steady(HOUR), 0);
    world.committed = world.log.end_at(HOUR / 2);
    let lag = world.poll_until(3 * HOUR + 3 * MINUTE);
    assert_true(&world, &lag);
    assert_eq!(lag.quality, Quality::Bracketed);
}

#[test]
fn missed_polls_leave_a_wider_bracket_that_an_answer_narrows() {
    let mut world = World::new(steady(5 * HOUR), 2 * HOUR);
    (world.grants, world.committed) = (false, world.log.end_at(2 * HOUR + 30 * MINUTE));
    world.poll_until(2 * HOUR + 10 * MINUTE);
    world.poll(3 * HOUR);
    let lag = world.poll_until(3 * HOUR + MINUTE);
    assert_eq!(lag.quality, Quality::Coarse);
    assert_true(&world, &lag);
    world.grants = true;
    let lag = world.poll_until(3 * HOUR + 3 * MINUTE);
    assert_eq!(lag.quality, Quality::Bracketed);
    assert_true(&world, &lag);
}

#[test]
fn production_is_told_once_half_of_the_window_was_watched() {
    let mut log = Log::default();
    log.steady(0, 10 * HOUR, 1_000, 5);
    let mut world = World::new(log, HOUR);
    world.poll_until(HOUR + 5 * MINUTE - SECOND);
    assert_eq!(world.partition().produced_per_second(), None);
    for minutes in [6, 10, 11, 60, 300] {
        world.poll_until(HOUR + minutes * MINUTE);
        assert_close(world.partition().produced_per_second().expect("it is known"), 5.0, 0.02);
    }
}

#[test]
fn production_after_a_silence_is_that_of_the_window() {
    let mut log = Log::default();
    log.append(0, 1_000);
    log.append(5 * HOUR, 600);
    let mut world = World::new(log, HOUR);
    world.poll_until(5 * HOUR);
    assert_close(world.partition().produced_per_second().expect("it is known"), 1.0, 1e-9);
    world.poll_until(5 * HOUR + 15 * MINUTE);
    assert_close(world.partition().produced_per_second().expect("it is known"), 0.0, 1e-9);
}
