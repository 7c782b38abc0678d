//! Asks one cluster on our own clock: tick, collect, analyze, publish.
//!
//! It never polls because somebody scrapes, and it does not retry: the next tick is the retry.
//! Invariant: polls of one cluster never overlap, and one that failed leaves the last report standing.

mod changes;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tracing::{info, warn};

use crate::analysis::{self, History};
use crate::kafka::{ClusterSource, LearnedNothing};
use crate::model::{Clock, ClusterName, ClusterSnapshot, Followed, Phase, Problem, Resource, Thresholds};
use crate::publish::Publisher;
use crate::telemetry::{ClusterMetrics, PollOutcome};

use changes::Changes;

/// How one cluster is polled.
pub struct Poller<Source> {
    /// The cluster, for the log.
    pub cluster: ClusterName,
    /// Where snapshots come from.
    pub source: Source,
    /// From the start of one poll to the start of the next.
    pub interval: Duration,
    /// How long the first poll waits.
    pub first_poll_after: Duration,
    /// What was heard in `__consumer_offsets` since it was asked last.
    pub hear: Box<dyn FnMut() -> Followed + Send>,
    /// What analysis goes by.
    pub thresholds: Thresholds,
    /// Where reports go.
    pub publisher: Publisher,
    /// Our own counters.
    pub metrics: ClusterMetrics,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
}

impl<Source: ClusterSource> Poller<Source> {
    /// Polls until `stop` turns true. A poll that is under way then is dropped.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let mut history = History::default();
        let mut changes = Changes::default();
        self.metrics.polls_every(self.interval);
        let mut ticks = tokio::time::interval(self.interval);
        // After a poll that took long the next one starts at once, and the rhythm goes on from there.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let polls = async {
            tokio::time::sleep(self.first_poll_after).await;
            ticks.reset_immediately();
            loop {
                ticks.tick().await;
                self.poll(&mut history, &mut changes).await;
            }
        };
        tokio::select! {
            () = polls => {}
            _ = stop.wait_for(|is_stopping| *is_stopping) => {}
        }
    }

    async fn poll(&mut self, history: &mut History, changes: &mut Changes) {
        let started = self.clock.moment();
        let collected = self.source.collect(history.wishes()).await;
        let mut outcome = PollOutcome {
            is_up: collected.is_ok(),
            duration: Duration::ZERO,
            phases: &[],
            finished_at: self.clock.timestamp(),
            skew: None,
            is_followed: None,
            denied: BTreeMap::new(),
            duplicate_listings: 0,
        };
        match collected {
            Ok(mut snapshot) => {
                // Last, so that it is no older than what was asked.
                snapshot.followed = (self.hear)();
                self.log_changes(changes, &snapshot);
                let mut phases = snapshot.phases.clone();
                outcome.skew = snapshot.skew;
                outcome.is_followed = Some(snapshot.followed.since.is_some());
                outcome.denied = denied(&snapshot.problems);
                outcome.duplicate_listings = snapshot.duplicate_listing_count as u64;
                let analysis_started = self.clock.moment();
                let report = analysis::analyze(snapshot, history, &self.thresholds);
                phases.push((Phase::Analysis, self.clock.moment().since(analysis_started)));
                self.publisher.publish(report);
                outcome.duration = self.clock.moment().since(started);
                self.metrics.poll_finished(&PollOutcome { phases: &phases, ..outcome });
            }
            Err(error) => {
                self.log_failure(changes, &error);
                outcome.duration = self.clock.moment().since(started);
                outcome.denied = denied(&error.problems);
                self.publisher.failed(error.sentence);
                self.metrics.poll_finished(&outcome);
            }
        }
    }

    fn log_changes(&self, changes: &mut Changes, snapshot: &ClusterSnapshot) {
        let cluster = self.cluster.as_str();
        if changes.is_first_success() {
            let (brokers, groups, topics) = (snapshot.brokers.len(), snapshot.groups.len(), snapshot.topics.len());
            info!(cluster, brokers, groups, topics, "the cluster answers");
        }
        let told = changes.of(&snapshot.problems);
        for problem in told.new {
            let (api, kind) = (problem.question.name(), problem.kind.word());
            warn!(cluster, api, kind, count = problem.count, error = %problem.detail, "something could not be learned");
        }
        if told.settled_count > 0 {
            info!(cluster, settled = told.settled_count, remaining = snapshot.problems.len(), "problems are settled");
        }
    }

    fn log_failure(&self, changes: &mut Changes, error: &LearnedNothing) {
        if changes.is_new_failure(&error.problems) {
            warn!(cluster = self.cluster.as_str(), error = %error, "the poll learned nothing");
        }
    }
}

/// How much was refused for want of a right, by what the right is missing on.
fn denied(problems: &[Problem]) -> BTreeMap<Resource, u64> {
    let mut denied = BTreeMap::new();
    for problem in problems {
        if let Some(resource) = problem.kind.denied() {
            *denied.entry(resource).or_default() += problem.count as u64;
        }
    }
    denied
}
