//! The conclusions about topics, whoever reads them.
//!
//! Not of groups.
//! Invariant: sums are over the partitions of which something is known, and absent where nothing is.

use crate::model::{Quality, TopicReport};

use super::ages::PartitionAges;

/// Adds what is known of one more partition of the topic.
pub(super) fn add(report: &mut TopicReport, ages: &PartitionAges) {
    if let Some(produced) = ages.produced_per_second() {
        *report.produced_per_second.get_or_insert(0.0) += produced;
    }
    let retained = ages.retained().filter(|retained| retained.quality != Quality::LowerBound);
    if let Some(retained) = retained {
        let most = report.retained_seconds.map_or(retained.seconds(), |most| most.max(retained.seconds()));
        report.retained_seconds = Some(most);
    }
}
