//! The rules: from facts about a group on a partition to one word, and the rule that gave it.
//!
//! Not where the facts come from, and not when a verdict is shown; see `watch` and `steady`.
//! Invariant: a pure function; the rules are asked in one order, and the first that holds decides.

use crate::model::{Because, Condition, Status, StatusThresholds};

use super::compact::short;
use super::trend::Trend;

/// What is known when a status is given.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// How the commit lies to the partition.
    pub(super) condition: Condition,
    /// Whether the log lost, within the window, what the group had read.
    pub(super) is_truncated: bool,
    /// Records lost within the window.
    pub(super) lost: u64,
    /// Offsets hidden by a transaction that has been open for some polls; 0 if there is none.
    pub(super) hidden: u64,
    pub(super) quiet: Quiet,
    pub(super) reader: Reader,
    /// Seconds since the commit was last seen to move, without the time of rebalances.
    pub(super) unmoved: f64,
    /// Offsets to where the commit was before it went back within the window.
    pub(super) went_back: Option<u64>,
    /// In how many polls it was watched.
    pub(super) sample_count: u8,
    /// Seconds it was watched.
    pub(super) watched: f64,
    /// Lag in seconds.
    pub(super) time_lag: Option<f64>,
}

/// Whether the lag is, or was, no more than noise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quiet {
    /// It is.
    Now,
    /// It is, since only markers are left.
    OnlyMarkers,
    /// It was, so many seconds ago, which is within the window.
    Lately(f64),
    /// Not within the window.
    No,
}

/// Who reads the partition for the group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reader {
    /// A member.
    Member,
    /// The members divided the topic's partitions among them in several polls, and nobody has this one.
    NoMember,
    /// The members may or may not want the topic.
    NotWanted,
    /// The group has no members, and commits come from members only.
    Gone,
    /// The group commits without members, as Flink does: whoever reads is not to be seen. Whether its commits still move,
    /// on any partition; `None` where its rhythm is not known.
    Unseen { is_active: Option<bool> },
    /// The members are being given partitions. After a while that is no excuse.
    Moving { is_excused: bool },
    /// Nobody told.
    NotTold,
}

/// How long is too long, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits<'a> {
    pub(super) window: f64,
    pub(super) stalled_after: f64,
    pub(super) stopped_after: f64,
    /// A pause of the whole group that is nothing new, as long as it comes to the end in between.
    pub(super) pause: f64,
    pub(super) thresholds: &'a StatusThresholds,
}

type Verdict = (Status, Because);

/// The status, by the first rule that holds. `trend` is that of lags in seconds over the window.
pub(super) fn judge(facts: &Facts, limits: &Limits<'_>, trend: impl FnOnce() -> Trend) -> Verdict {
    odd(facts)
        .or_else(|| lost(facts))
        .or_else(|| blocked(facts))
        .or_else(|| caught_up(facts))
        .or_else(|| unassigned(facts))
        .or_else(|| too_few(facts, limits))
        .or_else(|| stopped(facts, limits))
        .or_else(|| went_back(facts))
        .or_else(|| stalled(facts, limits))
        // What keeps pace in bursts is at the end now and then; a trend between two of them is none.
        .or_else(|| caught_up_lately(facts))
        .unwrap_or_else(|| changing(facts, limits, &trend()))
}

/// What the commit itself says, without any past.
fn odd(facts: &Facts) -> Option<Verdict> {
    let status = match facts.condition {
        Condition::Unknown => return Some((Status::Unknown, Because::NotLearned)),
        Condition::NoCommit => Status::NoCommit,
        _ if facts.is_truncated => Status::Truncated,
        Condition::Recreated => Status::Recreated,
        Condition::Ahead => Status::Ahead,
        Condition::Normal | Condition::BelowLogStart => return None,
    };
    Some((status, Because::Condition))
}

fn lost(facts: &Facts) -> Option<Verdict> {
    (facts.lost > 0).then_some((Status::DataLoss, Because::Lost { records: facts.lost }))
}

fn blocked(facts: &Facts) -> Option<Verdict> {
    (facts.hidden > 0).then_some((Status::TxnBlocked, Because::OpenTransaction { hidden: facts.hidden }))
}

fn caught_up(facts: &Facts) -> Option<Verdict> {
    let because = match facts.quiet {
        Quiet::Now => Because::CaughtUp,
        Quiet::OnlyMarkers => Because::OnlyMarkers,
        Quiet::Lately(_) | Quiet::No => return None,
    };
    Some((Status::Ok, because))
}

fn caught_up_lately(facts: &Facts) -> Option<Verdict> {
    let Quiet::Lately(ago) = facts.quiet else { return None };
    Some((Status::Ok, Because::CaughtUpLately { seconds_ago: short(ago) }))
}

fn unassigned(facts: &Facts) -> Option<Verdict> {
    (facts.reader == Reader::NoMember).then_some((Status::Unassigned, Because::NoOwner))
}

fn too_short(watched: f64, wanted: f64) -> Verdict {
    (Status::Unknown, Because::TooShort { watched: short(watched), wanted: short(wanted) })
}

fn too_few(facts: &Facts, limits: &Limits<'_>) -> Option<Verdict> {
    let is_watched = usize::from(facts.sample_count) >= limits.thresholds.samples_least;
    let verdict = || caught_up_lately(facts).unwrap_or_else(|| too_short(facts.watched, limits.window / 2.0));
    (!is_watched).then(verdict)
}

/// The time counts from when there was something to read: until then nothing could move.
fn not_moved(status: Status, facts: &Facts, limits: &Limits<'_>, allowed: f64) -> Option<Verdict> {
    let (unmoved, allowed) = match facts.quiet {
        Quiet::Lately(ago) => (facts.unmoved.min(ago), allowed.max(limits.pause)),
        _ => (facts.unmoved, allowed),
    };
    let because = Because::NotMoved { seconds: short(unmoved), allowed: short(allowed) };
    (unmoved >= allowed).then_some((status, because))
}

fn stopped(facts: &Facts, limits: &Limits<'_>) -> Option<Verdict> {
    match facts.reader {
        // Who was never seen to commit may be a tool that ran once, and commits when it runs again.
        Reader::Gone | Reader::Unseen { is_active: Some(false) } => {
            not_moved(Status::Stopped, facts, limits, limits.stopped_after)
        }
        _ => None,
    }
}

fn went_back(facts: &Facts) -> Option<Verdict> {
    let went_back = facts.went_back.filter(|_| facts.quiet == Quiet::No);
    went_back.map(|offsets| (Status::Rewind, Because::WentBack { offsets }))
}

fn stalled(facts: &Facts, limits: &Limits<'_>) -> Option<Verdict> {
    let allowed = match facts.reader {
        Reader::Member | Reader::Moving { is_excused: false } | Reader::Unseen { is_active: Some(true) } => {
            limits.stalled_after
        }
        Reader::NotTold => limits.stopped_after,
        _ => return None,
    };
    not_moved(Status::Stalled, facts, limits, allowed)
}

fn changing(facts: &Facts, limits: &Limits<'_>, trend: &Trend) -> Verdict {
    let thresholds = limits.thresholds;
    let half = limits.window / 2.0;
    if facts.watched < half {
        return too_short(facts.watched, half);
    }
    let Some(time_lag) = facts.time_lag else { return (Status::Unknown, Because::NotLearned) };
    if trend.count < thresholds.samples_least || trend.span < half {
        return too_short(trend.span, half);
    }
    let z = trend.z;
    let steady = (Status::LaggingSteady, Because::NoTrend);
    if z.abs() < thresholds.trend_z {
        return steady;
    }
    let Some(velocity) = trend.slope else { return steady };
    let because = Because::Trend { velocity: short(velocity), z: short(z) };
    // What was watched for half the window only must have moved as far in all: noise is steeper over a shorter time.
    let least = thresholds.velocity_least / (trend.span / limits.window).min(1.0);
    let is_far = time_lag >= thresholds.falling_behind_least.as_secs_f64();
    if z > 0.0 && velocity >= least && is_far {
        (Status::FallingBehind, because)
    } else if z < 0.0 && velocity <= -least {
        (Status::CatchingUp, because)
    } else {
        steady
    }
}

#[cfg(test)]
mod tests;
