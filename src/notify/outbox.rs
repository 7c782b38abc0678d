//! What a receiver has to be sent, and when: the difference between what it was told and what holds.
//!
//! No I/O: it is asked, and told how it went.
//! Invariant: an alert that a receiver may believe to hold is sent to it as over, until it took that; and no alert that holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use crate::model::Moment;
use crate::render::alerts::{Alert, Labels};

use super::ledger::{ALERTS_MAX, Alerts};

/// The wait after a first failure; it doubles with each.
const FIRST: Duration = Duration::from_secs(1);
/// The longest wait after failures: one that is back is noticed within this.
const CAP: Duration = Duration::from_secs(30);

/// So much is remembered of a receiver that takes nothing.
const TOLD_MAX: usize = 2 * ALERTS_MAX;

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

/// What one receiver was told; it outlives its courier, since a reload does not change what a receiver believes.
#[derive(Debug, Default)]
pub struct Outbox {
    repeat: Duration,
    pace: Duration,
    /// What it may believe to hold.
    told: BTreeMap<Labels, Arc<Alert>>,
    /// Of which generation the last message was that it took, and when.
    taken: Option<(u64, Moment)>,
    failure_count: u32,
    /// Nothing is sent before.
    not_before: Option<Moment>,
}

impl Outbox {
    /// Somebody new tells, repeats what lasts so often, and what changes no sooner than `pace` after a message.
    pub(super) fn begin(&mut self, repeat: Duration, pace: Duration) {
        // The end that was sent last was counted from the rhythm of then.
        self.taken = self.taken.filter(|_| self.repeat == repeat);
        // What failed may be what was changed.
        (self.repeat, self.pace, self.failure_count, self.not_before) = (repeat, pace, 0, None);
    }

    /// What is next at `now`, when these hold.
    pub(super) fn next(&self, alerts: &Alerts, now: Moment) -> Next {
        if let Some(not_before) = self.not_before.filter(|not_before| *not_before > now) {
            return Next::Wait(not_before.since(now));
        }
        if alerts.firing.is_empty() && self.told.is_empty() {
            return Next::Wait(self.repeat);
        }
        let holds = |labels| alerts.firing.contains_key(labels) || alerts.left_out.contains(labels);
        let over = self.told.iter().filter(|(labels, _)| !holds(*labels));
        let over: Vec<_> = over.map(|(_, alert)| Arc::clone(alert)).collect();
        if let Some((generation, when)) = self.taken
            && over.is_empty()
            && generation == alerts.generation
            && now.since(when) < self.repeat
        {
            return Next::Wait(self.repeat.saturating_sub(now.since(when)));
        }
        // Each message tells all that holds: where something changes in every poll, one for each would be read by nobody.
        if let Some((_, when)) = self.taken.filter(|(_, when)| now.since(*when) < self.pace) {
            return Next::Wait(self.pace.saturating_sub(now.since(when)));
        }
        Next::Send(Message {
            firing: alerts.firing.values().cloned().collect(),
            over,
            left_out: alerts.left_out.len(),
            generation: alerts.generation,
        })
    }

    /// The message was taken.
    pub(super) fn taken(&mut self, message: &Message, now: Moment) {
        for alert in &message.over {
            self.told.remove(&alert.condition.labels);
        }
        self.hear(&message.firing);
        self.taken = Some((message.generation, now));
        (self.failure_count, self.not_before) = (0, None);
    }

    /// The message was not taken, or nobody knows. `chance`, 0 to 1, spreads the attempts of many exporters.
    pub(super) fn failed(&mut self, message: &Message, now: Moment, chance: f64, may_be_heard: bool) {
        // A batch that is refused may have been stored in part, and so may one whose answer was lost.
        if may_be_heard {
            self.hear(&message.firing);
        }
        let wait = FIRST.saturating_mul(1 << self.failure_count.min(8)).min(CAP);
        self.failure_count = self.failure_count.saturating_add(1);
        let wait = wait.mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0));
        self.not_before = Some(Moment::from_origin(now.since_origin() + wait));
        // Whatever was taken before: there is something to say.
        self.taken = None;
    }

    /// It may believe these to hold. Of too many those are forgotten of which it heard before.
    fn hear(&mut self, firing: &[Arc<Alert>]) {
        self.told.extend(named(firing));
        let mut spare = self.told.len().saturating_sub(TOLD_MAX);
        if spare > 0 {
            let kept: BTreeSet<&Labels> = firing.iter().map(|alert| &alert.condition.labels).collect();
            self.told.retain(|labels, _| {
                let stays = spare == 0 || kept.contains(labels);
                spare -= usize::from(!stays);
                stays
            });
        }
    }
}

fn named(alerts: &[Arc<Alert>]) -> impl Iterator<Item = (Labels, Arc<Alert>)> {
    alerts.iter().map(|alert| (alert.condition.labels.clone(), Arc::clone(alert)))
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
        let all: Vec<_> = clusters.iter().map(alert).map(Arc::new).collect();
        Alerts { generation, firing: named(&all).collect(), left_out: BTreeSet::new() }
    }

    fn outbox() -> Outbox {
        let mut outbox = Outbox::default();
        outbox.begin(REPEAT, Duration::ZERO);
        outbox
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
        let outbox = outbox();
        assert_eq!(outbox.next(&alerts(0, &[]), at(1)), Next::Wait(REPEAT));
    }

    #[test]
    fn changes_are_sent_at_once_what_lasts_again_and_what_is_over_until_it_is_taken() {
        let mut outbox = outbox();
        let message = sent(outbox.next(&alerts(1, &["a", "b"]), at(1)), &["a", "b"], &[]);
        outbox.taken(&message, at(1));
        assert_eq!(outbox.next(&alerts(1, &["a", "b"]), at(11)), Next::Wait(Duration::from_secs(50)));
        let message = sent(outbox.next(&alerts(1, &["a", "b"]), at(61)), &["a", "b"], &[]);
        outbox.taken(&message, at(61));
        let message = sent(outbox.next(&alerts(2, &["b", "c"]), at(62)), &["b", "c"], &["a"]);
        outbox.failed(&message, at(62), 1.0, true);
        assert_eq!(outbox.next(&alerts(2, &["b", "c"]), at(62)), Next::Wait(FIRST));
        // What came and went while nobody listened may have been heard.
        let message = sent(outbox.next(&alerts(3, &["b"]), at(63)), &["b"], &["a", "c"]);
        outbox.taken(&message, at(63));
        let message = sent(outbox.next(&alerts(4, &[]), at(64)), &[], &["b"]);
        outbox.taken(&message, at(64));
        assert_eq!(outbox.next(&alerts(4, &[]), at(1000)), Next::Wait(REPEAT));
    }

    #[test]
    fn changes_wait_for_their_pace_and_come_together() {
        let mut outbox = Outbox::default();
        outbox.begin(10 * REPEAT, REPEAT);
        let message = sent(outbox.next(&alerts(1, &["a"]), at(100)), &["a"], &[]);
        outbox.taken(&message, at(100));
        assert_eq!(outbox.next(&alerts(2, &["a", "b"]), at(101)), Next::Wait(Duration::from_secs(59)));
        assert_eq!(outbox.next(&alerts(3, &["c"]), at(159)), Next::Wait(Duration::from_secs(1)));
        let message = sent(outbox.next(&alerts(3, &["c"]), at(160)), &["c"], &["a"]);
        outbox.taken(&message, at(160));
        let message = sent(outbox.next(&alerts(4, &[]), at(220)), &[], &["c"]);
        outbox.taken(&message, at(220));
        // After some quiet nothing waits, and neither does what has failed.
        let message = sent(outbox.next(&alerts(5, &["a"]), at(300)), &["a"], &[]);
        outbox.failed(&message, at(300), 1.0, false);
        sent(outbox.next(&alerts(5, &["a"]), at(301)), &["a"], &[]);
    }

    #[test]
    fn waits_grow_to_the_cap_and_a_change_does_not_cut_them_short() {
        let mut outbox = outbox();
        let mut waits = Vec::new();
        for _ in 0..100 {
            let message = sent(outbox.next(&alerts(1, &["a"]), at(1000)), &["a"], &[]);
            outbox.failed(&message, at(1000), 1.0, true);
            let Next::Wait(wait) = outbox.next(&alerts(2, &["b"]), at(1000)) else { panic!("it goes on at once") };
            waits.push(wait.as_secs());
            outbox.not_before = None;
        }
        assert_eq!(waits[..7], [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(waits[99], 30);
        let message = sent(outbox.next(&alerts(1, &["a"]), at(1001)), &["a"], &[]);
        outbox.taken(&message, at(1001));
        assert_eq!(outbox.failure_count, 0);
    }

    #[test]
    fn what_nobody_can_have_heard_is_not_sent_as_over_and_what_was_heard_is_bounded() {
        let mut outbox = outbox();
        let message = sent(outbox.next(&alerts(1, &["a"]), at(1)), &["a"], &[]);
        outbox.failed(&message, at(1), 1.0, false);
        sent(outbox.next(&alerts(2, &["b"]), at(10)), &["b"], &[]);
        for generation in 1..10 {
            let names: Vec<String> = (0..ALERTS_MAX).map(|number| format!("{generation} {number}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            outbox.not_before = None;
            let holding = alerts(generation, &names);
            let Next::Send(message) = outbox.next(&holding, at(1000)) else { panic!("there is news") };
            assert!(message.over.len() <= TOLD_MAX, "{}", message.over.len());
            outbox.failed(&message, at(1000), 1.0, true);
            assert!(outbox.told.len() <= TOLD_MAX, "{}", outbox.told.len());
            assert!(holding.firing.keys().all(|labels| outbox.told.contains_key(labels)), "the newest are kept");
        }
    }

    #[test]
    fn what_holds_and_is_left_out_is_over_when_it_is() {
        let mut outbox = outbox();
        let message = sent(outbox.next(&alerts(1, &["a", "b"]), at(1)), &["a", "b"], &[]);
        outbox.taken(&message, at(1));
        let left_out = alerts(1, &["b"]).firing.into_keys().collect();
        let message = sent(outbox.next(&Alerts { left_out, ..alerts(2, &["a"]) }, at(2)), &["a"], &[]);
        assert_eq!(message.left_out, 1);
        outbox.taken(&message, at(2));
        let message = sent(outbox.next(&alerts(2, &["a"]), at(3)), &["a"], &["b"]);
        outbox.taken(&message, at(3));
        assert_eq!(outbox.next(&alerts(2, &["a"]), at(3)), Next::Wait(REPEAT));
    }

    #[test]
    fn what_a_receiver_believes_outlives_its_settings_and_their_failures_do_not() {
        let mut outbox = outbox();
        let message = sent(outbox.next(&alerts(1, &["a"]), at(1)), &["a"], &[]);
        outbox.taken(&message, at(1));
        outbox.begin(REPEAT, Duration::ZERO);
        assert_eq!(outbox.next(&alerts(1, &["a"]), at(1)), Next::Wait(REPEAT), "it knows that");
        let message = sent(outbox.next(&alerts(2, &[]), at(2)), &[], &["a"]);
        outbox.failed(&message, at(2), 1.0, true);
        outbox.begin(REPEAT, Duration::ZERO);
        let message = sent(outbox.next(&alerts(2, &[]), at(2)), &[], &["a"]);
        outbox.taken(&message, at(2));
        let message = sent(outbox.next(&alerts(3, &["b"]), at(3)), &["b"], &[]);
        outbox.taken(&message, at(3));
        outbox.begin(2 * REPEAT, Duration::ZERO);
        sent(outbox.next(&alerts(3, &["b"]), at(4)), &["b"], &[]);
    }
}
