//! Which partitions are called hot, for many kinds of traffic whose truth is known, beside the rules that others use.
//!
//! Not a measurement of speed. The others are written from what they publish, not run, and look at the last five minutes.
//! Invariant: what is hot is said by the weights that records are made with; every rule sees the same counts.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use fastrand::Rng;
use highwater::analysis::{History, analyze};
use highwater::model::{
    BrokerId, ClusterReport, ClusterSnapshot, EndOffset, Moment, Partition, PartitionId, Replicas, SnapshotBuilder,
    Thresholds, Timestamp, Topic, Unknown,
};

/// Seconds from one poll to the next.
const POLL: f64 = 30.0;
/// Polls of an hour.
const HOUR: usize = 120;
/// Polls that the others look at: five minutes.
const LOOK: usize = 10;
/// Topics of a cell have so many partitions together, but there are twenty at most.
const PARTITIONS: usize = 480;
const RULES: [&str; 4] = ["ours", "mean + 2 sd", "modified z > 3.5", "> 2 × mean"];

/// How the records of a topic are spread over its partitions.
#[derive(Clone, Copy)]
enum Weights {
    Even,
    /// From the second hour on, so many partitions get so many times the records of each other.
    Hot(usize, f64),
    /// One gets eight times as many, another one every half hour.
    Moving,
    /// A thousand keys by Zipf's law with this exponent, hashed.
    Keys(f64),
}

struct Cell {
    weights: Weights,
    partition_count: usize,
    /// Records per second on average of a day, at which they vary by half.
    rate: f64,
    /// The mean length of a batch.
    batch: f64,
}

/// What a rule did in a cell.
#[derive(Default)]
struct Account {
    false_alarms: usize,
    hot: usize,
    delays: Vec<usize>,
}

/// One topic and what every rule says of it now.
struct Lane {
    weights: Vec<f64>,
    ends: Vec<i64>,
    recent: VecDeque<Vec<f64>>,
    flagged: [Vec<bool>; 4],
    /// Since when each partition is hot, and by which rules that was found.
    hot: Vec<Option<(usize, [bool; 4])>>,
    /// When each partition was hot last.
    hot_until: Vec<Option<usize>>,
}

#[expect(clippy::cast_precision_loss, reason = "counts of a benchmark")]
fn float(count: usize) -> f64 {
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

impl Lane {
    fn new(cell: &Cell, random: &mut Rng) -> Self {
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
            hot_until: vec![None; count],
        }
    }

    /// Lets records come.
    fn step(&mut self, cell: &Cell, poll: usize, random: &mut Rng) {
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

    /// Takes note of what every rule says, and whether that is right.
    fn account(&mut self, cell: &Cell, poll: usize, ours: Vec<bool>, accounts: &mut [Account; 4]) {
        let counts = (0..self.weights.len()).map(|place| self.recent.iter().filter_map(|row| row.get(place)).sum());
        let [first, second, third] = others_say(&counts.collect::<Vec<f64>>());
        let said = [ours, first, second, third];
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
            if ratio >= 2.0 {
                *until = Some(poll);
            }
            for (rule, account) in accounts.iter_mut().enumerate() {
                let is = |flags: &[Vec<bool>; 4]| flags.get(rule).and_then(|flags| flags.get(place)) == Some(&true);
                if !is(&said) {
                    continue;
                }
                // What was hot within an hour may still be called so.
                let is_wrong = until.is_none_or(|until| poll - until > HOUR);
                account.false_alarms += usize::from(is_wrong && !is(&self.flagged));
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

fn snapshot(lanes: &[Lane], poll: usize) -> ClusterSnapshot {
    let now = Moment::from_origin(Duration::from_secs_f64(float(poll) * POLL));
    let mut builder = SnapshotBuilder::new("bench".into(), now);
    for (number, lane) in lanes.iter().enumerate() {
        let partitions = (0..).zip(&lane.ends).map(|(id, end)| Partition {
            id: PartitionId(id),
            leader: Some(BrokerId(1)),
            leader_epoch: None,
            replicas: Replicas { preferred_leader: Some(BrokerId(1)), assigned_count: 1, in_sync_count: 1 },
            high_watermark: Ok(EndOffset { offset: *end, answered: now }),
            low_watermark: Ok(0),
            last_stable: Err(Unknown::NotAsked),
        });
        let (name, partitions) = (format!("{number:03}").as_str().into(), partitions.collect());
        builder.found_topic(Topic { name, id: None, is_listed: true, partitions, config: None });
    }
    builder.build(now, Timestamp::default())
}

fn ours(report: &ClusterReport, topic: usize, partition_count: usize) -> Vec<bool> {
    let mut flags = vec![false; partition_count];
    let skew = report.topics.get(topic).and_then(|topic| topic.skew.as_ref());
    for hot in skew.iter().flat_map(|skew| &skew.hot) {
        let place = usize::try_from(hot.partition.0).ok();
        if let Some(flag) = place.and_then(|place| flags.get_mut(place)) {
            *flag = true;
        }
    }
    flags
}

/// Topics of one kind over some hours; what each rule did, and how many days of topics that were.
fn run(cell: &Cell, hours: usize, seed: u64) -> ([Account; 4], f64) {
    let mut random = Rng::with_seed(seed);
    let topic_count = (PARTITIONS / cell.partition_count).clamp(2, 20);
    let mut lanes: Vec<Lane> = (0..topic_count).map(|_| Lane::new(cell, &mut random)).collect();
    let mut accounts: [Account; 4] = std::array::from_fn(|_| Account::default());
    let mut history = History::default();
    for poll in 0..hours * HOUR {
        for lane in &mut lanes {
            lane.step(cell, poll, &mut random);
        }
        let report = analyze(snapshot(&lanes, poll), &mut history, &Thresholds::default());
        for (number, lane) in lanes.iter_mut().enumerate() {
            lane.account(cell, poll, ours(&report, number, cell.partition_count), &mut accounts);
        }
    }
    (accounts, float(topic_count * hours) / 24.0)
}

fn named(cell: &Cell) -> String {
    let weights = match cell.weights {
        Weights::Even => "even".to_owned(),
        Weights::Hot(1, times) => format!("one {times} ×"),
        Weights::Hot(count, times) => format!("{count} of them {times} ×"),
        Weights::Moving => "8 ×, moving".to_owned(),
        Weights::Keys(exponent) => format!("Zipf {exponent}"),
    };
    format!("{weights} | {} | {} | {}", cell.partition_count, cell.rate, cell.batch)
}

/// False alarms for each day of a topic, recall, and the median delay in minutes.
fn told(account: &mut Account, days: f64) -> String {
    let mut words = format!("{:.3}", float(account.false_alarms) / days);
    if account.hot > 0 {
        account.delays.sort_unstable();
        let recall = 100.0 * float(account.delays.len()) / float(account.hot);
        let delay = account.delays.get(account.delays.len() / 2).map(|delay| float(*delay) * POLL / 60.0);
        let delay = delay.map_or_else(|| "-".to_owned(), |delay| format!("{delay:.1} min"));
        write!(words, ", {recall:.0} %, {delay}").unwrap_or_default();
    }
    words
}

fn cells() -> Vec<(Cell, usize)> {
    let mut cells = Vec::new();
    let counts = [1, 2, 3, 4, 5, 6, 12, 24, 60, 200];
    let kinds = [
        Weights::Even,
        Weights::Hot(1, 2.0),
        Weights::Hot(1, 3.0),
        Weights::Hot(1, 5.5),
        Weights::Hot(1, 10.0),
        Weights::Hot(2, 5.5),
        Weights::Moving,
        Weights::Keys(0.5),
        Weights::Keys(1.0),
        Weights::Keys(1.5),
    ];
    for weights in kinds {
        let is_even = matches!(weights, Weights::Even);
        for partition_count in counts {
            let least = match weights {
                Weights::Even => 1,
                Weights::Hot(2, _) => 6,
                _ => 2,
            };
            let rates: &[f64] = if is_even { &[0.1, 2.0, 50.0, 500.0, 5000.0] } else { &[2.0, 50.0, 5000.0] };
            for rate in rates.iter().filter(|_| partition_count >= least) {
                for batch in [1.0, 20.0, 200.0] {
                    cells.push((Cell { weights, partition_count, rate: *rate, batch }, if is_even { 24 } else { 6 }));
                }
            }
        }
    }
    cells
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "a poll every {POLL} s; false alarms for each day of a topic, recall at 5 times and more, median delay\n"
    )?;
    writeln!(out, "| weights | partitions | records/s | batch | {} |\n|---{}|", RULES.join(" | "), "|---".repeat(7))?;
    let (mut all_days, mut even_days) = (0.0, 0.0);
    let mut sums = [(0, 0, 0, 0); 4];
    for (seed, (cell, hours)) in (1..).zip(cells()) {
        let (mut accounts, days) = run(&cell, hours, seed);
        let is_even = matches!(cell.weights, Weights::Even);
        all_days += days;
        even_days += if is_even { days } else { 0.0 };
        for (sum, account) in sums.iter_mut().zip(&accounts) {
            sum.0 += account.false_alarms;
            sum.1 += if is_even { account.false_alarms } else { 0 };
            sum.2 += account.hot;
            sum.3 += account.delays.len();
        }
        let words: Vec<String> = accounts.iter_mut().map(|account| told(account, days)).collect();
        writeln!(out, "| {} | {} |", named(&cell), words.join(" | "))?;
        out.flush()?;
    }
    writeln!(out)?;
    for (rule, (alarms, of_even, hot, found)) in RULES.iter().zip(sums) {
        writeln!(
            out,
            "{rule}: {of_even} false alarms in {even_days:.0} days of even topics, {alarms} in {all_days:.0} of all; \
             {found} of {hot} hot partitions found"
        )?;
    }
    Ok(())
}
