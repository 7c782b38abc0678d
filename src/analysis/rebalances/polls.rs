//! What two polls show of rebalances between them: a lower bound.
//!
//! Not exact counts; those have numbers that grow with each.
//! Invariant: what is counted was completed, and each rebalance is counted by one poll at most.

use crate::model::{ClusterSnapshot, Group, GroupState};

use super::super::join::join;

/// Where a group stands in a rebalance, and what of it is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// Nobody told.
    #[default]
    Unknown,
    /// In none.
    Settled,
    /// In one that may come to nothing if all members go.
    Joining,
    /// Beyond the point where it counts.
    Joined,
}

impl Phase {
    /// Where the group stands.
    pub(super) fn of(group: &Group) -> Self {
        match group.state {
            GroupState::PreparingRebalance | GroupState::Assigning | GroupState::NotReady => Self::Joining,
            GroupState::CompletingRebalance | GroupState::Reconciling => Self::Joined,
            GroupState::Stable | GroupState::Empty | GroupState::Dead => Self::Settled,
            GroupState::Unknown => Self::Unknown,
        }
    }

    pub(super) fn is_rebalancing(self) -> bool {
        matches!(self, Self::Joining | Self::Joined)
    }

    /// How many rebalances were completed at least from the last poll to this one.
    pub(super) fn rebalances_until(self, now: Self, is_other: bool, has_members: bool) -> u32 {
        let is_one = match (self, now) {
            (Self::Unknown | Self::Joined, _) | (_, Self::Unknown | Self::Joining) => false,
            (Self::Settled | Self::Joining, Self::Joined) => true,
            (Self::Joining, Self::Settled) => has_members,
            (Self::Settled, Self::Settled) => is_other && has_members,
        };
        u32::from(is_one)
    }
}

/// Topics that came, went or have another number of partitions, in order; of those that metadata names.
pub(super) fn changed_topics<'a>(before: &'a ClusterSnapshot, now: &'a ClusterSnapshot) -> Vec<&'a str> {
    let sizes = |snapshot: &'a ClusterSnapshot| {
        let listed = snapshot.topics.iter().filter(|topic| topic.is_listed);
        listed.map(|topic| (topic.name.as_str(), topic.partitions.len()))
    };
    if sizes(before).eq(sizes(now)) {
        return Vec::new();
    }
    let all = join(sizes(now), sizes(before));
    all.filter(|(_, now, before)| now != before).map(|(name, ..)| name).collect()
}
