//! Every metric family there is, in the order of the page. One table: page, documentation and
//! `highwater metrics` are made from it.
//!
//! Not a place for arithmetic: a row picks a value of the report, it computes none.
//! Invariant: within one detail the rows stand by worth, because the last one is dropped first when
//! there are too many series.

use super::family::{Detail, Family, Values};
use super::text::Value;

/// The families that `metrics.kafka_exporter_sums` switches on.
pub(super) const KAFKA_EXPORTER_SUMS: [&str; 2] =
    ["kafka_consumergroup_lag_sum", "kafka_consumergroup_current_offset_sum"];

/// The families, in the order of the page.
pub const FAMILIES: &[Family] = &[
    Family::of_cluster(
        "kafka_brokers",
        |report| Some(Value::Count(report.snapshot.brokers.len())),
        "Brokers that the cluster's metadata names.",
    ),
    Family::special(
        "kafka_broker_info",
        Detail::Cluster,
        &["id", "address", "rack"],
        Values::BrokerInfo,
        "A broker that the cluster's metadata names, with its advertised address; rack is empty where none is \
         configured. Always 1.",
    ),
    Family::special(
        "kafka_cluster_findings",
        Detail::Cluster,
        &["check", "severity"],
        Values::Findings,
        "What the check finds wrong with the cluster at the severity, whoever reads from it: how many findings there \
         are now. Every check is there at every severity, with 0 while it finds nothing.",
    ),
    Family::of_partition_count(
        "kafka_cluster_offline_partitions",
        |partition| partition.leader.is_none(),
        "Partitions that no broker leads, of the topics that are watched.",
    ),
    Family::of_partition_count(
        "kafka_cluster_under_replicated_partitions",
        |partition| partition.replicas.in_sync_count < partition.replicas.assigned_count,
        "Partitions of which fewer replicas are in sync than are assigned, of the topics that are watched.",
    ),
    Family::of_cluster(
        "kafka_broker_skew_ratio",
        |report| report.broker_skew.map(Value::Ratio),
        "The greatest rate at which a broker is written to, by the partitions it leads of the topics that are watched, \
         over the mean of all brokers, of the last half hour. Absent where there are fewer than three brokers, where too \
         little is written, where the end of a partition was not known, and until it was watched for long enough.",
    ),
    Family::of_topic(
        "kafka_topic_partitions",
        |topic| topic.is_listed.then_some(Value::Count(topic.partitions.len())),
        "Partitions of the topic.",
    ),
    Family::of_skew(
        "kafka_topic_hot_partitions",
        |skew| Value::Count(skew.hot.len()),
        "Partitions of the topic that get several times the records of the others, for long enough to be no chance. One \
         that gets at least 99% of all is not counted: kafka_topic_effective_partitions, then close to 1, tells it. \
         Absent where there is one partition only, where too little is written, and until it was watched for long enough.",
    ),
    Family::of_skew(
        "kafka_topic_skew_ratio",
        |skew| Value::Ratio(skew.ratio),
        "The greatest rate of a partition over the mean of the topic's, in records, at least 1. Absent where \
         kafka_topic_hot_partitions is.",
    ),
    Family::of_skew(
        "kafka_topic_effective_partitions",
        |skew| Value::Ratio(skew.effective_partitions),
        "So many partitions that are written alike would spread the records as well, at most those of the topic. Absent \
         where kafka_topic_hot_partitions is.",
    ),
    Family::of_partition(
        "kafka_topic_partition_current_offset",
        |partition| partition.high_watermark.ok().map(|end| Value::Signed(end.offset)),
        "High watermark: the offset after the last record that consumers may read. Absent while its leader does not \
         tell it.",
    ),
    Family::of_partition(
        "kafka_topic_partition_oldest_offset",
        |partition| partition.low_watermark.ok().map(Value::Signed),
        "Offset of the first record that is still in the partition. Absent while its leader does not tell it.",
    ),
    Family::special(
        "kafka_topic_partition_hot_ratio",
        Detail::TopicPartition,
        &["topic", "partition"],
        Values::HotRatio,
        "How many times the records of the others the partition gets. Only while it is hot.",
    ),
    Family::of_partition(
        "kafka_topic_partition_under_replicated_partition",
        |partition| Some(Value::from(partition.replicas.in_sync_count < partition.replicas.assigned_count)),
        "1 while fewer replicas are in sync than are assigned, else 0.",
    ),
    Family::of_partition(
        "kafka_topic_partition_in_sync_replica",
        |partition| Some(Value::Count(partition.replicas.in_sync_count)),
        "Replicas in sync with the leader, the leader included.",
    ),
    Family::of_partition(
        "kafka_topic_partition_replicas",
        |partition| Some(Value::Count(partition.replicas.assigned_count)),
        "Replicas assigned to the partition.",
    ),
    Family::of_partition(
        "kafka_topic_partition_leader",
        |partition| partition.leader.map(|leader| Value::Signed(leader.0.into())),
        "Id of the broker that leads the partition. Absent while none does, where kafka_exporter says -1.",
    ),
    Family::of_partition(
        "kafka_topic_partition_leader_is_preferred",
        |partition| {
            Some(Value::from(partition.leader.is_some() && partition.leader == partition.replicas.preferred_leader))
        },
        "1 while the first of the assigned replicas leads the partition, else 0.",
    ),
    Family::special(
        "kafka_consumergroup_status",
        Detail::Group,
        &["consumergroup", "status"],
        Values::GroupStatus,
        "1 for the worst status that any partition of the group has, of the topics it subscribes to, 0 for every \
         other. It is ok for a group without partitions, and unknown until enough was seen to tell. Absent for groups \
         that commit no offsets, as share groups do not.",
    ),
    Family::special(
        "kafka_consumergroup_state",
        Detail::Group,
        &["consumergroup", "state"],
        Values::GroupState,
        "1 for the state the group is in, 0 for every other. Unknown while its coordinator does not tell.",
    ),
    Family::special(
        "kafka_consumergroup_info",
        Detail::Group,
        &["consumergroup", "type", "protocol", "coordinator"],
        Values::GroupInfo,
        "The kind of the group, the assignor its members chose (empty where none is), and the broker that coordinates \
         it. Always 1.",
    ),
    Family::special(
        "kafka_consumergroup_objective_seconds",
        Detail::Group,
        &["consumergroup"],
        Values::Objective,
        "How old the oldest record that the group has not read may be by the configuration, in seconds: the first of its \
         `objectives` that names the group. Absent where none does, and for groups that commit no offsets.",
    ),
    Family::of_group(
        "kafka_consumergroup_members",
        |group| group.member_count.ok().map(Value::Count),
        "Members of the group. Absent while its coordinator does not tell.",
    ),
    Family::of_group(
        "kafka_consumergroup_unassigned_partitions",
        |group| group.unassigned_partition_count.map(Value::Count),
        "Partitions of the topics the group subscribed to that no member owns. Absent unless the group is stable and \
         its members are known.",
    ),
    Family::of_group(
        "kafka_consumergroup_uncommitted_partitions",
        |group| group.uncommitted_partition_count.map(Value::Count),
        "Partitions that a member owns and for which the group never committed an offset. Absent while members or \
         commits are not known.",
    ),
    Family::of_group(
        "kafka_consumergroup_idle_members",
        |group| group.idle_member_count.map(Value::Count),
        "Members that own no partition. Absent unless the group is stable and its members are known.",
    ),
    Family::of_group(
        "kafka_consumergroup_members_needed",
        |group| group.capacity.map(|capacity| Value::Count(capacity.to_keep_pace)),
        "Members that read as fast as is produced, by what one member was seen to read while the group was behind; at \
         most the partitions of the topics it reads. Absent until that was seen.",
    ),
    Family::of_rebalances(
        "kafka_consumergroup_rebalance_storm",
        |rebalances| Some(Value::from(rebalances.storm.is_some())),
        "1 while the group is in a storm: it rebalances again and again, and nothing good comes of it; else 0. A deploy is \
         none. Absent where nobody tells of its rebalances.",
    ),
    Family::special(
        "kafka_consumergroup_rebalance_storm_info",
        Detail::Group,
        &["consumergroup", "cause"],
        Values::StormInfo,
        "What brings the storm about, as far as can be told. 1 while there is one, else absent.",
    ),
    Family::special(
        "kafka_consumergroup_rebalances_total",
        Detail::Group,
        &["consumergroup", "source"],
        Values::Rebalances,
        "Rebalances of the group since the exporter watches it, by who told of them: offsets (the offsets topic) and epoch \
         (KIP-848) miss none after the first that they number, poll is a lower bound. Each is counted under one source; sum \
         them up.",
    )
    .counter(),
    Family::of_rebalances(
        "kafka_consumergroup_rebalances_aborted_total",
        |rebalances| rebalances.aborted.map(Value::Unsigned),
        "Rebalances that another one overtook before members knew what to read. Absent until the offsets topic told.",
    )
    .counter(),
    Family::of_rebalances(
        "kafka_consumergroup_members_joined_total",
        |rebalances| Some(Value::Unsigned(rebalances.joined)),
        "How often a member came to the group. One that goes and comes again between two polls is counted.",
    )
    .counter(),
    Family::of_rebalances(
        "kafka_consumergroup_members_left_total",
        |rebalances| Some(Value::Unsigned(rebalances.left)),
        "How often a member went from the group, in whatever way.",
    )
    .counter(),
    Family::of_rebalances(
        "kafka_consumergroup_unstable_ratio",
        |rebalances| Some(Value::Ratio(rebalances.unstable_ratio)),
        "Share of the last ten minutes in which the group rebalanced, 0 to 1. Where members keep what does not move, only \
         the share of partitions that moved counts. Time in which nobody watched counts as none.",
    ),
    Family::of_rebalances(
        "kafka_consumergroup_last_rebalance_timestamp_seconds",
        |rebalances| rebalances.last.map(|last| Value::Seconds(last.unix_seconds())),
        "Unix time of the last rebalance that was seen, in seconds. Absent until one was.",
    ),
    Family::of_rebalances(
        "kafka_consumergroup_rollout_in_progress",
        |rebalances| Some(Value::from(rebalances.is_rollout)),
        "1 while the group's processes are being replaced, each once, as in a deploy; else 0.",
    ),
    Family::special(
        "kafka_consumergroup_partitions",
        Detail::Group,
        &["consumergroup", "status"],
        Values::StatusCounts,
        "Partitions of the group that have the status, of the topics it subscribes to. Every status is always there. \
         Absent for groups that commit no offsets.",
    ),
    Family::special(
        "kafka_consumergroup_member_partitions",
        Detail::Group,
        &["consumergroup", "client_id", "host"],
        Values::MemberPartitions,
        "Partitions that the members of the group with this client id on this host own, of any topic. Absent where \
         members or their assignment are not known.",
    )
    .off_by_default(),
    Family::of_group_topic(
        "kafka_consumergroup_topic_lag",
        |topic| topic.lag.map(Value::Unsigned),
        "Records the group has not read on the topic: the sum over the partitions whose lag is known. Absent where \
         none is; kafka_consumergroup_topic_unknown_partitions counts the others.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_topic_lag_seconds",
        |topic| topic.time_lag.map(|lag| Value::Seconds(lag.seconds())),
        "Age of the oldest record of the topic that the group has not read, in seconds: the greatest over the \
         partitions where it is known. Absent where it is known of none.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_topic_unknown_partitions",
        |topic| Some(Value::Count(topic.unknown_partition_count)),
        "Partitions of the topic on which the group's lag is not known now: no commit, no leader, or no answer.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_topic_unsubscribed",
        |topic| (!topic.is_subscribed).then_some(Value::Unsigned(1)),
        "1 while the members of the group subscribe to other topics only, so that what it committed on this one is of \
         the past and no reason for an alert; else absent.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_records_lost_total",
        |topic| Some(Value::Unsigned(topic.trend.records_lost)),
        "Records of the topic that were deleted before the group read them, since the exporter watches it.",
    )
    .counter(),
    Family::of_group_topic(
        "kafka_consumergroup_loss_eta_seconds",
        |topic| topic.trend.loss_eta.map(|eta| Value::Seconds(eta.at_least)),
        "Seconds until retention deletes records of the topic that the group has not read, at the earliest; 0 where it \
         may at any time. Absent while it never will, or is not known.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_drain_eta_seconds",
        |topic| topic.trend.drain_eta.map(Value::Seconds),
        "Seconds until the group has caught up on the topic, if it goes on as it does. Absent while it does not catch \
         up, or is not known.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_lag_velocity",
        |topic| topic.trend.velocity.map(Value::Ratio),
        "Seconds of lag gained per second on the topic, of the partition that is furthest behind: 1 stands still, 0 \
         keeps pace, below 0 catches up. Absent until it was watched for long enough.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_retention_used_ratio",
        |topic| topic.trend.retention_used.map(Value::Ratio),
        "Share of the time for which records are kept on the topic that the group has not read, 0 to 1: the greatest \
         over its partitions. Absent where it is not known.",
    ),
    Family::special(
        "kafka_consumergroup_slow_partitions",
        Detail::GroupTopic,
        &["consumergroup", "topic", "cause"],
        Values::SlowPartitions,
        "Partitions of the topic on which the group is much further behind in time than on the others: for they get more \
         records (key_skew), nothing of them is read (stuck), the member that reads them is slow (slow_member), or \
         neither tells why (slow_partition). Only causes there are now.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_last_progress_timestamp_seconds",
        |topic| topic.trend.last_progress.map(|moved| Value::Seconds(moved.unix_seconds())),
        "Unix time at which any committed offset of the group on the topic was last seen to have moved, in seconds. \
         Absent until one was.",
    ),
    Family::of_group_topic(
        "kafka_consumergroup_lag_sum",
        |topic| topic.lag.map(Value::Unsigned),
        "The same as kafka_consumergroup_topic_lag under kafka_exporter's name. Absent where no lag is known.",
    )
    .off_by_default(),
    Family::of_group_topic(
        "kafka_consumergroup_current_offset_sum",
        |topic| topic.committed_offset.map(Value::Unsigned),
        "Sum of the group's committed offsets on the topic, over the partitions where one is known. Absent where none \
         is; a partition without a commit counts nothing, where kafka_exporter adds -1.",
    )
    .off_by_default(),
    Family::of_group_partition(
        "kafka_consumergroup_lag",
        |partition| partition.lag().ok().map(Value::Unsigned),
        "Records the group has not read on the partition: high watermark minus committed offset, less what was deleted \
         unread. Absent where it is not known. Kafka is polled on the exporter's own clock, not at each scrape: \
         highwater_last_poll_timestamp_seconds tells when.",
    ),
    Family::of_group_partition(
        "kafka_consumergroup_lag_seconds",
        |partition| partition.time_lag.map(|lag| Value::Seconds(lag.seconds())),
        "Age of the oldest record that the group has not read on the partition, in seconds; 0 when it is caught up. A \
         lower bound where nothing better is known, for which kafka_consumergroup_lag_uncertainty_seconds is +Inf. \
         Absent where nothing is known.",
    ),
    Family::of_group_partition(
        "kafka_consumergroup_current_offset",
        |partition| partition.committed_offset().ok().map(Value::Signed),
        "Committed offset: the next one the group will read on the partition. Absent where there is none or it is not \
         known.",
    ),
    Family::of_group_partition(
        "kafka_consumergroup_lag_uncertainty_seconds",
        |partition| partition.time_lag.map(|lag| Value::Seconds(lag.uncertainty())),
        "Half the width of the bracket that is certain to hold the true kafka_consumergroup_lag_seconds, in seconds; \
         +Inf for a lower bound. Absent where that is.",
    )
    .off_by_default(),
    Family::special(
        "highwater_series",
        Detail::Cluster,
        &["family"],
        Values::SeriesWritten,
        "Series of the kafka_ family on this page; 0 where it has none now or was dropped for metrics.series_max.",
    ),
    Family::special(
        "highwater_series_dropped",
        Detail::Cluster,
        &[],
        Values::SeriesDropped,
        "Series left out of this page because all of them were more than metrics.series_max: whole families, the \
         finest detail first.",
    ),
    Family::own_gauge(
        "highwater_up",
        Detail::Cluster,
        &[],
        "1 while the last poll of the cluster learned something, else 0.",
    ),
    Family::own_gauge(
        "highwater_last_poll_timestamp_seconds",
        Detail::Cluster,
        &[],
        "Unix time at which the last poll that learned something was finished: the age of every kafka_ value.",
    ),
    Family::own_gauge(
        "highwater_poll_interval_seconds",
        Detail::Cluster,
        &[],
        "Time from the beginning of a poll to that of the next, in seconds, as configured.",
    ),
    Family::own_gauge(
        "highwater_poll_duration_seconds",
        Detail::Cluster,
        &[],
        "How long the last poll took, in seconds.",
    ),
    Family::own_gauge(
        "highwater_poll_phase_seconds",
        Detail::Cluster,
        &["phase"],
        "How long each step of the last poll took, in seconds.",
    ),
    Family::own_gauge(
        "highwater_snapshot_skew_seconds",
        Detail::Cluster,
        &[],
        "Time between reading committed offsets and reading the ends of partitions in the last poll, in seconds: what \
         is produced meanwhile is the most that any lag is overstated by.",
    ),
    Family::own_gauge(
        "highwater_offsets_topic_followed",
        Detail::Cluster,
        &[],
        "1 while everything that is written to the offsets topic is heard, so that rebalances are counted exactly; 0 while \
         it is not, or not wanted: they are counted by group epochs and polls then.",
    ),
    Family::own_gauge(
        "highwater_authorization_denied",
        Detail::Cluster,
        &["resource"],
        "Questions of the last poll that were refused because DESCRIBE is missing on the kind of resource.",
    ),
    Family::own_counter("highwater_polls_total", Detail::Cluster, &[], "Polls of the cluster that ended, well or not."),
    Family::own_counter(
        "highwater_poll_failures_total",
        Detail::Cluster,
        &[],
        "Polls of the cluster that learned nothing.",
    ),
    Family::own_counter(
        "highwater_requests_total",
        Detail::Cluster,
        &["api"],
        "Requests sent to brokers, by Kafka's name of the API.",
    ),
    Family::own_counter(
        "highwater_request_failures_total",
        Detail::Cluster,
        &["api", "error"],
        "Requests to brokers that failed, in whole or in part, by the kind of failure.",
    ),
    Family::own_counter(
        "highwater_duplicate_group_listings_total",
        Detail::Cluster,
        &[],
        "Groups that a second broker listed too, as one does for a moment after it lost the coordination; each is \
         shown once.",
    ),
    Family::own_gauge(
        "highwater_config_reload_success",
        Detail::Process,
        &[],
        "1 if the last reading of the configuration succeeded; 0 while an older one is in use because the new one has \
         mistakes.",
    ),
    Family::own_counter(
        "highwater_notifications_total",
        Detail::Process,
        &["kind", "receiver"],
        "Messages with alerts that a receiver of `notify` took, by what it understands and its host and port.",
    ),
    Family::own_counter(
        "highwater_notification_failures_total",
        Detail::Process,
        &["kind", "receiver", "error"],
        "Messages with alerts that a receiver of `notify` did not take, by the kind of failure. They are sent again.",
    ),
    Family::own_gauge(
        "highwater_build_info",
        Detail::Process,
        &["version", "revision"],
        "The version of the exporter and the revision it was built from. Always 1.",
    ),
    Family::own_counter(
        "process_cpu_seconds_total",
        Detail::Process,
        &[],
        "CPU time the exporter used, in seconds, user and system.",
    ),
    Family::own_gauge("process_max_fds", Detail::Process, &[], "File descriptors the exporter may have open."),
    Family::own_gauge("process_open_fds", Detail::Process, &[], "File descriptors the exporter has open."),
    Family::own_gauge(
        "process_resident_memory_bytes",
        Detail::Process,
        &[],
        "Memory the exporter holds in RAM, in bytes.",
    ),
    Family::own_gauge(
        "process_start_time_seconds",
        Detail::Process,
        &[],
        "Unix time at which the exporter was started, in seconds.",
    ),
    Family::own_gauge("process_threads", Detail::Process, &[], "Threads of the exporter."),
    Family::own_gauge(
        "process_virtual_memory_bytes",
        Detail::Process,
        &[],
        "Address space the exporter has reserved, in bytes.",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::family::{Kind, Origin};
    use super::*;

    #[test]
    fn names_follow_the_rules_of_prometheus() {
        for family in FAMILIES {
            let name = family.name;
            assert!(
                name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_'),
                "{name} is not snake_case"
            );
            assert!(
                ["kafka_", "highwater_", "process_"].iter().any(|prefix| name.starts_with(prefix)),
                "{name} has no prefix of ours"
            );
            assert!(!name.contains("__") && !name.ends_with('_'), "{name} has an empty word");
            assert_eq!(family.kind == Kind::Counter, name.ends_with("_total"), "{name}: counters alone end in _total");
            let is_reserved = ["_bucket", "_count", "_sum"].iter().any(|suffix| name.ends_with(suffix));
            assert_eq!(is_reserved, KAFKA_EXPORTER_SUMS.contains(&name), "{name} has the suffix of a histogram");
        }
    }

    #[test]
    fn no_two_families_collide_in_either_format() {
        let mut names = BTreeSet::new();
        for family in FAMILIES {
            assert!(names.insert(family.name.trim_end_matches("_total")), "{} is there twice", family.name);
        }
    }

    #[test]
    fn help_is_one_sentence_or_more_on_one_line() {
        for family in FAMILIES {
            assert!(family.help.ends_with('.'), "{}: {}", family.name, family.help);
            assert!(!family.help.contains("  ") && !family.help.contains('\n'), "{}: {}", family.name, family.help);
        }
    }

    #[test]
    fn labels_are_few_known_and_each_once() {
        for family in FAMILIES {
            let distinct: BTreeSet<_> = family.labels.iter().collect();
            assert_eq!(distinct.len(), family.labels.len(), "{}", family.name);
            for label in family.labels {
                assert!(label.bytes().all(|letter| letter.is_ascii_lowercase() || letter == b'_'), "{label}");
                assert!(!["cluster", "cluster_name", "le", "quantile"].contains(label), "{}: {label}", family.name);
            }
        }
    }

    #[test]
    fn what_few_want_waits_to_be_asked_for() {
        let waiting: Vec<_> =
            FAMILIES.iter().filter(|family| !family.is_on_by_default).map(|family| family.name).collect();
        let [lag_sum, offset_sum] = KAFKA_EXPORTER_SUMS;
        let (members, uncertainty) =
            ("kafka_consumergroup_member_partitions", "kafka_consumergroup_lag_uncertainty_seconds");
        assert_eq!(waiting, [members, lag_sum, offset_sum, uncertainty]);
    }

    #[test]
    fn kafka_families_come_from_reports_and_the_process_is_our_own() {
        for family in FAMILIES {
            if family.name.starts_with("kafka_") {
                assert_eq!(family.origin(), Origin::Report, "{}", family.name);
            }
            if family.detail == Detail::Process {
                assert_eq!(family.origin(), Origin::Ourselves, "{}", family.name);
            }
        }
    }
}
