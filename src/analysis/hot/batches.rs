//! How much the number of records varies because they come in batches, of a whole topic and for longer than a window.
//!
//! Not the variance of one partition in one window, which is in `loads`: ten sub-intervals of a few batches tell it so badly that
//! two partitions that get the same look hot by chance.
//! Invariant: the median of blocks, so that one burst, or one change of who is hot, changes next to nothing.

use super::partition::PartitionHeat;
use super::spans::{ABSENT, Spans};

/// Two hours: many batches even of topics that get few, and new habits of producers count for half after one.
const BLOCKS: usize = 8;
const BLOCK_SECONDS: f32 = 900.0;

/// What is remembered of a topic.
#[derive(Debug, Default)]
pub(super) struct Batches {
    /// Variance for each record of the last blocks; 0 where nothing was written.
    blocks: [f32; BLOCKS],
    newest: usize,
    /// Of the block of now: the sums that its quotient is made of, and seconds.
    squares: f64,
    records: f64,
    seconds: f32,
}

impl Batches {
    /// Takes in the newest sub-interval of the short window.
    pub(super) fn take(&mut self, spans: &Spans, partitions: &[PartitionHeat]) {
        let [.., before, now] = spans.all() else { return };
        let (before, now) = (f64::from(*before), f64::from(*now));
        let (each_before, each_now) = (1.0 / before, 1.0 / now);
        let (mut squares, mut records) = (0.0, 0.0);
        for heat in partitions {
            let [.., old, new] = heat.short.within(spans) else { continue };
            if *old >= ABSENT || *new >= ABSENT {
                continue;
            }
            let (old, new) = (f64::from(*old), f64::from(*new));
            // Of neighbours, so that a rate that changes slowly is no variance.
            squares += (new * each_now - old * each_before).powi(2);
            records += new + old;
        }
        self.squares += squares / (each_now + each_before);
        self.records += records / (now + before);
        self.seconds += spans.all().last().copied().unwrap_or_default();
        if self.seconds >= BLOCK_SECONDS {
            self.close();
        }
    }

    fn close(&mut self) {
        #[expect(clippy::cast_possible_truncation, reason = "three digits of it matter")]
        let each = if self.records > 0.0 { (self.squares / self.records) as f32 } else { 0.0 };
        (self.squares, self.records, self.seconds) = (0.0, 0.0, 0.0);
        // A block without records tells nothing about batches, and what others told still holds.
        if each > 0.0 {
            self.newest = (self.newest + 1) % BLOCKS;
            if let Some(block) = self.blocks.get_mut(self.newest) {
                *block = each;
            }
        }
    }

    /// The variance for each record; 0 where that is not known yet.
    pub(super) fn dispersion(&self) -> f64 {
        let mut blocks = self.blocks;
        blocks.sort_unstable_by(f32::total_cmp);
        let known = blocks.partition_point(|block| *block <= 0.0);
        let told = blocks.get(known..).unwrap_or_default();
        let at = |place: usize| told.get(place).copied().map_or(0.0, f64::from);
        f64::midpoint(at(told.len().saturating_sub(1) / 2), at(told.len() / 2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::PartitionId;

    /// Partitions that get these records in each half minute.
    fn told(minutes: usize, mut records: impl FnMut(usize, usize) -> u32) -> Batches {
        let (mut batches, mut spans) = (Batches::default(), Spans::default());
        let mut partitions: Vec<_> = (0..4).map(|id| PartitionHeat::new(PartitionId(id), false)).collect();
        for piece in 0..2 * minutes {
            spans.push(30.0, 300.0);
            for (place, heat) in partitions.iter_mut().enumerate() {
                heat.short.push(records(place, piece));
            }
            batches.take(&spans, &partitions);
        }
        batches
    }

    #[test]
    fn records_in_batches_vary_by_the_length_of_batches() {
        let mut random = fastrand::Rng::with_seed(1);
        for (batch, expected) in [(1, 1.0), (20, 20.0), (200, 200.0)] {
            // Thirty batches in every sub-interval, of the same length each.
            let mut random = || (0..3000).filter(|_| random.u32(..100) == 0).count();
            let batches = told(120, |_, _| u32::try_from(random()).unwrap_or(0) * batch);
            assert!((batches.dispersion() / expected - 1.0).abs() < 0.15, "{batch}: {}", batches.dispersion());
        }
    }

    #[test]
    fn a_burst_and_another_partition_that_becomes_hot_change_next_to_nothing() {
        let usual = |place: usize, piece: usize| if (place + piece).is_multiple_of(2) { 900 } else { 1100 };
        let before = told(120, usual).dispersion();
        let burst = |place: usize, piece: usize| if piece == 100 { 5_000_000 } else { usual(place, piece) };
        let hot = |place: usize, piece: usize| usual(place, piece) * if place == piece / 100 { 8 } else { 1 };
        for other in [told(120, burst), told(120, hot)] {
            assert!(other.dispersion() < 8.0 * before, "{before}: {}", other.dispersion());
        }
        assert!((told(120, burst).dispersion() - before).abs() < 0.1 * before);
    }

    #[test]
    fn what_is_not_known_or_not_written_tells_nothing() {
        assert!(Batches::default().dispersion().abs() < f64::EPSILON);
        assert!(told(120, |_, _| ABSENT).dispersion().abs() < f64::EPSILON);
        assert!(told(120, |_, _| 0).dispersion().abs() < f64::EPSILON);
        let silent_since = |place: usize, piece: usize| if piece < 60 && place == piece % 4 { 100 } else { 0 };
        assert!(told(600, silent_since).dispersion() > 1.0, "what batches were before is still known");
    }
}
