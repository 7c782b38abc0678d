//! What was heard in `__consumer_offsets` since the poll before: every rebalance, with its members.
//!
//! Not what it means, and not commits that are asked for: those are in the snapshot's groups.
//! Invariant: of each group records come in the order of the log, and what could not be heard is said to be a gap.

use super::ids::GroupId;
use super::time::{Moment, Timestamp};

/// What the follower heard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followed {
    /// Since when it has heard everything without a break; `None` while it does not, or is not asked to.
    pub since: Option<Moment>,
    /// Groups of which something was heard, by id, each once.
    pub groups: Vec<FollowedGroup>,
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
