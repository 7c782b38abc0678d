//! The steps of a poll and a scrape, one by one, in this process.
//!
//! Not memory, which needs a process that does nothing else.
//! Invariant: each round does what the exporter does, with the former report still standing.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use flate2::Compression;
use flate2::write::GzEncoder;
use highwater::analysis::{History, analyze};
use highwater::app::SystemClock;
use highwater::config::{Config, Overrides, PollSettings};
use highwater::kafka::{ClusterSource, KafkaCluster};
use highwater::model::{Clock, ClusterReport, RenderOptions, Thresholds};
use highwater::render::{self, Format};
use highwater::simulator::WorldClock;
use highwater::telemetry::SelfMetrics;

use crate::cost::{Spent, Start, median, spent};
use crate::shape::Setting;
use crate::simulated::Simulated;

/// World time from one poll to the next.
const INTERVAL: Duration = Duration::from_secs(15);

/// What each step took.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stages {
    pub(crate) requests: u64,
    pub(crate) collect: Spent,
    pub(crate) analyze_cpu_ms: f64,
    /// The families of `kafka_exporter` alone.
    pub(crate) render_known_cpu_ms: f64,
    pub(crate) render_all_cpu_ms: f64,
    /// Rendering all families into a compressor.
    pub(crate) gzip_cpu_ms: f64,
    pub(crate) series: usize,
    pub(crate) page_bytes: usize,
    pub(crate) gzip_bytes: usize,
}

pub(crate) async fn measure(simulated: &Simulated, setting: Setting) -> anyhow::Result<Stages> {
    let clock = Arc::new(WorldClock::new(Arc::new(SystemClock::default()), 1.0));
    let config = Config::from_flags(&simulated.bootstrap, &Overrides::default())?;
    let cluster = config.clusters.into_iter().next().context("one cluster")?;
    let metrics = SelfMetrics::new()?.cluster(&cluster.name)?;
    let mut kafka = KafkaCluster::new(cluster, PollSettings::default(), metrics, Arc::clone(&clock) as Arc<dyn Clock>);
    let mut history = History::default();
    let (mut collected, mut walls, mut analyzed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut requests, mut last) = (Vec::new(), None);
    for round in 0..setting.shape.polls_before + setting.shape.rounds {
        // As far apart as by default: at once after the last poll nobody had time to commit, and much looks like lag.
        simulated.advance(INTERVAL).await?;
        clock.advance(INTERVAL);
        simulated.take_requests().await?;
        let start = Start::now();
        let snapshot = kafka.collect(history.wishes()).await.map_err(|error| anyhow::anyhow!("{error}"))?;
        let collect = start.spent();
        let asked = simulated.take_requests().await?;
        let (analysis, report) = spent(|| analyze(snapshot, &mut history, &Thresholds::default()));
        // The first polls connect, and have nothing to compare with.
        if round >= setting.shape.polls_before {
            collected.push(collect.cpu_ms);
            walls.push(collect.wall_ms);
            analyzed.push(analysis.cpu_ms);
            requests.push(asked);
        }
        last = Some(report);
    }
    let report = last.context("there was a poll")?;
    check(&report, setting)?;
    requests.sort_unstable();
    let stages = Stages {
        requests: requests.get(requests.len() / 2).copied().unwrap_or(0),
        collect: Spent { cpu_ms: median(collected), wall_ms: median(walls) },
        analyze_cpu_ms: median(analyzed),
        ..Stages::default()
    };
    rendered(&report, setting, stages)
}

/// A cheap poll that learned little would be no achievement.
fn check(report: &ClusterReport, setting: Setting) -> anyhow::Result<()> {
    let snapshot = &report.snapshot;
    anyhow::ensure!(snapshot.problems.is_empty(), "something was not learned: {:?}", snapshot.problems.first());
    let commits: usize = snapshot
        .groups
        .iter()
        .filter_map(|group| group.commits.as_ref().ok())
        .map(|commits| commits.offsets.len())
        .sum();
    anyhow::ensure!(commits == setting.shape.commits() as usize, "{commits} commits were found");
    Ok(())
}

fn rendered(report: &ClusterReport, setting: Setting, stages: Stages) -> anyhow::Result<Stages> {
    let (mut known, mut all, mut packed) = (Vec::new(), Vec::new(), Vec::new());
    let (mut page, mut gzip) = (Vec::new(), Vec::new());
    for _ in 0..setting.shape.rounds {
        page.clear();
        let (took, written) =
            spent(|| render::metrics(&[report], &families_of_kafka_exporter(), Format::Text, &mut page));
        written?;
        known.push(took.cpu_ms);
        let (took, written) = spent(|| -> io::Result<Vec<u8>> {
            let encoder = GzEncoder::new(Vec::new(), Compression::new(2));
            let mut buffered = io::BufWriter::with_capacity(64 << 10, encoder);
            render::metrics(&[report], &all_families(), Format::Text, &mut buffered)?;
            buffered.into_inner()?.finish()
        });
        gzip = written?;
        packed.push(took.cpu_ms);
        page.clear();
        let (took, written) = spent(|| render::metrics(&[report], &all_families(), Format::Text, &mut page));
        written?;
        all.push(took.cpu_ms);
    }
    let is_series = |line: &&[u8]| !line.is_empty() && !line.starts_with(b"#");
    Ok(Stages {
        render_known_cpu_ms: median(known),
        render_all_cpu_ms: median(all),
        gzip_cpu_ms: median(packed),
        series: page.split(|byte| *byte == b'\n').filter(is_series).count(),
        page_bytes: page.len(),
        gzip_bytes: gzip.len(),
        ..stages
    })
}

fn all_families() -> RenderOptions {
    RenderOptions { series_max: usize::MAX, ..RenderOptions::default() }
}

/// As many series as `kafka_exporter` would serve.
fn families_of_kafka_exporter() -> RenderOptions {
    let is_other = |name: &&str| {
        !(name.starts_with("kafka_topic_") || KAFKA_EXPORTER.contains(name)) || name.starts_with("kafka_topic_hot")
    };
    let others = render::FAMILIES.iter().map(|family| family.name).filter(is_other);
    RenderOptions {
        kafka_exporter_sums: true,
        excluded_families: others.map(str::to_owned).collect(),
        ..all_families()
    }
}

/// Its families whose names do not begin with `kafka_topic_`.
const KAFKA_EXPORTER: [&str; 7] = [
    "kafka_brokers",
    "kafka_broker_info",
    "kafka_consumergroup_members",
    "kafka_consumergroup_current_offset",
    "kafka_consumergroup_current_offset_sum",
    "kafka_consumergroup_lag",
    "kafka_consumergroup_lag_sum",
];
