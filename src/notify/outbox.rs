//! What a receiver has to be sent, and when: the difference between what it was told and what holds.
//!
//! No I/O: it is asked, and told how it went.
//! Invariant: an alert that a receiver may believe to hold is sent to it as over, until it took that.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::model::Moment;
use crate::render::alerts::{Alert, Labels};

use super::ledger::Alerts;

/// The wait after a first failure; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait after failures: one that is back is noticed within this.
const CAP: Duration = Duration::from_secs(30);

/// What is next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    /// Nothing before this is over, unless other alerts come.
    Wait(Duration),
    /// To send this.
    Send(Message),
}

/// What a receiver is sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Message {
    pub(super) firing: Vec<Arc<Alert>>,
    pub(super) over: Vec<Arc<Alert>>,
    pub(super) left_out: usize,
    generation: u64,
}

/// What one receiver was told.
#[derive(Debug)]
pub(super) struct Outbox {
    repeat: Duration,
    /// What it may believe to hold.
    told: BTreeMap<Labels, Arc<Alert>>,
    /// Of which generation the last message was that it took, and when.
    taken: Option<(u64, Moment)>,
    failure_count: u32,
    /// Nothing is sent before.
    not_before: Option<Moment>,
}

impl Outbox {
    pub(super) fn new(repeat: Duration) -> Self {
        Self { repeat, told: BTreeMap::new(), taken: None, failure_count: 0, not_before: None }
    }

    /// What is next at `now`, when these hold.
    pub(super) fn next(&self, alerts: &Alerts, now: Moment) -> Next {
        if let Some(not_before) = self.not_before.filter(|not_before| *not_before > now) {
            return Next::Wait(not_before.since(now));
        }
        if alerts.firing.is_empty() && self.told.is_empty() {
            return Next::Wait(self.repeat);
        }
        if let Some((generation, when)) = self.taken
            && generation == alerts.generation
            && now.since(when) < self.repeat
        {
            return Next::Wait(self.repeat.saturating_sub(now.since(when)));
        }
        let over = self.told.iter().filter(|(labels, _)| !alerts.firing.contains_key(*labels));
        Next::Send(Message {
            firing: alerts.firing.values().cloned().collect(),
            over: over.map(|(_, alert)| Arc::clone(alert)).collect(),
            left_out: alerts.left_out,
            generation: alerts.generation,
        })
    }

    /// The message was taken.
    pub(super) fn taken(&mut self, message: Message, now: Moment) {
        self.told = named(message.firing).collect();
        self.taken = Some((message.generation, now));
        (self.failure_count, self.not_before) = (0, None);
    }

    /// The message was not taken, or nobody knows. `chance`, 0 to 1, spreads the attempts of many exporters.
    pub(super) fn failed(&mut self, message: Message, now: Moment, chance: f64) {
        // A batch that is refused may have been stored in part, and so may one whose answer was lost.
        self.told.extend(named(message.firing));
        let wait = FIRST.saturating_mul(1 << self.failure_count.min(8)).min(CAP);
        self.failure_count = self.failure_count.saturating_add(1);
        let wait = wait.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
        self.not_before = Some(Moment::from_origin(now.since_origin() + wait));
        // Whatever was taken before: there is something to say.
        self.taken = None;
    }
}

fn named(alerts: Vec<Arc<Alert>>) -> impl Iterator<Item = (Labels, Arc<Alert>)> {
    alerts.into_iter().map(|alert| (alert.condition.labels.clone(), alert))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ClusterName, Timestamp};
    use crate::render::alerts::blind;

    const REPEAT: Duration = Duration::from_mins(1);

    fn at(seconds: u64) -> Moment {
        Moment::from_origin(Duration::from_secs(seconds))
    }

    fn alerts(generation: u64, clusters: &[&str]) -> Alerts {
        let alert =
            |name: &&str| Alert { condition: blind(&ClusterName::from(*name), None), since: Timestamp::default() };
        let all = clusters.iter().map(alert).map(Arc::new).collect();
        Alerts { generation, firing: named(all).collect(), left_out: 0 }
    }

    fn names(alerts: &[Arc<Alert>]) -> Vec<&str> {
        alerts.iter().map(|alert| alert.condition.labels["cluster_name"].as_str()).collect()
    }

    #[track_caller]
    fn sent(next: Next, firing: &[&str], over: &[&str]) -> Message {
        let Next::Send(message) = next else { panic!("{next:?}") };
        assert_eq!((names(&message.firing), names(&message.over)), (firing.to_vec(), over.to_vec()));
        message
    }

    #[test]
    fn nothing_is_said_while_all_is_well() {
        let outbox = Outbox::new(REPEAT);
        assert_eq!(outbox.next(&alerts(0, &[]), at(1)), Next::Wait(REPEAT));
    }

    #[test]
    fn changes_are_sent_at_once_what_lasts_again_and_what_is_over_until_it_is_taken() {
        let mut outbox = Outbox::new(REPEAT);
        let message = sent(outbox.next(&alerts(1, &["a", "b"]), at(1)), &["a", "b"], &[]);
        outbox.taken(message, at(1));
        assert_eq!(outbox.next(&alerts(1, &["a", "b"]), at(11)), Next::Wait(Duration::from_secs(50)));
        let message = sent(outbox.next(&alerts(1, &["a", "b"]), at(61)), &["a", "b"], &[]);
        outbox.taken(message, at(61));
        let message = sent(outbox.next(&alerts(2, &["b", "c"]), at(62)), &["b", "c"], &["a"]);
        outbox.failed(message, at(62), 1.0);
        assert_eq!(outbox.next(&alerts(2, &["b", "c"]), at(62)), Next::Wait(FIRST));
        // What came and went while nobody listened may have been heard.
        let message = sent(outbox.next(&alerts(3, &["b"]), at(63)), &["b"], &["a", "c"]);
        outbox.taken(message, at(63));
        let message = sent(outbox.next(&alerts(4, &[]), at(64)), &[], &["b"]);
        outbox.taken(message, at(64));
        assert_eq!(outbox.next(&alerts(4, &[]), at(1000)), Next::Wait(REPEAT));
    }

    #[test]
    fn waits_grow_to_the_cap_and_a_change_does_not_cut_them_short() {
        let mut outbox = Outbox::new(REPEAT);
        let mut waits = Vec::new();
        for _ in 0..100 {
            let message = sent(outbox.next(&alerts(1, &["a"]), at(1000)), &["a"], &[]);
            outbox.failed(message, at(1000), 1.0);
            let Next::Wait(wait) = outbox.next(&alerts(2, &["b"]), at(1000)) else { panic!("it goes on at once") };
            waits.push(wait.as_secs());
            outbox.not_before = None;
        }
        assert_eq!(waits[..7], [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(waits[99], 30);
        let message = sent(outbox.next(&alerts(1, &["a"]), at(1001)), &["a"], &[]);
        outbox.taken(message, at(1001));
        assert_eq!(outbox.failure_count, 0);
    }
}
