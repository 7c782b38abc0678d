//! How old records are: for each partition that somebody reads, when its log was how long.
//!
//! Not of a consumer: one partition's past answers for every group.
//! Invariant: a bracket holds the truth, and says how wide it is.

use crate::model::{ClusterSnapshot, PartitionId, Thresholds, TimeLag, TimeWish, TopicIndex};

/// The past of all partitions that somebody reads.
#[derive(Debug, Default)]
pub(super) struct Ages {}

/// One partition's past.
#[derive(Debug)]
pub(super) struct PartitionAges {}

impl Ages {
    /// Takes in a snapshot: ends, starts and what was answered to wishes.
    pub(super) fn observe(&mut self, _snapshot: &ClusterSnapshot, _thresholds: &Thresholds) {}

    /// The past of a partition of the snapshot that was observed last; `None` where its end is not known or nobody reads it.
    pub(super) fn of(&self, _topic: TopicIndex, _partition: PartitionId) -> Option<&PartitionAges> {
        None
    }

    /// What would narrow the brackets of `lagging`: partitions of the snapshot that was observed last, with a commit each.
    pub(super) fn wishes(
        &self,
        _snapshot: &ClusterSnapshot,
        _lagging: &[(TopicIndex, PartitionId, i64)],
        _thresholds: &Thresholds,
    ) -> Vec<TimeWish> {
        Vec::new()
    }
}

impl PartitionAges {
    /// The age of the first record at or after `committed`, which is below the end; `now` is the snapshot's.
    pub(super) fn time_lag(&self, _committed: i64, _thresholds: &Thresholds) -> Option<TimeLag> {
        None
    }

    /// The age of the oldest record that is still there, in seconds; a lower bound where nothing better is known.
    pub(super) fn retained(&self) -> Option<TimeLag> {
        None
    }

    /// Seconds since the start was last seen to move; `None` if it never was.
    pub(super) fn start_moved_ago(&self) -> Option<f64> {
        None
    }

    /// Records produced per second over the window; `None` before it was watched for half of it.
    pub(super) fn produced_per_second(&self, _thresholds: &Thresholds) -> Option<f64> {
        None
    }
}
