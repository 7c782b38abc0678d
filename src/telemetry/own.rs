//! All our own counters, gathered anew at every scrape.
//!
//! Not the families about Kafka, which are rendered from a report and never updated in place.
//! Invariant: a cluster that was forgotten has no series, even if somebody still counts for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::process_collector::ProcessCollector;
use prometheus::proto::MetricFamily;
use prometheus::{IntGauge, IntGaugeVec, Opts, Registry};

use super::cluster::{ClusterMetrics, Families};
use super::notify::{NotifyFamilies, ReceiverMetrics};
use crate::model::ClusterName;

/// The clusters that are counted. Each has a registry of its own, so that forgetting one is
/// dropping it, whatever labels its families have gathered.
pub(super) type Directory = Arc<Mutex<BTreeMap<ClusterName, Arc<Families>>>>;

/// Our own metrics: the `highwater_*` families and those of the process.
#[derive(Clone, Debug)]
pub struct SelfMetrics {
    registry: Registry,
    config_reload_success: IntGauge,
    notify: NotifyFamilies,
    clusters: Directory,
}

impl SelfMetrics {
    /// Registers the families that are not about one cluster.
    pub fn new() -> Result<Self, prometheus::Error> {
        let registry = Registry::new();
        let build_info = IntGaugeVec::new(Opts::new("highwater_build_info", super::HELP), &["version", "revision"])?;
        let revision = option_env!("HIGHWATER_REVISION").unwrap_or("unknown");
        build_info.get_metric_with_label_values(&[env!("CARGO_PKG_VERSION"), revision])?.set(1);
        let config_reload_success = IntGauge::new("highwater_config_reload_success", super::HELP)?;
        config_reload_success.set(1);
        registry.register(Box::new(build_info))?;
        registry.register(Box::new(config_reload_success.clone()))?;
        registry.register(Box::new(ProcessCollector::for_self()))?;
        let notify = NotifyFamilies::new(&registry)?;
        Ok(Self { registry, config_reload_success, notify, clusters: Directory::default() })
    }

    /// The counters of one cluster; the same ones whenever it is asked for until they are forgotten.
    pub fn cluster(&self, name: &ClusterName) -> Result<ClusterMetrics, prometheus::Error> {
        let mut clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner);
        let families = match clusters.get(name) {
            Some(families) => Arc::clone(families),
            None => Arc::new(Families::new(name)?),
        };
        clusters.insert(name.clone(), Arc::clone(&families));
        Ok(ClusterMetrics::new(name.clone(), families, Arc::clone(&self.clusters)))
    }

    /// The counters of a receiver, by what it understands and where it is.
    #[must_use]
    pub fn receiver(&self, kind: &'static str, receiver: String) -> ReceiverMetrics {
        ReceiverMetrics::new(&self.notify, kind, receiver)
    }

    /// The configuration was read again: taken over, or refused.
    pub fn config_reloaded(&self, is_success: bool) {
        self.config_reload_success.set(i64::from(is_success));
    }

    /// Every family as of now, by name; within a family the clusters by name, or the only one wanted.
    #[must_use]
    pub fn gather(&self, only: Option<&ClusterName>) -> Vec<MetricFamily> {
        let clusters = self.clusters.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let clusters =
            clusters.into_iter().filter(|(name, _)| only.is_none_or(|only| only == name)).map(|(_, families)| families);
        let mut by_name: BTreeMap<String, MetricFamily> = BTreeMap::new();
        let gathered = clusters.flat_map(|families| families.gather()).chain(self.registry.gather());
        for mut family in gathered {
            match by_name.get_mut(family.name()) {
                Some(present) => present.mut_metric().append(family.mut_metric()),
                None => drop(by_name.insert(family.name().to_owned(), family)),
            }
        }
        by_name.into_values().collect()
    }
}

#[cfg(test)]
mod tests;
