//! The kinds of alerts there are, under the names and with the severities of `alerts/highwater.rules.yml`.
//!
//! Not when one holds.
//! Invariant: a name is kept for ever, since routes and silences are written by it.

use std::time::Duration;

use crate::model::Severity::{self, Critical, Info, Warning};

/// A kind of alert.
#[derive(Debug, PartialEq, Eq)]
pub struct AlertKind {
    /// Label `alertname`.
    pub name: &'static str,
    /// Label `severity`.
    pub severity: Severity,
    /// For how long it has to hold before anybody is told.
    pub pending: Duration,
    /// For how long it is told of after it held last, so that what comes and goes is one alert.
    pub keep: Duration,
    /// Annotation `summary`.
    pub summary: &'static str,
    /// What to do first; the end of the annotation `description`.
    pub advice: &'static str,
}

const fn kind(
    name: &'static str,
    severity: Severity,
    (pending, keep): (u64, u64),
    summary: &'static str,
    advice: &'static str,
) -> AlertKind {
    AlertKind {
        name,
        severity,
        pending: Duration::from_mins(pending),
        keep: Duration::from_mins(keep),
        summary,
        advice,
    }
}

/// Ten minutes without a break are what the rule's two windows come to: 14.4 % of an hour, and two minutes more.
pub(super) static OBJECTIVE_BURNING_FAST: AlertKind = kind(
    "KafkaConsumerGroupObjectiveBurningFast",
    Critical,
    (10, 0),
    "Data takes far too long to get through a consumer group.",
    "Run `highwater explain` for the group: it tells whether nothing is read, too little, or not by enough members.",
);
/// Lag grows.
pub(super) static FALLING_BEHIND: AlertKind = kind(
    "KafkaConsumerGroupFallingBehind",
    Warning,
    (10, 5),
    "A consumer group reads more slowly than is produced.",
    "Look first whether all its members are as slow, or one, or one partition: `highwater explain` tells.",
);
/// Members read nothing.
pub(super) static STALLED: AlertKind = kind(
    "KafkaConsumerGroupStalled",
    Critical,
    (5, 0),
    "A consumer group has members and reads nothing on some partitions.",
    "`highwater explain` names the partition and its owner; look into that process's log for a record it retries.",
);
/// Nobody reads.
pub(super) static STOPPED: AlertKind = kind(
    "KafkaConsumerGroupStopped",
    Critical,
    (5, 0),
    "Nobody is left to read for a consumer group, and records go on to arrive.",
    "Start its processes. If the group is retired, delete it or exclude it in the exporter's configuration.",
);
/// Some partitions are read more slowly.
pub(super) static SLOW_PARTITIONS: AlertKind = kind(
    "KafkaConsumerGroupSlowPartitions",
    Warning,
    (10, 5),
    "A consumer group is much further behind on some partitions than on the others.",
    "More members do not help. For key_skew, `highwater hot` names the keys; for slow_member, look at its process.",
);
/// A transaction is open.
pub(super) static TRANSACTION_BLOCKED: AlertKind = kind(
    "KafkaConsumerGroupTransactionBlocked",
    Warning,
    (10, 0),
    "An open transaction of a producer holds up a consumer group.",
    "The group is not to blame: look for the producer with `kafka-transactions.sh find-hanging`.",
);
/// Lag is not known.
pub(super) static LAG_UNKNOWN: AlertKind = kind(
    "KafkaConsumerGroupLagUnknown",
    Warning,
    (5, 0),
    "The lag of a consumer group is not known on some partitions.",
    "Its lag may look better than it is. Run `highwater explain` for group and topic: it names the missing commit, right, \
     leader or answer.",
);
/// Records were deleted unread.
pub(super) static DATA_LOSS: AlertKind = kind(
    "KafkaConsumerGroupDataLoss",
    Critical,
    (1, 0),
    "Records were deleted before a consumer group read them.",
    "They are gone for it. Lengthen `retention.ms` of the topic first, so that no more go; then let the group catch up.",
);
/// Records will be deleted unread within an hour.
pub(super) static DATA_LOSS_IMMINENT: AlertKind = kind(
    "KafkaConsumerGroupDataLossImminent",
    Critical,
    (2, 0),
    "Records will soon be deleted before a consumer group reads them.",
    "Lengthen `retention.ms` of the topic first; then see why the group does not keep pace.",
);
/// Records will be deleted unread within a day.
pub(super) static DATA_LOSS_SOON: AlertKind = kind(
    "KafkaConsumerGroupDataLossSoon",
    Warning,
    (5, 5),
    "Records will be deleted within a day before a consumer group reads them.",
    "See why it does not keep pace with `highwater explain`, or lengthen `retention.ms` of the topic in time.",
);
/// An unclean election.
pub(super) static LOG_TRUNCATED: AlertKind = kind(
    "KafkaConsumerGroupLogTruncated",
    Critical,
    (1, 0),
    "Records that a consumer group had read are gone from the log.",
    "New records get offsets that the group believes it has read: find the partition with `highwater explain` and reset \
     its offset.",
);
/// Commits beyond the end, or of another topic.
pub(super) static OFFSETS_INVALID: AlertKind = kind(
    "KafkaConsumerGroupOffsetsInvalid",
    Warning,
    (5, 0),
    "The committed offsets of a consumer group do not belong to the topic as it is now.",
    "Who reads next may skip records. Find them with `highwater explain`, stop the group and reset its offsets.",
);
/// A storm of rebalances.
pub(super) static REBALANCE_STORM: AlertKind = kind(
    "KafkaConsumerGroupRebalanceStorm",
    Warning,
    (2, 15),
    "A consumer group rebalances again and again, and nothing good comes of it.",
    "`highwater explain` names the member that comes and goes; the runbook has what mends each cause.",
);
/// No member owns a partition.
pub(super) static PARTITIONS_UNASSIGNED: AlertKind = kind(
    "KafkaConsumerGroupPartitionsUnassigned",
    Warning,
    (10, 0),
    "Nobody in a stable consumer group reads some of its partitions.",
    "`highwater explain` names them; look for a member that assigns partitions by hand, or for members that subscribe to \
     different topics.",
);
/// Members own no partition.
pub(super) static IDLE_MEMBERS: AlertKind = kind(
    "KafkaConsumerGroupIdleMembers",
    Info,
    (30, 0),
    "Members of a consumer group have nothing to read.",
    "They help nobody: have fewer members, or more partitions.",
);
/// A partition gets many more records than the others.
pub(super) static HOT_PARTITION: AlertKind = kind(
    "KafkaTopicHotPartition",
    Info,
    (10, 10),
    "A few partitions of a topic get several times the records of the others.",
    "`highwater hot` names the keys that make it so.",
);
/// Nobody leads a partition.
pub(super) static LEADERLESS: AlertKind = kind(
    "KafkaTopicLeaderless",
    Critical,
    (2, 0),
    "Partitions have no leader, so nobody can read or write them.",
    "Bring back a broker that has their replicas; `kafka-topics.sh --describe --unavailable-partitions` lists them.",
);
/// One more broker that goes takes the partition with it.
pub(super) static LAST_REPLICA_IN_SYNC: AlertKind = kind(
    "KafkaTopicLastReplicaInSync",
    Critical,
    (5, 0),
    "Partitions of a topic are down to their last replica in sync.",
    "They are lost if one more broker goes. Find the brokers that lag or are gone, and restart no other meanwhile.",
);
/// Replicas lag.
pub(super) static UNDER_REPLICATED: AlertKind = kind(
    "KafkaTopicUnderReplicated",
    Warning,
    (5, 0),
    "Partitions have fewer replicas in sync than they should.",
    "Look for a broker that is down, or too slow to follow.",
);
/// A broker went.
pub(super) static BROKER_MISSING: AlertKind = kind(
    "KafkaBrokerMissing",
    Critical,
    (3, 0),
    "Brokers of a Kafka cluster are gone.",
    "Start it, or, if it was taken out on purpose, silence this for a day.",
);
/// Polls learn nothing.
pub(super) static CLUSTER_BLIND: AlertKind = kind(
    "KafkaClusterBlind",
    Critical,
    (2, 0),
    "Nothing is known of a Kafka cluster.",
    "Its lag is not known, whatever was told of it before. The exporter's log names each address with the reason.",
);
/// Polls do not end.
pub(super) static CLUSTER_STALE: AlertKind = kind(
    "KafkaClusterStale",
    Critical,
    (2, 0),
    "The numbers of a Kafka cluster are old.",
    "The exporter does not say why: restart it.",
);

/// Every kind.
pub static ALERT_KINDS: [&AlertKind; 22] = [
    &OBJECTIVE_BURNING_FAST,
    &FALLING_BEHIND,
    &STALLED,
    &STOPPED,
    &SLOW_PARTITIONS,
    &TRANSACTION_BLOCKED,
    &LAG_UNKNOWN,
    &DATA_LOSS,
    &DATA_LOSS_IMMINENT,
    &DATA_LOSS_SOON,
    &LOG_TRUNCATED,
    &OFFSETS_INVALID,
    &REBALANCE_STORM,
    &PARTITIONS_UNASSIGNED,
    &IDLE_MEMBERS,
    &HOT_PARTITION,
    &LEADERLESS,
    &LAST_REPLICA_IN_SYNC,
    &UNDER_REPLICATED,
    &BROKER_MISSING,
    &CLUSTER_BLIND,
    &CLUSTER_STALE,
];
