//! What happened to a group within the last half hour.
//!
//! Not what it means. It is there only while something happened.
//! Invariant: its size is bounded, however many members come and go.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use super::super::compact::Stamp;
use super::members::Live;

/// The longest time that is looked back.
pub(super) const LONG: f64 = 1800.0;
/// The time over which rebalances are counted.
pub(super) const SHORT: f64 = 600.0;

/// Beyond these counts the oldest is forgotten, or what comes is counted with the newest.
pub(super) const CHURN_MAX: usize = 1024;
pub(super) const REBALANCES_MAX: usize = 256;
const CHANGES_MAX: usize = 16;
/// Members beyond these are not told apart.
pub(super) const MEMBERS_MAX: usize = 10_000;

/// One or more rebalances.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rebalance {
    pub(super) at: Stamp,
    pub(super) count: u32,
    /// How many of them were overtaken by the next.
    pub(super) aborted: u32,
    /// Whether none can have been missed.
    pub(super) is_exact: bool,
}

/// A member that came or went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Churn {
    pub(super) at: Stamp,
    pub(super) identity: u64,
    /// `None` if it came.
    pub(super) left: Option<Left>,
    /// How many of this identity were there, before or after.
    pub(super) live: u32,
}

/// A member that went.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Left {
    /// For how long it was there, in seconds.
    pub(super) tenure: Option<f64>,
    pub(super) poll_within: Option<f64>,
    pub(super) session: Option<f64>,
}

/// A change that gives all members reason to rebalance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Coordinator,
    Metadata,
}

/// A rebalance that polls see.
#[derive(Debug, Default)]
pub(super) struct Spell {
    /// How long it lasts, in seconds.
    pub(super) seconds: f64,
    /// Whose each partition was before it, where that is known.
    pub(super) owners: Option<Vec<(u64, u64)>>,
    /// The topics before it.
    pub(super) topics: u64,
}

/// What happened.
#[derive(Debug, Default)]
pub(super) struct Story {
    /// The members, by number; `None` until they were told.
    pub(super) live: Option<Vec<Live>>,
    pub(super) churn: VecDeque<Churn>,
    pub(super) rebalances: VecDeque<Rebalance>,
    pub(super) changes: VecDeque<(Stamp, Change)>,
    pub(super) spell: Option<Spell>,
    unstable: Unstable,
    /// Evaluations in a row in which a rule held, 2 at most.
    pub(super) streak: u8,
    pub(super) calm_since: Option<Stamp>,
    pub(super) rollout_since: Option<Stamp>,
    /// Whether members keep what does not move, as far as the protocol was ever told.
    pub(super) is_incremental: bool,
    /// The identity of the member that is said to be at fault.
    pub(super) at_fault: Option<u64>,
}

impl Story {
    /// A story that begins with these members.
    pub(super) fn of(live: Option<Vec<Live>>) -> Self {
        Self { live, ..Self::default() }
    }

    pub(super) fn rebalanced(&mut self, rebalance: Rebalance) {
        let is_full = self.rebalances.len() >= REBALANCES_MAX;
        match self.rebalances.back_mut() {
            Some(last) if is_full => {
                last.count = last.count.saturating_add(rebalance.count);
                last.aborted = last.aborted.saturating_add(rebalance.aborted);
                last.is_exact &= rebalance.is_exact;
            }
            _ => self.rebalances.push_back(rebalance),
        }
    }

    pub(super) fn changed(&mut self, at: Stamp, change: Change) {
        if self.changes.len() >= CHANGES_MAX {
            self.changes.pop_front();
        }
        self.changes.push_back((at, change));
    }

    /// Takes these as the members; tells how many came and went, which is none if they only are to be known.
    pub(super) fn members(&mut self, mut now: Vec<Live>, at: Stamp, is_base: bool) -> (u64, u64) {
        now.truncate(MEMBERS_MAX);
        let before = self.live.take();
        let before_of = |live: &Live| {
            let before = before.as_deref().unwrap_or_default();
            before.binary_search_by_key(&live.member, |known| known.member).ok().and_then(|place| before.get(place))
        };
        let knows_before = before.is_some() && !is_base;
        let mut came = Vec::new();
        for live in &mut now {
            match before_of(live) {
                Some(known) => {
                    live.since = known.since;
                    live.poll_within = live.poll_within.or(known.poll_within);
                    live.session = live.session.or(known.session);
                }
                None if knows_before => {
                    live.since = Some(at);
                    came.push(live.identity);
                }
                None => {}
            }
        }
        if knows_before {
            let before = before.as_deref().unwrap_or_default();
            let is_gone = |known: &&Live| now.binary_search_by_key(&known.member, |live| live.member).is_err();
            let gone: Vec<&Live> = before.iter().filter(is_gone).collect();
            let (were, are) = (by_identity(before), by_identity(&now));
            let of = |counts: &BTreeMap<u64, u32>, identity| counts.get(&identity).copied().unwrap_or(0);
            let most = |identity: u64| of(&were, identity).max(of(&are, identity));
            let counts = (came.len() as u64, gone.len() as u64);
            for known in gone {
                let left = Some(known.left(at));
                self.churned(Churn { at, identity: known.identity, left, live: most(known.identity) });
            }
            for identity in came {
                self.churned(Churn { at, identity, left: None, live: most(identity) });
            }
            self.live = Some(now);
            return counts;
        }
        self.live = Some(now);
        (0, 0)
    }

    /// One more member: 1, or 0 where it is known already or members are not.
    pub(super) fn joined(&mut self, new: Live, at: Stamp) -> u64 {
        let Some(live) = self.live.as_mut().filter(|live| live.len() < MEMBERS_MAX) else { return 0 };
        let place = match live.binary_search_by_key(&new.member, |known| known.member) {
            Ok(place) => {
                if let Some(known) = live.get_mut(place) {
                    // Whoever has the place of a static member now is the one that can go.
                    known.member_id = new.member_id;
                }
                return 0;
            }
            Err(place) => place,
        };
        live.insert(place, Live { since: Some(at), ..new });
        let churn = Churn { at, identity: new.identity, left: None, live: count_of(live, new.identity) };
        self.churned(churn);
        1
    }

    /// The member that has this member id, unless another has its place by now.
    pub(super) fn member(&self, member_id: u64) -> Option<&Live> {
        self.live.as_ref()?.iter().find(|known| known.member_id == member_id)
    }

    /// One member less, by its member id: 1, or 0 where it is not known, or where another has its place by now.
    pub(super) fn left(&mut self, member_id: u64, at: Stamp) -> u64 {
        let Some(live) = self.live.as_mut() else { return 0 };
        // In order they are by instance, so each has to be looked at; a dynamic member is mostly where its number says.
        let dynamic = live.binary_search_by_key(&member_id, |known| known.member).ok();
        let found = dynamic.or_else(|| live.iter().position(|known| known.member_id == member_id));
        let Some(place) = found else { return 0 };
        let Some(gone) = live.get(place).copied() else { return 0 };
        let count = count_of(live, gone.identity);
        live.remove(place);
        self.churned(Churn { at, identity: gone.identity, left: Some(gone.left(at)), live: count });
        1
    }

    fn churned(&mut self, churn: Churn) {
        if self.churn.len() >= CHURN_MAX {
            self.churn.pop_front();
        }
        self.churn.push_back(churn);
    }

    /// Time in which the group did not work.
    pub(super) fn was_unstable(&mut self, at: Stamp, seconds: f64) {
        self.unstable.add(at, seconds);
    }

    /// The share of the last ten minutes in which it did not work.
    pub(super) fn unstable_ratio(&self, now: Stamp) -> f64 {
        self.unstable.ratio(now)
    }

    /// Forgets what is too long ago; whether something is left.
    pub(super) fn prune(&mut self, now: Stamp) -> bool {
        let is_old = |at: Stamp| now.since(at) > LONG;
        while self.churn.front().is_some_and(|churn| is_old(churn.at)) {
            self.churn.pop_front();
        }
        while self.rebalances.front().is_some_and(|rebalance| is_old(rebalance.at)) {
            self.rebalances.pop_front();
        }
        while self.changes.front().is_some_and(|(at, _)| is_old(*at)) {
            self.changes.pop_front();
        }
        !(self.churn.is_empty() && self.rebalances.is_empty() && self.changes.is_empty())
            || self.spell.is_some()
            || self.unstable.ratio(now) > 0.0
    }

    /// Rebalances within so many seconds.
    pub(super) fn rebalances_within(&self, seconds: f64, now: Stamp) -> u32 {
        let recent = self.rebalances.iter().filter(|rebalance| now.since(rebalance.at) <= seconds);
        recent.fold(0, |sum, rebalance| sum.saturating_add(rebalance.count))
    }
}

impl Live {
    fn left(&self, at: Stamp) -> Left {
        let tenure = self.since.map(|since| at.since(since));
        Left { tenure, poll_within: self.poll_within, session: self.session }
    }
}

fn count_of(members: &[Live], identity: u64) -> u32 {
    u32::try_from(members.iter().filter(|live| live.identity == identity).count()).unwrap_or(u32::MAX)
}

fn by_identity(members: &[Live]) -> BTreeMap<u64, u32> {
    let mut counts = BTreeMap::new();
    for live in members {
        *counts.entry(live.identity).or_default() += 1;
    }
    counts
}

const BUCKETS: usize = 20;
const BUCKET: Duration = Duration::from_secs(30);

/// Unstable seconds of each half minute of the last ten.
#[derive(Debug, Default)]
struct Unstable {
    /// Seconds, beside the number of the half minute they are of.
    buckets: [(u32, f32); BUCKETS],
}

impl Unstable {
    fn add(&mut self, at: Stamp, seconds: f64) {
        let number = at.periods(BUCKET);
        let Some(bucket) = self.buckets.get_mut(number as usize % BUCKETS) else { return };
        if bucket.0 != number {
            *bucket = (number, 0.0);
        }
        bucket.1 += super::super::compact::short(seconds);
    }

    fn ratio(&self, now: Stamp) -> f64 {
        let number = now.periods(BUCKET);
        let is_recent = |of: u32| of <= number && number - of < 20;
        let seconds: f64 = self.buckets.iter().filter(|(of, _)| is_recent(*of)).map(|(_, sum)| f64::from(*sum)).sum();
        (seconds / SHORT).min(1.0)
    }
}
