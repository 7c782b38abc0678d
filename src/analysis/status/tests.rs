//! What the rules say of every kind of facts.
//!
//! Not of histories, which are in `watch`.
//! Invariant: each rule has a case in which it holds and one in which it just does not.

use super::*;
use crate::analysis::trend::Point;
use crate::model::Thresholds;

const WINDOW: f64 = 600.0;

/// Of a consumer that is behind, alive and watched for long, and of which nothing else is to be said.
fn behind() -> Facts {
    Facts {
        condition: Condition::Normal,
        is_truncated: false,
        lost: 0,
        hidden: 0,
        quiet: Quiet::No,
        reader: Reader::Member,
        unmoved: 0.0,
        went_back: None,
        sample_count: 40,
        watched: WINDOW,
        time_lag: Some(600.0),
    }
}

/// Lags in seconds that change by so much per second, over the window.
fn changing(velocity: f32) -> Trend {
    trend_of(|number| 1000.0 + velocity * 45.0 * f32::from(number))
}

/// Lags over the window.
fn trend_of(lag: impl Fn(u8) -> f32) -> Trend {
    trend_over(14, lag)
}

/// So many lags, one in 45 seconds.
fn trend_over(count: u8, lag: impl Fn(u8) -> f32) -> Trend {
    let points: Vec<_> = (0..count).map(|number| Point { at: f32::from(number) * 45.0, value: lag(number) }).collect();
    Trend::of(&points)
}

fn verdict(facts: Facts, trend: Trend) -> Verdict {
    verdict_with(facts, 90.0, trend)
}

fn verdict_with(facts: Facts, pause: f64, trend: Trend) -> Verdict {
    let thresholds = &Thresholds::default().status;
    judge(&facts, &Limits { window: WINDOW, stalled_after: 120.0, stopped_after: 600.0, pause, thresholds }, || trend)
}

fn check(facts: Facts, expected: Status) {
    assert_eq!(verdict(facts, changing(0.0)).0, expected, "{facts:?}");
}

#[test]
fn a_commit_that_lies_oddly_says_it_all() {
    use Condition::{Ahead, BelowLogStart, NoCommit, Normal, Recreated, Unknown};
    for (condition, expected) in [
        (Unknown, Status::Unknown),
        (NoCommit, Status::NoCommit),
        (Recreated, Status::Recreated),
        (Ahead, Status::Ahead),
        (BelowLogStart, Status::LaggingSteady),
        (Normal, Status::LaggingSteady),
    ] {
        check(Facts { condition, ..behind() }, expected);
    }
    // It needs no past, and nothing that is quiet hides it.
    check(Facts { condition: Ahead, quiet: Quiet::Now, sample_count: 1, watched: 0.0, ..behind() }, Status::Ahead);
    check(Facts { condition: Ahead, is_truncated: true, ..behind() }, Status::Truncated);
    check(Facts { is_truncated: true, quiet: Quiet::Now, ..behind() }, Status::Truncated);
}

#[test]
fn lost_records_and_open_transactions_come_before_being_caught_up() {
    check(Facts { lost: 1, quiet: Quiet::Now, ..behind() }, Status::DataLoss);
    check(Facts { hidden: 1, quiet: Quiet::Now, ..behind() }, Status::TxnBlocked);
    check(Facts { hidden: 1, lost: 1, ..behind() }, Status::DataLoss);
    let blocked = Facts { hidden: 5, unmoved: 900.0, ..behind() };
    assert_eq!(verdict(blocked, changing(1.0)), (Status::TxnBlocked, Because::OpenTransaction { hidden: 5 }));
}

#[test]
fn who_touched_the_end_within_the_window_is_well() {
    for (quiet, because) in [
        (Quiet::Now, Because::CaughtUp),
        (Quiet::OnlyMarkers, Because::OnlyMarkers),
        (Quiet::Lately(590.0), Because::CaughtUpLately { seconds_ago: 590.0 }),
    ] {
        let facts = Facts { quiet, reader: Reader::Gone, unmoved: 9000.0, sample_count: 1, watched: 0.0, ..behind() };
        assert_eq!(verdict(facts, changing(1.0)), (Status::Ok, because));
        assert_eq!(verdict(Facts { unmoved: 0.0, sample_count: 40, ..facts }, changing(1.0)), (Status::Ok, because));
    }
    check(Facts { reader: Reader::Gone, unmoved: 9000.0, ..behind() }, Status::Stopped);
}

#[test]
fn who_has_not_moved_since_there_is_something_to_read_is_not_well_for_the_rest_of_the_window() {
    let idle = Facts { unmoved: 9000.0, ..behind() };
    for (reader, ago, expected) in [
        (Reader::Member, 119.0, Status::Ok),
        (Reader::Member, 120.0, Status::Stalled),
        (Reader::Gone, 599.0, Status::Ok),
        (Reader::Gone, 600.0, Status::Stopped),
    ] {
        check(Facts { reader, quiet: Quiet::Lately(ago), ..idle }, expected);
    }
    check(Facts { quiet: Quiet::Lately(300.0), unmoved: 119.0, ..behind() }, Status::Ok);
    // Whose group pauses for longer now and then is given that time.
    let facts = Facts { quiet: Quiet::Lately(300.0), ..idle };
    assert_eq!(verdict_with(facts, 301.0, changing(1.0)).0, Status::Ok);
    assert_eq!(verdict_with(Facts { quiet: Quiet::No, ..facts }, 301.0, changing(1.0)).0, Status::Stalled);
}

#[test]
fn who_reads_tells_stopped_from_stalled_and_unassigned() {
    use Reader::{Gone, Member, Moving, NoMember, NotTold, NotWanted, Unseen};
    for (reader, unmoved, expected) in [
        (Gone, 600.0, Status::Stopped),
        (Gone, 599.0, Status::LaggingSteady),
        (Unseen { is_active: Some(false) }, 600.0, Status::Stopped),
        (Unseen { is_active: Some(false) }, 599.0, Status::LaggingSteady),
        (Unseen { is_active: None }, 9000.0, Status::LaggingSteady),
        (Unseen { is_active: Some(true) }, 120.0, Status::Stalled),
        (Unseen { is_active: Some(true) }, 119.0, Status::LaggingSteady),
        (Member, 120.0, Status::Stalled),
        (Member, 119.0, Status::LaggingSteady),
        (NoMember, 0.0, Status::Unassigned),
        (NotWanted, 9000.0, Status::LaggingSteady),
        (Moving { is_excused: true }, 9000.0, Status::LaggingSteady),
        (Moving { is_excused: false }, 120.0, Status::Stalled),
        (NotTold, 600.0, Status::Stalled),
        (NotTold, 599.0, Status::LaggingSteady),
    ] {
        check(Facts { reader, unmoved, ..behind() }, expected);
    }
    let stalled = verdict(Facts { unmoved: 300.0, ..behind() }, changing(1.0));
    assert_eq!(stalled, (Status::Stalled, Because::NotMoved { seconds: 300.0, allowed: 120.0 }));
}

#[test]
fn going_back_is_told_unless_nobody_reads() {
    check(Facts { went_back: Some(9), ..behind() }, Status::Rewind);
    check(Facts { went_back: Some(9), unmoved: 300.0, ..behind() }, Status::Rewind);
    check(Facts { went_back: Some(9), quiet: Quiet::Lately(1.0), ..behind() }, Status::Ok);
    check(Facts { went_back: Some(9), reader: Reader::Gone, unmoved: 900.0, ..behind() }, Status::Stopped);
}

#[test]
fn what_was_not_watched_for_long_is_unknown() {
    let restarted = Facts { sample_count: 4, watched: 45.0, ..behind() };
    let wanted = Because::TooShort { watched: 45.0, wanted: 300.0 };
    assert_eq!(verdict(restarted, changing(1.0)), (Status::Unknown, wanted));
    check(Facts { reader: Reader::Gone, unmoved: 9000.0, ..restarted }, Status::Unknown);
    check(Facts { reader: Reader::NoMember, ..restarted }, Status::Unassigned);
    check(Facts { watched: 299.0, ..behind() }, Status::Unknown);
    check(Facts { watched: 300.0, ..behind() }, Status::LaggingSteady);
    // Who did not move for too long was watched for long enough to tell that.
    check(Facts { watched: 200.0, unmoved: 200.0, ..behind() }, Status::Stalled);
    check(Facts { time_lag: None, ..behind() }, Status::Unknown);
    assert_eq!(verdict(behind(), Trend::default()).0, Status::Unknown);
}

#[test]
fn a_trend_needs_significance_speed_and_distance() {
    for (velocity, time_lag, expected) in [
        (0.06, 600.0, Status::FallingBehind),
        (1.0, 30.0, Status::FallingBehind),
        (1.0, 29.0, Status::LaggingSteady),
        (0.04, 600.0, Status::LaggingSteady),
        (0.0, 600.0, Status::LaggingSteady),
        (-0.04, 600.0, Status::LaggingSteady),
        (-0.06, 600.0, Status::CatchingUp),
        (-0.06, 1.0, Status::CatchingUp),
    ] {
        let facts = Facts { time_lag: Some(time_lag), ..behind() };
        assert_eq!(verdict(facts, changing(velocity)).0, expected, "{velocity} {time_lag}");
    }
    let (_, because) = verdict(behind(), changing(0.5));
    assert!(matches!(because, Because::Trend { velocity, z } if (velocity - 0.5).abs() < 0.01 && z > 4.0));
    // Within 360 seconds as far as it must go in 600, and not as far.
    for (velocity, expected) in [(0.09, Status::FallingBehind), (0.08, Status::LaggingSteady)] {
        let half = |velocity: f32| trend_over(9, |number| 1000.0 + velocity * 45.0 * f32::from(number));
        assert_eq!(verdict(behind(), half(velocity)).0, expected, "{velocity}");
        let better = if expected == Status::FallingBehind { Status::CatchingUp } else { expected };
        assert_eq!(verdict(behind(), half(-velocity)).0, better, "-{velocity}");
    }
    // Up and down in turn: fast at any moment, and no trend.
    let turning = trend_of(|number| f32::from(number % 2) * 500.0);
    assert_eq!(verdict(behind(), turning), (Status::LaggingSteady, Because::NoTrend));
}
