//! Whether watching takes more memory the longer it goes on: thousands of polls of a cluster whose groups and topics
//! come and go all the time, each poll with a scrape.
//!
//! Not a measurement of size; `scale` has that. Exporter and simulated cluster share this process, so that neither may
//! grow.
//! Invariant: no name lives longer than five polls, so that whatever keeps one shows.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
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

/// Polls after which memory is looked at.
const LOOKS: [u32; 6] = [500, 1_000, 2_000, 4_000, 7_000, 10_000];

/// Polls for which a name lives.
const LIFE: u32 = 5;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(soak())
}

async fn soak() -> anyhow::Result<()> {
    let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), 0.0));
    let first = world(0, &clock)?;
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
    writeln!(out, "| polls | resident MB |\n|---|---|")?;
    for poll in 1..=LOOKS.into_iter().max().unwrap_or(0) {
        if poll % LIFE == 0 {
            let next = world(poll, &clock)?;
            simulator.with_world(|world| *world = next);
        }
        clock.advance(Duration::from_secs(15));
        let snapshot =
            kafka.collect(history.wishes()).await.map_err(|error| anyhow::anyhow!("poll {poll}: {error}"))?;
        anyhow::ensure!(snapshot.groups.len() == 20, "poll {poll} saw {} groups", snapshot.groups.len());
        publisher.publish(analyze(snapshot, &mut history, &Thresholds::default()));
        for coding in [Coding::Gzip, Coding::Identity] {
            board.page(&Form { format: Format::Text, coding, cluster: None }, clock.moment()).await?;
        }
        if LOOKS.contains(&poll) {
            let megabytes = resident().context("/proc tells our memory")?;
            writeln!(out, "| {poll} | {megabytes:.1} |")?;
            out.flush()?;
        }
    }
    stop.send_replace(true);
    while tasks.join_next().await.is_some() {}
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
