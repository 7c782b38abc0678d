//! The rules by which rebalances are a storm, and by which they are a rollout.
//!
//! Not for how long they hold, nor why there is a storm.
//! Invariant: a rule that holds at the thresholds holds at half of them.

use std::collections::BTreeMap;

use crate::model::{Group, GroupKind, StormRule, StormRules, StormThresholds};

use super::super::compact::Stamp;
use super::super::median::lower_median;
use super::Judging;
use super::story::{Change, LONG, Left, Rebalance, SHORT, Story};

/// A rebalance this close to a member that came or went has its reason.
const NEAR: f64 = 30.0;
/// For how long a change gives reason to rebalance: all rejoin soon after the coordinator moved, and notice a topic within
/// `metadata.max.age.ms`, five minutes.
const COORDINATOR_REASON: f64 = 120.0;
const METADATA_REASON: f64 = 330.0;
/// So many changes within half an hour are no trouble.
const COORDINATOR_CHANGES: u32 = 2;
const METADATA_CHANGES: u32 = 3;
/// Fewer rebalances within ten minutes are no deploy.
pub(super) const DEPLOY_REBALANCES: u32 = 3;

/// Whether members keep what does not move: a change then takes two rebalances, and stops little. `None` where the protocol
/// is not told, which it is not of a classic group that rebalances.
pub(super) fn is_incremental(group: &Group) -> Option<bool> {
    if group.kind == GroupKind::Consumer {
        return Some(true);
    }
    let protocol = group.protocol.as_str();
    let is_of_connect = group.protocol_type == "connect" && protocol != "default";
    (!protocol.is_empty()).then(|| is_of_connect || is_incremental_assignor(protocol))
}

/// Whether an assignor of consumers leaves members what does not move.
pub(super) fn is_incremental_assignor(protocol: &str) -> bool {
    protocol.contains("cooperative") || protocol == "stream"
}

/// How many rebalances a member that comes or goes costs. A KIP-848 epoch tells of reasons, of which it is one.
fn rounds(group: &Group, is_incremental: bool) -> u32 {
    if is_incremental && group.kind != GroupKind::Consumer { 2 } else { 1 }
}

/// What one identity did within half an hour.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    pub(super) joins: u32,
    pub(super) leaves: u32,
    recent: (u32, u32),
    /// How many ran at once: mostly, and at most.
    pub(super) live: u32,
    live_most: u32,
    lives: Vec<u32>,
    /// When it joined, and each membership that ended.
    pub(super) joined_at: Vec<Stamp>,
    pub(super) ended: Vec<Left>,
    /// From a leave to the next join, in seconds.
    pub(super) gaps: Vec<f64>,
    last_left: Option<Stamp>,
    pub(super) begins_with_join: bool,
    leaves_after_join: bool,
}

impl Identity {
    /// Whether it comes and goes more than one deploy makes it.
    pub(super) fn is_flapping(&self) -> bool {
        self.joins >= 2 * self.live.max(1)
    }

    /// How many comings and goings account for rebalances: those of two deploys, of everybody who goes by this name. Of one
    /// that comes more often than that, two.
    fn accounted(&self) -> u32 {
        let most = if self.is_replaced(2) { self.live_most.max(1).saturating_mul(2) } else { 2 };
        self.recent.0.min(most).saturating_add(self.recent.1.min(most))
    }

    fn is_replaced_once(&self) -> bool {
        self.is_replaced(1) && !(self.live_most <= 1 && self.leaves_after_join)
    }

    /// Whether so many deploys may be all there is to it.
    fn is_replaced(&self, times: u32) -> bool {
        let most = self.live_most.max(1).saturating_mul(times);
        self.joins <= most && self.leaves <= most
    }
}

/// What the rules look at.
pub(super) struct Facts<'a> {
    pub(super) story: &'a Story,
    pub(super) identities: BTreeMap<u64, Identity>,
    /// How many of them come and go.
    pub(super) flapping_count: usize,
    pub(super) now: Stamp,
    /// How much later than it happened a poll sees something, in seconds.
    pub(super) resolution: f64,
    pub(super) unstable_ratio: f64,
    /// How many rebalances one of them costs that comes or goes.
    pub(super) rounds: u32,
    /// Of each rebalance, how many have no change to account for them.
    unexplained: Vec<u32>,
    /// How many each kind of change accounts for.
    pub(super) of_coordinator: u32,
    pub(super) of_metadata: u32,
}

impl<'a> Facts<'a> {
    pub(super) fn new(story: &'a Story, group: &Group, seen: &Judging<'_>) -> Self {
        let now = Stamp::of(seen.now);
        let identities = identities(story, now);
        let mut facts = Self {
            story,
            flapping_count: identities.values().filter(|identity| identity.is_flapping()).count(),
            identities,
            now,
            resolution: seen.interval.as_secs_f64(),
            unstable_ratio: story.unstable_ratio(now),
            rounds: rounds(group, story.is_incremental),
            unexplained: story.rebalances.iter().map(|rebalance| rebalance.count).collect(),
            of_coordinator: 0,
            of_metadata: 0,
        };
        facts.explain();
        facts
    }

    /// Each change accounts for the rebalances of everybody once or twice; many changes are no excuse.
    fn explain(&mut self) {
        let (mut coordinator_count, mut metadata_count) = (0, 0);
        for (at, change) in &self.story.changes {
            let (count, most, sum, reason) = match change {
                Change::Coordinator => {
                    (&mut coordinator_count, COORDINATOR_CHANGES, &mut self.of_coordinator, COORDINATOR_REASON)
                }
                Change::Metadata => (&mut metadata_count, METADATA_CHANGES, &mut self.of_metadata, METADATA_REASON),
            };
            *count += 1;
            let mut left = 2 * self.rounds;
            for (rebalance, unexplained) in self.story.rebalances.iter().zip(&mut self.unexplained) {
                let is_after = rebalance.at.since(*at) <= reason && at.since(rebalance.at) <= NEAR + self.resolution;
                if is_after && left > 0 {
                    let part = left.min(*unexplained);
                    *sum += part;
                    left -= part;
                    if *count <= most {
                        *unexplained -= part;
                    }
                }
            }
        }
    }

    fn recent(&self) -> impl Iterator<Item = (&Rebalance, u32)> {
        let all = self.story.rebalances.iter().zip(self.unexplained.iter().copied());
        all.filter(|(rebalance, _)| self.now.since(rebalance.at) <= SHORT)
    }

    /// Rebalances of the last ten minutes that nothing accounts for. Polls alone cannot tell: they see members late.
    fn without_reason(&self) -> u32 {
        let near = NEAR + self.resolution;
        let has_reason = |rebalance: &Rebalance| {
            let distance = |at: Stamp| at.since(rebalance.at).max(rebalance.at.since(at));
            self.story.churn.iter().any(|churn| distance(churn.at) <= near)
        };
        let exact = self.recent().filter(|(rebalance, left)| *left > 0 && rebalance.is_exact && !has_reason(rebalance));
        exact.fold(0, |sum, (_, left)| sum.saturating_add(left))
    }

    fn excess(&self) -> u32 {
        let count = self.recent().fold(0_u32, |sum, (_, left)| sum.saturating_add(left));
        let accounted = self.identities.values().fold(0_u32, |sum, identity| sum.saturating_add(identity.accounted()));
        count.saturating_sub(accounted.saturating_mul(self.rounds))
    }

    fn aborted(&self) -> u32 {
        self.recent().fold(0, |sum, (rebalance, _)| sum.saturating_add(rebalance.aborted))
    }

    /// Whether processes are being replaced, each once.
    pub(super) fn is_rollout(&self) -> bool {
        self.is_deployed() && self.identities.values().all(Identity::is_replaced_once)
    }

    /// Whether processes are being replaced, and perhaps once more: a second deploy takes back the first.
    pub(super) fn is_deployed(&self) -> bool {
        let of = |count: fn(&Identity) -> u32| self.identities.values().any(|identity| count(identity) > 0);
        self.story.rebalances_within(SHORT, self.now) >= DEPLOY_REBALANCES
            && of(|identity| identity.joins)
            && of(|identity| identity.leaves)
            && self.identities.values().all(|identity| identity.is_replaced(2))
    }

    /// For how long a rollout may take: half an hour, or four times as long as it should by its own pace.
    pub(super) fn rollout_limit(&self) -> f64 {
        let joins = self.story.churn.iter().filter(|churn| churn.left.is_none()).map(|churn| churn.at);
        let mut steps: Vec<f64> = joins.clone().zip(joins.skip(1)).map(|(left, right)| right.since(left)).collect();
        let live = self.story.live.as_ref().map_or(0, Vec::len);
        let live = f64::from(u32::try_from(live).unwrap_or(u32::MAX));
        (4.0 * lower_median(&mut steps).unwrap_or(0.0) * live).max(LONG)
    }

    /// The rules that hold at these thresholds, times `factor`.
    pub(super) fn rules(&self, limits: &StormThresholds, is_deployed: bool, factor: f64) -> StormRules {
        let reaches = |count: u32, limit: u32| f64::from(count) >= (f64::from(limit) * factor).max(1.0);
        let is_flapping =
            |identity: &Identity| reaches(identity.joins, limits.joins.saturating_mul(identity.live.max(1)));
        let is_unavailable = self.unstable_ratio >= limits.unstable_ratio * factor
            && reaches(self.story.rebalances_within(LONG, self.now), limits.while_unstable)
            && !is_deployed;
        StormRules::default()
            .with(StormRule::Flapping, self.identities.values().any(is_flapping))
            .with(StormRule::WithoutReason, reaches(self.without_reason(), limits.without_reason))
            .with(StormRule::Excess, reaches(self.excess(), limits.excess))
            .with(StormRule::Unavailable, is_unavailable)
            // Processes that start together overtake each other's rebalances.
            .with(StormRule::Aborted, !is_deployed && reaches(self.aborted(), limits.aborted))
    }
}

fn identities(story: &Story, now: Stamp) -> BTreeMap<u64, Identity> {
    let mut identities: BTreeMap<u64, Identity> = BTreeMap::new();
    for churn in &story.churn {
        let known = identities.entry(churn.identity).or_default();
        let is_recent = u32::from(now.since(churn.at) <= SHORT);
        known.lives.push(churn.live);
        if let Some(left) = churn.left {
            known.leaves += 1;
            known.recent.1 += is_recent;
            known.leaves_after_join |= known.joins > 0;
            known.ended.push(left);
            known.last_left = Some(churn.at);
        } else {
            known.begins_with_join |= known.joins + known.leaves == 0;
            known.joins += 1;
            known.recent.0 += is_recent;
            known.joined_at.push(churn.at);
            known.gaps.extend(known.last_left.take().map(|left| churn.at.since(left)));
        }
    }
    for identity in identities.values_mut() {
        identity.lives.sort_unstable();
        identity.live_most = identity.lives.last().copied().unwrap_or(0);
        identity.live = identity.lives.get(identity.lives.len().saturating_sub(1) / 2).copied().unwrap_or(0);
    }
    identities
}
