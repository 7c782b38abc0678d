//! What is counted while one cluster is polled.
//!
//! Not what the polls learned: that is in the report.
//! Invariant: a scrape sees the numbers of one finished poll together, never half of the next.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use prometheus::core::Collector;
use prometheus::proto::MetricFamily;
use prometheus::{GaugeVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Opts, Registry};

use super::own::Directory;
use crate::model::{ClusterName, Phase, ProblemKind, Question, Resource, Timestamp};

/// How a poll went.
#[derive(Clone, Debug)]
pub struct PollOutcome<'a> {
    /// Whether it learned anything.
    pub is_up: bool,
    /// How long it took in all.
    pub duration: Duration,
    /// How long each of its steps took; a step that was not reached is not in the list.
    pub phases: &'a [(Phase, Duration)],
    /// When it ended.
    pub finished_at: Timestamp,
    /// Time between reading commits and reading ends, where both were read.
    pub skew: Option<Duration>,
    /// Whether everything was heard in the offsets topic since some time before; `None` where nobody was asked.
    pub is_followed: Option<bool>,
    /// How often a right was missing, by what it was missing on.
    pub denied: BTreeMap<Resource, u64>,
    /// Groups that more than one broker listed.
    pub duplicate_listings: u64,
}

/// The counters of one cluster; clones count together.
#[derive(Clone, Debug)]
pub struct ClusterMetrics {
    name: ClusterName,
    families: Arc<Families>,
    directory: Directory,
}

impl ClusterMetrics {
    pub(super) fn new(name: ClusterName, families: Arc<Families>, directory: Directory) -> Self {
        Self { name, families, directory }
    }

    /// A request was sent.
    pub fn request(&self, question: Question) {
        self.families.requests.increment([question.name()]);
    }

    /// A request was answered with an error, or not at all.
    pub fn request_failed(&self, question: Question, kind: ProblemKind) {
        self.families.request_failures.increment([question.name(), kind.word()]);
    }

    /// From now on polls begin so far apart.
    pub fn polls_every(&self, interval: Duration) {
        self.families.poll_interval.set([], interval.as_secs_f64());
    }

    /// A poll ended. What the last one did not tell is absent from now on.
    pub fn poll_finished(&self, outcome: &PollOutcome<'_>) {
        self.families.poll_finished(outcome);
    }

    /// The cluster is no longer watched: its series vanish, and what its clones still count is lost.
    pub fn forget(self) {
        let mut clusters = self.directory.lock().unwrap_or_else(PoisonError::into_inner);
        // A cluster of the same name may have been taken up since; that one stays.
        if clusters.get(&self.name).is_some_and(|present| Arc::ptr_eq(present, &self.families)) {
            clusters.remove(&self.name);
        }
    }
}

/// The families of one cluster, in a registry that adds its `cluster_name`.
#[derive(Debug)]
pub(super) struct Families {
    registry: Registry,
    /// Held while the numbers of a poll are written and while all are read.
    whole_poll: Mutex<()>,
    up: IntGauge,
    poll_interval: Labelled<GaugeVec>,
    poll_duration: Labelled<GaugeVec>,
    poll_phase: Labelled<GaugeVec>,
    polls: IntCounter,
    poll_failures: IntCounter,
    last_poll: Labelled<GaugeVec>,
    skew: Labelled<GaugeVec>,
    followed: Labelled<IntGaugeVec>,
    requests: Labelled<IntCounterVec>,
    request_failures: Labelled<IntCounterVec>,
    denied: Labelled<IntGaugeVec>,
    duplicate_listings: IntCounter,
}

impl Families {
    pub(super) fn new(cluster: &ClusterName) -> Result<Self, prometheus::Error> {
        let labels = HashMap::from([("cluster_name".to_owned(), cluster.as_str().to_owned())]);
        let registry = Registry::new_custom(None, Some(labels))?;
        let families = Self {
            up: registered(&registry, IntGauge::with_opts(named("highwater_up"))?)?,
            poll_interval: Labelled(registered(
                &registry,
                GaugeVec::new(named("highwater_poll_interval_seconds"), &[])?,
            )?),
            poll_duration: Labelled(registered(
                &registry,
                GaugeVec::new(named("highwater_poll_duration_seconds"), &[])?,
            )?),
            poll_phase: Labelled(registered(
                &registry,
                GaugeVec::new(named("highwater_poll_phase_seconds"), &["phase"])?,
            )?),
            polls: registered(&registry, IntCounter::with_opts(named("highwater_polls_total"))?)?,
            poll_failures: registered(&registry, IntCounter::with_opts(named("highwater_poll_failures_total"))?)?,
            last_poll: Labelled(registered(
                &registry,
                GaugeVec::new(named("highwater_last_poll_timestamp_seconds"), &[])?,
            )?),
            skew: Labelled(registered(&registry, GaugeVec::new(named("highwater_snapshot_skew_seconds"), &[])?)?),
            followed: Labelled(registered(
                &registry,
                IntGaugeVec::new(named("highwater_offsets_topic_followed"), &[])?,
            )?),
            requests: Labelled(registered(
                &registry,
                IntCounterVec::new(named("highwater_requests_total"), &["api"])?,
            )?),
            request_failures: Labelled(registered(
                &registry,
                IntCounterVec::new(named("highwater_request_failures_total"), &["api", "error"])?,
            )?),
            denied: Labelled(registered(
                &registry,
                IntGaugeVec::new(named("highwater_authorization_denied"), &["resource"])?,
            )?),
            duplicate_listings: registered(
                &registry,
                IntCounter::with_opts(named("highwater_duplicate_group_listings_total"))?,
            )?,
            whole_poll: Mutex::new(()),
            registry,
        };
        // A counter that appears at 1 hides its first increase from `rate`.
        for question in Question::ALL {
            families.requests.0.get_metric_with_label_values(&[question.name()])?;
        }
        Ok(families)
    }

    pub(super) fn gather(&self) -> Vec<MetricFamily> {
        let _whole = self.whole_poll.lock().unwrap_or_else(PoisonError::into_inner);
        self.registry.gather()
    }

    fn poll_finished(&self, outcome: &PollOutcome<'_>) {
        let _whole = self.whole_poll.lock().unwrap_or_else(PoisonError::into_inner);
        self.up.set(i64::from(outcome.is_up));
        self.polls.inc();
        self.poll_duration.set([], outcome.duration.as_secs_f64());
        if outcome.is_up {
            self.last_poll.set([], outcome.finished_at.unix_seconds());
        } else {
            self.poll_failures.inc();
        }
        self.poll_phase.0.reset();
        for (phase, took) in outcome.phases {
            self.poll_phase.set([phase.word()], took.as_secs_f64());
        }
        self.skew.0.reset();
        if let Some(skew) = outcome.skew {
            self.skew.set([], skew.as_secs_f64());
        }
        self.followed.0.reset();
        if let Some(is_followed) = outcome.is_followed {
            self.followed.set([], i64::from(is_followed));
        }
        self.duplicate_listings.inc_by(outcome.duplicate_listings);
        for resource in Resource::ALL {
            let count = outcome.denied.get(&resource).copied().unwrap_or(0);
            self.denied.set([resource.word()], i64::try_from(count).unwrap_or(i64::MAX));
        }
    }
}

fn registered<C: Collector + Clone + 'static>(registry: &Registry, collector: C) -> Result<C, prometheus::Error> {
    registry.register(Box::new(collector.clone()))?;
    Ok(collector)
}

/// A family with labels. Asking for a series fails only where the number of labels is wrong, which
/// the tests of this room would show: so a failure to count is no reason to disturb a poll.
#[derive(Debug)]
struct Labelled<V>(V);

impl Labelled<IntCounterVec> {
    fn increment<const N: usize>(&self, labels: [&str; N]) {
        if let Ok(counter) = self.0.get_metric_with_label_values(&labels) {
            counter.inc();
        }
    }
}

impl Labelled<IntGaugeVec> {
    fn set<const N: usize>(&self, labels: [&str; N], value: i64) {
        if let Ok(gauge) = self.0.get_metric_with_label_values(&labels) {
            gauge.set(value);
        }
    }
}

impl Labelled<GaugeVec> {
    fn set<const N: usize>(&self, labels: [&str; N], value: f64) {
        if let Ok(gauge) = self.0.get_metric_with_label_values(&labels) {
            gauge.set(value);
        }
    }
}

/// A family by name. Its help is the catalogue's, which the exposition writes: here are no second words.
fn named(name: &str) -> Opts {
    Opts::new(name, super::HELP)
}
