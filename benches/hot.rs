//! Which partitions are called hot, for many kinds of traffic whose truth is known, beside the rules that others use.
//!
//! Not a measurement of speed. The others are written from what they publish, not run, and look at the last five minutes.
//! Invariant: what is hot is said by the weights that records are made with; every rule sees the same counts.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::str::FromStr;
use std::time::Duration;

use fastrand::Rng;
use highwater::analysis::{History, analyze};
use highwater::model::{
    BrokerId, ClusterSnapshot, EndOffset, Moment, Partition, PartitionId, Replicas, SnapshotBuilder, Thresholds,
    Timestamp, Topic, Unknown,
};

#[path = "evaluate/traffic.rs"]
mod traffic;

use traffic::{Account, Cell, HOUR, Lane, POLL, RULES, Weights, bound, even, flags, float};

/// Topics of a cell have so many partitions together, but there are twenty at most.
const PARTITIONS: usize = 480;

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

/// Topics of one kind over some hours; what each rule did, and how many days of topics that were.
fn run(cell: &Cell, topic_count: usize, hours: usize, seed: u64, is_ours_alone: bool) -> ([Account; 4], f64) {
    let mut random = Rng::with_seed(seed);
    let mut lanes: Vec<Lane> = (0..topic_count).map(|_| Lane::new(cell, &mut random)).collect();
    let mut accounts: [Account; 4] = std::array::from_fn(|_| Account::default());
    let mut history = History::default();
    for poll in 0..hours * HOUR {
        for lane in &mut lanes {
            lane.step(cell, poll, &mut random);
        }
        let report = analyze(snapshot(&lanes, poll), &mut history, &Thresholds::default());
        for (number, lane) in lanes.iter_mut().enumerate() {
            let skew = report.topics.get(number).and_then(|topic| topic.skew.as_ref());
            let ours = flags(skew, cell.partition_count);
            let said = if is_ours_alone { [ours, Vec::new(), Vec::new(), Vec::new()] } else { lane.all_say(ours) };
            lane.account(cell, poll, said, &mut accounts);
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

/// Ours alone, about even topics: so many days of each kind, from a seed on.
fn even_topics(out: &mut impl Write, days: usize, first: u64) -> io::Result<()> {
    writeln!(out, "| partitions | records/s | batch | false alarms in {days} days |\n|---|---|---|---|")?;
    let (mut alarms, mut all_days) = (0, 0.0);
    let is = |word: &str, value: f64| asked(word).is_none_or(|asked: f64| (asked - value).abs() < 0.5);
    let is_asked =
        |cell: &Cell| is("partitions", float(cell.partition_count)) && is("rate", cell.rate) && is("batch", cell.batch);
    for (seed, cell) in (first..).zip(even().into_iter().filter(is_asked)) {
        let (accounts, days) = run(&cell, days, 24, seed, true);
        let of_cell = accounts.first().map_or(0, |ours| ours.false_alarms);
        (alarms, all_days) = (alarms + of_cell, all_days + days);
        writeln!(out, "| {} | {} | {} | {of_cell} |", cell.partition_count, cell.rate, cell.batch)?;
        out.flush()?;
    }
    let most = bound(alarms);
    writeln!(
        out,
        "\n{alarms} false alarms in {all_days:.0} days of topics: {:.3} % of days, at most {:.3} % (95 %)",
        100.0 * float(alarms) / all_days,
        100.0 * most / all_days
    )
}

/// What is asked for: `even=DAYS` and `first=SEED`, and of which kinds: `partitions=N`, `rate=N`, `batch=N`.
fn asked<T: FromStr>(word: &str) -> Option<T> {
    std::env::args().find_map(|given| given.strip_prefix(word)?.strip_prefix('=')?.parse().ok())
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    match asked("even") {
        Some(days) => even_topics(&mut out, days, asked("first").unwrap_or(1)),
        None => grid(&mut out),
    }
}

fn grid(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "a poll every {POLL} s; false alarms for each day of a topic, recall at 5 times and more, median delay\n"
    )?;
    writeln!(out, "| weights | partitions | records/s | batch | {} |\n|---{}|", RULES.join(" | "), "|---".repeat(7))?;
    let (mut all_days, mut even_days) = (0.0, 0.0);
    let mut sums = [(0, 0, 0, 0); 4];
    for (seed, (cell, hours)) in (1..).zip(cells()) {
        let topic_count = (PARTITIONS / cell.partition_count).clamp(2, 20);
        let (mut accounts, days) = run(&cell, topic_count, hours, seed, false);
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
