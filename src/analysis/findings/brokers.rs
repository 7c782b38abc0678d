//! Brokers that went, brokers that came, and brokers that were never there.
//!
//! Not whether a broker answers: it is listed while the controller hears of it.
//! Invariant: a broker is known by its id; what is remembered is what was listed within a day, and at most so many that
//! went.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::join::join;
use super::about_broker;
use super::spells::Spells;
use crate::model::{About, BrokerId, Check, ClusterSnapshot, Finding, Moment, Severity};

/// A restart that takes less is nobody's business.
const MISSING_LEAST: Duration = Duration::from_mins(1);
/// A broker that has been gone for so long was taken out.
const MEMORY: Duration = Duration::from_hours(24);
/// For so long a broker is new.
const NEW: Duration = Duration::from_hours(1);
/// How many that went are remembered: more than any cluster has.
const MISSING_MAX: usize = 10_000;

/// The brokers of the last day.
#[derive(Debug, Default)]
pub(super) struct BrokerSet {
    known: BTreeMap<BrokerId, Seen>,
    missing: Spells<BrokerId>,
    /// While there are fewer than are expected.
    fewer: Spells<()>,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    /// When it came; `None` where it was there from the start.
    came: Option<Moment>,
    last: Moment,
    is_listed: bool,
}

impl BrokerSet {
    /// Where it is known how many there should be, that many are enough, whoever went.
    pub(super) fn observe(
        &mut self,
        now: &ClusterSnapshot,
        expected: Option<usize>,
        watched: Duration,
        found: &mut Vec<Finding>,
    ) {
        self.take(now);
        let known = &self.known;
        let lacking = expected.map(|expected| expected.saturating_sub(now.brokers.len()));
        let missing = known.iter().filter(|(_, seen)| !seen.is_listed && lacking != Some(0));
        self.missing.observe(watched, missing.clone().map(|(id, _)| *id));
        // Of those that were never seen there is only the number.
        let never_seen = lacking.unwrap_or(0).saturating_sub(missing.count());
        self.fewer.observe(watched, (never_seen > 0).then_some(()).into_iter());
        let check = Check::BrokerSetChanged;
        for ((), spell) in self.fewer.lasting(MISSING_LEAST) {
            let (severity, lasting) = (Severity::Critical, spell.watched);
            found.push(Finding { check, severity, lasting, about: About::Cluster, count: never_seen });
        }
        for (id, spell) in self.missing.lasting(MISSING_LEAST) {
            found.push(about_broker(check, Severity::Critical, *id, spell.watched, 1));
        }
        for (id, seen) in known.iter().filter(|(_, seen)| seen.is_listed) {
            let age = seen.came.map(|came| now.finished.since(came)).filter(|age| *age < NEW);
            found.extend(age.map(|age| about_broker(check, Severity::Info, *id, age, 1)));
        }
    }

    fn take(&mut self, now: &ClusterSnapshot) {
        let finished = now.finished;
        self.known.retain(|_, seen| finished.since(seen.last) < MEMORY);
        // All brokers of the first poll were there before it, as far as anybody knows.
        let came = (!self.known.is_empty()).then_some(finished);
        let known = std::mem::take(&mut self.known);
        let listed = now.brokers.iter().map(|broker| (broker.id, ()));
        self.known = join(listed, known.into_iter())
            .filter_map(|(id, listed, seen)| {
                let seen = match listed {
                    Some(()) => Seen { last: finished, is_listed: true, came: seen.map_or(came, |seen| seen.came) },
                    None => Seen { is_listed: false, ..seen? },
                };
                Some((id, seen))
            })
            .collect();
        self.forget_oldest();
    }

    /// Forgets those that went first where too many did.
    fn forget_oldest(&mut self) {
        let missing = self.known.iter().filter(|(_, seen)| !seen.is_listed);
        let mut missing: Vec<_> = missing.map(|(id, seen)| (seen.last, *id)).collect();
        let excess = missing.len().saturating_sub(MISSING_MAX);
        if excess > 0 {
            missing.sort_unstable();
            for (_, id) in missing.iter().take(excess) {
                self.known.remove(id);
            }
        }
    }
}
