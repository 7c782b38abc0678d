//! The keys of a partition's newest records, for a command that prints and ends.
//!
//! Not the exporter, which reads no records of topics.
//! Invariant: records are counted as they come, and nothing is stored.

use anyhow::Context;

use crate::analysis::KeyTally;
use crate::client::{self, SampleEvent};
use crate::config::ClusterConfig;
use crate::model::{KeyShares, PartitionId, Sample, SampleSettings};

use super::SystemClock;

/// Takes a sample and counts at most so many keys of it. `told` is told which partition is read, how many records were
/// read, and how many may be. Blocks.
pub fn hot_keys(
    cluster: &ClusterConfig,
    settings: &SampleSettings,
    keys_max: usize,
    mut told: impl FnMut(PartitionId, u64, u64),
) -> anyhow::Result<(Sample, KeyShares)> {
    let mut tally = KeyTally::default();
    let (mut partition, mut of, mut read) = (PartitionId(0), 0, 0_u64);
    let sample = client::sample(cluster, settings, &SystemClock::default(), |event| {
        match event {
            SampleEvent::Reading(number, records) => (partition, of) = (number, records),
            SampleEvent::Record(record) => {
                tally.add(record);
                read = read.saturating_add(1);
            }
        }
        told(partition, read, of);
    });
    let sample = sample.with_context(|| format!("cluster `{}`", cluster.name))?;
    Ok((sample, tally.shares(keys_max)))
}
