//! From a topic's facts to its JSON.
//!
//! Not who reads it.
//! Invariant: what is not known stays so.

use std::borrow::Cow;

use super::super::{finite, reason};
use super::{HotPartition, Skew, Topic, TopicConfig, TopicPartition};
use crate::model::{
    ClusterReport, Partition, PartitionCounts, Reading, Skew as SkewReport, Topic as TopicFacts,
    TopicConfig as ConfigFacts,
};

/// The topic at this place of the snapshot.
pub(super) fn summary<'a>(
    report: &'a ClusterReport,
    place: usize,
    topic: &'a TopicFacts,
    group_count: usize,
) -> Topic<'a> {
    let counts = PartitionCounts::of(&topic.partitions);
    let concluded = report.topics.get(place).cloned().unwrap_or_default();
    Topic {
        topic: Cow::Borrowed(&topic.name),
        partition_count: counts.listed,
        offline_partitions: counts.offline,
        under_replicated_partitions: counts.under_replicated,
        group_count,
        produced_records_per_second: finite(concluded.produced_per_second),
        retained_seconds: finite(concluded.retained_seconds),
        skew: concluded.skew.as_ref().map(to_skew),
        config: topic.config.as_deref().map(to_config),
    }
}

fn to_skew(skew: &SkewReport) -> Skew {
    let hot = skew.hot.iter().map(|hot| HotPartition {
        partition: hot.partition.0,
        ratio: hot.ratio.into(),
        share: hot.share.into(),
        severity: Cow::Borrowed(hot.severity.word()),
    });
    Skew {
        ratio: skew.ratio,
        effective_partitions: skew.effective_partitions,
        hot_partitions: hot.collect(),
        concentrated_on: skew.concentrated.map(|partition| partition.0),
    }
}

fn to_config(config: &ConfigFacts) -> TopicConfig {
    let policies = [(config.is_deleted, "delete"), (config.is_compacted, "compact")];
    let cleanup_policy = policies.into_iter().filter(|(is_on, _)| *is_on).map(|(_, word)| Cow::Borrowed(word));
    TopicConfig {
        retention_seconds: config.retention.map(|retention| retention.as_secs_f64()),
        retention_bytes: config.retention_bytes,
        segment_seconds: config.segment.map(|segment| segment.as_secs_f64()),
        cleanup_policy: cleanup_policy.collect(),
        message_timestamp_type: Cow::Borrowed(if config.has_append_times { "LogAppendTime" } else { "CreateTime" }),
    }
}

pub(super) fn to_partition(partition: &Partition, rate: Option<Reading>) -> TopicPartition {
    let end = partition.high_watermark.map(|end| end.offset);
    TopicPartition {
        partition: partition.id.0,
        produced_records_per_second: rate.and_then(Reading::get),
        leader: partition.leader.map(|leader| leader.0),
        leader_epoch: partition.leader_epoch,
        preferred_leader: partition.replicas.preferred_leader.map(|leader| leader.0),
        replicas: partition.replicas.assigned_count,
        in_sync_replicas: partition.replicas.in_sync_count,
        log_start_offset: partition.low_watermark.ok(),
        log_start_offset_reason: reason(&partition.low_watermark),
        log_end_offset: end.ok(),
        log_end_offset_reason: reason(&end),
        last_stable_offset: partition.last_stable.ok(),
        last_stable_offset_reason: reason(&partition.last_stable),
    }
}
