//! Who owns what in a group, and who wants what.
//!
//! Not how the owners do.
//! Invariant: what members did not tell is not concluded; a group in a rebalance owns and wants nothing that counts.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Group, GroupState, Moment, TopicIndex};

use super::history::TopicViews;
use super::places::Place;
use super::rhythm::Rhythm;
use super::stability::{Stability, is_rebalancing};
use super::status::Reader;

/// A group's members by what they own and want.
#[derive(Debug, Default)]
pub(super) struct Membership {
    /// What the members own together, sorted.
    pub(super) owned: Vec<Place>,
    /// The topics they subscribed to by name, or own partitions of, sorted.
    subscribed: Vec<TopicIndex>,
    /// Whether nothing but `subscribed` is wanted.
    is_all_known: bool,
    presence: Presence,
    told: Summary,
}

/// What members tell, in numbers: to look at each of them in every poll would wait for memory.
#[derive(Debug, Default)]
struct Summary {
    /// Whether all of them tell what they own.
    is_all: bool,
    /// Whether all of those who tell name a topic that they want.
    is_wanted_named: bool,
    /// How many own nothing.
    idle_count: usize,
}

impl Summary {
    fn of(group: &Group) -> Self {
        Self {
            is_all: group.members.as_ref().is_ok_and(|members| members.iter().all(|it| it.assignment.is_some())),
            // Whoever subscribed by pattern names no topic, and so does who wants only what the filters hide.
            is_wanted_named: group.assignments().all(|told| !told.subscribed.is_empty()),
            idle_count: group.assignments().filter(|told| told.partition_count == 0).count(),
        }
    }
}

#[derive(Clone, Copy, Debug, Default)]
enum Presence {
    #[default]
    NotTold,
    /// What a reader is that nobody sees.
    Nobody(Reader),
    Moving {
        is_excused: bool,
    },
    Members {
        have_told: bool,
        is_stable: bool,
    },
}

impl Membership {
    /// Takes in what the members own and subscribe to; `before` is the group as it was taken in last.
    pub(super) fn observe(&mut self, group: &Group, before: Option<&Group>) {
        // Mostly so; then what took sorting is still true.
        if before.is_some_and(|before| tell_the_same(before, group)) {
            return;
        }
        self.told = Summary::of(group);
        self.take_owned(group);
        self.take_subscribed(group);
    }

    /// Works out who reads, by this poll, which was observed, and by what is remembered.
    pub(super) fn settle(&mut self, group: &Group, past: Past<'_>) {
        let has_members = group.members.as_ref().is_ok_and(|members| !members.is_empty());
        self.is_all_known =
            group.state == GroupState::Stable && has_members && self.told.is_all && self.told.is_wanted_named;
        self.presence = presence(group, self.told.is_all, past);
    }

    fn take_owned(&mut self, group: &Group) {
        self.owned.clear();
        self.owned.extend(group.assignments().flat_map(|assignment| &assignment.partitions));
        in_order(&mut self.owned);
        self.owned.shrink_to_fit();
    }

    fn take_subscribed(&mut self, group: &Group) {
        // Whoever subscribed by pattern names no topic, but shows some by what it owns.
        let of_topic = self.owned.chunk_by(|left, right| left.0 == right.0);
        self.subscribed.clear();
        self.subscribed.extend(of_topic.filter_map(|of_topic| Some(of_topic.first()?.0)));
        self.subscribed.extend(group.assignments().flat_map(|assignment| &assignment.subscribed));
        in_order(&mut self.subscribed);
    }

    /// Whether the group wants the topic, as far as is known.
    pub(super) fn wants(&self, topic: TopicIndex) -> bool {
        !self.is_all_known || self.subscribed.binary_search(&topic).is_ok()
    }

    /// Who reads a partition.
    pub(super) fn reader(&self, topic: TopicIndex, is_owned: bool) -> Reader {
        match self.presence {
            Presence::NotTold => Reader::NotTold,
            Presence::Nobody(reader) => reader,
            Presence::Moving { is_excused } => Reader::Moving { is_excused },
            Presence::Members { have_told, .. } if is_owned || !have_told => Reader::Member,
            Presence::Members { is_stable, .. } => match self.subscribed.binary_search(&topic) {
                Ok(_) if is_stable => Reader::NoMember,
                Ok(_) => Reader::Moving { is_excused: true },
                Err(_) => Reader::NotWanted,
            },
        }
    }

    /// Partitions of subscribed topics that nobody owns.
    pub(super) fn unassigned_partition_count(&self, group: &Group, topics: &TopicViews<'_>) -> Option<usize> {
        self.settled(group)?;
        let partition_count: usize =
            self.subscribed.iter().filter_map(|index| topics.at(*index)).map(|topic| topic.now.partitions.len()).sum();
        let of_topics = self.owned.chunk_by(|left, right| left.0 == right.0);
        let listed = of_topics.filter_map(|owned| Some(topics.at(owned.first()?.0)?.listed_count(owned)));
        Some(partition_count.saturating_sub(listed.sum()))
    }

    /// Members that own nothing.
    pub(super) fn idle_member_count(&self, group: &Group) -> Option<usize> {
        self.settled(group).map(|()| self.told.idle_count)
    }

    /// How many members own some of these partitions, which are sorted; `None` where members do not tell.
    pub(super) fn owner_count(&self, group: &Group, places: &[Place]) -> Option<usize> {
        self.settled(group)?;
        let owned = group.assignments().map(|assignment| &assignment.partitions);
        Some(owned.filter(|owned| owned.iter().any(|place| places.binary_search(place).is_ok())).count())
    }

    /// Whether all members tell what they own.
    pub(super) fn is_told(&self) -> bool {
        self.told.is_all
    }

    /// Whether all members tell what they own, and nothing is on the move.
    fn settled(&self, group: &Group) -> Option<()> {
        let is_settled = matches!(group.state, GroupState::Stable | GroupState::Empty | GroupState::Dead);
        (is_settled && self.told.is_all).then_some(())
    }
}

/// What is remembered of a group that tells who reads.
#[derive(Clone, Copy, Debug)]
pub(super) struct Past<'a> {
    pub(super) stability: &'a Stability,
    pub(super) rhythm: Option<&'a Rhythm>,
    pub(super) now: Moment,
    /// An active group commits within this time.
    pub(super) active_within: Duration,
}

fn presence(group: &Group, have_told: bool, past: Past<'_>) -> Presence {
    let Ok(members) = &group.members else { return Presence::NotTold };
    if is_rebalancing(group.state) {
        return Presence::Moving { is_excused: past.stability.is_excused() };
    }
    if !members.is_empty() {
        return Presence::Members { have_told, is_stable: past.stability.is_stable() };
    }
    let rhythm = past.rhythm.filter(|rhythm| rhythm.is_known());
    let is_active = rhythm.map(|rhythm| past.now.since(rhythm.last_change()) < past.active_within);
    let commits_alone =
        group.protocol_type.is_empty() || (is_active == Some(true) && !past.stability.had_members_lately(past.now));
    Presence::Nobody(if commits_alone { Reader::Unseen { is_active } } else { Reader::Gone })
}

/// Sorts and drops what is there twice.
pub(super) fn in_order<T: Ord>(items: &mut Vec<T>) {
    // They come as a few sorted runs, which this sort merges.
    items.sort();
    items.dedup();
}

/// Whether two polls tell the same of what members own and want; where they are not told, there is nothing to tell.
fn tell_the_same(before: &Group, now: &Group) -> bool {
    match (&before.members, &now.members) {
        (Ok(before), Ok(now)) => {
            Arc::ptr_eq(before, now) || before.iter().map(|it| &it.assignment).eq(now.iter().map(|it| &it.assignment))
        }
        (before, now) => before.is_err() && now.is_err(),
    }
}
