//! What was heard and not yet handed over.
//!
//! Not where it was heard; only the order within a group counts.
//! Invariant: whatever the brokers send, it is bounded in groups, records and bytes, and what is dropped is said to be.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::model::{
    Followed, FollowedGroup, Generation, GroupId, Heard, HeardMember, Moment, Said, Timestamp, Unheard,
};

/// Records kept of one group: many times what a group in trouble writes between two polls.
const HEARD_PER_GROUP_MAX: usize = 1_000;
/// Groups of which something is kept.
const GROUPS_MAX: usize = 50_000;
/// Groups of which it is remembered that they are not heard.
const UNREAD_MAX: usize = 256;
/// What all of it may take, in bytes, as far as it is counted.
const BYTES_MAX: usize = 32 << 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct HeardSoFar {
    since: Option<Moment>,
    /// Whether there were more groups than are kept, or records that nobody can read: then not everything was heard.
    has_gap: bool,
    groups: BTreeMap<Box<str>, Kept>,
    bytes: usize,
    /// Groups of which the last that was said of the group as a whole may be what could not be read.
    unread: BTreeSet<Box<str>>,
    /// Partitions that are not read.
    unheard: Unheard,
}

#[derive(Debug, Default)]
struct Kept {
    heard: VecDeque<Heard>,
    is_cut: bool,
    has_gap: bool,
    last_commit: Option<Timestamp>,
}

impl HeardSoFar {
    /// Since this moment everything is heard. What was heard before may be older than what polls have seen since, so it is
    /// dropped.
    pub(super) fn begin(&mut self, since: Moment) {
        let (unread, unheard) = (std::mem::take(&mut self.unread), std::mem::take(&mut self.unheard));
        *self = Self { since: Some(since), unread, unheard, ..Self::default() };
    }

    /// Of these partitions nothing is heard.
    pub(super) fn leave_out(&mut self, unheard: Unheard) {
        self.unheard = unheard;
    }

    /// From now on, until the next beginning, it is not.
    pub(super) fn lose(&mut self) {
        self.since = None;
    }

    /// Something was not heard, but what follows is.
    pub(super) fn miss(&mut self) {
        self.has_gap = true;
    }

    /// Something that was said of a group cannot be read.
    pub(super) fn miss_of(&mut self, group: &str) {
        if let Some(kept) = self.kept(group) {
            kept.has_gap = true;
        }
        if self.unread.len() < UNREAD_MAX {
            self.unread.insert(group.into());
        } else if !self.unread.contains(group) {
            self.has_gap = true;
        }
    }

    /// A group committed something.
    pub(super) fn commit(&mut self, group: &str, appended: Option<Timestamp>) {
        if let Some(kept) = self.kept(group) {
            kept.last_commit = kept.last_commit.max(appended);
        }
    }

    /// Something was said about a group. Of too much the newest is kept: it tells how things are now.
    pub(super) fn say(&mut self, group: &str, heard: Heard) {
        let size = size_of_heard(&heard);
        if matches!(heard.said, Said::Generation(_) | Said::Epoch(_) | Said::Deleted) {
            // It tells how the group stands now, whatever was before.
            self.unread.remove(group);
        }
        if self.kept(group).is_none() {
            return;
        }
        let mut room = BYTES_MAX.saturating_sub(self.bytes);
        let Some(kept) = self.groups.get_mut(group) else { return };
        let mut freed = 0;
        while kept.heard.len() >= HEARD_PER_GROUP_MAX || room < size {
            kept.is_cut = true;
            let Some(oldest) = kept.heard.pop_front() else { break };
            freed += size_of_heard(&oldest);
            room += size_of_heard(&oldest);
        }
        let added = if room >= size {
            kept.heard.push_back(heard);
            size
        } else {
            0
        };
        self.bytes = (self.bytes + added).saturating_sub(freed);
    }

    /// Hands over all of it.
    pub(super) fn take(&mut self, now: Moment) -> Followed {
        for group in self.unread.clone() {
            if let Some(kept) = self.kept(&group) {
                kept.has_gap = true;
            }
        }
        let groups = std::mem::take(&mut self.groups).into_iter().map(|(id, kept)| FollowedGroup {
            id: GroupId::from(&*id),
            heard: kept.heard.into(),
            is_cut: kept.is_cut,
            has_gap: kept.has_gap,
            last_commit: kept.last_commit,
        });
        let since = self.since.filter(|_| !self.has_gap);
        let followed = Followed { since, groups: groups.collect(), unheard: self.unheard.clone(), silence: None };
        self.bytes = 0;
        if std::mem::take(&mut self.has_gap) {
            self.since = self.since.map(|_| now);
        }
        followed
    }

    fn kept(&mut self, group: &str) -> Option<&mut Kept> {
        if !self.groups.contains_key(group) {
            let bytes = self.bytes + size_of::<Kept>() + group.len();
            if self.groups.len() >= GROUPS_MAX || bytes > BYTES_MAX {
                self.has_gap = true;
                return None;
            }
            self.groups.insert(group.into(), Kept::default());
            self.bytes = bytes;
        }
        self.groups.get_mut(group)
    }
}

/// What it takes, in bytes.
fn size_of_heard(heard: &Heard) -> usize {
    let told = match &heard.said {
        Said::Generation(Generation { protocol_type, protocol, members, .. }) => {
            protocol_type.len() + protocol.len() + members.iter().map(size_of_member).sum::<usize>()
        }
        Said::Member(member) => size_of_member(member),
        Said::MemberGone(id) => id.len(),
        Said::Epoch(_) | Said::AssignmentEpoch(_) | Said::Deleted => 0,
    };
    size_of::<Heard>() + told
}

fn size_of_member(member: &HeardMember) -> usize {
    let HeardMember { member_id, group_instance_id, client_id, client_host, .. } = member;
    let instance = group_instance_id.as_ref().map_or(0, String::len);
    size_of::<HeardMember>() + member_id.len() + instance + client_id.len() + client_host.len()
}

#[cfg(test)]
mod tests;
