//! What is wrong with a cluster by its metadata: leaders, replicas and brokers.
//!
//! Not consumers, and nothing that takes another question than Metadata.
//! Invariant: nothing is found before it was seen in every poll of its minimum time, and nothing is found any more in the
//! poll that does not see it.

mod brokers;
mod leaders;
mod partitions;
mod spells;

use std::time::Duration;

use crate::model::{About, BrokerId, Check, ClusterSnapshot, Finding, Moment, Severity};

use brokers::BrokerSet;
use leaders::Leadership;
use partitions::Partitions;

/// Of a longer time between two polls so much counts as watched, since nobody knows what was in between, or twice the time
/// between the two before, where polls are that rare. Eight polls at the default interval: a few that failed count in full.
const UNWATCHED_MAX: Duration = Duration::from_mins(2);

/// What is remembered of a cluster to know for how long things have been wrong: what is wrong now, and the brokers of a
/// day.
#[derive(Debug, Default)]
pub(super) struct Findings {
    last: Option<Moment>,
    /// The time between the last two polls.
    pace: Duration,
    partitions: Partitions,
    leadership: Leadership,
    brokers: BrokerSet,
}

impl Findings {
    /// Takes in a snapshot and tells what is wrong, by check and then by what it is about. `before` is the snapshot that
    /// was taken in last.
    pub(super) fn observe(
        &mut self,
        now: &ClusterSnapshot,
        before: Option<&ClusterSnapshot>,
        expected_brokers: Option<usize>,
    ) -> Vec<Finding> {
        let passed = self.last.map_or(Duration::ZERO, |last| now.finished.since(last));
        let watched = passed.min(UNWATCHED_MAX.max(self.pace * 2));
        self.pace = passed;
        self.last = Some(now.finished);
        let mut found = Vec::new();
        self.partitions.observe(now, before, watched, &mut found);
        self.leadership.observe(now, watched, &mut found);
        self.brokers.observe(now, expected_brokers, watched, &mut found);
        found.sort_by(|left, right| (left.check, &left.about).cmp(&(right.check, &right.about)));
        found
    }
}

/// A finding about one broker.
fn about_broker(check: Check, severity: Severity, broker: BrokerId, lasting: Duration, count: usize) -> Finding {
    Finding { check, severity, lasting, about: About::Broker(broker), count }
}

#[cfg(test)]
mod tests;
