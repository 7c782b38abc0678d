//! Which partitions of a topic look hot in one window: by effect and by significance, where enough is written at all.
//!
//! Not whether they are shown, which takes several times in a row.
//! Invariant: compares with the others, never with a mean that the hot one raises itself; every number is finite, but for
//! the ratio of a partition beside which nothing is written.

use crate::model::HotThresholds;

use super::super::compact::{real, short};
use super::chance::exceeded_with;
use super::partition::{PartitionHeat, Score};
use super::spans::{ABSENT, Counts, GAP, SLOTS, Spans};

/// From so many partitions on they are compared with the median of the others, below with the mean.
const MEDIAN_LEAST: usize = 5;
/// The variance of a median over that of a mean.
const OF_MEDIAN: f64 = 1.57;
/// A hot partition has so much more than its fair share.
const SHARE_LEAST: f64 = 1.25;
/// What is hot stays so down to this part of the ratio that makes it.
const LEAVE: f64 = 0.75;
/// The chance that chance alone looks like a hot partition, for all partitions of a topic together.
const CHANCE: f64 = 0.001;

/// How fast a partition was written, in records per second.
#[derive(Clone, Copy, Debug)]
struct Load {
    place: usize,
    rate: f64,
    variance: f64,
}

/// Memory that is used for one topic after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    loads: Vec<Load>,
    rates: Vec<f64>,
}

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

    fn score(self, heat: &mut PartitionHeat) -> &mut Score {
        match self {
            Self::Short => &mut heat.short_score,
            Self::Long => &mut heat.long_score,
        }
    }
}

/// How unevenly a topic is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unevenness {
    pub(super) ratio: f64,
    pub(super) effective_partitions: f64,
}

/// Scores the partitions of a topic by one window; `None` where too little is written or known to say anything.
pub(super) fn judge(
    window: Window,
    spans: &Spans,
    partitions: &mut [PartitionHeat],
    thresholds: &HotThresholds,
    scratch: &mut Scratch,
) -> Option<Unevenness> {
    scratch.take(window, spans, partitions);
    let has_points = partitions.iter().any(PartitionHeat::has_points);
    let Some(topic) = Judgement::of(scratch, has_points, thresholds) else {
        for heat in partitions {
            window.score(heat).lower();
        }
        return None;
    };
    let mut loads = scratch.loads.iter().peekable();
    for (place, heat) in partitions.iter_mut().enumerate() {
        match loads.next_if(|load| load.place == place) {
            Some(load) if load.rate >= topic.notable || heat.has_points() => topic.score(window, load, heat),
            Some(_) => {}
            None => window.score(heat).lower(),
        }
    }
    Some(topic.unevenness)
}

impl Scratch {
    fn take(&mut self, window: Window, spans: &Spans, partitions: &[PartitionHeat]) {
        let pieces = Pieces::of(spans);
        let counts = |heat| window.counts(heat).within(spans);
        self.loads.clear();
        self.loads.extend((0..).zip(partitions).filter_map(|(place, heat)| pieces.load(place, counts(heat))));
        self.rates.clear();
    }

    /// The median of the rates of all but one that is above it.
    fn median_of_others(&mut self) -> f64 {
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
    /// Seconds of each, and what one record of it is worth per second.
    each: [(f64, f64); SLOTS],
    seconds: f64,
    count: f64,
}

impl Pieces {
    fn of(spans: &Spans) -> Self {
        let mut each = [(0.0, 0.0); SLOTS];
        for (piece, span) in each.iter_mut().zip(spans.all()) {
            *piece = (f64::from(*span), 1.0 / f64::from(*span));
        }
        Self { each, seconds: spans.total(), count: real(spans.all().len() as u64) }
    }

    /// The rate of one partition; `None` where it was added in the window, or half of the window is not known.
    fn load(&self, place: usize, counts: &[u32]) -> Option<Load> {
        let (mut known, mut seconds, mut records, mut squares) = (self.count, self.seconds, 0.0, 0.0);
        if counts.iter().all(|count| *count < ABSENT) {
            // As nearly always; what is not asked here for each piece is worth the repetition.
            for (count, (_, inverse)) in counts.iter().zip(self.each) {
                let count = f64::from(*count);
                records += count;
                squares += count * count * inverse;
            }
        } else {
            for (count, (span, inverse)) in counts.iter().zip(self.each) {
                match *count {
                    ABSENT => return None,
                    GAP => (known, seconds) = (known - 1.0, seconds - span),
                    count => {
                        let count = f64::from(count);
                        records += count;
                        squares += count * count * inverse;
                    }
                }
            }
        }
        if known < 2.0 || known * 2.0 < self.count || seconds <= 0.0 {
            return None;
        }
        let rate = records / seconds;
        // Records come in batches, so their number varies by more than its root.
        let dispersed = (squares - records * rate).max(0.0) * seconds / (known - 1.0);
        Some(Load { place, rate, variance: dispersed.max(records) / (seconds * seconds) })
    }
}

/// What all partitions of a topic are judged by.
struct Judgement<'a> {
    thresholds: &'a HotThresholds,
    count: f64,
    total: f64,
    variance: f64,
    /// Below this rate no partition is hot.
    notable: f64,
    /// The median of the others, where that is what is compared with.
    median: Option<f64>,
    z_least: f64,
    unevenness: Unevenness,
}

impl<'a> Judgement<'a> {
    fn of(scratch: &mut Scratch, has_points: bool, thresholds: &'a HotThresholds) -> Option<Self> {
        let (mut total, mut squares, mut variance, mut most) = (0.0, 0.0, 0.0, 0.0_f64);
        for load in &scratch.loads {
            total += load.rate;
            squares += load.rate * load.rate;
            variance += load.variance;
            most = most.max(load.rate);
        }
        let partition_count = scratch.loads.len();
        if partition_count < 2 || total <= 0.0 || total < thresholds.rate_min {
            return None;
        }
        let count = real(partition_count as u64);
        let mean = total / count;
        let notable = mean * SHARE_LEAST;
        // Nobody asks for the median where no partition stands out.
        let is_asked = partition_count >= MEDIAN_LEAST && (has_points || most >= notable);
        let median = is_asked.then(|| scratch.median_of_others());
        Some(Self {
            thresholds,
            count,
            total,
            variance,
            notable,
            median: median.filter(|median| *median > 0.0),
            z_least: thresholds.z.max(exceeded_with(CHANCE / count)),
            unevenness: Unevenness { ratio: most / mean, effective_partitions: total * total / squares },
        })
    }

    fn score(&self, window: Window, load: &Load, heat: &mut PartitionHeat) {
        let HotThresholds { ratio: enter, ratio_critical, score: enough, .. } = *self.thresholds;
        let others = ((self.total - load.rate) / (self.count - 1.0)).max(0.0);
        let baseline = self.median.unwrap_or(others);
        let ratio = if baseline > 0.0 { load.rate / baseline } else { f64::INFINITY };
        if window == Window::Short && heat.long_score.has_points() && self.contradicts(load, baseline) {
            heat.long_score.lower();
        }
        let score = window.score(heat);
        let is_over = if score.is_hot {
            ratio >= LEAVE * enter
        } else {
            ratio >= enter && load.rate >= self.notable && self.z(load, baseline) >= self.z_least
        };
        if !is_over {
            return score.lower();
        }
        score.raise(enough);
        score.ratio = short(ratio);
        score.share = short(load.rate / self.total);
        score.is_critical =
            score.is_hot && ratio >= if score.is_critical { LEAVE * ratio_critical } else { ratio_critical };
    }

    /// By how many standard deviations it is above the others.
    fn z(&self, load: &Load, baseline: f64) -> f64 {
        let factor = if self.median.is_some() { OF_MEDIAN } else { 1.0 };
        let others = (self.variance - load.variance).max(0.0) * factor / (self.count - 1.0).powi(2);
        // By chance the batches of one partition can look more alike than they are; those of all hardly do.
        let own = load.variance.max(self.dispersion() * load.rate);
        (load.rate - baseline) / (own + others).sqrt().max(f64::MIN_POSITIVE)
    }

    /// Whether it is written so little that it is not hot any more, whatever the long window says: less than batches leave to
    /// chance.
    fn contradicts(&self, load: &Load, baseline: f64) -> bool {
        let least = LEAVE * self.thresholds.ratio * baseline;
        // What is not written shows no variance of its own.
        load.rate < least - 2.0 * (self.dispersion() * least).sqrt()
    }

    /// Variance for each record per second, of the whole topic.
    fn dispersion(&self) -> f64 {
        self.variance / self.total
    }
}
