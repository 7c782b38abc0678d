//! Walks what is told and what is remembered of a group's partitions side by side.
//!
//! Not a search, and not general as `join` is: this is done for every commit of every poll.
//! Invariant: places come in order, each once; what is remembered of a place that is not told of is dropped, unless all is
//! wanted.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::slice;
use std::vec::Drain;

use crate::model::{Commit, GroupReport, PartitionLag, TopicIndex};

use super::group::Place;
use super::history::TopicViews;
use super::partition::Told;
use super::watch::Watch;

/// The partitions of the last report with what is remembered of each, of topics that this poll speaks of.
pub(super) struct Remembered<'a> {
    last: Option<&'a GroupReport>,
    /// Where the topics of the last report are in this poll; `None` where it speaks of them no more.
    topics: Vec<Option<TopicIndex>>,
    topic: usize,
    partition: usize,
    watches: Drain<'a, Watch>,
}

impl<'a> Remembered<'a> {
    pub(super) fn new(topics: &TopicViews<'_>, last: Option<&'a GroupReport>, watches: Drain<'a, Watch>) -> Self {
        let topics = last.into_iter().flat_map(|last| &last.topics).map(|topic| topics.index_of(&topic.topic));
        Self { last, topics: topics.collect(), topic: 0, partition: 0, watches }
    }

    /// Where the topics of the last report are in this poll.
    pub(super) fn topics(&self) -> &[Option<TopicIndex>] {
        &self.topics
    }

    /// The next place and what was shown of it.
    fn peek(&mut self) -> Option<(Place, &'a PartitionLag)> {
        let last = self.last?;
        loop {
            let end = last.topics.get(self.topic)?.range.end;
            let index = self.topics.get(self.topic).copied().flatten();
            match index {
                Some(index) if self.partition < end => {
                    let shown = last.partitions.get(self.partition)?;
                    return Some(((index, shown.partition), shown));
                }
                Some(_) => {}
                None => {
                    self.watches.by_ref().take(end.saturating_sub(self.partition)).for_each(drop);
                    self.partition = end;
                }
            }
            self.topic += 1;
        }
    }

    fn take(&mut self) -> Option<Watch> {
        self.partition += 1;
        self.watches.next()
    }

    /// What is remembered of this place; what is of places before it is dropped.
    fn at(&mut self, place: Place) -> Option<(Watch, &'a PartitionLag)> {
        while let Some((next, shown)) = self.peek() {
            match next.cmp(&place) {
                Ordering::Less => drop(self.take()),
                Ordering::Equal => return Some((self.take()?, shown)),
                Ordering::Greater => break,
            }
        }
        None
    }
}

/// What is told of each partition that a group committed to or owns, with what is remembered of it.
pub(super) struct Places<'a> {
    pub(super) commits: Peekable<slice::Iter<'a, Commit>>,
    pub(super) owned: Peekable<slice::Iter<'a, Place>>,
    /// Whose commit the coordinator would not tell.
    pub(super) unreadable: Peekable<slice::Iter<'a, Place>>,
    pub(super) remembered: Remembered<'a>,
    /// Whether places come that nothing tells of but the past.
    pub(super) is_past_enough: bool,
}

impl<'a> Iterator for Places<'a> {
    type Item = (Place, Told<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let committed = self.commits.peek().map(|commit| (commit.topic, commit.partition));
        let others = least(self.owned.peek().copied().copied(), self.unreadable.peek().copied().copied());
        let past = if self.is_past_enough { self.remembered.peek().map(|(place, _)| place) } else { None };
        let place = least(least(committed, others), past)?;
        let commit = if committed == Some(place) { self.commits.next() } else { None };
        let is_owned = self.owned.next_if_eq(&&place).is_some();
        let is_unreadable = self.unreadable.next_if_eq(&&place).is_some();
        Some((place, Told { commit, is_owned, is_unreadable, past: self.remembered.at(place) }))
    }
}

fn least(left: Option<Place>, right: Option<Place>) -> Option<Place> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}
