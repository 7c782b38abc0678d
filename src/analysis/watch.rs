//! What is remembered of a group on a partition from one poll to the next.
//!
//! Not a judgement; it holds what `status` asks for.
//! Invariant: 64 bytes while caught up; more, and bounded, while something is the matter.

use crate::model::{Because, Commit, PartitionId, PartitionLag, Status, TimeLag};

use super::compact::{Epoch, Offset, Stamp};
use super::lag::distance;
use super::loss;
use super::steady::Steady;
use super::story::Story;
use super::trend::Trend;

/// Now, in the ways in which it is counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Now {
    pub(super) at: Stamp,
    /// On the clock that stands still in rebalances.
    pub(super) active: Stamp,
    /// The window that is looked back over, in seconds.
    pub(super) window: f64,
}

/// What was asked about markers between the commit and the end as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Markers {
    #[default]
    NotAsked,
    /// And not answered yet, like the next two.
    AskedOnce,
    AskedTwice,
    AskedThrice,
    Answered,
    /// The broker would not say.
    Refused,
}

impl Markers {
    /// What they are once the question is put again; `None` where it will not be.
    pub(super) fn asked_again(self) -> Option<Self> {
        match self {
            Self::NotAsked => Some(Self::AskedOnce),
            Self::AskedOnce => Some(Self::AskedTwice),
            Self::AskedTwice => Some(Self::AskedThrice),
            Self::AskedThrice | Self::Answered | Self::Refused => None,
        }
    }
}

/// A commit and its partition, both read in this poll.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    pub(super) commit: &'a Commit,
    pub(super) end: i64,
    /// The end in the poll before, of the same log.
    pub(super) last_end: Option<i64>,
    /// Where the log starts, as far as that was read.
    pub(super) start: Option<i64>,
    /// Up to where consumers read that are not shown open transactions, if that was asked.
    pub(super) last_stable: Option<i64>,
    /// Whether the partition's leader changed since the poll before.
    pub(super) has_new_leader: bool,
}

impl Progress {
    /// What two partitions add together.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            consumed: self.consumed.saturating_add(other.consumed),
            lost: self.lost.saturating_add(other.lost),
            has_moved: self.has_moved || other.has_moved,
        }
    }
}

/// What a poll added.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Progress {
    /// Records by which the commit moved forward.
    pub(super) consumed: u64,
    /// Records deleted unread.
    pub(super) lost: u64,
    /// Whether the commit is another one than before.
    pub(super) has_moved: bool,
}

#[derive(Debug)]
pub(super) struct Watch {
    pub(super) partition: PartitionId,
    commit: Option<Offset>,
    /// The start beyond which everything that vanished is counted.
    start: Option<Offset>,
    /// From the commit up to here there are only markers.
    markers_until: Option<Offset>,
    epoch: Option<Epoch>,
    since: Stamp,
    seen: Stamp,
    /// On the clock that stands still in rebalances.
    moved: Stamp,
    quiet: Option<Stamp>,
    sample_count: u8,
    /// Polls in a row in which neither commit nor end moved.
    still: u8,
    /// Polls in a row that found the commit, which did not move, at the last stable offset, and more behind it.
    blocked: u8,
    has_moved: bool,
    pub(super) has_asked_epoch: bool,
    pub(super) markers: Markers,
    steady: Steady,
    story: Option<Box<Story>>,
}

impl Watch {
    pub(super) fn starting(partition: PartitionId, now: Now) -> Self {
        Self {
            partition,
            commit: None,
            start: None,
            markers_until: None,
            epoch: None,
            since: now.at,
            seen: now.at,
            moved: now.active,
            quiet: None,
            sample_count: 0,
            still: 0,
            blocked: 0,
            has_moved: false,
            has_asked_epoch: false,
            markers: Markers::NotAsked,
            steady: Steady::default(),
            story: None,
        }
    }

    /// Takes in one poll.
    pub(super) fn observe(&mut self, seen: &Seen<'_>, now: Now) -> Progress {
        if now.at.since(self.seen) > now.window {
            (self.since, self.sample_count) = (now.at, 0);
        }
        self.seen = now.at;
        self.sample_count = self.sample_count.saturating_add(1);
        let consumed = self.take_commit(seen, now);
        let has_moved = consumed.is_some();
        self.observe_last_stable(seen, has_moved);
        let lost = self.take_start(seen);
        if lost > 0 {
            self.story_mut().lost(now.at, lost, now.window);
        }
        Progress { consumed: consumed.unwrap_or(0), lost, has_moved }
    }

    /// By how much it moved forward, if it moved.
    fn take_commit(&mut self, seen: &Seen<'_>, now: Now) -> Option<u64> {
        let before = self.commit.map(Offset::get);
        let commit = seen.commit.offset;
        let is_still = before == Some(commit) && seen.last_end == Some(seen.end);
        self.still = if is_still { self.still.saturating_add(1) } else { 0 };
        if !is_still {
            self.markers = Markers::NotAsked;
        }
        self.epoch = seen.commit.leader_epoch.and_then(Epoch::of);
        if before == Some(commit) {
            return None;
        }
        (self.commit, self.moved) = (Offset::of(commit), now.active);
        (self.markers_until, self.has_asked_epoch) = (None, false);
        let before = before?;
        self.has_moved = true;
        if commit < before || self.story.is_some() {
            self.story_mut().moved(now.at, before, commit);
        }
        // What was deleted was passed over, not read.
        let from = seen.start.map_or(before, |start| start.max(before));
        Some(distance(from, commit))
    }

    fn observe_last_stable(&mut self, seen: &Seen<'_>, has_moved: bool) {
        // Markers after it are passed over without a commit.
        let (commit, position) = (seen.commit.offset, self.position(seen.commit.offset));
        // Who reads on is not blocked: it does not mind open transactions, or they come and go.
        if has_moved || position >= seen.end {
            self.blocked = 0;
        }
        let Some(last_stable) = seen.last_stable else { return };
        // It was read after the commit and only grows: a commit beyond it is of one who reads what is open.
        let is_at_it = commit <= last_stable && last_stable <= position && position < seen.end;
        self.blocked = if is_at_it { self.blocked.saturating_add(1) } else { 0 };
    }

    /// How many records vanished unread.
    fn take_start(&mut self, seen: &Seen<'_>) -> u64 {
        let Some(start) = seen.start else { return 0 };
        // A log that ends before this start is another one.
        let before = self.start.map(Offset::get).filter(|before| *before <= seen.end);
        self.start = Offset::of(before.map_or(start, |before| before.max(start)));
        before.map_or(0, |before| loss::lost(self.position(seen.commit.offset), before, start))
    }

    /// From where on there may be records that were not read.
    pub(super) fn position(&self, commit: i64) -> i64 {
        self.markers_until.map_or(commit, |until| until.get().max(commit))
    }

    /// Notes how far the markers go that follow the commit.
    pub(super) fn markers_found(&mut self, until: i64) {
        (self.markers_until, self.markers) = (Offset::of(until), Markers::Answered);
    }

    /// Notes that the log lost what was read; the commit is given where it is still the one beyond that.
    pub(super) fn truncated(&mut self, now: Now, commit: Option<i64>) {
        self.story_mut().truncated(now.at, commit);
    }

    /// The commit and its leader epoch as they are remembered, if that is the epoch.
    pub(super) fn commit_of(&self, epoch: i32) -> Option<i64> {
        self.epoch.filter(|known| known.is(epoch)).and(self.commit).map(Offset::get)
    }

    /// Notes whether the lag is noise, or how long it is.
    pub(super) fn note_lag(&mut self, is_quiet: bool, time_lag: Option<&TimeLag>, commit: i64, now: Now) {
        if is_quiet {
            self.quiet = Some(now.at);
            if let Some(story) = &mut self.story {
                story.forget_samples();
            }
        } else if let Some(time_lag) = time_lag {
            self.story_mut().sample(now.at, time_lag, commit, now.window);
        }
        if self.story.as_ref().is_some_and(|story| story.is_over(now.at, commit, now.window)) {
            self.story = None;
        }
    }

    /// The status that is shown.
    pub(super) fn shown(&self) -> Status {
        self.steady.shown()
    }

    /// What is shown after this verdict; `last` is what was shown after the one before.
    pub(super) fn settle(&mut self, last: Option<&PartitionLag>, verdict: (Status, Because)) -> (Status, Because) {
        if self.steady.settle(verdict.0) {
            return verdict;
        }
        (self.shown(), last.map_or(verdict.1, |last| last.because))
    }

    fn story_mut(&mut self) -> &mut Story {
        self.story.get_or_insert_default()
    }
}

/// What is asked when a status is given.
impl Watch {
    pub(super) fn story(&self) -> Option<&Story> {
        self.story.as_deref()
    }

    /// Seconds since it was noise, if that is within the window.
    pub(super) fn quiet_ago(&self, now: Now) -> Option<f64> {
        self.quiet.map(|quiet| now.at.since(quiet)).filter(|ago| *ago <= now.window)
    }

    /// Whether it has been behind since the start of the window.
    pub(super) fn is_behind_for_window(&self, now: Now) -> bool {
        self.story.is_some() && self.quiet_ago(now).is_none() && self.watched(now) >= now.window
    }

    /// Seconds since the commit moved, or since it was first looked at.
    pub(super) fn unmoved(&self, now: Now) -> f64 {
        now.active.since(self.moved)
    }

    pub(super) fn has_moved(&self) -> bool {
        self.has_moved
    }

    pub(super) fn watched(&self, now: Now) -> f64 {
        now.at.since(self.since)
    }

    pub(super) fn sample_count(&self) -> u8 {
        self.sample_count
    }

    /// Whether neither commit nor end moved since the poll before the last one.
    pub(super) fn is_still(&self) -> bool {
        self.still >= 2
    }

    /// Whether an open transaction was in the way in three polls that asked.
    pub(super) fn is_blocked(&self) -> bool {
        self.blocked >= 3
    }

    /// Where lag in seconds goes over the window, up to the one of now.
    pub(super) fn trend(&self, now: Now, time_lag: Option<f64>) -> Trend {
        self.story().map_or_else(Trend::default, |story| story.trend(now.at, time_lag))
    }
}

#[cfg(test)]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a test's numbers are small")]
mod tests;
