//! Whether a group is settled, and for how long it was not.
//!
//! Not storms of rebalances; here a rebalance only excuses commits that do not move.
//! Invariant: the time that is excused is bounded for each rebalance.

use std::time::Duration;

use crate::model::{Group, GroupState, Moment};

/// How long a rebalance may take before another one was seen: a minute, which most classic ones need less than, and
/// consumers of the default `max.poll.interval.ms` may take five of.
const REBALANCE_DEFAULT: Duration = Duration::from_mins(1);
const REBALANCE_MAX: Duration = Duration::from_mins(5);
/// A group that had members within this time is expected to have some.
const MEMBERS_REMEMBERED: Duration = Duration::from_hours(1);

/// What is remembered of a group's states.
#[derive(Debug, Default)]
pub(super) struct Stability {
    last: Option<Moment>,
    had_members: Option<Moment>,
    rebalancing_since: Option<Moment>,
    is_excused: bool,
    /// How long the last rebalance took, as far as polls can see.
    took: Duration,
    /// Time of rebalances that counts for nothing, in all.
    excused: Duration,
    stable_polls: u8,
    /// Since when as many members were there.
    unchanged: Option<(Moment, usize)>,
}

impl Stability {
    /// Takes in the state of one poll.
    pub(super) fn observe(&mut self, group: &Group, now: Moment) {
        let member_count = group.known_members().len();
        if member_count > 0 {
            self.had_members = Some(now);
        }
        if is_rebalancing(group.state) {
            let since = *self.rebalancing_since.get_or_insert(now);
            let usual = self.took.clamp(REBALANCE_DEFAULT, REBALANCE_MAX);
            self.is_excused = now.since(since) <= usual * 2;
            if self.is_excused {
                // The first poll that sees it does not know when it began.
                self.excused += self.last.map_or(Duration::ZERO, |last| now.since(last.max(since)));
            }
        } else if let Some(since) = self.rebalancing_since.take() {
            self.took = now.since(since);
            self.is_excused = false;
        }
        self.stable_polls = if group.state == GroupState::Stable { self.stable_polls.saturating_add(1) } else { 0 };
        let is_same =
            group.state == GroupState::Stable && self.unchanged.is_some_and(|(_, count)| count == member_count);
        if !is_same {
            self.unchanged = Some((now, member_count));
        }
        self.last = Some(now);
    }

    /// Now, on a clock that stands still while a rebalance excuses everything.
    pub(super) fn active(&self, now: Moment) -> Moment {
        Moment::from_origin(now.since_origin().saturating_sub(self.excused))
    }

    /// Whether the rebalance that is under way is an excuse.
    pub(super) fn is_excused(&self) -> bool {
        self.is_excused
    }

    /// Whether the group had members a short while ago.
    pub(super) fn had_members_lately(&self, now: Moment) -> bool {
        self.had_members.is_some_and(|then| now.since(then) <= MEMBERS_REMEMBERED)
    }

    /// Whether the group was stable in this poll and the one before.
    pub(super) fn is_stable(&self) -> bool {
        self.stable_polls >= 2
    }

    /// For how long as many members were there and settled.
    pub(super) fn members_unchanged_for(&self, now: Moment) -> Duration {
        self.unchanged.map_or(Duration::ZERO, |(since, _)| now.since(since))
    }
}

/// Whether partitions are on the move between members.
pub(super) fn is_rebalancing(state: GroupState) -> bool {
    use GroupState::{Assigning, CompletingRebalance, NotReady, PreparingRebalance, Reconciling};
    matches!(state, PreparingRebalance | CompletingRebalance | Assigning | Reconciling | NotReady)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{BrokerId, GroupKind, Unknown};

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn observe(stability: &mut Stability, seconds: u64, state: GroupState) -> u64 {
        let group = Group {
            epochs: None,
            id: "g".into(),
            kind: GroupKind::Classic,
            protocol_type: String::new(),
            protocol: String::new(),
            state,
            coordinator: BrokerId(1),
            members: Err(Unknown::NotAsked),
            commits: Err(Unknown::NotAsked),
        };
        stability.observe(&group, at(seconds));
        stability.active(at(seconds)).since_origin().as_secs()
    }

    #[test]
    fn time_stands_still_in_a_rebalance_but_not_for_ever() {
        use GroupState::{PreparingRebalance, Stable};
        let mut stability = Stability::default();
        assert_eq!(observe(&mut stability, 0, Stable), 0);
        assert_eq!(observe(&mut stability, 15, PreparingRebalance), 15);
        assert_eq!(observe(&mut stability, 75, PreparingRebalance), 15);
        assert_eq!(observe(&mut stability, 135, PreparingRebalance), 15);
        assert!(stability.is_excused());
        assert_eq!(observe(&mut stability, 150, PreparingRebalance), 30, "more than twice a usual one");
        assert!(!stability.is_excused());
        assert_eq!(observe(&mut stability, 165, Stable), 45);
        assert!(!stability.is_stable());
        assert_eq!(observe(&mut stability, 180, Stable), 60);
        assert!(stability.is_stable());
        // The next one may take twice as long as the last did.
        observe(&mut stability, 200, PreparingRebalance);
        assert_eq!(observe(&mut stability, 500, PreparingRebalance), 80);
    }
}
