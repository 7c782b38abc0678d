//! The groups of the last poll, so that one whose coordinator is silent is unknown rather than gone.
//!
//! Not history: only who was there and where.
//! Invariant: a group nobody listed for `stale_after` is forgotten.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Duration;

use crate::model::{BrokerId, Group, GroupId, GroupKind, GroupState, Moment, Unknown};

/// What is remembered of one group.
#[derive(Clone, Debug)]
pub(super) struct KnownGroup {
    pub(super) coordinator: BrokerId,
    pub(super) kind: GroupKind,
    pub(super) protocol_type: String,
    pub(super) protocol: String,
    /// Brokers that listed it too and were not believed.
    outvoted: BTreeSet<BrokerId>,
    last_listed: Moment,
    /// Whether the last poll has it.
    is_here: bool,
}

/// Who listed what in one poll.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Every group that some broker listed.
    pub(super) groups: HashSet<GroupId>,
    /// Of groups that several brokers listed, those that were not believed.
    pub(super) outvoted: HashMap<GroupId, BTreeSet<BrokerId>>,
}

impl KnownGroup {
    fn new(group: &Group, now: Moment) -> Self {
        Self {
            coordinator: group.coordinator,
            kind: group.kind.clone(),
            protocol_type: group.protocol_type.clone(),
            protocol: group.protocol.clone(),
            outvoted: BTreeSet::new(),
            last_listed: now,
            is_here: true,
        }
    }

    /// Takes what a poll says, which is mostly what is known.
    fn take(&mut self, group: &Group) {
        (self.coordinator, self.is_here) = (group.coordinator, true);
        self.kind.clone_from(&group.kind);
        self.protocol_type.clone_from(&group.protocol_type);
        self.protocol.clone_from(&group.protocol);
    }

    /// The group as it is shown while nobody tells about it.
    pub(super) fn as_unknown(&self, id: GroupId, reason: Unknown) -> Group {
        Group {
            epochs: None,
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

    /// Whether a broker listed a group in the last poll, believed or not.
    pub(super) fn was_listed_by(&self, group: &GroupId, broker: BrokerId) -> bool {
        self.groups.get(group).is_some_and(|known| known.coordinator == broker || known.outvoted.contains(&broker))
    }

    /// The groups that are still remembered at `now`.
    pub(super) fn fresh(&self, now: Moment) -> impl Iterator<Item = (&GroupId, &KnownGroup)> {
        self.groups.iter().filter(move |(_, group)| now.since(group.last_listed) < self.stale_after)
    }

    /// Takes the groups of a finished poll; those it learned nothing of keep their age.
    pub(super) fn remember(&mut self, groups: &[Group], mut listing: Listing, now: Moment) {
        self.groups.values_mut().for_each(|known| known.is_here = false);
        for group in groups {
            let was_told =
                listing.groups.contains(&group.id) || group.state != GroupState::Unknown || group.commits.is_ok();
            let known = match self.groups.entry(group.id.clone()) {
                Entry::Occupied(known) => {
                    let known = known.into_mut();
                    known.take(group);
                    known
                }
                Entry::Vacant(vacant) => vacant.insert(KnownGroup::new(group, now)),
            };
            known.outvoted = listing.outvoted.remove(&group.id).unwrap_or_default();
            if was_told {
                known.last_listed = now;
            }
        }
        self.groups.retain(|_, known| known.is_here);
        if self.groups.capacity() > self.groups.len() * 2 {
            self.groups.shrink_to_fit();
        }
    }
}
