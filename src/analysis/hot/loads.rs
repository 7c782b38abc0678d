//! How fast the partitions of a topic were written in one window, and how much that varied.
//!
//! Not what follows from it, which is in `judge`.
//! Invariant: a rate is known or left out; variances cost more than rates and are worked out where somebody asks.

use super::super::compact::real;
use super::partition::{PartitionHeat, Score};
use super::spans::{ABSENT, Counts, GAP, SLOTS, Spans};

/// One of the two windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Window {
    Short,
    Long,
}

impl Window {
    fn counts(self, heat: &PartitionHeat) -> &Counts {
        match self {
            Self::Short => &heat.short,
            Self::Long => &heat.long,
        }
    }

    pub(super) fn score(self, heat: &mut PartitionHeat) -> &mut Score {
        match self {
            Self::Short => &mut heat.short_score,
            Self::Long => &mut heat.long_score,
        }
    }
}

/// How fast a partition was written, in records per second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Load {
    pub(super) place: usize,
    pub(super) rate: f64,
    /// Of that rate.
    pub(super) variance: Option<f64>,
}

/// Memory that is used for one topic after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) loads: Vec<Load>,
    rates: Vec<f64>,
}

impl Scratch {
    /// Takes the rates of a topic's partitions; tells whether any of them looked hot lately.
    pub(super) fn take(&mut self, window: Window, spans: &Spans, partitions: &[PartitionHeat]) -> bool {
        let pieces = Pieces::of(spans);
        let mut has_points = false;
        self.loads.clear();
        for (place, heat) in partitions.iter().enumerate() {
            has_points |= heat.has_points();
            if let Some(known) = pieces.known(window.counts(heat).within(spans)) {
                self.loads.push(Load { place, rate: known.rate(), variance: None });
            }
        }
        has_points
    }

    /// Adds the variances of the rates that were taken; gives their sum.
    pub(super) fn disperse(&mut self, window: Window, spans: &Spans, partitions: &[PartitionHeat]) -> f64 {
        let pieces = Pieces::of(spans);
        let mut sum = 0.0;
        for load in &mut self.loads {
            let counts = partitions.get(load.place).map(|heat| window.counts(heat).within(spans));
            load.variance = counts.and_then(|counts| pieces.variance(counts));
            sum += load.variance.unwrap_or(0.0);
        }
        sum
    }

    /// The median of the rates of all but one that is above it.
    pub(super) fn median_of_others(&mut self) -> f64 {
        self.rates.clear();
        self.rates.extend(self.loads.iter().map(|load| load.rate));
        let count = self.rates.len();
        let middle = count.saturating_sub(1) / 2;
        if middle >= count {
            return 0.0;
        }
        let (below, median, _) = self.rates.select_nth_unstable_by(middle, f64::total_cmp);
        let median = *median;
        if count.is_multiple_of(2) {
            return median;
        }
        // Without the one above there is an even number of others.
        f64::midpoint(below.iter().copied().fold(0.0, f64::max), median)
    }
}

/// The sub-intervals of a window as they are asked for: for each partition.
struct Pieces {
    /// Seconds of each.
    each: [f64; SLOTS],
    seconds: f64,
    count: f64,
}

/// What is known of a partition in a window.
struct Known {
    records: f64,
    seconds: f64,
    /// How many sub-intervals.
    count: f64,
}

impl Known {
    fn rate(&self) -> f64 {
        self.records / self.seconds
    }
}

impl Pieces {
    fn of(spans: &Spans) -> Self {
        let mut each = [0.0; SLOTS];
        for (piece, span) in each.iter_mut().zip(spans.all()) {
            *piece = f64::from(*span);
        }
        Self { each, seconds: spans.total(), count: real(spans.all().len() as u64) }
    }

    /// `None` where it was added in the window, or half of the window is not known.
    fn known(&self, counts: &[u32]) -> Option<Known> {
        let (mut known, mut seconds, mut records) = (self.count, self.seconds, 0_u64);
        // Nearly always all of it is known; the greatest is found faster than the first.
        if counts.iter().fold(0, |most, count| most.max(*count)) < ABSENT {
            records = counts.iter().map(|count| u64::from(*count)).sum();
        } else {
            for (count, span) in counts.iter().zip(self.each) {
                match *count {
                    ABSENT => return None,
                    GAP => (known, seconds) = (known - 1.0, seconds - span),
                    count => records += u64::from(count),
                }
            }
        }
        let is_enough = known >= 2.0 && known * 2.0 >= self.count && seconds > 0.0;
        is_enough.then(|| Known { records: real(records), seconds, count: known })
    }

    /// The variance of the rate: records come in batches, so their number varies by more than its root.
    fn variance(&self, counts: &[u32]) -> Option<f64> {
        let known = self.known(counts)?;
        let pieces = counts.iter().zip(self.each).filter(|(count, _)| **count < ABSENT);
        let squares: f64 = pieces.map(|(count, span)| f64::from(*count) * f64::from(*count) / span).sum();
        let dispersed = (squares - known.records * known.rate()).max(0.0) * known.seconds / (known.count - 1.0);
        Some(dispersed.max(known.records) / (known.seconds * known.seconds))
    }
}
