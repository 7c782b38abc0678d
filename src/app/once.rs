//! One cluster polled a few times, for a command that prints and ends.
//!
//! Not the exporter: nothing is served and nothing goes on afterwards.
//! Invariant: it asks exactly what the exporter would.

use std::sync::Arc;

use anyhow::Context;

use crate::analysis::{self, History};
use crate::config::{ClusterConfig, Config};
use crate::kafka::{ClusterSource, KafkaCluster};
use crate::model::ClusterReport;
use crate::telemetry::SelfMetrics;

use super::SystemClock;

/// Polls `poll_count` times, the configured interval apart, and gives the last report. `told` is told the number of each
/// poll that begins.
pub async fn report_once(
    config: &Config,
    cluster: &ClusterConfig,
    poll_count: u32,
    told: impl Fn(u32),
) -> anyhow::Result<Arc<ClusterReport>> {
    let self_metrics = SelfMetrics::new().context("cannot set up our own counters")?;
    let metrics = self_metrics.cluster(&cluster.name).context("cannot set up our own counters")?;
    let clock = Arc::new(SystemClock::default());
    let mut source = KafkaCluster::new(cluster.clone(), config.poll.clone(), metrics, clock);
    let mut history = History::default();
    let mut ticks = tokio::time::interval(config.poll.interval);
    let mut poll_number = 0;
    loop {
        ticks.tick().await;
        poll_number += 1;
        told(poll_number);
        let snapshot = source.collect(history.wishes()).await.with_context(|| format!("cluster `{}`", cluster.name))?;
        let report = analysis::analyze(snapshot, &mut history, &config.analysis);
        if poll_number >= poll_count {
            return Ok(report);
        }
    }
}
