//! What is left of a partition's past when a new leader cut the log and it grew again: nothing beyond the cut.
//!
//! Not a log that is found shorter than before: that shows by its end alone.
//! Invariant: what was read since the new leader leads stays.

use crate::model::Partition;

use super::partition::PartitionAges;
use super::ticks::Ticks;
use crate::analysis::compact::Epoch;

/// A leader whose records may be gone, until somebody tells where they end (KIP-320).
#[derive(Debug)]
pub(super) struct Former {
    epoch: Epoch,
    /// When the last end was read that was its.
    until: Ticks,
}

impl PartitionAges {
    /// Notes by which leader the end comes that is taken in next.
    pub(super) fn note_leader(&mut self, partition: &Partition) {
        let Some(epoch) = partition.leader_epoch.and_then(Epoch::of) else { return };
        if self.leader == Some(epoch) || partition.high_watermark.is_err() {
            return;
        }
        let before = self.leader.replace(epoch).zip(self.now());
        self.former = before.map(|(epoch, until)| Box::new(Former { epoch, until }));
    }

    /// Takes in where the records of an epoch end. If it was the last leader's, what was read beyond that is gone, and what
    /// is there now came later.
    pub(super) fn epoch_ended(&mut self, epoch: i32, end: i64) {
        if let Some(former) = self.former.take_if(|former| former.epoch.is(epoch)) {
            self.anchors.cut(end, former.until);
        }
    }
}
