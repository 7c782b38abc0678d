//! The partitions of a group, and what is remembered of each brought into their order.
//!
//! Not a search, and not general as `join` is: this is done for every commit of every poll.
//! Invariant: places come in order, each once, with one [`Watch`] each.

use std::{iter, slice};

use crate::model::{Commit, PartitionId, PartitionLag, TopicIndex};

use super::history::TopicViews;
use super::watch::{Now, Watch};

/// A partition of a topic of the snapshot.
pub(super) type Place = (TopicIndex, PartitionId);

/// What is told of one partition of a group.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told<'a> {
    pub(super) place: Place,
    pub(super) commit: Option<&'a Commit>,
    /// What was shown last.
    pub(super) last: Option<&'a PartitionLag>,
    pub(super) is_owned: bool,
    /// Whether the coordinator would not tell the commit.
    pub(super) is_unreadable: bool,
}

/// What speaks of a group's partitions, each in order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sources<'a, 'b> {
    pub(super) commits: &'a [Commit],
    pub(super) owned: &'b [Place],
    /// Whose commit the coordinator would not tell.
    pub(super) unreadable: &'b [Place],
    /// Partitions that only the last report speaks of, while commits cannot be read.
    pub(super) past: &'b [Place],
}

impl<'a> Sources<'a, '_> {
    /// Every partition that is spoken of, of topics of the snapshot, into `told`.
    pub(super) fn tell(self, topics: &TopicViews<'_>, told: &mut Vec<Told<'a>>) {
        told.clear();
        let (mut commits, mut past) = (self.commits.iter(), self.past.iter());
        let (mut owned, mut unreadable) = (self.owned.iter(), self.unreadable.iter());
        // Mostly commits say it all, and what is owned goes along with them.
        while self.unreadable.is_empty() && self.past.is_empty() {
            let Some(commit) = commits.as_slice().first() else { break };
            let place = (commit.topic, commit.partition);
            let own = first(&owned);
            if own.is_some_and(|own| own < place) || topics.at(place.0).is_none() {
                break;
            }
            commits.next();
            let is_owned = own == Some(place) && owned.next().is_some();
            told.push(Told { place, commit: Some(commit), last: None, is_owned, is_unreadable: false });
        }
        loop {
            let committed = commits.as_slice().first().map(|commit| (commit.topic, commit.partition));
            let others = least(first(&unreadable), first(&past));
            let Some(place) = least(least(committed, first(&owned)), others) else { return };
            let commit = if committed == Some(place) { commits.next() } else { None };
            let is_owned = next_if(&mut owned, place);
            let is_unreadable = next_if(&mut unreadable, place);
            next_if(&mut past, place);
            if topics.at(place.0).is_some() {
                told.push(Told { place, commit, last: None, is_owned, is_unreadable });
            }
        }
    }
}

fn first(places: &slice::Iter<'_, Place>) -> Option<Place> {
    places.as_slice().first().copied()
}

fn next_if(places: &mut slice::Iter<'_, Place>, place: Place) -> bool {
    let is_next = first(places) == Some(place);
    is_next && places.next().is_some()
}

fn least(left: Option<Place>, right: Option<Place>) -> Option<Place> {
    match (left, right) {
        (Some(left), Some(right)) => Some(left.min(right)),
        (left, right) => left.or(right),
    }
}

/// A topic of the last report.
#[derive(Clone, Copy, Debug)]
pub(super) struct TopicBefore {
    /// Where it is now, if this poll speaks of it.
    pub(super) now: Option<TopicIndex>,
    pub(super) partition_count: usize,
}

/// The partitions of the last report, with where they are now.
pub(super) fn shown_before<'a, 'b>(
    last: &'a [PartitionLag],
    topics: &'b [TopicBefore],
) -> impl Iterator<Item = (Option<Place>, &'a PartitionLag)> + use<'a, 'b> {
    let indices = topics.iter().flat_map(|topic| iter::repeat_n(topic.now, topic.partition_count));
    indices.zip(last).map(|(index, shown)| (index.map(|index| (index, shown.partition)), shown))
}

/// Brings `watches`, one for each partition of the last report, into the order of `told`; what is not told of is dropped.
pub(super) fn align<'a>(
    told: &mut [Told<'a>],
    last: &'a [PartitionLag],
    topics: &[TopicBefore],
    watches: &mut Vec<Watch>,
    now: Now,
) {
    // Mostly nothing has changed since the last poll.
    if told.len() == watches.len() && is_as_before(told, last, topics, watches) {
        return;
    }
    let mut remembered = shown_before(last, topics).zip(watches.drain(..)).peekable();
    let mut aligned = Vec::with_capacity(told.len());
    for told in told {
        told.last = None;
        let mut watch = None;
        while let Some(((place, last), known)) =
            remembered.next_if(|((place, _), _)| place.is_none_or(|place| place <= told.place))
        {
            if place == Some(told.place) {
                (told.last, watch) = (Some(last), Some(known));
            }
        }
        aligned.push(watch.unwrap_or_else(|| Watch::starting(told.place.1, now)));
    }
    drop(remembered);
    *watches = aligned;
}

/// Whether the partitions are those of the last report; then each has what was shown of it.
fn is_as_before<'a>(
    told: &mut [Told<'a>],
    last: &'a [PartitionLag],
    topics: &[TopicBefore],
    watches: &[Watch],
) -> bool {
    let (mut rest, mut last, mut watches) = (told, last.iter(), watches.iter());
    for topic in topics {
        let Some((of_topic, others)) = rest.split_at_mut_checked(topic.partition_count) else { return false };
        // Which partition was shown is asked of the watch, which is needed anyway; what was shown rarely is.
        for ((told, shown), watch) in of_topic.iter_mut().zip(&mut last).zip(&mut watches) {
            if (Some(told.place.0), told.place.1) != (topic.now, watch.partition) {
                return false;
            }
            told.last = Some(shown);
        }
        rest = others;
    }
    rest.is_empty()
}
