//! When a storm begins and when it is over.
//!
//! Not the rules, which look at one moment.
//! Invariant: a storm is told after two evaluations that find it, and ends after it was calm for long enough.

use crate::model::{Group, Rebalances, Storm, StormCause};

use super::super::compact::Stamp;
use super::Judging;
use super::cause;
use super::rules::Facts;
use super::story::{SHORT, Story};

/// Evaluations in a row that must find it.
const EVALUATIONS: u8 = 2;

/// Judges what happened, and says so in `told`.
pub(super) fn judge(story: &mut Story, told: &mut Rebalances, group: &Group, seen: &Judging<'_>) {
    let now = Stamp::of(seen.now);
    let facts = Facts::new(story, group, now, seen.interval.as_secs_f64());
    let began = facts.is_deployed().then(|| story.rollout_since.unwrap_or(now));
    let is_deployed = began.is_some_and(|began| now.since(began) <= facts.rollout_limit());
    let is_rollout = is_deployed && facts.is_rollout();
    let rules = facts.rules(seen.thresholds, is_deployed, 1.0);
    let is_calm = story.rebalances_within(SHORT, now) <= 1 && facts.rules(seen.thresholds, is_deployed, 0.5).is_empty();
    let cause = (!rules.is_empty()).then(|| cause::of(&facts, rules));
    story.rollout_since = began;
    story.streak = if rules.is_empty() { 0 } else { story.streak.saturating_add(1).min(EVALUATIONS) };
    story.calm_since = is_calm.then(|| story.calm_since.unwrap_or(now));
    let is_over = story.calm_since.is_some_and(|since| now.since(since) >= seen.thresholds.calm_for.as_secs_f64());
    told.is_rollout = is_rollout;
    told.storm = match (told.storm, cause) {
        (Some(_), None) if is_over => None,
        (Some(known), None) => Some(known),
        // What is no longer to be seen may still be the cause.
        (Some(known), Some(StormCause::Unknown)) => Some(Storm { rules, ..known }),
        (Some(known), Some(cause)) => Some(Storm { cause, rules, ..known }),
        (None, Some(cause)) if story.streak >= EVALUATIONS => Some(Storm { cause, since: seen.now_at, rules }),
        (None, _) => None,
    };
}
