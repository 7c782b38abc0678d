//! Whether records' timestamps tell when they were appended.
//!
//! Not a correction: where clocks disagree, what timestamps tell is left out.
//! Invariant: timestamps are believed only as far as they agree with ends that were read at known times.

use super::anchors::Anchors;
use super::ticks::{PER_SECOND, Ticks};

/// What is known of a partition's timestamps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Domain {
    /// Nothing yet: no record was both told of and seen to be appended.
    Untested,
    /// They agree with appending within the tolerance; the greatest difference seen, in ticks.
    Agrees(u16),
    /// They do not: a backfill, a producer with a wrong clock, or our own clock is wrong.
    Differs,
}

/// Producers wait for batches to fill and send again what failed: up to here a timestamp is as good as that of the append.
const TOLERANCE: Ticks = 5 * PER_SECOND;

/// What a broker told: the first record of this time or later.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The time that was asked for.
    pub(super) asked: Ticks,
    /// The offset of the record; the end where all records are older.
    pub(super) offset: i64,
    /// The record's time; `None` where all records are older.
    pub(super) time: Option<Ticks>,
    /// Whether there are records before that one, which are older than what was asked for.
    pub(super) follows_others: bool,
}

impl Domain {
    /// What is known after an answer, and whether the answer tested anything.
    pub(super) fn tested(self, told: &Told, anchors: &Anchors) -> (Self, bool) {
        let Some((difference, is_between)) = difference(told, anchors) else { return (self, false) };
        match (self, u16::try_from(difference).ok().filter(|_| difference <= TOLERANCE)) {
            (_, None) => (Self::Differs, true),
            (Self::Agrees(known), Some(difference)) => (Self::Agrees(known.max(difference)), is_between),
            (_, Some(difference)) if is_between => (Self::Agrees(difference), true),
            _ => (self, false),
        }
    }

    /// By how much a time that was told may be wrong.
    pub(super) fn skew(self) -> Ticks {
        match self {
            Self::Agrees(skew) => Ticks::from(skew),
            Self::Untested | Self::Differs => 0,
        }
    }
}

/// By how much the answer contradicts the ends that were read, and whether ends were read on both sides of the record.
fn difference(told: &Told, anchors: &Anchors) -> Option<(Ticks, bool)> {
    let mut difference = None;
    let mut differ = |by: Ticks| difference = Some(difference.unwrap_or(0).max(by));
    let mut is_between = false;
    if let Some(time) = told.time {
        let (before, after) = anchors.bracket_read(told.offset);
        is_between = before.is_some() && after.is_some();
        if let Some(before) = before.filter(|_| is_between) {
            differ(before.time - time);
        }
        if let Some(after) = after {
            differ(time - after.time);
        }
    }
    let before = told.follows_others.then(|| anchors.bracket_read(told.offset.saturating_sub(1)).0).flatten();
    if let Some(before) = before {
        // The record before that one was appended after this, and is older than what was asked for.
        differ(before.time - told.asked);
    }
    difference.map(|difference| (difference, is_between))
}
