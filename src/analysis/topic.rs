//! The conclusions about topics, whoever reads them.
//!
//! Not of groups.
//! Invariant: sums are over the partitions of which something is known, and absent where nothing is.

use crate::model::{ClusterSnapshot, Quality, Topic, TopicIndex, TopicReport};

use super::ages::Ages;

/// One for each topic of the snapshot, in its order.
pub(super) fn reports(snapshot: &ClusterSnapshot, ages: &Ages) -> Vec<TopicReport> {
    let report = |(index, topic): (u32, &Topic)| {
        let mut report = TopicReport::default();
        for ages in topic.partitions.iter().filter_map(|partition| ages.of(TopicIndex(index), partition.id)) {
            if let Some(produced) = ages.produced_per_second() {
                *report.produced_per_second.get_or_insert(0.0) += produced;
            }
            let retained = ages.retained().filter(|retained| retained.quality != Quality::LowerBound);
            if let Some(retained) = retained {
                let most = report.retained_seconds.map_or(retained.seconds(), |most| most.max(retained.seconds()));
                report.retained_seconds = Some(most);
            }
        }
        report
    };
    (0..).zip(&snapshot.topics).map(report).collect()
}
