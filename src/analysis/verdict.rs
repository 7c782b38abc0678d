//! From what was measured of a partition, and what is remembered of it, to the status that is shown.
//!
//! Not the rules, which are in `status`, and not when they are believed, which is in `steady`.
//! Invariant: what is remembered has taken in the poll that is judged.

use crate::model::{Because, Condition, PartitionLag, Status, TimeLag};

use super::lag::distance;
use super::status::{Facts, Limits, Quiet, Reader, judge};
use super::watch::{Now, Seen, Watch};

/// What one poll measured of a group on a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) condition: Condition,
    pub(super) time_lag: Option<TimeLag>,
    /// Whether the lag is no more than noise.
    pub(super) is_quiet: bool,
    /// Whether nothing but markers is unread.
    pub(super) has_only_markers: bool,
    pub(super) reader: Reader,
}

impl Measured {
    /// The status to show, where `last` was shown before; `watch` takes in the lag. It is looked at only where it matters:
    /// to read all that was shown costs more than to judge.
    pub(super) fn verdict(
        &self,
        watch: &mut Watch,
        seen: &Seen<'_>,
        last: Option<&PartitionLag>,
        limits: &Limits<'_>,
        now: Now,
    ) -> (Status, Because) {
        watch.note_lag(self.is_quiet, self.time_lag.as_ref(), seen.commit.offset, now);
        let judged = |watch: &Watch| {
            let facts = self.facts(watch, seen, now);
            excused(&facts, watch.shown(), last)
                .unwrap_or_else(|| judge(&facts, limits, || watch.trend(now, facts.time_lag)))
        };
        let verdict = if self.is_plainly_well(watch) { (Status::Ok, Because::CaughtUp) } else { judged(watch) };
        debug_assert_eq!(verdict, judged(watch), "the rules say the same of what is plain");
        watch.settle(last, verdict)
    }

    /// Whether it is caught up and nothing is remembered of it that a rule would ask for before that. Most are, and to
    /// gather the facts takes longer than all else that is done for them.
    fn is_plainly_well(&self, watch: &Watch) -> bool {
        let is_quiet = self.is_quiet && !self.has_only_markers;
        is_quiet && self.condition == Condition::Normal && watch.story().is_none() && !watch.is_blocked()
    }

    fn facts(&self, watch: &Watch, seen: &Seen<'_>, now: Now) -> Facts {
        let (story, commit) = (watch.story(), seen.commit.offset);
        let quiet = match watch.quiet_ago(now) {
            _ if self.has_only_markers => Quiet::OnlyMarkers,
            _ if self.is_quiet => Quiet::Now,
            Some(ago) => Quiet::Lately(ago),
            None => Quiet::No,
        };
        let reader = match self.reader {
            // Commits that never moved may be of an older job.
            Reader::Unseen { .. } if !watch.has_moved() => Reader::Unseen { is_active: None },
            reader => reader,
        };
        // Who is blocked stands where the last stable offset was when it was last asked.
        let stable = seen.last_stable.map_or(commit, |last_stable| last_stable.max(commit));
        Facts {
            condition: self.condition,
            is_truncated: story.is_some_and(|story| story.is_truncated_within(now.at, commit, now.window)),
            lost: story.map_or(0, |story| story.lost_within(now.at, now.window)),
            hidden: if watch.is_blocked() { distance(stable, seen.end) } else { 0 },
            quiet,
            reader,
            unmoved: watch.unmoved(now),
            went_back: story.and_then(|story| story.went_back_within(now.at, commit, now.window)),
            sample_count: watch.sample_count(),
            watched: watch.watched(now),
            time_lag: self.time_lag.map(|time_lag| time_lag.seconds()),
        }
    }
}

/// In a rebalance nobody is seen to own or to read; what was said of that before stands.
fn excused(facts: &Facts, shown: Status, last: Option<&PartitionLag>) -> Option<(Status, Because)> {
    let is_quiet = matches!(facts.quiet, Quiet::Now | Quiet::OnlyMarkers);
    let is_excused = matches!(facts.reader, Reader::Moving { is_excused: true }) && !is_quiet;
    let is_of_readers = matches!(shown, Status::Stalled | Status::Unassigned | Status::Stopped);
    let last = last.filter(|_| is_excused && is_of_readers && facts.unmoved > 0.0);
    last.map(|last| (shown, last.because))
}
