//! The clusters that are watched now: their pollers and what those publish.
//!
//! Not the rhythm of a poller, nor what it learns.
//! Invariant: a reload touches only the clusters whose settings changed.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::info;

use crate::client::follower;
use crate::config::{ClusterConfig, Config, PollSettings};
use crate::kafka::KafkaCluster;
use crate::model::{Clock, ClusterName, Thresholds};
use crate::poller::Poller;
use crate::publish::{self, Latest};
use crate::telemetry::{ClusterMetrics, SelfMetrics};

use super::Ended;

/// First polls are spread over this, so that many clusters do not all answer in one moment.
const SPREAD: Duration = Duration::from_secs(1);

/// Everything a poller was started with; a difference means another poller.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    cluster: ClusterConfig,
    poll: PollSettings,
    thresholds: Thresholds,
}

struct Watched {
    plan: Plan,
    latest: Latest,
    metrics: ClusterMetrics,
    stop: watch::Sender<bool>,
    /// Its own, so that the other closes with the poller.
    stop_following: watch::Sender<bool>,
}

impl Watched {
    /// Whether the poller's task has ended, though nobody told it to.
    fn is_gone(&self) -> bool {
        self.stop.is_closed()
    }

    fn tell_to_stop(&self) {
        self.stop.send_replace(true);
        self.stop_following.send_replace(true);
    }
}

/// All watched clusters.
pub(super) struct Clusters {
    watched: BTreeMap<ClusterName, Watched>,
    self_metrics: SelfMetrics,
    clock: Arc<dyn Clock>,
}

impl Clusters {
    pub(super) fn new(self_metrics: SelfMetrics, clock: Arc<dyn Clock>) -> Self {
        Self { watched: BTreeMap::new(), self_metrics, clock }
    }

    /// What the pollers publish, cluster by cluster.
    pub(super) fn latest(&self) -> Vec<Latest> {
        let latest = |watched: &Watched| {
            let filters: Arc<ClusterConfig> = Arc::new(watched.plan.cluster.clone());
            watched.latest.clone().filtered_by(filters)
        };
        self.watched.values().map(latest).collect()
    }

    /// Makes the watched clusters those of the configuration.
    pub(super) fn follow(&mut self, config: &Config, tasks: &mut JoinSet<Ended>) -> anyhow::Result<()> {
        let mut before = std::mem::take(&mut self.watched);
        let count = u32::try_from(config.clusters.len()).unwrap_or(u32::MAX).max(1);
        for (place, cluster) in (0_u32..).zip(&config.clusters) {
            let thresholds = Thresholds { expected_brokers: cluster.expected_brokers, ..config.analysis.clone() };
            let plan = Plan { cluster: cluster.clone(), poll: config.poll.clone(), thresholds };
            let watched = match before.remove(&cluster.name) {
                Some(unchanged) if unchanged.plan == plan && !unchanged.is_gone() => unchanged,
                changed => {
                    changed.into_iter().for_each(end);
                    self.start(plan, SPREAD / count * place, tasks)?
                }
            };
            self.watched.insert(cluster.name.clone(), watched);
        }
        for (name, watched) in before {
            end(watched);
            info!(cluster = name.as_str(), "no longer watched");
        }
        Ok(())
    }

    fn start(&self, plan: Plan, delay: Duration, tasks: &mut JoinSet<Ended>) -> anyhow::Result<Watched> {
        let name = plan.cluster.name.clone();
        let metrics = self.self_metrics.cluster(&name).context("cannot set up the cluster's counters")?;
        let (publisher, latest) = publish::channel(name.clone());
        let source =
            KafkaCluster::new(plan.cluster.clone(), plan.poll.clone(), metrics.clone(), Arc::clone(&self.clock));
        let (follower, listener) = follower(&plan.cluster, Arc::clone(&self.clock));
        let poller = Poller {
            cluster: name.clone(),
            source,
            interval: plan.poll.interval,
            first_poll_after: delay,
            hear: Box::new(move || listener.take()),
            thresholds: plan.thresholds.clone(),
            publisher,
            metrics: metrics.clone(),
            clock: Arc::clone(&self.clock),
        };
        let (stop, stopped) = watch::channel(false);
        let (stop_following, stopped_following) = watch::channel(false);
        let name_followed = name.clone();
        tasks.spawn(async move {
            poller.run(stopped).await;
            Ended::Poller(name)
        });
        tasks.spawn(async move {
            follower.run(stopped_following).await;
            Ended::Follower(name_followed)
        });
        Ok(Watched { plan, latest, metrics, stop, stop_following })
    }

    /// Starts pollers anew whose task is gone, an interval from now; says whether there were any.
    pub(super) fn revive(&mut self, tasks: &mut JoinSet<Ended>) -> anyhow::Result<bool> {
        let gone: Vec<Plan> =
            self.watched.values().filter(|watched| watched.is_gone()).map(|watched| watched.plan.clone()).collect();
        for plan in &gone {
            // First the end of the old one: both count under the same name.
            self.watched.remove(&plan.cluster.name).into_iter().for_each(end);
            let again = self.start(plan.clone(), plan.poll.interval, tasks)?;
            self.watched.insert(plan.cluster.name.clone(), again);
        }
        Ok(!gone.is_empty())
    }

    /// Tells all pollers to end.
    pub(super) fn stop(&self) {
        for watched in self.watched.values() {
            watched.tell_to_stop();
        }
    }
}

fn end(watched: Watched) {
    watched.tell_to_stop();
    watched.metrics.forget();
}
