//! Since when what holds: what has to be told, once it has held for long enough.
//!
//! Not whom it is told; no clock: moments are those of polls, so that a simulated hour counts as one.
//! Invariant: it holds what a report holds and what was told lately, and at most [`ALERTS_MAX`] are told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Moment, Timestamp};
use crate::render::alerts::{Alert, Condition, Labels};

/// Whoever gets more at once reads none; the worst are told.
pub(super) const ALERTS_MAX: usize = 5_000;

/// What is to be told now.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alerts {
    /// Counts the changes of which alerts there are; that their numbers change is none.
    pub generation: u64,
    /// Those that hold, by their labels.
    pub firing: BTreeMap<Labels, Arc<Alert>>,
    /// Those that hold as well and are not told.
    pub left_out: BTreeSet<Labels>,
}

/// What is known of a condition.
#[derive(Debug)]
struct Entry {
    condition: Condition,
    since: Moment,
    last: Moment,
    /// When it was first told.
    told: Option<Timestamp>,
}

/// The conditions of one cluster.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<Labels, Entry>,
}

impl Ledger {
    /// Notes what holds at `now`; `stamp` is what the time is called. Whether something else is told from then on.
    pub(super) fn note(&mut self, conditions: Vec<Condition>, now: Moment, stamp: Timestamp) -> bool {
        let mut is_other = false;
        for condition in conditions {
            match self.entries.get_mut(&condition.labels) {
                // Of two that are named alike the first counts, which is the worse.
                Some(entry) if entry.last == now => {}
                Some(entry) => {
                    is_other |= entry.told.is_some() && entry.condition != condition;
                    (entry.condition, entry.last) = (condition, now);
                }
                None => {
                    let labels = condition.labels.clone();
                    self.entries.insert(labels, Entry { condition, since: now, last: now, told: None });
                }
            }
        }
        // Before it is told a condition has to hold without a break; afterwards it is kept for a while.
        self.entries.retain(|_, entry| {
            let stays = entry.last == now || (entry.told.is_some() && entry.is_kept(now));
            is_other |= !stays && entry.told.is_some();
            stays
        });
        self.ripen(now, stamp) || is_other
    }

    /// Tells of what has held for long enough; whether there is such.
    fn ripen(&mut self, now: Moment, stamp: Timestamp) -> bool {
        let mut is_other = false;
        for entry in self.entries.values_mut() {
            if entry.told.is_none() && now.since(entry.since) >= entry.condition.kind.pending {
                entry.told = Some(stamp);
                is_other = true;
            }
        }
        is_other
    }

    fn told(&self) -> impl Iterator<Item = Alert> {
        self.entries
            .values()
            .filter_map(|entry| entry.told.map(|since| Alert { condition: entry.condition.clone(), since }))
    }
}

impl Entry {
    fn is_kept(&self, now: Moment) -> bool {
        now.since(self.last) < self.condition.kind.keep
    }
}

impl Alerts {
    /// What the ledgers tell, after these alerts.
    pub(super) fn next<'a>(&self, ledgers: impl IntoIterator<Item = &'a Ledger>) -> Self {
        let mut all: Vec<Alert> = ledgers.into_iter().flat_map(Ledger::told).collect();
        all.sort_by(|left, right| {
            let (worse, better) = (right.condition.kind.severity, left.condition.kind.severity);
            // Of those that matter alike the older ones stay, so that what is left out does not take turns.
            worse.cmp(&better).then(left.since.cmp(&right.since))
        });
        let left_out = all.split_off(all.len().min(ALERTS_MAX));
        let left_out = left_out.into_iter().map(|alert| alert.condition.labels).collect();
        let firing: BTreeMap<_, _> =
            all.into_iter().map(|alert| (alert.condition.labels.clone(), Arc::new(alert))).collect();
        let is_same = firing.keys().eq(self.firing.keys());
        Self { generation: self.generation + u64::from(!is_same), firing, left_out }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::ClusterName;
    use crate::render::alerts::{ALERT_KINDS, blind};

    fn at(minutes: u64) -> Moment {
        Moment::from_origin(Duration::from_mins(minutes))
    }

    fn stamp(minutes: u64) -> Timestamp {
        Timestamp::from_unix(Duration::from_mins(minutes))
    }

    fn condition(kind: &str) -> Condition {
        let kind = ALERT_KINDS.into_iter().find(|listed| listed.name == kind).expect("a kind of this name");
        Condition { kind, ..blind(&ClusterName::from(kind.name), None) }
    }

    /// At which minutes an alert is told that holds at these, and since when it is said to be.
    fn told(kind: &str, holds: &[u64], minutes: u64) -> Vec<(u64, u64)> {
        let mut ledger = Ledger::default();
        let mut told = Vec::new();
        for minute in 0..minutes {
            let holding = if holds.contains(&minute) { vec![condition(kind)] } else { Vec::new() };
            ledger.note(holding, at(minute), stamp(minute));
            told.extend(ledger.told().map(|alert| (minute, alert.since.since_unix().as_secs() / 60)));
        }
        told
    }

    #[test]
    fn what_holds_for_long_enough_is_told_until_it_is_over() {
        // Pending for five minutes.
        assert_eq!(told("KafkaConsumerGroupStalled", &[1, 2, 3, 4, 5, 6, 7], 10), [(6, 6), (7, 6)]);
        assert_eq!(told("KafkaConsumerGroupStalled", &[1, 2, 3, 4, 6, 7, 8, 9, 10], 12), [], "a break begins anew");
    }

    #[test]
    fn what_comes_and_goes_is_one_alert_where_its_kind_says_so() {
        // Pending for ten minutes and kept for five.
        let holds: Vec<u64> = (0..=10).chain([13]).collect();
        let expected: Vec<(u64, u64)> = (10..=17).map(|minute| (minute, 10)).collect();
        assert_eq!(told("KafkaConsumerGroupFallingBehind", &holds, 30), expected);
        let broken: Vec<u64> = (0..=5).chain(7..=12).collect();
        assert_eq!(told("KafkaConsumerGroupFallingBehind", &broken, 30), [], "nothing is kept before it is told");
    }

    #[test]
    fn generations_count_alerts_and_not_their_numbers() {
        let mut ledger = Ledger::default();
        ledger.note(vec![condition("KafkaConsumerGroupStalled")], at(0), stamp(0));
        let none = Alerts::default().next([&ledger]);
        assert_eq!(none, Alerts::default());
        ledger.note(vec![condition("KafkaConsumerGroupStalled")], at(5), stamp(5));
        let first = none.next([&ledger]);
        assert_eq!((first.generation, first.firing.len()), (1, 1));
        let other = Condition { description: "other numbers".to_owned(), ..condition("KafkaConsumerGroupStalled") };
        ledger.note(vec![other], at(6), stamp(6));
        let second = first.next([&ledger]);
        assert_eq!(second.generation, 1);
        assert_ne!(second, first);
        assert_eq!(second.next([]).generation, 2);
    }

    #[test]
    fn it_says_whether_something_else_is_told() {
        let mut ledger = Ledger::default();
        let stalled = || condition("KafkaConsumerGroupStalled");
        let other = Condition { description: "other numbers".to_owned(), ..stalled() };
        let notes = [
            (0, vec![stalled()], false),
            (1, vec![other.clone()], false),
            (5, vec![other.clone()], true),
            (6, vec![other], false),
            (7, vec![stalled()], true),
            (8, Vec::new(), true),
            (9, Vec::new(), false),
        ];
        for (minute, holding, is_other) in notes {
            assert_eq!(ledger.note(holding, at(minute), stamp(minute)), is_other, "{minute}");
        }
    }

    #[test]
    fn the_worst_are_told_where_there_are_too_many() {
        let mut ledger = Ledger::default();
        let stalled = condition("KafkaConsumerGroupStalled");
        let of = |number: usize, condition: &Condition| {
            let mut condition = condition.clone();
            condition.labels.insert("consumergroup", format!("g{number}"));
            condition
        };
        let idle = condition("KafkaConsumerGroupIdleMembers");
        let many = || {
            let idle = (0..ALERTS_MAX).map(|number| of(number, &idle));
            idle.chain((0..10).map(|number| of(number, &stalled))).collect::<Vec<_>>()
        };
        ledger.note(many(), at(0), stamp(0));
        ledger.note(many(), at(60), stamp(60));
        let alerts = Alerts::default().next([&ledger]);
        assert_eq!((alerts.firing.len(), alerts.left_out.len()), (ALERTS_MAX, 10));
        assert!(alerts.left_out.iter().all(|labels| labels["cluster_name"] == idle.kind.name), "{:?}", alerts.left_out);
        let critical = alerts.firing.values().filter(|alert| alert.condition.kind == stalled.kind);
        assert_eq!(critical.count(), 10);
    }
}
