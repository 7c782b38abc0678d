//! What is remembered of one partition: how many records came when, and how often it looked hot.
//!
//! Not a judgement.
//! Invariant: 136 bytes; a score is at most the one that makes hot.

use crate::model::PartitionId;

use super::super::compact::Offset;
use super::spans::{ABSENT, Counts, GAP, count, sum};

/// One partition.
#[derive(Debug)]
pub(super) struct PartitionHeat {
    /// At the end of the last sub-interval.
    end: Option<Offset>,
    /// Of the short window.
    pub(super) short: Counts,
    /// Of the long window.
    pub(super) long: Counts,
    /// Since the last sub-interval of the long window ended.
    gathered: u32,
    pub(super) id: PartitionId,
    pub(super) short_score: Score,
    pub(super) long_score: Score,
}

/// How often a partition looked hot in one window, and how it looked last.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Score {
    /// Times the rate of the others; infinite where they have none.
    pub(super) ratio: f32,
    pub(super) share: f32,
    points: u8,
    pub(super) is_hot: bool,
    pub(super) is_critical: bool,
    /// It gets nearly all records of its topic.
    pub(super) is_concentrated: bool,
}

impl PartitionHeat {
    /// One that is seen with its topic for the first time, or one that was added later.
    pub(super) fn new(id: PartitionId, is_added: bool) -> Self {
        Self {
            end: None,
            short: Counts::absent(),
            long: Counts::absent(),
            gathered: if is_added { ABSENT } else { 0 },
            id,
            short_score: Score::default(),
            long_score: Score::default(),
        }
    }

    /// Notes where the first sub-interval begins.
    pub(super) fn begin(&mut self, end: Option<i64>) {
        self.end = end.and_then(Offset::of);
    }

    /// Ends a sub-interval of the short window, and tells how many records came, if that is known.
    pub(super) fn take(&mut self, end: Option<i64>) -> Option<u32> {
        let before = std::mem::replace(&mut self.end, end.and_then(Offset::of));
        let records = match (before, self.end) {
            (Some(before), Some(now)) => count(before.get(), now.get()),
            (None, _) if self.short.last() == ABSENT => ABSENT,
            _ => GAP,
        };
        self.short.push(records);
        self.gathered = sum(self.gathered, records);
        (records < ABSENT).then_some(records)
    }

    /// Ends a sub-interval of the long window.
    pub(super) fn take_long(&mut self) {
        self.long.push(std::mem::take(&mut self.gathered));
    }

    /// Whether anything is left of it looking hot.
    pub(super) fn has_points(&self) -> bool {
        self.short_score.points > 0 || self.long_score.points > 0
    }

    /// The score that says it is hot, the newer one if both do.
    pub(super) fn hot(&self) -> Option<&Score> {
        [&self.short_score, &self.long_score].into_iter().find(|score| score.is_hot)
    }

    pub(super) fn is_critical(&self) -> bool {
        self.short_score.is_critical || self.long_score.is_critical
    }
}

impl Score {
    pub(super) fn has_points(&self) -> bool {
        self.points > 0
    }

    /// It looked hot once more; `enough` times make it so.
    pub(super) fn raise(&mut self, enough: u8) {
        self.points = self.points.saturating_add(1).min(enough);
        self.is_hot |= self.points >= enough;
    }

    /// It did not look hot.
    pub(super) fn lower(&mut self) {
        self.points = self.points.saturating_sub(1);
        if self.points == 0 {
            *self = Self::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_partition_takes_little_memory() {
        assert!(size_of::<PartitionHeat>() <= 136, "{} bytes", size_of::<PartitionHeat>());
    }

    #[test]
    fn what_is_not_known_is_a_gap_and_what_was_not_there_is_absent() {
        let mut heat = PartitionHeat::new(PartitionId(0), true);
        assert_eq!(
            [None, Some(5), Some(9), Some(3), Some(4), None, Some(8)].map(|end| heat.take(end)),
            [None, None, Some(4), None, Some(1), None, None]
        );
        assert_eq!(heat.take(Some(i64::MAX)), Some(u32::MAX - 2), "more is not counted");
    }

    #[test]
    fn a_score_enters_late_and_leaves_late() {
        let mut score = Score::default();
        (0..4).for_each(|_| score.raise(5));
        score.lower();
        score.raise(5);
        assert!(!score.is_hot);
        (0..9).for_each(|_| score.raise(5));
        assert!(score.is_hot);
        (0..4).for_each(|_| score.lower());
        assert!(score.is_hot);
        score.lower();
        assert!(!score.is_hot);
    }
}
