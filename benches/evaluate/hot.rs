//! Hot partitions: thousands of topics side by side in one cluster, of which some have hot partitions, beside other rules.
//!
//! Not the traffic, which is made by `traffic`: here it is what producers of the simulated cluster write.
//! Invariant: rules are told what the cluster has, and not what was drawn.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::time::Duration;

use anyhow::ensure;
use fastrand::Rng;
use highwater::model::ClusterReport;
use highwater::simulator::spec::{Action, TopicSpec};
use highwater::simulator::{ClusterSettings, Scenario};

use crate::Asked;
use crate::site::Site;
use crate::traffic::{self, Account, Cell, HOUR, Lane, POLL, RULES, Weights, bound, flags, float};

/// Seconds from one poll to the next, of the world's time: what the exporter does by default.
const STEP: i64 = 15;
const BATCHES: [f64; 3] = [1.0, 20.0, 200.0];
/// Hours for which the rest of the grid is watched; partitions become hot after the first.
const GRID_HOURS: usize = 4;
/// Polls: what is found later than in ten minutes is late.
const LATE: usize = HOUR / 6;

/// A topic and its traffic.
struct Watched {
    name: String,
    cell: Cell,
    lane: Lane,
    accounts: [Account; RULES.len()],
}

pub(crate) async fn evaluate(asked: &Asked) -> anyhow::Result<String> {
    let mut told = String::new();
    if asked.topics > 0 {
        let cells = traffic::even().into_iter().cycle().take(asked.topics).collect();
        let watched = run(cells, "even topics", asked.hours, asked.first).await?;
        even(&mut told, &watched, asked.hours)?;
        // It took long, and nobody knows how the rest ends.
        std::io::stdout().write_all(std::mem::take(&mut told).as_bytes())?;
    }
    let mut watched = Vec::new();
    for world in 0..asked.worlds {
        let name = format!("world {} of {}", world + 1, asked.worlds);
        watched.extend(run(uneven(), &name, asked.hours.min(GRID_HOURS), asked.first + 1 + world).await?);
    }
    if !watched.is_empty() {
        grid(&mut told, &watched, asked)?;
    }
    Ok(told)
}

/// Topics whose partitions get the same: everything that is said of them is wrong.
fn even(told: &mut String, watched: &[Watched], hours: usize) -> anyhow::Result<()> {
    let days = float(watched.len() * hours) / 24.0;
    writeln!(told, "{} even topics, {hours} hours, {days:.0} days of topics:\n", watched.len())?;
    writeln!(told, "| rule | false alarms | for each day of a topic | at most (95 %) |\n|---|---|---|---|")?;
    for (rule, name) in RULES.iter().enumerate() {
        let alarms = watched.iter().filter_map(|one| one.accounts.get(rule)).map(|of| of.false_alarms).sum();
        writeln!(told, "| {name} | {alarms} | {:.5} | {:.5} |", float(alarms) / days, bound(alarms) / days)?;
    }
    for one in watched.iter().filter(|one| one.accounts.first().is_some_and(|ours| ours.false_alarms > 0)) {
        writeln!(told, "  ours: {}", one.name)?;
    }
    writeln!(told)?;
    Ok(())
}

/// The rest of the grid.
fn grid(told: &mut String, watched: &[Watched], asked: &Asked) -> anyhow::Result<()> {
    let hours = asked.hours.min(GRID_HOURS);
    writeln!(
        told,
        "{} other topics in {} worlds from seed {}, {hours} hours each: of hot partitions found (median delay, those later than ten \
         minutes), and false alarms\n",
        watched.len(),
        asked.worlds,
        asked.first + 1
    )?;
    by(told, "traffic", watched, |cell| kind(cell.weights))?;
    let all: Vec<&Watched> = watched.iter().collect();
    let staying: Vec<&Watched> = all.iter().copied().filter(|one| one.cell.weights != Weights::Moving).collect();
    for (name, of) in [("all", &all), ("all but moving", &staying)] {
        writeln!(told, "| precision of {name} | {} |", row(of, |score| (score.right, score.wrong)))?;
        writeln!(told, "| recall of {name} | {} |", row(of, |score| (score.found(), score.hot - score.found())))?;
    }
    writeln!(told)?;
    by(told, "partitions", watched, |cell| format!("{:3}", cell.partition_count))?;
    writeln!(told)?;
    by(told, "records/s, batch", watched, |cell| format!("{:4}, {:3}", cell.rate, cell.batch))?;
    for one in watched.iter().filter(|one| one.accounts.first().is_some_and(|ours| ours.false_alarms > 0)) {
        writeln!(told, "  ours, false: {}", one.name)?;
    }
    Ok(())
}

/// A part of a whole for each rule.
fn row(of: &[&Watched], parts: impl Fn(&Score) -> (usize, usize)) -> String {
    let cells = (0..RULES.len()).map(|rule| {
        let (part, rest) = parts(&Score::of(of, rule));
        if part + rest == 0 { "-".to_owned() } else { format!("{:.3}", float(part) / float(part + rest)) }
    });
    cells.collect::<Vec<_>>().join(" | ")
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

/// Lets time pass in a world of these topics.
async fn run(cells: Vec<Cell>, what: &str, hours: usize, seed: u64) -> anyhow::Result<Vec<Watched>> {
    let mut random = Rng::with_seed(seed);
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
    for poll in 0..hours * HOUR {
        produce(&site, &mut watched, poll, &mut random)?;
        site.pass(Duration::from_secs(STEP.unsigned_abs()));
        let report = exporter.poll().await?;
        account(&report, &mut watched, poll)?;
        if (poll + 1).is_multiple_of(HOUR) {
            writeln!(std::io::stderr(), "{what}: {} of {hours} hours", (poll + 1) / HOUR)?;
        }
    }
    drop(exporter);
    site.end().await;
    Ok(watched)
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
        let pace = |(end, before): (&i64, &i64)| ((end - before) * 1000 + STEP - 1) / STEP;
        let paces: Vec<i64> = one.lane.ends.iter().zip(&before).map(|(end, before)| pace((end, before))).collect();
        #[expect(clippy::cast_precision_loss, reason = "records of a poll")]
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
        let said = one.lane.all_say(ours);
        one.lane.account(&one.cell, poll, said, &mut one.accounts);
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
    Ok(())
}

/// What one rule did.
struct Score {
    hot: usize,
    right: usize,
    wrong: usize,
    delays: Vec<usize>,
}

impl Score {
    fn of(watched: &[&Watched], rule: usize) -> Self {
        let mut score = Self { hot: 0, right: 0, wrong: 0, delays: Vec::new() };
        for account in watched.iter().filter_map(|one| one.accounts.get(rule)) {
            score.hot += account.hot;
            score.right += account.right_alarms;
            score.wrong += account.false_alarms;
            score.delays.extend(&account.delays);
        }
        score.delays.sort_unstable();
        score
    }

    fn found(&self) -> usize {
        self.delays.len()
    }
}

fn cell(of: &[&Watched], rule: usize) -> String {
    let score = Score::of(of, rule);
    let alarms = format!("{} false", score.wrong);
    if score.hot == 0 {
        return alarms;
    }
    let middle = score.delays.get(score.found() / 2).map_or(0.0, |delay| float(*delay) * POLL / 60.0);
    let late = score.delays.iter().filter(|delay| **delay > LATE).count();
    format!("{} of {} ({middle:.1} min, {late} late), {alarms}", score.found(), score.hot)
}
