//! The product's own way from Kafka to conclusions, polled by hand on a real cluster. It is NOT the binary.
//! Invariant: a poll that does not come back ends the test, and a wait that ends in vain says what was seen last.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use highwater::analysis::{History, analyze};
use highwater::app::SystemClock;
use highwater::config::{BrokerAddress, ClusterConfig, NameFilter, OffsetsTopic, PollSettings};
use highwater::kafka::{ClusterSource, KafkaCluster};
use highwater::model::{Clock, ClusterName, ClusterReport, ClusterSnapshot, Moment, Thresholds, Topic, Wishes};
use highwater::telemetry::SelfMetrics;
use tokio::time::{Interval, MissedTickBehavior, timeout};

use crate::support::kafka::Cluster;
use crate::support::wait::PATIENCE;

/// From one poll to the next, where nothing else is asked for.
const INTERVAL: Duration = Duration::from_millis(500);

/// A real cluster that is polled by hand.
pub(super) struct Watch {
    source: KafkaCluster,
    history: History,
    ticks: Interval,
    last: Option<Moment>,
    widest_gap: Duration,
}

impl Watch {
    /// Watches everything, from now on.
    pub(super) fn of(cluster: &Cluster) -> Self {
        Self::each(INTERVAL, cluster)
    }

    /// The same, polling as often as that.
    pub(super) fn each(interval: Duration, cluster: &Cluster) -> Self {
        let name = ClusterName::from("real");
        let address = |id| BrokerAddress { host: "127.0.0.1".to_owned(), port: cluster.port(id) };
        let config = ClusterConfig {
            name: name.clone(),
            bootstrap: cluster.ids().map(address).collect(),
            client_id: "highwater".to_owned(),
            groups: NameFilter::new(&[".*"], &[]).expect("a pattern"),
            topics: NameFilter::new(&[".*"], &["__.*"]).expect("patterns"),
            offsets_topic: OffsetsTopic::Off,
            expected_brokers: None,
        };
        let metrics = SelfMetrics::new().and_then(|own| own.cluster(&name)).expect("the counters can be set up");
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let mut ticks = tokio::time::interval(interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            source: KafkaCluster::new(config, PollSettings::default(), metrics, clock),
            history: History::default(),
            ticks,
            last: None,
            widest_gap: Duration::ZERO,
        }
    }

    /// Asks once, these wishes too, and concludes nothing.
    pub(super) async fn ask(&mut self, wishes: &Wishes) -> ClusterSnapshot {
        let collected = timeout(PATIENCE, self.source.collect(wishes)).await.expect("the poll comes back");
        collected.expect("brokers answer")
    }

    /// Asks until the answer is as wanted.
    pub(super) async fn ask_until(
        &mut self,
        what: &str,
        wishes: &Wishes,
        wanted: impl Fn(&ClusterSnapshot) -> bool,
    ) -> ClusterSnapshot {
        let mut last = None;
        let asking = async {
            loop {
                self.ticks.tick().await;
                let snapshot = self.ask(wishes).await;
                if wanted(&snapshot) {
                    return snapshot;
                }
                last = Some(snapshot);
            }
        };
        if let Ok(snapshot) = timeout(PATIENCE, asking).await {
            return snapshot;
        }
        panic!("waited in vain for {what}: {last:?}")
    }

    /// Polls when it is time to, with the wishes of the poll before.
    pub(super) async fn poll(&mut self) -> Arc<ClusterReport> {
        self.ticks.tick().await;
        let wishes = self.history.wishes().clone();
        let snapshot = self.ask(&wishes).await;
        if let Some(last) = self.last.replace(snapshot.finished) {
            self.widest_gap = self.widest_gap.max(snapshot.finished.since(last));
        }
        analyze(snapshot, &mut self.history, &Thresholds::default())
    }

    /// Begins to measure how polls follow each other.
    pub(super) async fn begin(&mut self) {
        (self.last, self.widest_gap) = (None, Duration::ZERO);
        self.polls(2).await;
    }

    /// Polls as long as something else takes, which goes on meanwhile.
    pub(super) async fn poll_while<T>(&mut self, doing: impl Future<Output = T>) -> T {
        let mut doing = pin!(doing);
        loop {
            let done = {
                let mut poll = pin!(self.poll());
                // A poll is not left in the middle: that would lose the answers it waits for.
                tokio::select! {
                    done = &mut doing => {
                        poll.await;
                        Some(done)
                    }
                    _ = &mut poll => None,
                }
            };
            if let Some(done) = done {
                return done;
            }
        }
    }

    /// The longest since then that any poll came after the one before: no log was looked at in between.
    pub(super) fn widest_gap(&self) -> Duration {
        self.widest_gap
    }

    /// Polls so many times and gives the last report.
    pub(super) async fn polls(&mut self, count: usize) -> Arc<ClusterReport> {
        for _ in 1..count {
            self.poll().await;
        }
        self.poll().await
    }

    /// Polls until the conclusions are as wanted; what `seen` tells of the last is told in vain.
    pub(super) async fn until<Seen: std::fmt::Debug>(
        &mut self,
        what: &str,
        seen: impl Fn(&ClusterReport) -> Seen,
        wanted: impl Fn(&Seen) -> bool,
    ) -> Arc<ClusterReport> {
        let mut last = None;
        let polling = async {
            loop {
                let report = self.poll().await;
                let now = seen(&report);
                if wanted(&now) {
                    return report;
                }
                last = Some(now);
            }
        };
        if let Ok(report) = timeout(PATIENCE, polling).await {
            return report;
        }
        panic!("waited in vain for {what}: {last:?}")
    }
}

/// A topic of a snapshot.
#[track_caller]
pub(super) fn topic<'a>(snapshot: &'a ClusterSnapshot, name: &str) -> &'a Topic {
    snapshot.topics.iter().find(|topic| topic.name.as_str() == name).expect("the topic is listed")
}
