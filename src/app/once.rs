//! One cluster polled a few times, for a command that prints and ends.
//!
//! Not the exporter: nothing is served and nothing goes on afterwards.
//! Invariant: it asks exactly what the exporter would, and what one poll learned outlives the failure of another.

use std::sync::Arc;

use anyhow::Context;

use crate::analysis::{self, History};
use crate::config::{ClusterConfig, Config};
use crate::kafka::{ClusterSource, KafkaCluster};
use crate::model::ClusterReport;
use crate::telemetry::SelfMetrics;

use super::SystemClock;

/// What a few polls led to.
#[derive(Clone, Debug)]
pub struct PolledOnce {
    /// Of the last poll that learned anything.
    pub report: Arc<ClusterReport>,
    /// Why the polls after that learned nothing, if there were any.
    pub last_error: Option<String>,
}

/// Polls `poll_count` times, the configured interval apart, and gives the last report; an error if no poll learned
/// anything. `told` is told the number of each poll that begins.
pub async fn report_once(
    config: &Config,
    cluster: &ClusterConfig,
    poll_count: u32,
    told: impl Fn(u32),
) -> anyhow::Result<PolledOnce> {
    let self_metrics = SelfMetrics::new().context("cannot set up our own counters")?;
    let metrics = self_metrics.cluster(&cluster.name).context("cannot set up our own counters")?;
    let clock = Arc::new(SystemClock::default());
    let source = KafkaCluster::new(cluster.clone(), config.poll.clone(), metrics, clock);
    let polled = poll(source, config, poll_count, told).await;
    polled.with_context(|| format!("cluster `{}`", cluster.name))
}

async fn poll(
    mut source: impl ClusterSource,
    config: &Config,
    poll_count: u32,
    told: impl Fn(u32),
) -> anyhow::Result<PolledOnce> {
    let mut history = History::default();
    let mut ticks = tokio::time::interval(config.poll.interval);
    let (mut report, mut last_error) = (None, None);
    for poll_number in 1..=poll_count {
        ticks.tick().await;
        told(poll_number);
        match source.collect(history.wishes()).await {
            Ok(snapshot) => {
                report = Some(analysis::analyze(snapshot, &mut history, &config.analysis));
                last_error = None;
            }
            Err(error) => last_error = Some(error),
        }
    }
    match (report, last_error) {
        (Some(report), last_error) => Ok(PolledOnce { report, last_error: last_error.map(|error| error.sentence) }),
        (None, Some(error)) => Err(error.into()),
        (None, None) => anyhow::bail!("nobody polled"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::time::Duration;

    use super::*;
    use crate::config::Overrides;
    use crate::kafka::LearnedNothing;
    use crate::model::{ClusterName, ClusterSnapshot, Moment, SnapshotBuilder, Timestamp, Wishes};

    /// A cluster that answers, or says why it does not, as was planned.
    struct Planned(VecDeque<Result<u64, &'static str>>);

    impl ClusterSource for Planned {
        async fn collect(&mut self, _: &Wishes) -> Result<ClusterSnapshot, LearnedNothing> {
            let moment = |seconds| Moment::from_origin(Duration::from_secs(seconds));
            let builder = |seconds| SnapshotBuilder::new(ClusterName::from("c"), moment(seconds));
            match self.0.pop_front().expect("no more polls than planned") {
                Ok(seconds) => Ok(builder(seconds).build(moment(seconds), Timestamp::default())),
                Err(sentence) => Err(LearnedNothing { sentence: sentence.to_owned(), problems: Vec::new() }),
            }
        }
    }

    /// When the last report was begun, in seconds, and the last error; or why there is no report.
    async fn polled(polls: &[Result<u64, &'static str>]) -> Result<(u64, Option<String>), String> {
        let config = Config::from_flags("127.0.0.1:1", &Overrides::default()).expect("a configuration");
        let count = u32::try_from(polls.len()).expect("a few");
        let polled = poll(Planned(polls.iter().copied().collect()), &config, count, |_| ()).await;
        let began = |report: &ClusterReport| report.snapshot.started.since_origin().as_secs();
        polled.map(|polled| (began(&polled.report), polled.last_error)).map_err(|error| error.to_string())
    }

    #[tokio::test(start_paused = true)]
    async fn a_poll_that_fails_takes_nothing_away() {
        assert_eq!(polled(&[Ok(1), Ok(2)]).await, Ok((2, None)));
        assert_eq!(polled(&[Ok(1), Err("down")]).await, Ok((1, Some("down".to_owned()))));
        assert_eq!(polled(&[Err("down"), Ok(2), Err("gone"), Err("still")]).await, Ok((2, Some("still".to_owned()))));
        assert_eq!(polled(&[Err("down"), Ok(2)]).await, Ok((2, None)));
        assert_eq!(polled(&[Err("down"), Err("gone")]).await, Err("gone".to_owned()));
    }
}
