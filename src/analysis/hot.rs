//! Partitions that are written much more than the others of their topic, and brokers that are written more than the others.
//!
//! Not the lag of anybody, except in `slow`, which tells why a group is behind on one partition.
//! Invariant: what left the cluster is forgotten; memory is at most two hundred bytes for each partition.

mod batches;
mod brokers;
mod chance;
mod judge;
mod loads;
mod partition;
mod silence;
mod slow;
mod spans;
mod topic;

use crate::model::{ClusterSnapshot, HotThresholds, Topic, TopicReport};

use super::join::join;
use brokers::BrokerLoads;
use loads::Scratch;
pub(super) use slow::find as find_slow;
use topic::TopicHeat;

/// How the partitions of a cluster were written.
#[derive(Debug, Default)]
pub(super) struct Hot {
    /// In the order of the topics of the snapshot that was observed last.
    topics: Vec<TopicHeat>,
    brokers: BrokerLoads,
    scratch: Scratch,
}

impl Hot {
    /// Takes in a snapshot: the ends of all partitions.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot, thresholds: &HotThresholds) {
        self.follow_topics(snapshot);
        self.brokers.begin(snapshot);
        for (heat, topic) in self.topics.iter_mut().zip(&snapshot.topics) {
            if !is_internal(topic) {
                heat.observe(topic, snapshot.finished, thresholds, &mut self.brokers, &mut self.scratch);
            }
        }
        self.brokers.finish(snapshot.finished, thresholds);
    }

    /// Says what was found, in reports of the topics of the snapshot that was observed last.
    pub(super) fn tell(&self, reports: &mut [TopicReport]) {
        for (report, heat) in reports.iter_mut().zip(&self.topics) {
            report.skew.clone_from(&heat.skew);
        }
    }

    /// The greatest rate of a broker over the mean.
    pub(super) fn broker_skew(&self) -> Option<f64> {
        self.brokers.skew()
    }

    /// Brings what is remembered into the order of the snapshot's topics.
    fn follow_topics(&mut self, snapshot: &ClusterSnapshot) {
        let is_same = self.topics.len() == snapshot.topics.len()
            && self.topics.iter().zip(&snapshot.topics).all(|(heat, topic)| heat.name == topic.name);
        if is_same {
            return;
        }
        let before = std::mem::take(&mut self.topics);
        let names: Vec<_> = before.iter().map(|heat| heat.name.clone()).collect();
        let now = snapshot.topics.iter().map(|topic| (&topic.name, topic));
        self.topics.reserve_exact(snapshot.topics.len());
        for (_, topic, heat) in join(now, names.iter().zip(before)) {
            let Some(topic) = topic else { continue };
            self.topics.push(heat.unwrap_or_else(|| TopicHeat::new(topic)));
        }
    }
}

/// Kafka's own topics, which have one hot partition for each busy group.
fn is_internal(topic: &Topic) -> bool {
    topic.name.starts_with("__")
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a test's numbers are small")]
mod tests;
