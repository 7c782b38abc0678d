//! What was answered about one partition of a group beyond what every poll asks, and what to ask next.
//!
//! Not how questions are kept and counted; see `wishes`.
//! Invariant: an answer counts only for the commit it was asked for.

use crate::model::TopicIndex;

use super::lag::distance;
use super::partition::Poll;
use super::watch::{Markers, Seen, Watch};
use super::wishes::Wanted;

/// So few unread records may be markers of a topic of which nothing else tells that it has transactions.
const MARKERS_LIKELY: u64 = 2;

/// So many may be markers and records of aborted transactions of one that has.
const PASSED_OVER_MAX: u64 = 1_000;

/// One partition of a group, of which something was or will be asked.
pub(super) struct Asked<'a> {
    pub(super) poll: &'a Poll<'a>,
    pub(super) topic: TopicIndex,
    pub(super) seen: &'a Seen<'a>,
}

impl Asked<'_> {
    /// Whether the log ends an epoch before the commit that was made in it (KIP-320).
    pub(super) fn is_truncated(&self, commit_of: impl Fn(i32) -> Option<i64>) -> bool {
        let answers = &self.poll.granted.epochs;
        if answers.is_empty() {
            return false;
        }
        let place = (self.topic, self.seen.commit.partition);
        let from = answers.partition_point(|answer| (answer.topic, answer.partition) < place);
        let of_place = answers.iter().skip(from).take_while(|answer| (answer.topic, answer.partition) == place);
        let mut ends = of_place.filter_map(|answer| Some((commit_of(answer.epoch)?, answer.end.ok()??)));
        ends.any(|(commit, end)| end < commit)
    }

    /// Notes what was answered about markers from here on.
    pub(super) fn take_markers(&self, from: i64, watch: &mut Watch) {
        let answers = &self.poll.granted.markers;
        if answers.is_empty() {
            return;
        }
        let position = watch.position(from);
        let place = (self.topic, self.seen.commit.partition, position);
        // What follows an earlier place follows this one too, if there are only markers up to it.
        let next = answers.partition_point(|answer| (answer.topic, answer.partition, answer.from) <= place);
        let answer = next.checked_sub(1).and_then(|before| answers.get(before));
        let Some(answer) = answer.filter(|answer| (answer.topic, answer.partition) == (place.0, place.1)) else {
            return;
        };
        match answer.markers_until {
            Ok(until) if answer.from == position || until > position => {
                watch.markers_found(until);
                // An answer has room for a few batches, and what is passed over may go on.
                if until > position && until < self.seen.end {
                    watch.markers = Markers::NotAsked;
                }
            }
            Err(_) if answer.from == position => watch.markers = Markers::Refused,
            Ok(_) | Err(_) => {}
        }
    }

    /// Whether what is left is a marker by all that can be seen without reading it: the last record of a topic with
    /// transactions, none of them open. What was taken for one stays that as long as the commit stands, as if it had been
    /// read: that the topic has transactions is soon forgotten while nothing is written.
    pub(super) fn takes_for_marker(&self, position: i64, watch: &mut Watch) -> bool {
        let end = self.seen.end;
        let seems_marker = watch.markers == Markers::Refused
            && watch.is_still()
            && distance(position, end) == 1
            && self.seen.last_stable.is_some_and(|last_stable| last_stable >= end)
            && self.poll.transactional.contains(self.topic);
        if seems_marker {
            watch.markers_found(end);
        }
        seems_marker
    }

    /// Notes what would tell more; `position` is where unread records may begin.
    pub(super) fn ask(&self, position: i64, watch: &mut Watch, wanted: &mut Wanted) {
        let (commit, end) = (self.seen.commit.offset, self.seen.end);
        let id = self.seen.commit.partition;
        if let Some(epoch) = self.seen.commit.leader_epoch {
            // Of a commit to a former topic of this name the new one knows nothing.
            let is_of_former = || self.poll.topics.at(self.topic).is_some_and(|topic| topic.is_recreated);
            let is_beyond = commit > end && !watch.has_asked_epoch && !is_of_former();
            if is_beyond || self.seen.has_new_leader {
                watch.has_asked_epoch = true;
                wanted.epochs.push((self.topic, id, epoch));
            }
        }
        let Some(asked) = watch.markers.asked_again().filter(|_| watch.is_still()) else { return };
        let unread = distance(position, end);
        let may_be = |most: u64| (1..=most).contains(&unread);
        let is_worth_it =
            may_be(MARKERS_LIKELY) || (may_be(PASSED_OVER_MAX) && self.poll.transactional.contains(self.topic));
        if is_worth_it && wanted.push_markers((self.topic, id, position)) {
            watch.markers = asked;
        }
    }
}
