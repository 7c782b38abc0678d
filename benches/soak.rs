//! Whether watching takes more memory the longer it goes on: thousands of polls of a cluster whose groups and topics
//! come and go all the time, each poll with a scrape.
//!
//! Not a measurement of size; `scale` has that. Exporter and simulated cluster share this process, so that neither may
//! grow: it fails if memory at the end is more than a tenth above that of the first look.
//! Invariant: memory is read where names are of the same age, just before others take their place, so that only what was kept
//! of former ones can be more than before.

use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, ensure};
use highwater::analysis::{History, analyze};
use highwater::app::SystemClock;
use highwater::config::{Config, Overrides, PollSettings};
use highwater::kafka::{ClusterSource, KafkaCluster};
use highwater::model::{Clock, RenderOptions, Thresholds};
use highwater::publish::{Board, BoardSettings, Coding, Form, channel};
use highwater::render::Format;
use highwater::simulator::{ClusterSettings, ServeOptions, Shape, Simulator, World, WorldClock};
use highwater::telemetry::SelfMetrics;
use tokio::sync::watch;
use tokio::task::JoinSet;

#[path = "scale/cost.rs"]
#[expect(dead_code, reason = "the other benchmarks look at more")]
mod cost;

/// As in the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Polls for which a name lives: longer than the window of ten minutes, so that there is something to be given back.
const LIFE: u32 = 60;

/// Has the allocator give back at once what is free. Left to itself it holds back as much again, more or less of it from one
/// minute to the next, and what is kept of names that are gone would hide in that.
const GIVE_BACK: (&str, &str) = ("MIMALLOC_PURGE_DELAY", "0");

/// Generations before the first look: whatever is made once and kept is there.
const WARM_UP: u32 = 27;

/// Generations of which a look is the median.
const PER_LOOK: usize = 28;

/// Looks, so that there are ten thousand polls.
const LOOKS: u32 = 5;

/// The last look beside the first, at most.
const GROWTH_MOST: f64 = 1.1;

fn main() -> anyhow::Result<()> {
    if std::env::var_os(GIVE_BACK.0).is_none() {
        // The allocator reads it as it starts.
        let error = Command::new(std::env::current_exe()?).env(GIVE_BACK.0, GIVE_BACK.1).exec();
        return Err(error).context("it can be started again");
    }
    // One thread for each kind of work, for good: each has memory of its own.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.max_blocking_threads(1).thread_keep_alive(Duration::from_hours(1)).enable_all().build()?;
    runtime.block_on(soak())
}

async fn soak() -> anyhow::Result<()> {
    let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), 0.0));
    let first = world(1, &clock)?;
    let (simulator, serving) = Simulator::bind(first, Arc::clone(&clock), &ServeOptions::default()).await?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = JoinSet::new();
    tasks.spawn(serving.run(stopped));

    let config = Config::from_flags(&simulator.bootstrap(), &Overrides::default())?;
    let cluster = config.clusters.into_iter().next().context("one cluster")?;
    let (publisher, latest) = channel(cluster.name.clone());
    let settings = BoardSettings { stale_after: Duration::from_mins(1), options: RenderOptions::default() };
    let board = Board::new(settings, [latest]);
    let metrics = SelfMetrics::new()?.cluster(&cluster.name)?;
    let shared: Arc<dyn Clock> = Arc::<WorldClock>::clone(&clock);
    let mut kafka = KafkaCluster::new(cluster, PollSettings::default(), metrics, shared);
    let mut history = History::default();

    let mut out = io::stdout().lock();
    writeln!(out, "20 groups and 20 topics of 10 partitions, all replaced every {LIFE} polls; each poll is scraped\n")?;
    writeln!(out, "| up to poll | resident MB, median of {PER_LOOK} generations |\n|---|---|")?;
    let (mut looks, mut generations) = (Vec::new(), Vec::new());
    for generation in 1..=WARM_UP + LOOKS * u32::try_from(PER_LOOK)? {
        if generation > 1 {
            let next = world(generation, &clock)?;
            simulator.with_world(|world| *world = next);
        }
        for _ in 0..LIFE {
            clock.advance(Duration::from_secs(15));
            let snapshot = kafka.collect(history.wishes()).await;
            let snapshot = snapshot.map_err(|error| anyhow::anyhow!("generation {generation}: {error}"))?;
            ensure!(snapshot.groups.len() == 20, "generation {generation}: {} groups were seen", snapshot.groups.len());
            publisher.publish(analyze(snapshot, &mut history, &Thresholds::default()));
            for coding in [Coding::Gzip, Coding::Identity] {
                board.page(&Form { format: Format::Text, coding, cluster: None }, clock.moment()).await?;
            }
        }
        generations.push(resident().context("/proc tells our memory")?);
        if generation == WARM_UP {
            generations.clear();
        } else if generations.len() == PER_LOOK {
            let megabytes = cost::median(std::mem::take(&mut generations));
            writeln!(out, "| {} | {megabytes:.1} |", generation * LIFE)?;
            out.flush()?;
            looks.push(megabytes);
        }
    }
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
    judge(&mut out, &looks)
}

/// Says whether memory grew, and fails if it did.
fn judge(out: &mut impl Write, looks: &[f64]) -> anyhow::Result<()> {
    let (first, last) = looks.first().zip(looks.last()).context("memory was looked at")?;
    let growth = last / first;
    let is_held = growth <= GROWTH_MOST;
    let verdict = if is_held { "held" } else { "MISSED" };
    writeln!(out, "\n| | at most | measured | |\n|---|---|---|---|")?;
    writeln!(out, "| last over first | {GROWTH_MOST} | {growth:.2} | {verdict} |")?;
    ensure!(
        is_held,
        "memory grew from {first:.1} to {last:.1} MB: something is kept of groups or topics that are gone"
    );
    Ok(())
}

/// A world in which every name carries a number.
fn world(number: u32, clock: &WorldClock) -> anyhow::Result<World> {
    let shape = Shape { brokers: 3, topics: 20, partitions: 10, groups: 20, members: 3, commits: 10, rate: 50.0 };
    let mut scenario = shape.scenario()?;
    for topic in &mut scenario.topics {
        topic.name = format!("{}-of-{number}", topic.name);
    }
    for group in &mut scenario.groups {
        group.name = format!("{}-of-{number}", group.name);
        group.topics.iter_mut().for_each(|topic| *topic = format!("{topic}-of-{number}"));
    }
    Ok(World::new(&ClusterSettings::default(), &[scenario], clock.now())?)
}

/// What this process holds in memory now, in MB.
fn resident() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<f64>().ok()? / 1000.0)
}
