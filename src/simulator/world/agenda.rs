//! What will happen, in order of time.
//!
//! Not what it does.
//! Invariant: things of the same millisecond happen in the order in which they were planned, commits before all else.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::simulator::spec::Action;

use super::Millis;

/// Something of a story that may happen again.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Story {
    pub(super) action: Action,
    pub(super) every: Option<Millis>,
    /// How many times more, beside this one; for ever when `None`.
    pub(super) more: Option<u32>,
}

/// Something that is due.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Due {
    /// As a scenario says.
    Story(Story),
    /// As something that happened before brought with it.
    Action(Action),
    /// Processes of a group commit what they read.
    Commit { group: String },
    /// All members joined, or did not in time.
    Joined { group: String, round: u64 },
    /// The leader's assignment is there.
    Synced { group: String, round: u64 },
    /// A silent member's session ends.
    Missed { group: String, member: String },
    /// A member processed for too long.
    PolledTooLate { group: String, member: String },
}

/// Everything planned.
#[derive(Clone, Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    count: u64,
}

impl Agenda {
    pub(super) fn plan(&mut self, at: Millis, due: Due) {
        self.count += 1;
        self.entries.push(Reverse(Entry { at, order: self.count, due }));
    }

    /// Plans a story's next time, if it has one.
    pub(super) fn again(&mut self, now: Millis, mut story: Story) {
        let Some(every) = story.every else { return };
        match &mut story.more {
            Some(0) => return,
            Some(more) => *more -= 1,
            None => {}
        }
        self.plan(now + every.max(1), Due::Story(story));
    }

    /// When the next thing is due.
    pub(super) fn next_at(&self) -> Option<Millis> {
        self.entries.peek().map(|Reverse(entry)| entry.at)
    }

    /// Takes the next thing that is due.
    pub(super) fn next(&mut self) -> Option<Due> {
        self.entries.pop().map(|Reverse(entry)| entry.due)
    }
}

#[derive(Clone, Debug)]
struct Entry {
    at: Millis,
    order: u64,
    due: Due,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        // What is committed at a moment was read before it: whatever else happens then comes afterwards.
        let place = |entry: &Self| (entry.at, !matches!(entry.due, Due::Commit { .. }), entry.order);
        place(self).cmp(&place(other))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Entry {}
