//! Which partitions of a topic look hot in one window: by effect and by significance, where enough is written at all.
//!
//! Not whether they are shown, which takes several times in a row.
//! Invariant: compares with the others, never with a mean that the hot one raises itself; every number is finite, but for
//! the ratio of a partition beside which nothing is written. What is not asked of a quiet topic would not change anything.

use crate::model::HotThresholds;

use super::super::compact::{real, short};
use super::batches::Batches;
use super::chance::exceeded_with;
use super::loads::{Load, Scratch, Window};
use super::partition::PartitionHeat;
use super::spans::Spans;

/// From so many partitions on they are compared with the median of the others, below with the mean.
const MEDIAN_LEAST: usize = 5;
/// The variance of a median over that of a mean.
const OF_MEDIAN: f64 = 1.57;
/// A hot partition has so much more than its fair share.
const SHARE_LEAST: f64 = 1.25;
/// Where a partition gets so much of all, the topic is concentrated and the partition not one of several that is hot: a few
/// records of others, a test's or a probe's, make no difference.
const CONCENTRATED: f64 = 0.99;
/// It stays so down to this share.
const CONCENTRATED_LEAVE: f64 = 0.97;
/// What is hot stays so down to this part of the ratio that makes it.
const LEAVE: f64 = 0.75;
/// The chance that chance alone looks like a hot partition, for all partitions of a topic together.
const CHANCE: f64 = 0.001;

/// How unevenly a topic is written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Unevenness {
    pub(super) ratio: f64,
    pub(super) effective_partitions: f64,
}

/// Scores the partitions of a topic by one window; `None` where too little is written or known to say anything.
pub(super) fn judge(
    window: Window,
    spans: &Spans,
    partitions: &mut [PartitionHeat],
    batches: &Batches,
    thresholds: &HotThresholds,
    scratch: &mut Scratch,
) -> Option<Unevenness> {
    let has_points = scratch.take(window, spans, partitions);
    let Some(sums) = Sums::of(&scratch.loads, thresholds) else {
        if has_points {
            for heat in partitions {
                window.score(heat).lower();
            }
        }
        return None;
    };
    // A score begins with a partition that stands out, and the one that is written most stands out most.
    if has_points || sums.most >= sums.notable() {
        let baseline = Baseline::of(sums, scratch);
        if has_points || baseline.ratio(sums.most) >= thresholds.ratio {
            let variance = scratch.disperse(window, spans, partitions);
            let remembered = batches.dispersion() / spans.total();
            Judgement::new(baseline, variance, remembered, thresholds).score_all(window, scratch, partitions);
        }
    }
    Some(sums.unevenness())
}

/// What the rates of a topic's partitions are together.
#[derive(Clone, Copy, Debug)]
struct Sums {
    count: f64,
    total: f64,
    squares: f64,
    most: f64,
}

impl Sums {
    fn of(loads: &[Load], thresholds: &HotThresholds) -> Option<Self> {
        let mut sums = Self { count: real(loads.len() as u64), total: 0.0, squares: 0.0, most: 0.0 };
        for load in loads {
            sums.total += load.rate;
            sums.squares += load.rate * load.rate;
            sums.most = sums.most.max(load.rate);
        }
        let is_enough = loads.len() >= 2 && sums.total > 0.0 && sums.total >= thresholds.rate_min;
        is_enough.then_some(sums)
    }

    fn mean(&self) -> f64 {
        self.total / self.count
    }

    /// Below this rate no partition is hot.
    fn notable(&self) -> f64 {
        self.mean() * SHARE_LEAST
    }

    fn unevenness(&self) -> Unevenness {
        Unevenness { ratio: self.most / self.mean(), effective_partitions: self.total * self.total / self.squares }
    }
}

/// What partitions are compared with.
#[derive(Clone, Copy, Debug)]
struct Baseline {
    sums: Sums,
    /// The median of the others, where that is what is compared with.
    median: Option<f64>,
}

impl Baseline {
    fn of(sums: Sums, scratch: &mut Scratch) -> Self {
        let median = (scratch.loads.len() >= MEDIAN_LEAST).then(|| scratch.median_of_others());
        Self { sums, median: median.filter(|median| *median > 0.0) }
    }

    /// The rate of the others.
    fn rate(&self, rate: f64) -> f64 {
        self.median.unwrap_or_else(|| ((self.sums.total - rate) / (self.sums.count - 1.0)).max(0.0))
    }

    /// How many times the rate of the others; it grows with the rate.
    fn ratio(&self, rate: f64) -> f64 {
        let baseline = self.rate(rate);
        if baseline > 0.0 { rate / baseline } else { f64::INFINITY }
    }
}

/// What all partitions of a topic are judged by.
struct Judgement<'a> {
    thresholds: &'a HotThresholds,
    baseline: Baseline,
    variance: f64,
    /// Variance for each record per second, of the whole topic.
    dispersion: f64,
    z_least: f64,
}

impl<'a> Judgement<'a> {
    fn new(baseline: Baseline, variance: f64, remembered: f64, thresholds: &'a HotThresholds) -> Self {
        let z_least = thresholds.z.max(exceeded_with(CHANCE / baseline.sums.count));
        // By chance the batches of a window can look more alike than they are; those of hours hardly do.
        let dispersion = remembered.max(variance / baseline.sums.total);
        Self { thresholds, baseline, variance, dispersion, z_least }
    }

    fn score_all(&self, window: Window, scratch: &Scratch, partitions: &mut [PartitionHeat]) {
        let notable = self.baseline.sums.notable();
        let mut loads = scratch.loads.iter().peekable();
        for (place, heat) in partitions.iter_mut().enumerate() {
            match loads.next_if(|load| load.place == place) {
                Some(load) if load.rate >= notable || heat.has_points() => self.score(window, load, heat),
                Some(_) => {}
                None => window.score(heat).lower(),
            }
        }
    }

    fn score(&self, window: Window, load: &Load, heat: &mut PartitionHeat) {
        let HotThresholds { ratio: enter, ratio_critical, score: enough, .. } = *self.thresholds;
        let ratio = self.baseline.ratio(load.rate);
        if window == Window::Short && heat.long_score.has_points() && self.contradicts(load) {
            heat.long_score.lower();
        }
        let score = window.score(heat);
        let is_over = if score.is_hot {
            ratio >= LEAVE * enter
        } else {
            ratio >= enter && load.rate >= self.baseline.sums.notable() && self.z(load) >= self.z_least
        };
        if !is_over {
            return score.lower();
        }
        score.raise(enough);
        let share = load.rate / self.baseline.sums.total;
        score.ratio = short(ratio);
        score.share = short(share);
        score.is_concentrated = share >= if score.is_concentrated { CONCENTRATED_LEAVE } else { CONCENTRATED };
        score.is_critical =
            score.is_hot && ratio >= if score.is_critical { LEAVE * ratio_critical } else { ratio_critical };
    }

    /// By how many standard deviations it is above the others.
    fn z(&self, load: &Load) -> f64 {
        let factor = if self.baseline.median.is_some() { OF_MEDIAN } else { 1.0 };
        let Sums { count, total, .. } = self.baseline.sums;
        let variance = load.variance.unwrap_or(0.0);
        let of_others = (self.variance - variance).max(self.dispersion * (total - load.rate)).max(0.0);
        let others = of_others * factor / (count - 1.0).powi(2);
        let own = variance.max(self.dispersion * load.rate);
        (load.rate - self.baseline.rate(load.rate)) / (own + others).sqrt().max(f64::MIN_POSITIVE)
    }

    /// Whether it is written so little that it is not hot any more, whatever the long window says: less than batches leave to
    /// chance.
    fn contradicts(&self, load: &Load) -> bool {
        let least = LEAVE * self.thresholds.ratio * self.baseline.rate(load.rate);
        // What is not written shows no variance of its own.
        load.rate < least - 2.0 * (self.dispersion * least).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::spans::{ABSENT, GAP, SLOTS};
    use super::*;
    use crate::model::PartitionId;

    /// The same without leaving anything out.
    fn judge_each(
        window: Window,
        spans: &Spans,
        partitions: &mut [PartitionHeat],
        batches: &Batches,
        thresholds: &HotThresholds,
        scratch: &mut Scratch,
    ) -> Option<Unevenness> {
        scratch.take(window, spans, partitions);
        let Some(sums) = Sums::of(&scratch.loads, thresholds) else {
            for heat in partitions {
                window.score(heat).lower();
            }
            return None;
        };
        let baseline = Baseline::of(sums, scratch);
        let variance = scratch.disperse(window, spans, partitions);
        let remembered = batches.dispersion() / spans.total();
        let judgement = Judgement::new(baseline, variance, remembered, thresholds);
        for (place, heat) in partitions.iter_mut().enumerate() {
            match scratch.loads.iter().find(|load| load.place == place) {
                Some(load) => judgement.score(window, load, heat),
                None => window.score(heat).lower(),
            }
        }
        Some(sums.unevenness())
    }

    fn records() -> impl Strategy<Value = u32> {
        prop_oneof![8 => 0_u32..40, 3 => 100_u32..400, 1 => Just(GAP), 1 => any::<u32>().prop_filter("there", |count| *count != ABSENT)]
    }

    /// How many records each partition gets in most sub-intervals, and in which ones it gets something else.
    fn traffic() -> impl Strategy<Value = Vec<(u32, Vec<u32>)>> {
        let pieces = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(records(), SLOTS)];
        prop::collection::vec((prop_oneof![5 => 0_u32..20, 1 => 50_u32..300], pieces), 1..14)
    }

    proptest! {
        #[test]
        fn what_is_left_out_for_a_quiet_topic_changes_nothing(
            rounds in prop::collection::vec((traffic(), prop_oneof![Just(Window::Short), Just(Window::Long)]), 1..12),
            score in 1_u8..4,
            rate_min in prop_oneof![Just(0.0), Just(1.0)],
        ) {
            let thresholds = HotThresholds { score, rate_min, z: 2.0, ..HotThresholds::default() };
            let count = rounds.iter().map(|(traffic, _)| traffic.len()).max().unwrap_or(0);
            let partition = |place: usize| PartitionHeat::new(PartitionId(i32::try_from(place).expect("few")), place % 7 == 6);
            let mut quick: Vec<PartitionHeat> = (0..count).map(partition).collect();
            let mut full: Vec<PartitionHeat> = (0..count).map(partition).collect();
            let (mut spans, mut scratch, batches) = (Spans::default(), Scratch::default(), Batches::default());
            for (round, (traffic, window)) in rounds.iter().enumerate() {
                let window = *window;
                for piece in 0..SLOTS {
                    spans.push(if round % 3 == 0 { 25.0 } else { 31.0 }, 300.0);
                    for (place, (usual, pieces)) in traffic.iter().enumerate() {
                        let records = pieces.get(piece).copied().unwrap_or(*usual);
                        for heat in [&mut quick[place], &mut full[place]] {
                            match window {
                                Window::Short => heat.short.push(records),
                                Window::Long => heat.long.push(records),
                            }
                        }
                    }
                }
                let told = judge(window, &spans, &mut quick, &batches, &thresholds, &mut scratch);
                prop_assert_eq!(told, judge_each(window, &spans, &mut full, &batches, &thresholds, &mut scratch));
                for (quick, full) in quick.iter().zip(&full) {
                    prop_assert_eq!(quick.short_score, full.short_score);
                    prop_assert_eq!(quick.long_score, full.long_score);
                }
            }
        }
    }
}
