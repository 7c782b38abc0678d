//! The groups of the last poll, so that one whose coordinator is silent is unknown rather than gone.
//!
//! Not history: only who was there and where.
//! Invariant: a group nobody listed for `stale_after` is forgotten.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{BrokerId, Group, GroupId, GroupKind, GroupState, Moment, Unknown};

/// What is remembered of one group.
#[derive(Clone, Debug)]
pub(super) struct KnownGroup {
    pub(super) coordinator: BrokerId,
    pub(super) kind: GroupKind,
    pub(super) protocol_type: String,
    pub(super) protocol: String,
    last_listed: Moment,
}

impl KnownGroup {
    /// The group as it is shown while nobody tells about it.
    pub(super) fn as_unknown(&self, id: GroupId, reason: Unknown) -> Group {
        Group {
            id,
            kind: self.kind.clone(),
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            state: GroupState::Unknown,
            coordinator: self.coordinator,
            members: Err(reason),
            commits: Err(reason),
        }
    }
}

/// All groups that are remembered.
#[derive(Debug)]
pub(super) struct KnownGroups {
    groups: HashMap<GroupId, KnownGroup>,
    stale_after: Duration,
}

impl KnownGroups {
    pub(super) fn new(stale_after: Duration) -> Self {
        Self { groups: HashMap::new(), stale_after }
    }

    /// Who coordinated a group when it was last told.
    pub(super) fn coordinator_of(&self, group: &GroupId) -> Option<BrokerId> {
        self.groups.get(group).map(|known| known.coordinator)
    }

    /// The groups that are still remembered at `now`.
    pub(super) fn fresh(&self, now: Moment) -> impl Iterator<Item = (&GroupId, &KnownGroup)> {
        self.groups.iter().filter(move |(_, group)| now.since(group.last_listed) < self.stale_after)
    }

    /// Takes the groups of a finished poll; those it knows nothing of keep their age.
    pub(super) fn remember(&mut self, groups: &[Group], now: Moment) {
        let mut before = std::mem::take(&mut self.groups);
        for group in groups {
            let was_listed = group.state != GroupState::Unknown || group.commits.is_ok();
            let last_listed = match before.remove(&group.id) {
                Some(known) if !was_listed => known.last_listed,
                _ => now,
            };
            let known = KnownGroup {
                coordinator: group.coordinator,
                kind: group.kind.clone(),
                protocol_type: group.protocol_type.clone(),
                protocol: group.protocol.clone(),
                last_listed,
            };
            self.groups.insert(group.id.clone(), known);
        }
    }
}
