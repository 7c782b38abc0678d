//! For how long a log keeps its records, each time its start moved: whether that becomes less, as it does where the size is
//! limited and more is written.
//!
//! Not the age of the oldest record now: between two deletions that grows by a second per second.
//! Invariant: three readings at most of each partition whose start moves, however often it does.

use crate::model::{PartitionId, Quality, TimeLag};

use super::ticks::{self, PER_SECOND, Ticks};

/// Readings are compared over this time at least, and over no more than twice of it unless starts move more rarely.
const SPAN: Ticks = 1800 * PER_SECOND;

/// How old the oldest record was that a deletion left.
#[derive(Clone, Copy, Debug)]
struct Kept {
    at: Ticks,
    age: TimeLag,
}

#[derive(Clone, Copy, Debug)]
struct Past {
    partition: PartitionId,
    first: Kept,
    middle: Kept,
    last: Kept,
}

/// The partitions of a topic whose start was seen to move, in order of number.
#[derive(Debug, Default)]
pub(super) struct KeptAges(Vec<Past>);

impl KeptAges {
    /// Notes how old the oldest record is after the start has moved.
    pub(super) fn note(&mut self, partition: PartitionId, at: Ticks, age: TimeLag) {
        if age.quality == Quality::LowerBound {
            return;
        }
        let now = Kept { at, age };
        match self.0.binary_search_by_key(&partition, |past| past.partition) {
            Err(place) => self.0.insert(place, Past { partition, first: now, middle: now, last: now }),
            Ok(place) => {
                let Some(past) = self.0.get_mut(place) else { return };
                if at - past.middle.at >= SPAN {
                    (past.first, past.middle) = (past.middle, now);
                }
                past.last = now;
            }
        }
    }

    /// Seconds by which records are kept shorter with each second; 0 where that is not certain.
    pub(super) fn shrinking(&self, partition: PartitionId) -> f64 {
        let place = self.0.binary_search_by_key(&partition, |past| past.partition);
        let Some(Past { first, last, .. }) = place.ok().and_then(|place| self.0.get(place)) else { return 0.0 };
        let is_certain = last.at - first.at >= SPAN && last.age.at_most() < first.age.at_least();
        let shrunk = first.age.seconds() - last.age.seconds();
        if is_certain { shrunk / ticks::seconds(last.at - first.at) } else { 0.0 }
    }

    /// Drops what is of another log, or of partitions that nobody reads any more.
    pub(super) fn retain(&mut self, is_kept: impl Fn(PartitionId) -> bool) {
        self.0.retain(|past| is_kept(past.partition));
    }
}
