//! What brings a storm about, as far as members that come and go tell.
//!
//! Not whether there is one.
//! Invariant: causes are looked for in the order of [`StormCause::ALL`], and the first that fits is told.

use std::collections::BTreeSet;

use crate::model::{StormCause, StormRule, StormRules};

use super::super::median::lower_median;
use super::rules::{Facts, Identity};
use super::story::{LONG, Left};

/// A process that ends within this time of its start crashed, in seconds.
const CRASHED_WITHIN: f64 = 60.0;
/// `session.timeout.ms` where it is not told: its default, in seconds.
const SESSION: f64 = 45.0;
/// Fewer rebalances without anybody who comes or goes are no loop.
const REJOINS: u32 = 4;
/// The share of what comes and goes that makes one member the cause.
const MOST: f64 = 0.6;

/// The cause of a storm of which these rules tell.
pub(super) fn of(facts: &Facts<'_>, rules: StormRules) -> StormCause {
    let count = facts.story.rebalances_within(LONG, facts.now);
    let flapping: Vec<&Identity> = facts.identities.values().filter(|identity| identity.is_flapping()).collect();
    // Most of those that come and go, come and go like this.
    let most = |cause: StormCause| {
        let so = flapping.iter().filter(|identity| fits(facts, cause, identity)).count();
        so > 0 && so * 2 >= flapping.len()
    };
    if count > 0 && facts.of_coordinator.saturating_mul(2) >= count {
        StormCause::CoordinatorChanged
    } else if count > 0 && facts.of_metadata.saturating_mul(2) >= count {
        StormCause::MetadataChange
    } else if most(StormCause::MaxPollExceeded) {
        StormCause::MaxPollExceeded
    } else if is_rolled_out_again(facts, &flapping) {
        StormCause::RolloutRepeated
    } else if most(StormCause::SessionTimeout) {
        StormCause::SessionTimeout
    } else if most(StormCause::CrashLoop) {
        StormCause::CrashLoop
    } else if is_one(facts) {
        StormCause::SingleMember
    } else if flapping.iter().any(|identity| identity.begins_with_join) && has_gone_for_good(facts) {
        StormCause::RolloutStuck
    } else if rules.has(StormRule::WithoutReason) || (flapping.is_empty() && is_mostly_rejoining(facts, count)) {
        StormCause::RejoinLoop
    } else {
        StormCause::Unknown
    }
}

/// Whether this one comes and goes as the cause says; nobody does where the cause is with no member.
pub(super) fn fits(facts: &Facts<'_>, cause: StormCause, identity: &Identity) -> bool {
    match cause {
        StormCause::MaxPollExceeded => is_max_poll(identity, facts.resolution),
        StormCause::SessionTimeout => is_session_timeout(identity, facts.resolution, facts.flapping_count),
        StormCause::CrashLoop => is_crash_loop(identity, facts.resolution),
        StormCause::SingleMember | StormCause::RolloutStuck => true,
        _ => false,
    }
}

fn tenures(identity: &Identity) -> Vec<f64> {
    identity.ended.iter().filter_map(|left| left.tenure).collect()
}

/// Out after `max.poll.interval.ms`, again and again. Where that is not told, it shows in times that are alike: chance is not
/// so regular, and Kubernetes not so quick to start again.
fn is_max_poll(identity: &Identity, resolution: f64) -> bool {
    let is_told = |left: &&Left| left.poll_within.is_some();
    if identity.ended.iter().any(|left| is_told(&left)) {
        let fits = |left: &&Left| {
            let times = left.tenure.zip(left.poll_within);
            times.is_some_and(|(tenure, limit)| tenure >= 0.9 * limit && tenure <= 1.3 * limit + resolution)
        };
        let fitting = identity.ended.iter().filter(fits).count();
        // Members that go at any time do so once in a while.
        return fitting >= 2 && fitting * 4 >= tenures(identity).len() * 3;
    }
    let tenures = tenures(identity);
    let (least, longest) = extremes(&tenures);
    let gap = lower_median(&mut identity.gaps.clone()).unwrap_or(0.0);
    tenures.len() >= 2 && least >= CRASHED_WITHIN && longest <= 1.3 * least + 2.0 * resolution && gap < least
}

/// Everybody is replaced, one after the other, and then again.
fn is_rolled_out_again(facts: &Facts<'_>, flapping: &[&Identity]) -> bool {
    let live = facts.story.live.as_ref().map_or(0, Vec::len);
    if flapping.len() < 2 || flapping.len() * 5 < live * 4 {
        return false;
    }
    let joins = facts.story.churn.iter().filter(|churn| churn.left.is_none()).map(|churn| churn.identity);
    let joins: Vec<u64> = joins.collect();
    let waves = joins.chunks_exact(flapping.len());
    waves.len() >= 2 && waves.clone().all(|wave| wave.iter().collect::<BTreeSet<_>>().len() == wave.len())
}

/// Missed for as long as a session lasts, or several that come and go without any order: who was silent for too long comes
/// back when its pause ends, and that is as soon as it will.
fn is_session_timeout(identity: &Identity, resolution: f64, flapping_count: usize) -> bool {
    let session = identity.ended.iter().find_map(|left| left.session);
    let is_alike = |gap: &&f64| session.is_some_and(|session| (**gap - session).abs() <= 0.2 * session + resolution);
    if identity.gaps.iter().filter(is_alike).count() * 2 > identity.gaps.len() {
        return true;
    }
    flapping_count >= 2
        && lower_median(&mut tenures(identity)).is_some_and(|tenure| tenure >= CRASHED_WITHIN + resolution)
}

/// Out soon after each start, and away for longer and longer. Who dies without a word is missed when its session ends.
fn is_crash_loop(identity: &Identity, resolution: f64) -> bool {
    let session = identity.ended.iter().find_map(|left| left.session).unwrap_or(SESSION);
    let grows =
        identity.gaps.first().zip(identity.gaps.last()).is_none_or(|(first, last)| *last + resolution >= *first);
    grows && lower_median(&mut tenures(identity)).is_some_and(|tenure| tenure < CRASHED_WITHIN + session + resolution)
}

/// Whether one identity accounts for most of what comes and goes. One that came once, and stays, brings nothing about.
fn is_one(facts: &Facts<'_>) -> bool {
    let sum = |identity: &Identity| f64::from(identity.joins + identity.leaves);
    let all: f64 = facts.identities.values().map(sum).sum();
    let is_again = |identity: &Identity| identity.joins.max(identity.leaves) >= 2;
    facts.identities.values().any(|identity| is_again(identity) && sum(identity) >= MOST * all)
}

/// Whether members that come and go account for less than half of the rebalances.
fn is_mostly_rejoining(facts: &Facts<'_>, count: u32) -> bool {
    let sum = |sum: u32, identity: &Identity| sum.saturating_add(identity.joins).saturating_add(identity.leaves);
    let churn = facts.identities.values().fold(0, sum);
    count >= REJOINS && churn.saturating_mul(2).saturating_mul(facts.rounds) < count
}

fn has_gone_for_good(facts: &Facts<'_>) -> bool {
    facts.identities.values().any(|identity| identity.joins == 0 && identity.leaves > 0)
}

fn extremes(numbers: &[f64]) -> (f64, f64) {
    numbers.iter().fold((f64::INFINITY, 0.0), |(least, most), number| (number.min(least), number.max(most)))
}
