//! Hot partitions: thousands of topics side by side in one cluster, of which some have hot partitions, beside other rules.
//!
//! Not the traffic, which is made by `traffic`: here it is what producers of the simulated cluster write.
//! Invariant: rules are told what the cluster has, and not what was drawn.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::ensure;
use fastrand::Rng;
use highwater::model::ClusterReport;
use highwater::simulator::spec::{Action, TopicSpec};
use highwater::simulator::{ClusterSettings, Scenario};

use crate::Asked;
use crate::site::{Exporter, Site};
use crate::traffic::{Account, Cell, HOUR, Lane, POLL, RULES, Weights, flags, float};

/// Seconds from one poll to the next, of the world's time.
const STEP: Duration = Duration::from_secs(30);
const BATCHES: [f64; 3] = [1.0, 20.0, 200.0];

/// A topic and its traffic.
struct Watched {
    name: String,
    cell: Cell,
    lane: Lane,
    accounts: [Account; RULES.len()],
}

pub(crate) async fn evaluate(asked: &Asked) -> anyhow::Result<String> {
    let mut told = String::new();
    let even = run(even(asked), asked, 24).await?;
    let days = float(even.len() * asked.hours.min(24)) / 24.0;
    writeln!(told, "{} even topics of 2 and more partitions, {days:.0} days of topics:\n", even.len())?;
    let row =
        |rule: usize| even.iter().filter_map(|one| one.accounts.get(rule)).map(|of| of.false_alarms).sum::<usize>();
    writeln!(told, "| rule | false alarms | for each day of a topic |\n|---|---|---|")?;
    for (rule, name) in RULES.iter().enumerate() {
        writeln!(told, "| {name} | {} | {:.4} |", row(rule), float(row(rule)) / days)?;
    }
    for one in even.iter().filter(|one| one.accounts.first().is_some_and(|ours| ours.false_alarms > 0)) {
        writeln!(told, "  ours: {}", one.name)?;
    }
    let uneven = run(uneven(), asked, 4).await?;
    let hours = asked.hours.min(4);
    writeln!(
        told,
        "\n{} other topics, {hours} hours: false alarms, and of hot partitions found (median delay):\n",
        uneven.len()
    )?;
    by(&mut told, "traffic", &uneven, |cell| kind(cell.weights))?;
    by(&mut told, "partitions", &uneven, |cell| format!("{:3}", cell.partition_count))?;
    by(&mut told, "records/s, batch", &uneven, |cell| format!("{:4}, {:3}", cell.rate, cell.batch))?;
    Ok(told)
}

/// Topics whose partitions get the same.
fn even(asked: &Asked) -> Vec<Cell> {
    let mut cells = Vec::new();
    for partition_count in [2, 3, 4, 5, 6, 12] {
        for rate in [2.0, 50.0, 500.0, 5000.0] {
            for batch in BATCHES {
                cells.push(Cell { weights: Weights::Even, partition_count, rate, batch });
            }
        }
    }
    cells.into_iter().cycle().take(asked.topics).collect()
}

/// One topic of each kind of the rest of the grid.
fn uneven() -> Vec<Cell> {
    let mut cells = Vec::new();
    let hot = [2.0, 3.0, 5.5, 10.0].map(|times| Weights::Hot(1, times));
    let keys = [0.5, 1.0, 1.5].map(Weights::Keys);
    for weights in hot.into_iter().chain([Weights::Hot(2, 5.5), Weights::Moving]).chain(keys) {
        let least = if weights == Weights::Hot(2, 5.5) { 6 } else { 2 };
        for partition_count in [2, 3, 4, 5, 6, 12, 24, 60, 200].into_iter().filter(|count| *count >= least) {
            for rate in [2.0, 50.0, 5000.0] {
                for batch in BATCHES {
                    cells.push(Cell { weights, partition_count, rate, batch });
                }
            }
        }
    }
    cells
}

async fn run(cells: Vec<Cell>, asked: &Asked, hours_most: usize) -> anyhow::Result<Vec<Watched>> {
    let mut random = Rng::with_seed(asked.first);
    let watched = |(number, cell): (usize, Cell)| Watched {
        name: format!("{number:05} {} p{} r{} b{}", kind(cell.weights), cell.partition_count, cell.rate, cell.batch)
            .replace(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.', "-"),
        lane: Lane::new(&cell, &mut random),
        accounts: Default::default(),
        cell,
    };
    let mut watched: Vec<Watched> = cells.into_iter().enumerate().map(watched).collect();
    let mut site = Site::new(&ClusterSettings { history: Duration::ZERO, ..settings() }, scenario(&watched)).await?;
    let mut exporter = site.exporter(false).await?;
    for poll in 0..asked.hours.min(hours_most) * HOUR {
        produce(&site, &mut watched, poll, &mut random)?;
        site.pass(STEP);
        let report = exporter.poll().await?;
        account(&report, &mut watched, poll)?;
    }
    end(site, exporter).await;
    Ok(watched)
}

async fn end(site: Site, exporter: Exporter) {
    drop(exporter);
    site.end().await;
}

fn settings() -> ClusterSettings {
    ClusterSettings { has_offsets_log: false, ..ClusterSettings::default() }
}

fn scenario(watched: &[Watched]) -> Scenario {
    let topic = |one: &Watched| {
        let partitions = u32::try_from(one.cell.partition_count).unwrap_or(1);
        let retention = Duration::from_mins(10);
        TopicSpec { wobble: 0.0, replication: 1, retention, ..TopicSpec::new(&one.name, partitions) }
    };
    Scenario { name: "hot".to_owned(), topics: watched.iter().map(topic).collect(), ..Scenario::default() }
}

/// Lets producers write until the next poll what is drawn for that time.
fn produce(site: &Site, watched: &mut [Watched], poll: usize, random: &mut Rng) -> anyhow::Result<()> {
    let mut acts = Vec::with_capacity(2 * watched.len());
    for one in watched {
        let before = one.lane.ends.clone();
        one.lane.step(&one.cell, poll, random);
        // Thousandths of a record each second, so that all are there at the end, and not one more.
        let pace = |(end, before): (&i64, &i64)| ((end - before) * 1000 + 29) / 30;
        let paces: Vec<i64> = one.lane.ends.iter().zip(&before).map(|(end, before)| pace((end, before))).collect();
        #[expect(clippy::cast_precision_loss, reason = "records of half a minute")]
        let hot: BTreeMap<u32, f64> = (0..).zip(paces.iter().map(|pace| *pace as f64)).collect();
        let rate = hot.values().sum::<f64>() / 1000.0;
        acts.push(Action::Heat { topic: one.name.clone(), hot });
        acts.push(Action::Produce { topic: one.name.clone(), rate });
    }
    let done = site.simulator.with_world(|world| acts.iter().try_for_each(|act| world.act(act)));
    Ok(done?)
}

/// Takes note of what every rule says, of what the exporter has read.
fn account(report: &ClusterReport, watched: &mut [Watched], poll: usize) -> anyhow::Result<()> {
    for one in watched {
        let Some(place) = report.snapshot.place_of(&one.name) else { continue };
        let read = report.snapshot.topics.get(place).map(|topic| topic.partitions.iter());
        let ends: Vec<i64> = read
            .into_iter()
            .flatten()
            .filter_map(|partition| partition.high_watermark.ok().map(|end| end.offset))
            .collect();
        ensure!(ends == one.lane.ends, "{}: {ends:?} where {:?} were written", one.name, one.lane.ends);
        let ours = flags(report.topics.get(place).and_then(|topic| topic.skew.as_ref()), one.cell.partition_count);
        one.lane.account(&one.cell, poll, ours, &mut one.accounts);
    }
    Ok(())
}

fn kind(weights: Weights) -> String {
    match weights {
        Weights::Even => "even".to_owned(),
        Weights::Hot(count, times) => format!("{count} of them {times} times"),
        Weights::Moving => "8 times, moving".to_owned(),
        Weights::Keys(exponent) => format!("Zipf {exponent}"),
    }
}

/// A table of topics that are alike.
fn by(told: &mut String, what: &str, watched: &[Watched], alike: impl Fn(&Cell) -> String) -> anyhow::Result<()> {
    let mut groups: BTreeMap<String, Vec<&Watched>> = BTreeMap::new();
    for one in watched {
        groups.entry(alike(&one.cell)).or_default().push(one);
    }
    writeln!(told, "| {what} | topics | {} |\n|---|---{}|", RULES.join(" | "), "|---".repeat(RULES.len()))?;
    for (name, of) in &groups {
        let cells: Vec<String> = (0..RULES.len()).map(|rule| cell(of, rule)).collect();
        writeln!(told, "| {} | {} | {} |", name.trim(), of.len(), cells.join(" | "))?;
    }
    writeln!(told)?;
    Ok(())
}

fn cell(of: &[&Watched], rule: usize) -> String {
    let accounts: Vec<&Account> = of.iter().filter_map(|one| one.accounts.get(rule)).collect();
    let alarms: usize = accounts.iter().map(|account| account.false_alarms).sum();
    let hot: usize = accounts.iter().map(|account| account.hot).sum();
    let mut delays: Vec<usize> = accounts.iter().flat_map(|account| account.delays.iter().copied()).collect();
    delays.sort_unstable();
    if hot == 0 {
        return alarms.to_string();
    }
    let middle = delays.get(delays.len() / 2).map_or(0.0, |delay| float(*delay) * POLL / 60.0);
    format!("{alarms}, {} of {hot} ({middle:.1} min)", delays.len())
}
