//! What was heard in `__consumer_offsets` since the poll before: every rebalance, with its members.
//!
//! Not what it means, and not commits that are asked for: those are in the snapshot's groups.
//! Invariant: of each group records come in the order of the log, and what could not be heard is said to be a gap.

use std::collections::BTreeSet;

use super::ids::GroupId;
use super::time::{Moment, Timestamp};

/// What the follower heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Since when it has heard everything without a break; `None` while it does not, or is not asked to.
    pub since: Option<Moment>,
    /// Groups of which something was heard, by id, each once.
    pub groups: Vec<FollowedGroup>,
    /// Partitions of the topic that nobody leads, and so cannot be heard.
    pub unheard: Unheard,
    /// Why nothing is heard, where that is known.
    pub silence: Option<Silence>,
}

impl Followed {
    /// Why nothing is heard of this group, where that is known.
    #[must_use]
    pub fn silence_of(&self, group: &GroupId) -> Option<Silence> {
        self.silence.or_else(|| (!self.hears(group)).then_some(Silence::NoLeader))
    }

    /// Whether the partition of the topic is heard that tells of this group.
    #[must_use]
    pub fn hears(&self, group: &GroupId) -> bool {
        self.unheard.partitions.is_empty() || !self.unheard.partitions.contains(&self.unheard.partition_of(group))
    }
}

/// Partitions of `__consumer_offsets` that are not heard while the others are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unheard {
    /// How many partitions the topic has.
    pub partition_count: u32,
    /// Those of them; none, mostly.
    pub partitions: BTreeSet<u32>,
}

impl Unheard {
    /// The partition that tells of a group, as Kafka computes it (`GroupMetadataManager.partitionFor`).
    fn partition_of(&self, group: &GroupId) -> u32 {
        let units = group.as_str().encode_utf16();
        let hash = units.fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
        // As `Utils.abs`: the lowest number becomes zero.
        u32::try_from(hash.checked_abs().unwrap_or(0)).unwrap_or(0) % self.partition_count.max(1)
    }
}

/// Why the offsets topic is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Silence {
    /// It was told not to.
    Off,
    /// It begins.
    Beginning,
    /// The topic may not be read: READ on it is missing.
    NoRight,
    /// There is no such topic yet.
    NoTopic,
    /// Partitions were not read to their ends for a while, or their leaders are out of reach.
    Behind,
    /// Nobody leads the partition that tells of the group.
    NoLeader,
    /// It failed, and is tried again; the log says why.
    Failed,
}

impl Silence {
    /// Every reason.
    pub const ALL: [Self; 7] =
        [Self::Off, Self::Beginning, Self::NoRight, Self::NoTopic, Self::Behind, Self::NoLeader, Self::Failed];

    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::Beginning => "beginning",
            Self::NoRight => "no_right",
            Self::NoTopic => "no_topic",
            Self::Behind => "behind",
            Self::NoLeader => "no_leader",
            Self::Failed => "failed",
        }
    }
}

/// What was heard of one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowedGroup {
    /// The group.
    pub id: GroupId,
    /// In the order of the log.
    pub heard: Vec<Heard>,
    /// Whether there was more than is kept.
    pub is_cut: bool,
    /// Whether something was said that cannot be read, and nothing since that would make up for it.
    pub has_gap: bool,
    /// When a commit of the group was last appended, if one was: it may be one of a transaction that is open yet, or was
    /// aborted, so it only tells when commits moved that a poll saw move.
    pub last_commit: Option<Timestamp>,
}

/// One record about a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// When the coordinator appended it, by its own clock; `None` where the record does not tell.
    pub appended: Option<Timestamp>,
    /// What it says.
    pub said: Said,
}

/// What a record says of its group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `GroupMetadataValue`: a classic group as it is after a rebalance, after it became empty, or after a static member was
    /// replaced.
    Generation(Generation),
    /// The epoch of a KIP-848 group: it grows with each reason to rebalance.
    Epoch(i32),
    /// The epoch for which the KIP-848 coordinator has computed an assignment.
    AssignmentEpoch(i32),
    /// A member of a KIP-848 group came or changed what it says of itself.
    Member(HeardMember),
    /// A member of a KIP-848 group is gone.
    MemberGone(String),
    /// The group is gone.
    Deleted,
}

/// A classic group's generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// Its number: one more with every completed join.
    pub generation: i32,
    /// The protocol type; empty where there is none.
    pub protocol_type: String,
    /// The assignor; empty where there is none.
    pub protocol: String,
    /// When the group got into its present state, where the record tells: the join ended then, and members were waiting for
    /// the leader's assignment.
    pub state_since: Option<Timestamp>,
    /// The members; none in an empty group.
    pub members: Vec<HeardMember>,
}

/// A member as the log tells of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeardMember {
    /// The id the coordinator gave it.
    pub member_id: String,
    /// The configured `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// The configured `client.id`.
    pub client_id: String,
    /// The host it connects from.
    pub client_host: String,
    /// `session.timeout.ms`; 0 where it is not told.
    pub session_timeout_ms: u32,
    /// The time in which it has to join again, `max.poll.interval.ms` of a Java consumer; 0 where it is not told.
    pub rebalance_timeout_ms: u32,
}
