//! How often a group rebalances, by the best of three sources, and whether that is a storm.
//!
//! Not what a rebalance excuses; that is `stability`.
//! Invariant: each poll's rebalances are counted by one source, and where the source changes, what it finds first only tells
//! it where to go on from: nothing is counted twice. Polls alone never count too many.

mod cause;
mod culprit;
mod log;
mod members;
mod polls;
mod rules;
mod storm;
mod story;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    ClusterSnapshot, FollowedGroup, Group, GroupKind, Moment, RebalanceSource, Rebalances, Said, StormThresholds,
    Timestamp,
};

use super::compact::Stamp;
use super::history::InPoll;
use log::{Clocks, Counted, Place, Told};
use members::{moved_share, number};
use polls::Phase;
use story::{Change, Rebalance, Spell, Story};

/// What one poll tells for all groups.
pub(super) struct Seen<'a> {
    now: &'a ClusterSnapshot,
    before: Option<&'a ClusterSnapshot>,
    /// Topics that came, went or have another number of partitions, in order.
    changed_topics: Vec<&'a str>,
    /// Whether all that happened since the last poll was heard.
    is_followed: bool,
}

impl<'a> Seen<'a> {
    pub(super) fn new(now: &'a ClusterSnapshot, before: Option<&'a ClusterSnapshot>) -> Self {
        let since = now.followed.since.zip(before);
        let is_followed = since.is_some_and(|(since, before)| since <= before.finished);
        Self {
            now,
            before,
            changed_topics: before.map(|before| polls::changed_topics(before, now)).unwrap_or_default(),
            is_followed,
        }
    }

    fn interval(&self) -> Duration {
        self.before.map_or(Duration::ZERO, |before| self.now.finished.since(before.finished))
    }
}

/// What is remembered of a group's rebalances.
#[derive(Debug, Default)]
pub(super) struct RebalanceWatch {
    /// Up to where rebalances are counted by a number that grows with them.
    counted: Option<Counted>,
    /// Who told of the last poll's; `None` if nobody did.
    source: Option<RebalanceSource>,
    /// Since when nobody but the log tells, of this life of the group.
    log_since: Option<Stamp>,
    phase: Phase,
    /// Whether members keep what does not move, as far as was told yet.
    is_incremental: bool,
    told: Option<Arc<Rebalances>>,
    /// What happened lately; nothing, mostly.
    story: Option<Box<Story>>,
}

impl RebalanceWatch {
    /// Takes in what a poll tells of a group, which may have been in the last one, and what was heard of it since.
    pub(super) fn observe(
        &mut self,
        now: InPoll<'_>,
        before: Option<InPoll<'_>>,
        heard: Option<&FollowedGroup>,
        seen: &Seen<'_>,
    ) {
        let group = now.group;
        if group.kind == GroupKind::Share {
            return;
        }
        let last = self.source;
        let source = source(group, heard, seen);
        self.source = source;
        if last == Some(RebalanceSource::Offsets) && source != last {
            self.told().gap_count += 1;
            self.log_since = None;
        }
        // The log tells of members too, and when.
        let compared = before.filter(|_| source != Some(RebalanceSource::Offsets));
        let is_changed = compared.and_then(|before| members::are_same(before.group, group)).map(|same| !same);
        let phase = Phase::of(group);
        self.is_incremental = incremental(group, heard).unwrap_or(self.is_incremental);
        if let Some(before) = before {
            self.notice_changes(before, now, seen);
            self.notice_spell(before, now, phase, seen.interval());
        }
        let is_base = source != last;
        match source {
            Some(RebalanceSource::Offsets) => self.count_log(now, before, heard, seen, is_base),
            Some(RebalanceSource::Epoch) => self.count_epoch(now, before),
            Some(RebalanceSource::Poll) => {
                let is_new = last.is_none() && self.told.is_none();
                self.count_poll(now, before, heard, phase, Compared { members: is_changed, is_base, is_new });
            }
            None => self.counted = self.counted.filter(|counted| counted.is_epoch),
        }
        self.phase = phase;
        if source != Some(RebalanceSource::Offsets) {
            self.notice_members(now, before, is_changed, is_base);
        }
        if let Some(source) = source
            && self.told.as_ref().is_none_or(|told| told.source != source)
        {
            self.told().source = source;
        }
    }

    /// What is to be told, after a poll was taken in; `None` where nobody told of the group in it.
    pub(super) fn report(&mut self, group: &Group, seen: &Judging<'_>) -> Option<Arc<Rebalances>> {
        self.source?;
        self.told.as_ref()?;
        let epoch = self.counted.map(|counted| counted.number).or(group.epochs.map(|epochs| epochs.group));
        if let Some(story) = &mut self.story {
            let now = Stamp::of(seen.now);
            let is_eventful = story.prune(now);
            let mut told = self.told.as_deref()?.clone();
            told.unstable_ratio = story.unstable_ratio(now);
            story.is_incremental = self.is_incremental;
            storm::judge(story, &mut told, group, seen);
            let is_over = !is_eventful && told.storm.is_none();
            if self.told.as_deref() != Some(&told) {
                self.told = Some(Arc::new(told));
            }
            if is_over {
                self.story = None;
            }
        }
        if self.told.as_ref().is_some_and(|told| told.epoch != epoch) {
            self.told().epoch = epoch;
        }
        self.told.clone()
    }

    fn told(&mut self) -> &mut Rebalances {
        let none = || Arc::new(Rebalances::none(RebalanceSource::Poll));
        Arc::make_mut(self.told.get_or_insert_with(none))
    }

    /// The story, which begins with the members of the last poll.
    fn story(&mut self, before: Option<InPoll<'_>>) -> &mut Story {
        self.story.get_or_insert_with(|| {
            let members = before.and_then(|before| before.group.members.as_ref().ok());
            Box::new(Story::of(members.map(|members| members::of_poll(members))))
        })
    }

    fn notice_changes(&mut self, before: InPoll<'_>, now: InPoll<'_>, seen: &Seen<'_>) {
        let at = Stamp::of(now.at());
        if before.group.coordinator != now.group.coordinator {
            self.story(Some(before)).changed(at, Change::Coordinator);
        }
        let changed = seen.changed_topics.as_slice();
        if !changed.is_empty() && (now.wants_any(changed) || before.wants_any(changed)) {
            self.story(Some(before)).changed(at, Change::Metadata);
        }
    }

    /// Notes for how long the group could not work: all of it, or what moves where members keep the rest.
    fn notice_spell(&mut self, before: InPoll<'_>, now: InPoll<'_>, phase: Phase, interval: Duration) {
        let (was, is) = (Phase::of(before.group).is_rebalancing(), phase.is_rebalancing());
        if !was && !is {
            return;
        }
        let at = Stamp::of(now.at());
        // A poll does not know when it began or ended.
        let seconds = interval.as_secs_f64() * if was && is { 1.0 } else { 0.5 };
        let is_incremental = self.is_incremental;
        let story = self.story(Some(before));
        let new = || Spell { owners: before.owners().filter(|_| !was), topics: number(&before.topics()), seconds: 0.0 };
        let spell = story.spell.get_or_insert_with(new);
        spell.seconds += seconds;
        if !is_incremental {
            story.was_unstable(at, seconds);
        }
        if is {
            return;
        }
        let Some(spell) = story.spell.take() else { return };
        if is_incremental {
            let share = spell.owners.as_ref().zip(now.owners()).map_or(1.0, |(were, are)| moved_share(were, &are));
            story.was_unstable(at, spell.seconds * share);
        }
        if spell.owners.is_some() && phase == Phase::Settled && spell.topics != number(&now.topics()) {
            story.changed(at, Change::Metadata);
        }
    }

    fn count_log(
        &mut self,
        now: InPoll<'_>,
        before: Option<InPoll<'_>>,
        heard: Option<&FollowedGroup>,
        seen: &Seen<'_>,
        is_base: bool,
    ) {
        if self.told.as_ref().is_none_or(|told| told.aborted.is_none()) {
            self.told().aborted = Some(0);
        }
        if is_base {
            self.log_since = Some(Stamp::of(now.at()));
            // The number of a poll is as good as the log's, to go on from.
            self.counted = self.counted.or(now.group.epochs.map(|epochs| Counted::epoch(epochs.group)));
        }
        if let Some(heard) = heard.filter(|heard| !heard.heard.is_empty()) {
            self.read_log(heard, now, before, seen, is_base);
        }
        self.count_unheard(now, before);
    }

    fn read_log(
        &mut self,
        heard: &FollowedGroup,
        now: InPoll<'_>,
        before: Option<InPoll<'_>>,
        seen: &Seen<'_>,
        is_base: bool,
    ) {
        let earliest = seen.before.map_or(now.at(), |before| before.finished);
        let mut place = Place { counted: self.counted, alone_since: self.log_since.filter(|_| !is_base) };
        let clocks = Clocks { earliest, now: now.at(), now_at: now.snapshot.finished_at };
        let story = self.story(before);
        let Told { count, aborted, joined, left, last } = log::read(heard, &mut place, story, clocks, is_base);
        if let (None, Ok(members)) = (&story.live, &now.group.members) {
            story.members(members::of_poll(members), Stamp::of(now.at()), true);
        }
        self.counted = place.counted;
        if !is_base {
            self.log_since = place.alone_since;
        }
        let told = self.told();
        told.add(RebalanceSource::Offsets, count);
        told.aborted = told.aborted.map(|before| before.saturating_add(aborted.into()));
        (told.joined, told.left) = (told.joined.saturating_add(joined), told.left.saturating_add(left));
        told.last = told.last.max(last);
    }

    /// Counts epochs that the last poll knew of and the log has not told since: a record may come late, but not by a poll.
    fn count_unheard(&mut self, now: InPoll<'_>, before: Option<InPoll<'_>>) {
        let Some(epochs) = now.group.epochs else { return };
        match self.counted {
            Some(counted) if counted.is_epoch => {
                let known = before.and_then(|before| before.group.epochs).map_or(0, |before| before.group);
                // A number that fell since is of a group that was made anew.
                let more = known.min(epochs.group).saturating_sub(counted.number);
                if let Some(more) = u32::try_from(more).ok().filter(|more| *more > 0) {
                    self.counted = Some(Counted::epoch(counted.number.saturating_add_unsigned(more)));
                    self.counted_more(RebalanceSource::Epoch, more, now, before);
                }
            }
            _ => self.counted = Some(Counted::epoch(epochs.group)),
        }
    }

    fn count_epoch(&mut self, now: InPoll<'_>, before: Option<InPoll<'_>>) {
        let Some(epochs) = now.group.epochs else { return };
        let counted = self.counted.filter(|counted| counted.is_epoch);
        self.counted = Some(Counted::epoch(epochs.group));
        // A lower one is that of a group that was made anew.
        let more = counted.map_or(0, |counted| epochs.group.saturating_sub(counted.number));
        self.counted_more(RebalanceSource::Epoch, u32::try_from(more).unwrap_or(0), now, before);
    }

    fn count_poll(
        &mut self,
        now: InPoll<'_>,
        before: Option<InPoll<'_>>,
        heard: Option<&FollowedGroup>,
        phase: Phase,
        compared: Compared,
    ) {
        let has_members = now.group.members.as_ref().is_ok_and(|members| !members.is_empty());
        let Compared { members: is_changed, is_base, is_new } = compared;
        let is_other = is_changed
            .is_some_and(|is_changed| is_changed || before.is_some_and(|before| !members::own_the_same(before, now)));
        let count = if is_base { 0 } else { self.phase.rebalances_until(phase, is_other, has_members) };
        // What the log says while it does not tell everything is a number to go on from, unless it may be of what polls
        // have counted.
        let was_settled = is_new || (!is_base && self.phase == Phase::Settled);
        let is_quiet = count == 0 && phase == Phase::Settled && was_settled;
        self.counted = heard.filter(|_| is_quiet).and_then(log::last_generation);
        self.counted_more(RebalanceSource::Poll, count, now, before);
    }

    fn counted_more(&mut self, source: RebalanceSource, count: u32, now: InPoll<'_>, before: Option<InPoll<'_>>) {
        if count == 0 {
            return;
        }
        let is_exact = source != RebalanceSource::Poll;
        let rebalance = Rebalance { at: Stamp::of(now.at()), count, aborted: 0, is_exact };
        self.story(before).rebalanced(rebalance);
        let told = self.told();
        told.add(source, count);
        told.last = Some(now.snapshot.finished_at);
    }

    fn notice_members(&mut self, now: InPoll<'_>, before: Option<InPoll<'_>>, is_changed: Option<bool>, is_base: bool) {
        let Ok(members) = &now.group.members else { return };
        let is_known = self.story.as_ref().is_some_and(|story| story.live.is_some());
        // Without a story the last poll is all there is to compare with; with one, it remembers across failed polls.
        if is_changed == Some(false) && !is_base || (is_changed.is_none() && !is_known) {
            return;
        }
        if self.story.is_none() && is_base {
            return;
        }
        let (joined, left) = self.story(before).members(members::of_poll(members), Stamp::of(now.at()), is_base);
        if joined + left > 0 {
            let told = self.told();
            (told.joined, told.left) = (told.joined.saturating_add(joined), told.left.saturating_add(left));
        }
    }
}

/// What can be said of a poll beside the one before.
#[derive(Clone, Copy, Debug)]
struct Compared {
    /// Whether they are others; `None` where that is not known.
    members: Option<bool>,
    /// Whether another source told of the last one.
    is_base: bool,
    /// Whether nothing was ever counted.
    is_new: bool,
}

/// Whether members keep what does not move, where this poll or the log tells the protocol.
fn incremental(group: &Group, heard: Option<&FollowedGroup>) -> Option<bool> {
    rules::is_incremental(group).or_else(|| {
        let generations = heard?.heard.iter().rev().filter_map(|heard| match &heard.said {
            Said::Generation(generation) => Some(generation),
            _ => None,
        });
        let mut told = generations.filter(|told| told.protocol_type == "consumer" && !told.protocol.is_empty());
        told.next().map(|told| rules::is_incremental_assignor(&told.protocol))
    })
}

/// Who tells best of what happened since the last poll.
fn source(group: &Group, heard: Option<&FollowedGroup>, seen: &Seen<'_>) -> Option<RebalanceSource> {
    let is_heard = seen.now.followed.hears(&group.id) && heard.is_none_or(|heard| !heard.has_gap);
    if seen.is_followed && is_heard {
        Some(RebalanceSource::Offsets)
    } else if group.epochs.is_some() {
        Some(RebalanceSource::Epoch)
    } else {
        group.members.is_ok().then_some(RebalanceSource::Poll)
    }
}

/// What a judgement needs beside the story.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judging<'a> {
    pub(super) thresholds: &'a StormThresholds,
    pub(super) now: Moment,
    pub(super) now_at: Timestamp,
    /// Since the last poll.
    pub(super) interval: Duration,
    /// What was heard of the group since.
    pub(super) heard: Option<&'a FollowedGroup>,
}
