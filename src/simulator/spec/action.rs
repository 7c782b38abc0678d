//! What may happen in a simulated cluster, and when.
//!
//! Not how it comes about; the world knows that.
//! Invariant: the same words serve in scenario files and over the control port.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration;

/// Something that happens, once or again and again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSpec {
    /// When, counted from the start.
    #[serde(with = "duration")]
    pub at: Duration,
    /// From one time to the next, if it happens again.
    #[serde(default, with = "duration::optional", skip_serializing_if = "Option::is_none")]
    pub every: Option<Duration>,
    /// How many times at most; for ever when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What.
    #[serde(rename = "do", with = "serde_yaml::with::singleton_map")]
    pub action: Action,
}

/// One partition, or all of a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartitionOf {
    /// The topic.
    pub topic: String,
    /// The partition; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
}

/// One member of a group, or all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemberOf {
    /// The group.
    pub group: String,
    /// Which of its processes, counted from 0; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<u32>,
}

/// One partition, or all of a topic, as one group reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReadingOf {
    /// The group.
    pub group: String,
    /// The topic.
    pub topic: String,
    /// The partition; all of them when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<u32>,
}

/// What may happen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(missing_docs, reason = "topic, partition, group and member mean the same in every variant")]
pub enum Action {
    /// Producers of a topic change their pace: records per second over all partitions.
    Produce { topic: String, rate: f64 },
    /// Other partitions become hot: each gets so many times the records of the others.
    Heat { topic: String, hot: BTreeMap<u32, f64> },
    /// Records are deleted up to so many before the end.
    DeleteRecords { topic: String, partition: Option<u32>, keep: u32 },
    /// A topic's records are kept for another time.
    Retain {
        topic: String,
        #[serde(with = "duration")]
        retention: Duration,
    },
    /// A producer begins a transaction and does not end it.
    OpenTransaction(PartitionOf),
    /// The transaction ends.
    EndTransaction(PartitionOf),
    /// The topic is deleted and made anew, empty; its groups keep the offsets they committed.
    Recreate { topic: String },
    /// The topic is deleted, and with it the offsets committed for it.
    DeleteTopic { topic: String },
    /// The topic has more partitions from now on: this many in all.
    AddPartitions { topic: String, partitions: u32 },
    /// A replica that lacks so many records becomes the leader: they are gone.
    Truncate { topic: String, partition: Option<u32>, records: u32 },
    /// No replica may lead.
    LoseLeader(PartitionOf),
    /// A leader is found again, the preferred one if it may lead; all replicas that are alive are in sync.
    ElectLeader(PartitionOf),
    /// Another replica becomes the leader.
    MoveLeader(PartitionOf),
    /// We have no right to see the topic.
    Hide { topic: String },
    /// We have it again.
    Reveal { topic: String },
    /// A broker dies; its partitions move where another replica is in sync.
    StopBroker { broker: i32 },
    /// A broker accepts connections and answers nothing more.
    HangBroker { broker: i32 },
    /// A broker that died or hangs is well again.
    HealBroker { broker: i32 },
    /// The group gets another coordinator.
    MoveCoordinator { group: String },
    /// Members can process so many records per second each; all there are when left out.
    Capacity { group: String, rate: Option<f64> },
    /// The group stands still at the next record of this partition, which it cannot process.
    Poison(ReadingOf),
    /// It can be processed after all.
    Cure(ReadingOf),
    /// A member stands still, but its heartbeats go on.
    Pause(MemberOf),
    /// It goes on.
    Resume(MemberOf),
    /// A member ends well: it commits and leaves.
    Leave(MemberOf),
    /// A member dies; it is missed after the session timeout, and may come back.
    Crash {
        group: String,
        member: Option<u32>,
        #[serde(default, with = "duration::optional", skip_serializing_if = "Option::is_none")]
        back_after: Option<Duration>,
    },
    /// A member processes for longer than `max.poll.interval.ms`: it leaves, and comes back when done.
    ExceedMaxPoll {
        group: String,
        member: Option<u32>,
        #[serde(with = "duration")]
        back_after: Duration,
    },
    /// Members that are gone come back.
    Join(MemberOf),
    /// So many members from now on.
    Scale { group: String, members: u32 },
    /// A rebalance without a change of members.
    Rebalance { group: String },
    /// Each member is replaced, one after the other.
    Deploy {
        group: String,
        #[serde(with = "duration")]
        step: Duration,
    },
    /// Offsets are committed so many records before the end, beyond it when negative, and read on from there.
    Reset { group: String, topic: String, partition: Option<u32>, behind: i64 },
    /// The group is deleted; it must be empty.
    DeleteGroup { group: String },
}
