//! In which pieces a partition is read, from its end towards its start.
//!
//! Not the reading.
//! Invariant: whatever ends it, what was read before is newer than what was not, but for the last piece.

use std::ops::Range;

/// Offsets in the first piece: few, as nobody knows yet how large the records are.
const FIRST: u64 = 100;
/// By how much pieces grow.
const GROWTH: u64 = 8;

/// See the module.
#[derive(Debug)]
pub(super) struct Pieces {
    start: i64,
    /// The offset before which nothing was read.
    until: i64,
    size: u64,
}

impl Pieces {
    /// Of a partition from its start to its end.
    pub(super) fn new(start: i64, end: i64) -> Self {
        Self { start, until: end, size: FIRST }
    }

    /// The next piece, where so many records may still be read, and so many offsets are likely to have the bytes that may.
    /// `None` when all was read.
    pub(super) fn next(&mut self, records_left: u64, likely: u64) -> Option<Range<i64>> {
        let size = self.size.min(records_left).min(likely.max(1));
        let before = i64::try_from(size).unwrap_or(i64::MAX);
        let from = self.until.saturating_sub(before).max(self.start);
        let piece = from..self.until;
        self.until = from;
        self.size = self.size.saturating_mul(GROWTH);
        (!piece.is_empty()).then_some(piece)
    }
}

/// The first and the last offset of a piece that were not read, where the reading ended after this offset of it, with which
/// older records than those were read. `None` where all were, or nothing of the piece.
pub(super) fn left_out(piece: &Range<i64>, last: Option<i64>) -> Option<(i64, i64)> {
    let first = last?.saturating_add(1);
    (first < piece.end).then(|| (first, piece.end.saturating_sub(1)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_follow_each_other_from_end_to_start(start in 0..1_000_000_i64, length in 0..3_000_000_i64) {
            let mut pieces = Pieces::new(start, start + length);
            let mut until = start + length;
            let mut count = 0;
            while let Some(piece) = pieces.next(u64::MAX, u64::MAX) {
                prop_assert_eq!(piece.end, until);
                until = piece.start;
                count += 1;
            }
            prop_assert_eq!(until, start);
            prop_assert!(count < 8, "{count}");
        }
    }

    #[test]
    fn what_a_piece_has_after_the_last_record_that_was_read_is_left_out() {
        assert_eq!(left_out(&(100..200), Some(149)), Some((150, 199)));
        assert_eq!(left_out(&(100..200), Some(198)), Some((199, 199)));
        assert_eq!(left_out(&(100..200), Some(199)), None);
        assert_eq!(left_out(&(100..200), None), None, "only newer records were read");
    }

    #[test]
    fn pieces_are_no_larger_than_what_may_be_read() {
        let mut pieces = Pieces::new(0, 100_000);
        assert_eq!(pieces.next(5_000, u64::MAX), Some(99_900..100_000));
        assert_eq!(pieces.next(4_900, 30), Some(99_870..99_900));
        assert_eq!(pieces.next(4_870, 0), Some(99_869..99_870));
        assert_eq!(pieces.next(7, u64::MAX), Some(99_862..99_869));
        assert_eq!(pieces.next(0, u64::MAX), None);
    }
}
