//! When a storm begins and when it is over.
//!
//! Not the rules, which look at one moment.
//! Invariant: a storm is told after two evaluations that find it, and ends after it was calm for long enough.

use crate::model::{Group, Rebalances, Storm, StormCause, StormThresholds};

use super::super::compact::Stamp;
use super::Judging;
use super::cause;
use super::culprit;
use super::rules::{DEPLOY_REBALANCES, Facts};
use super::story::{Rebalance, SHORT, Story};

/// Evaluations in a row that must find it.
const EVALUATIONS: u8 = 2;

/// Judges what happened, and says so in `told`.
pub(super) fn judge(story: &mut Story, told: &mut Rebalances, group: &Group, seen: &Judging<'_>) {
    if told.storm.is_none() && is_slight(story, seen.thresholds) {
        (told.is_rollout, story.rollout_since) = (false, None);
        (story.streak, story.calm_since) = (0, None);
        return;
    }
    judge_fully(story, told, group, seen);
}

/// Whether too little happened for any rule to hold, whoever comes and goes: each wants so many joins, rebalances or aborted
/// ones at least.
fn is_slight(story: &Story, limits: &StormThresholds) -> bool {
    let least = limits.without_reason.min(limits.excess).min(limits.while_unstable).min(DEPLOY_REBALANCES);
    let joins = story.churn.iter().filter(|churn| churn.left.is_none()).take(limits.joins as usize).count();
    let sum = |of: fn(&Rebalance) -> u32| story.rebalances.iter().fold(0_u32, |sum, one| sum.saturating_add(of(one)));
    joins < limits.joins as usize && sum(|one| one.count) < least && sum(|one| one.aborted) < limits.aborted
}

fn judge_fully(story: &mut Story, told: &mut Rebalances, group: &Group, seen: &Judging<'_>) {
    let now = Stamp::of(seen.now);
    let facts = Facts::new(story, group, seen);
    let began = facts.is_deployed().then(|| story.rollout_since.unwrap_or(now));
    let is_deployed = began.is_some_and(|began| now.since(began) <= facts.rollout_limit());
    let is_rollout = is_deployed && facts.is_rollout();
    let rules = facts.rules(seen.thresholds, is_deployed, 1.0);
    let is_calm = story.rebalances_within(SHORT, now) <= 1 && facts.rules(seen.thresholds, is_deployed, 0.5).is_empty();
    let cause = (!rules.is_empty()).then(|| cause::of(&facts, rules));
    let most = cause.and_then(|cause| culprit::of(&facts, cause));
    if most.is_none() && cause.is_some_and(|cause| cause != StormCause::Unknown) {
        // Now it comes from nobody in particular.
        (told.at_fault, story.at_fault) = (None, None);
    }
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
    told.at_fault = told.storm.and_then(|_| culprit::named(told.at_fault.take(), story, most, group, seen.heard));
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::super::story::{Churn, Left};
    use super::*;
    use crate::model::{BrokerId, GroupKind, GroupState, Moment, RebalanceSource, Thresholds, Timestamp, Unknown};

    fn at(second: u64) -> Stamp {
        Stamp::of(Moment::from_origin(Duration::from_secs(second)))
    }

    fn churn() -> impl Strategy<Value = (u64, u64, bool, u32)> {
        (0_u64..1800, 0_u64..3, any::<bool>(), 1_u32..3)
    }

    proptest! {
        #[test]
        fn where_little_happened_no_rule_holds(
            mut churn in prop::collection::vec(churn(), 0..6),
            mut rebalances in prop::collection::vec((0_u64..1800, 0_u32..3, 0_u32..2, any::<bool>()), 0..4),
            unstable in 0.0_f64..600.0,
        ) {
            let mut story = Story::of(None);
            churn.sort_unstable();
            rebalances.sort_unstable();
            for (second, identity, is_join, live) in churn {
                let left = (!is_join).then_some(Left { tenure: None, poll_within: None, session: None });
                story.churn.push_back(Churn { at: at(second), identity, left, live });
            }
            for (second, count, aborted, is_exact) in rebalances {
                story.rebalanced(Rebalance { at: at(second), count, aborted: aborted.min(count), is_exact });
            }
            story.was_unstable(at(1799), unstable);
            let thresholds = Thresholds::default().storm;
            if is_slight(&story, &thresholds) {
                let now = Moment::from_origin(Duration::from_mins(30));
                let judging = Judging { thresholds: &thresholds, now, now_at: Timestamp::default(), interval: Duration::from_secs(15), heard: None };
                let group = Group {
                    epochs: None,
                    id: "g".into(),
                    kind: GroupKind::Classic,
                    protocol_type: "consumer".to_owned(),
                    protocol: "cooperative-sticky".to_owned(),
                    state: GroupState::Stable,
                    coordinator: BrokerId(1),
                    members: Err(Unknown::NotAsked),
                    commits: Err(Unknown::NotAsked),
                };
                let mut told = Rebalances::none(RebalanceSource::Poll);
                judge_fully(&mut story, &mut told, &group, &judging);
                judge_fully(&mut story, &mut told, &group, &judging);
                prop_assert_eq!((told.storm, told.is_rollout, story.streak, story.rollout_since), (None, false, 0, None));
            }
        }
    }
}
