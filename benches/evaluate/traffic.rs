//! Traffic whose truth is known, and the rules of others that look at it.
//!
//! Not what we say of it.
//! Invariant: what is hot is said by the weights that records are made with; every rule sees the same counts.

use std::collections::VecDeque;

use fastrand::Rng;
use highwater::model::Skew;

/// Seconds from one poll to the next.
pub(crate) const POLL: f64 = 15.0;
/// Polls of an hour.
pub(crate) const HOUR: usize = 240;
/// Polls that the others look at: five minutes.
const LOOK: usize = 20;
pub(crate) const RULES: [&str; 4] = ["ours", "mean + 2 sd", "modified z > 3.5", "> 2 × mean"];

/// How the records of a topic are spread over its partitions.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Weights {
    Even,
    /// From the second hour on, so many partitions get so many times the records of each other.
    Hot(usize, f64),
    /// One gets eight times as many, another one every half hour.
    Moving,
    /// A thousand keys by Zipf's law with this exponent, hashed.
    Keys(f64),
}

#[derive(Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) weights: Weights,
    pub(crate) partition_count: usize,
    /// Records per second on average of a day, at which they vary by half.
    pub(crate) rate: f64,
    /// The mean length of a batch.
    pub(crate) batch: f64,
}

/// What a rule did in a cell.
#[derive(Default)]
pub(crate) struct Account {
    /// Of partitions that got less than twice as much as the others for an hour.
    pub(crate) false_alarms: usize,
    /// Of those that got three times as much and more within an hour.
    pub(crate) right_alarms: usize,
    pub(crate) hot: usize,
    /// Polls until one was found that is hot.
    pub(crate) delays: Vec<usize>,
}

/// One topic and what every rule says of it now.
pub(crate) struct Lane {
    weights: Vec<f64>,
    pub(crate) ends: Vec<i64>,
    recent: VecDeque<Vec<f64>>,
    flagged: [Vec<bool>; 4],
    /// Since when each partition is hot, and by which rules that was found.
    hot: Vec<Option<(usize, [bool; 4])>>,
    /// When each partition last got twice as much as the others, and three times.
    hot_until: Vec<[Option<usize>; 2]>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
pub(crate) fn float(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_possible_truncation, reason = "records of half a minute")]
fn whole(number: f64) -> i64 {
    number.round().max(0.0) as i64
}

#[expect(clippy::cast_precision_loss, reason = "records of half a minute")]
fn records(count: i64) -> f64 {
    count as f64
}

fn normal(random: &mut Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

fn poisson(mean: f64, random: &mut Rng) -> f64 {
    if mean > 40.0 {
        return (mean + normal(random) * mean.sqrt()).round().max(0.0);
    }
    let (limit, mut product, mut count) = ((-mean).exp(), random.f64(), 0.0);
    while product > limit {
        product *= random.f64();
        count += 1.0;
    }
    count
}

/// Records in batches of exponential length.
fn arrivals(mean: f64, batch: f64, random: &mut Rng) -> i64 {
    let batches = poisson(mean / batch, random);
    if batch <= 1.0 {
        return whole(batches);
    }
    if batches > 40.0 {
        return whole(batch * (batches + normal(random) * batches.sqrt()));
    }
    (0..whole(batches)).map(|_| whole(-(1.0 - random.f64()).ln() * batch)).sum()
}

/// The middle one of others than `without`; their mean where they are few.
fn baseline(values: &[f64], without: usize) -> f64 {
    let mut others: Vec<f64> =
        values.iter().enumerate().filter(|(place, _)| *place != without).map(|(_, value)| *value).collect();
    if others.len() < 4 {
        return others.iter().sum::<f64>() / float(others.len().max(1));
    }
    median(&mut others)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = |place: usize| values.get(place).copied().unwrap_or_default();
    f64::midpoint(at((values.len().max(1) - 1) / 2), at(values.len() / 2))
}

/// What the rules of others say of the records of the last minutes.
fn others_say(counts: &[f64]) -> [Vec<bool>; 3] {
    let mean = counts.iter().sum::<f64>() / float(counts.len());
    let deviation = (counts.iter().map(|count| (count - mean).powi(2)).sum::<f64>() / float(counts.len())).sqrt();
    let middle = median(&mut counts.to_vec());
    let apart = median(&mut counts.iter().map(|count| (count - middle).abs()).collect::<Vec<_>>());
    let all = |is_hot: &dyn Fn(f64) -> bool| counts.iter().map(|count| is_hot(*count)).collect();
    [
        all(&|count| counts.len() >= 3 && count > mean + 2.0 * deviation),
        all(&|count| apart > 0.0 && 0.6745 * (count - middle) / apart > 3.5),
        all(&|count| count > 2.0 * mean),
    ]
}

/// Which partitions we call hot.
pub(crate) fn flags(skew: Option<&Skew>, partition_count: usize) -> Vec<bool> {
    let mut flags = vec![false; partition_count];
    for hot in skew.iter().flat_map(|skew| &skew.hot) {
        let place = usize::try_from(hot.partition.0).ok();
        if let Some(flag) = place.and_then(|place| flags.get_mut(place)) {
            *flag = true;
        }
    }
    flags
}

/// Even topics of each kind that could be called hot at all.
pub(crate) fn even() -> Vec<Cell> {
    let mut cells = Vec::new();
    for partition_count in [2, 3, 4, 5, 6, 12, 24] {
        for rate in [2.0, 50.0, 500.0, 5000.0] {
            for batch in [1.0, 20.0, 200.0] {
                cells.push(Cell { weights: Weights::Even, partition_count, rate, batch });
            }
        }
    }
    cells
}

/// More events than this are not expected of a rate at which so many happened, but once in twenty times (Wilson and Hilferty).
pub(crate) fn bound(count: usize) -> f64 {
    let next = float(count + 1);
    next * (1.0 - 1.0 / (9.0 * next) + 1.645 / (3.0 * next.sqrt())).powi(3)
}

impl Lane {
    pub(crate) fn new(cell: &Cell, random: &mut Rng) -> Self {
        let count = cell.partition_count;
        let mut weights = vec![1.0; count];
        if let Weights::Keys(exponent) = cell.weights {
            weights.fill(0.0);
            for key in 1..=1000 {
                if let Some(weight) = weights.get_mut(random.usize(..count)) {
                    *weight += float(key).powf(-exponent);
                }
            }
        }
        Self {
            weights,
            ends: vec![0; count],
            recent: VecDeque::new(),
            flagged: std::array::from_fn(|_| vec![false; count]),
            hot: vec![None; count],
            hot_until: vec![[None; 2]; count],
        }
    }

    /// Lets records come.
    pub(crate) fn step(&mut self, cell: &Cell, poll: usize, random: &mut Rng) {
        match cell.weights {
            Weights::Hot(count, times) if poll == HOUR => {
                self.weights.iter_mut().take(count).for_each(|weight| *weight = times);
            }
            Weights::Moving if poll.is_multiple_of(HOUR / 2) => {
                self.weights.fill(1.0);
                let place = random.usize(..self.weights.len());
                self.weights.iter_mut().skip(place).take(1).for_each(|weight| *weight = 8.0);
            }
            _ => {}
        }
        let of_day = 1.0 + 0.5 * (std::f64::consts::TAU * float(poll) / float(24 * HOUR)).sin();
        let each = cell.rate * of_day * POLL / self.weights.iter().sum::<f64>();
        let counts = self.weights.iter().map(|weight| arrivals(each * weight, cell.batch, random));
        let counts: Vec<i64> = counts.collect();
        self.ends.iter_mut().zip(&counts).for_each(|(end, count)| *end += count);
        self.recent.push_back(counts.into_iter().map(records).collect());
        if self.recent.len() > LOOK {
            self.recent.pop_front();
        }
    }

    /// What every rule says.
    pub(crate) fn all_say(&self, ours: Vec<bool>) -> [Vec<bool>; 4] {
        let counts = (0..self.weights.len()).map(|place| self.recent.iter().filter_map(|row| row.get(place)).sum());
        let [first, second, third] = others_say(&counts.collect::<Vec<f64>>());
        [ours, first, second, third]
    }

    /// Takes note of what rules say, and whether that is right; a rule that is not asked says nothing.
    pub(crate) fn account(&mut self, cell: &Cell, poll: usize, said: [Vec<bool>; 4], accounts: &mut [Account; 4]) {
        for place in 0..self.weights.len() {
            let ratio = self.weights.get(place).copied().unwrap_or_default() / baseline(&self.weights, place);
            let (Some(hot), Some(until)) = (self.hot.get_mut(place), self.hot_until.get_mut(place)) else { continue };
            if ratio >= 5.0 && is_visible(cell, &self.weights, place) {
                if hot.is_none() {
                    for account in accounts.iter_mut() {
                        account.hot += 1;
                    }
                }
                hot.get_or_insert((poll, [false; 4]));
            } else {
                *hot = None;
            }
            for (until, least) in until.iter_mut().zip([2.0, 3.0]) {
                if ratio >= least {
                    *until = Some(poll);
                }
            }
            // What was hot within an hour may still be called so.
            let [is_wrong, is_right] = {
                let is_long_ago = |until: Option<usize>| until.is_none_or(|until| poll - until > HOUR);
                let [twice, thrice] = *until;
                [is_long_ago(twice), !is_long_ago(thrice)]
            };
            for (rule, account) in accounts.iter_mut().enumerate() {
                let is = |flags: &[Vec<bool>; 4]| flags.get(rule).and_then(|flags| flags.get(place)) == Some(&true);
                if !is(&said) {
                    continue;
                }
                if !is(&self.flagged) {
                    account.false_alarms += usize::from(is_wrong);
                    account.right_alarms += usize::from(is_right);
                }
                if let Some((since, found)) = hot
                    && let Some(found) = found.get_mut(rule).filter(|found| !**found)
                {
                    *found = true;
                    account.delays.push(poll - *since);
                }
            }
        }
        self.flagged = said;
    }
}

/// Whether half an hour of records could tell that the partition is hot, by six standard deviations, and it has more than its
/// fair share: beside a very hot one, others that are far above the median are below it.
fn is_visible(cell: &Cell, weights: &[f64], place: usize) -> bool {
    let in_window = 60.0 * POLL * cell.rate / weights.iter().sum::<f64>();
    let (Some(weight), others) = (weights.get(place), baseline(weights, place)) else { return false };
    // Batches of exponential length double what their length alone does.
    let dispersion = if cell.batch > 1.0 { 2.0 * cell.batch } else { 1.0 };
    let variance = dispersion * in_window * (weight + 1.57 * others / float(weights.len().max(2) - 1));
    let is_notable = weight * float(weights.len()) >= 1.25 * weights.iter().sum::<f64>();
    cell.rate >= 2.0 && is_notable && in_window * (weight - others) / variance.sqrt() >= 6.0
}
