//! What librdkafka tells beside records: logs, errors, and where it is.
//!
//! Not what is made of it.
//! Invariant: nothing it says gets louder than debug; a cluster in trouble is what polls are about.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;
use tracing::debug;

use super::TOPIC;
use crate::client::follow::health::Standing;

/// Keeps the last that was told, until it is looked at.
#[derive(Debug, Default)]
pub(super) struct Told {
    last: Mutex<Option<BTreeMap<i32, Standing>>>,
}

impl Told {
    /// How it stands with the partitions, if that was told since this was asked last.
    pub(super) fn take(&self) -> Option<BTreeMap<i32, Standing>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl ClientContext for Told {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(facility, message, "librdkafka says");
    }

    fn stats(&self, statistics: Statistics) {
        let is_up = |id: i32| statistics.brokers.values().any(|broker| broker.nodeid == id && broker.state == "UP");
        let Some(topic) = statistics.topics.get(TOPIC) else { return };
        // One more is there for what belongs to no partition.
        let partitions = topic.partitions.values().filter(|partition| partition.partition >= 0);
        let standing = |partition: &rdkafka::statistics::Partition| Standing {
            // What is refused has no end.
            is_reached: partition.fetch_state == "active" && partition.hi_offset >= 0 && is_up(partition.broker),
            next: partition.next_offset,
            end: partition.hi_offset,
        };
        let told = partitions.map(|partition| (partition.partition, standing(partition))).collect();
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(told);
    }

    fn stats_raw(&self, statistics: &[u8]) {
        match serde_json::from_slice(statistics) {
            Ok(statistics) => self.stats(statistics),
            Err(error) => debug!(error = %error, "librdkafka's statistics cannot be read"),
        }
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(error = %error, reason, "librdkafka has trouble");
    }
}

impl ConsumerContext for Told {}
