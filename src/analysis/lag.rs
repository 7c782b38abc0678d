//! The distance between a commit and the end, in records. All lag arithmetic of the program is here.
//!
//! Not whether a lag is bad, and not how old it is.
//! Invariant: at least 0, and never more than the distance to the end that was read.

use std::time::Duration;

use crate::model::{Condition, EndOffset, Moment};

/// A commit and when it was read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) offset: i64,
    pub(super) read: Moment,
}

/// What is known of a partition when its lag is computed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ends {
    /// The end as read in this poll, after the commit.
    pub(super) now: EndOffset,
    /// The end as read in the last poll, if it is of the same log.
    pub(super) before: Option<EndOffset>,
    /// The start, where it is known.
    pub(super) start: Option<i64>,
    /// Whether the topic was made anew since it was first seen.
    pub(super) is_recreated: bool,
}

/// Unread records as of the moment the commit was read, and how the commit lies to the partition.
///
/// Ends are read after commits, so the plain difference counts what was produced in between. The end
/// at the moment of the commit is found on the line between the last two readings.
pub(super) fn lag(commit: Reading, ends: &Ends) -> (u64, Condition) {
    let from = ends.start.map_or(commit.offset, |start| commit.offset.max(start));
    let lag = distance(from, end_at(commit.read, ends));
    (lag, condition(commit.offset, ends))
}

/// Offsets from `from` up to `to`; 0 if `to` is not beyond it.
pub(super) fn distance(from: i64, to: i64) -> u64 {
    if to > from { to.abs_diff(from) } else { 0 }
}

/// The flags go by the end as read, never by an estimate.
fn condition(committed: i64, ends: &Ends) -> Condition {
    match ends.start {
        _ if committed > ends.now.offset && ends.is_recreated => Condition::Recreated,
        _ if committed > ends.now.offset => Condition::Ahead,
        Some(start) if committed < start => Condition::BelowLogStart,
        _ => Condition::Normal,
    }
}

fn end_at(moment: Moment, ends: &Ends) -> i64 {
    let now = ends.now;
    match ends.before {
        Some(before) if before.offset <= now.offset && before.answered < now.answered => {
            let produced = distance(before.offset, now.offset);
            let span = now.answered.nanos_since(before.answered);
            let (by_then, _) = share(produced, moment.nanos_since(before.answered).min(span), span);
            before.offset.saturating_add_unsigned(by_then).min(now.offset)
        }
        _ => now.offset,
    }
}

/// Lag up to here cannot be told from being caught up: what is produced while a consumer that keeps
/// pace has not committed yet, and between the two readings; two more for the markers that end
/// transactions, which no consumer commits.
pub(super) fn noise_floor(ends: &Ends, commit_read: Moment, commit_interval: Duration) -> u32 {
    const MARKERS: u32 = 2;
    let Some(before) = ends.before else { return MARKERS };
    let produced = distance(before.offset, ends.now.offset);
    let span = ends.now.answered.nanos_since(before.answered);
    if span == 0 {
        return MARKERS;
    }
    let commit_interval = Moment::from_origin(commit_interval).nanos_since(Moment::default());
    let uncertain = commit_interval.saturating_add(ends.now.answered.nanos_since(commit_read));
    let (records, has_rest) = share(produced, uncertain, span);
    u32::try_from(records).unwrap_or(u32::MAX).saturating_add(has_rest.into()).saturating_add(MARKERS)
}

/// What of `records` falls into a part of a time in nanoseconds, rounded down, and whether it was rounded.
fn share(records: u64, part: u64, whole: u64) -> (u64, bool) {
    let whole = whole.max(1);
    // A division of 128 bits takes ten times as long, and there are two for each commit.
    if let Some(product) = records.checked_mul(part) {
        return (product / whole, !product.is_multiple_of(whole));
    }
    let (product, whole) = (u128::from(records) * u128::from(part), u128::from(whole));
    (u64::try_from(product / whole).unwrap_or(u64::MAX), !product.is_multiple_of(whole))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::from_origin(Duration::from_millis(milliseconds))
    }

    fn end(offset: i64, milliseconds: u64) -> EndOffset {
        EndOffset { offset, answered: at(milliseconds) }
    }

    fn ends(now: EndOffset) -> Ends {
        Ends { now, before: None, start: Some(0), is_recreated: false }
    }

    fn reading(offset: i64, milliseconds: u64) -> Reading {
        Reading { offset, read: at(milliseconds) }
    }

    #[test]
    fn without_a_past_the_end_as_read_counts() {
        assert_eq!(lag(reading(40, 900), &ends(end(100, 1000))), (60, Condition::Normal));
        assert_eq!(lag(reading(100, 900), &ends(end(100, 1000))), (0, Condition::Normal));
    }

    #[test]
    fn what_was_produced_between_the_readings_is_not_lag() {
        // 10,000 records a second, two seconds between the readings: 20,000 phantom records.
        let ends = Ends { before: Some(end(100_000, 0)), ..ends(end(300_000, 20_000)) };
        let (caught_up, _) = lag(reading(280_000, 18_000), &ends);
        assert_eq!(caught_up, 0);
        let (behind, _) = lag(reading(270_000, 18_000), &ends);
        assert_eq!(behind, 10_000);
    }

    #[test]
    fn a_commit_beyond_the_estimate_but_not_the_end_is_no_lag_and_no_oddity() {
        let ends = Ends { before: Some(end(0, 0)), ..ends(end(1000, 1000)) };
        assert_eq!(lag(reading(900, 500), &ends), (0, Condition::Normal));
    }

    #[test]
    fn a_log_that_shrank_gives_no_line() {
        let ends = Ends { before: Some(end(5000, 0)), ..ends(end(100, 1000)) };
        assert_eq!(lag(reading(40, 500), &ends), (60, Condition::Normal));
        assert_eq!(noise_floor(&ends, at(500), Duration::from_secs(5)), 2);
    }

    #[test]
    fn deleted_records_are_told_apart_from_unread_ones() {
        let ends = Ends { start: Some(10), ..ends(end(18, 1000)) };
        assert_eq!(lag(reading(5, 900), &ends), (8, Condition::BelowLogStart));
        let drained = Ends { start: Some(18), ..ends };
        assert_eq!(lag(reading(18, 900), &drained), (0, Condition::Normal));
    }

    #[test]
    fn a_commit_beyond_the_end_is_flagged() {
        assert_eq!(lag(reading(101, 900), &ends(end(100, 1000))), (0, Condition::Ahead));
        let recreated = Ends { is_recreated: true, ..ends(end(100, 1000)) };
        assert_eq!(lag(reading(101, 900), &recreated), (0, Condition::Recreated));
        assert_eq!(lag(reading(99, 900), &recreated), (1, Condition::Normal));
    }

    #[test]
    fn the_noise_floor_is_what_a_commit_interval_produces() {
        let ends = Ends { before: Some(end(0, 0)), ..ends(end(10_000, 10_000)) };
        assert_eq!(noise_floor(&ends, at(9_000), Duration::from_secs(5)), 6_002);
    }

    proptest! {
        #[test]
        fn a_share_is_that_of_exact_arithmetic(records: u64, part in 0..u64::MAX, whole in 1..u64::MAX) {
            let exact = u128::from(records) * u128::from(part);
            let expected = u64::try_from(exact / u128::from(whole)).unwrap_or(u64::MAX);
            prop_assert_eq!(share(records, part, whole), (expected, exact % u128::from(whole) != 0));
        }

        #[test]
        fn lag_is_at_most_the_distance_to_the_end(
            committed in 0..i64::MAX, start in 0..i64::MAX, now in 0..i64::MAX, before in proptest::option::of(0..i64::MAX),
            times in proptest::array::uniform3(0..u64::MAX / 1_000_000),
        ) {
            let ends = Ends {
                now: end(now, times[0]),
                before: before.map(|offset| end(offset, times[1])),
                start: Some(start),
                is_recreated: false,
            };
            let (lag, _) = lag(reading(committed, times[2]), &ends);
            prop_assert!(lag <= distance(committed.max(start), now));
            let _floor = noise_floor(&ends, at(times[2]), Duration::from_secs(5));
        }
    }
}
