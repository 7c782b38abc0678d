//! Topics and partitions: where replicas are, who leads, what is produced.
//!
//! Not the records as functions of time; `log` is.
//! Invariant: a leader is one of the replicas in sync, and its broker is not down.

use std::collections::BTreeMap;

use crate::simulator::spec::TopicSpec;

use super::Millis;
use super::chance::Chance;
use super::compacted::CompactedLog;
use super::log::{Log, MilliRate, Wobble};

/// A topic.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Its id, another one after it was made anew.
    pub id: u128,
    /// Whether it is one of Kafka's own.
    pub is_internal: bool,
    /// Whether clients have no right to see it.
    pub is_hidden: bool,
    /// Whether it was deleted.
    pub is_deleted: bool,
    /// Its partitions, by number.
    pub partitions: Vec<Partition>,
    /// How it was asked for, changed by what happened since.
    pub spec: TopicSpec,
}

/// A partition.
#[derive(Clone, Debug)]
pub struct Partition {
    /// The broker that leads it, if any may.
    pub leader: Option<i32>,
    /// Counts leaders.
    pub leader_epoch: i32,
    /// Its replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those that have all records.
    pub in_sync: Vec<i32>,
    /// Whether no replica may lead, by order of a story.
    pub(super) is_leaderless: bool,
    /// Where each leader's records begin: epoch and first offset.
    pub(super) epochs: Vec<(i32, i64)>,
    pub(super) log: Log,
    /// Its records, where they are kept and not made up: then `log` is empty.
    pub(super) kept: Option<CompactedLog>,
}

/// How many changes of leader are remembered per partition.
const EPOCHS_MAX: usize = 100;

impl Partition {
    /// The end of the log of a leader epoch, as OffsetForLeaderEpoch tells it (KIP-101): the greatest epoch that is
    /// not above the one asked for, and where the next one begins.
    #[must_use]
    pub fn end_of_epoch(&self, epoch: i32, at: Millis) -> Option<(i32, i64)> {
        let next = self.epochs.partition_point(|(known, _)| *known <= epoch);
        let (found, _) = self.epochs.get(next.checked_sub(1)?)?;
        let end = self.epochs.get(next).map_or_else(|| self.end(at), |(_, start)| *start);
        Some((*found, end))
    }

    /// The epoch of the leader that took in the record at an offset.
    #[must_use]
    pub fn epoch_of(&self, offset: i64) -> i32 {
        let next = self.epochs.partition_point(|(_, start)| *start <= offset);
        next.checked_sub(1).and_then(|place| self.epochs.get(place)).map_or(0, |(epoch, _)| *epoch)
    }

    /// The offset the next record gets.
    pub(super) fn end(&self, at: Millis) -> i64 {
        self.kept.as_ref().map_or_else(|| self.log.end(at), CompactedLog::end)
    }

    /// Gives it another leader, or none.
    pub(super) fn lead(&mut self, leader: Option<i32>, at: Millis) {
        if self.leader != leader {
            self.elect(leader, at);
        }
    }

    /// Begins another epoch, of the same leader or another one, or none.
    pub(super) fn elect(&mut self, leader: Option<i32>, at: Millis) {
        self.leader = leader;
        self.leader_epoch += 1;
        if leader.is_some() {
            let end = self.end(at);
            self.epochs.retain(|(_, start)| *start < end);
            self.epochs.push((self.leader_epoch, end));
            let surplus = self.epochs.len().saturating_sub(EPOCHS_MAX);
            self.epochs.drain(..surplus);
        }
    }
}

impl Topic {
    /// A topic whose producers began at a time, spread over brokers.
    pub(super) fn new(spec: TopicSpec, brokers: &[i32], up: &[i32], from: Millis, chance: Chance) -> Self {
        let mut topic = Self {
            id: chance.id(&format!("topic {} {}", spec.name, from - chance.start)),
            name: spec.name.clone(),
            is_internal: false,
            is_hidden: false,
            is_deleted: false,
            partitions: Vec::new(),
            spec,
        };
        topic.grow(topic.spec.partitions, brokers, up, from, chance);
        topic
    }

    /// Adds partitions up to a count, with replicas on all brokers that may have some and leaders on those that are up.
    pub(super) fn grow(&mut self, count: u32, brokers: &[i32], up: &[i32], at: Millis, chance: Chance) {
        self.spec.partitions = count;
        let mut hosts: Vec<i32> = brokers.to_vec();
        if !self.spec.on_brokers.is_empty() {
            hosts.retain(|id| self.spec.on_brokers.contains(id));
        }
        let rates = rates(&self.spec);
        let first = usize::try_from(chance.number(&format!("place {}", self.name))).unwrap_or(0);
        for place in self.partitions.len()..rates.len() {
            let copies = usize::from(self.spec.replication).clamp(1, hosts.len().max(1));
            let replicas: Vec<i32> =
                hosts.iter().cycle().skip((first + place) % hosts.len().max(1)).take(copies).copied().collect();
            let mut in_sync = replicas.clone();
            in_sync.retain(|replica| up.contains(replica));
            let leader = in_sync.first().copied();
            if in_sync.is_empty() {
                // Who comes back first shall lead.
                in_sync.clone_from(&replicas);
            }
            let rate = rates.get(place).copied().unwrap_or(0);
            let retention = Millis::try_from(self.spec.retention.as_millis()).unwrap_or(Millis::MAX / 4);
            let log = Log::new(at, rate, self.wobble(place, chance), retention);
            self.partitions.push(Partition {
                leader,
                leader_epoch: 0,
                in_sync,
                replicas,
                is_leaderless: false,
                epochs: vec![(0, 0)],
                log,
                kept: None,
            });
        }
    }

    /// Gives each partition the pace it should have now: none where nobody leads.
    pub(super) fn pace(&mut self, at: Millis, hanging: &[i32]) {
        for (partition, rate) in self.partitions.iter_mut().zip(rates(&self.spec)) {
            let is_led = partition.leader.is_some_and(|leader| !hanging.contains(&leader));
            let rate = if is_led { rate } else { 0 };
            if partition.log.rate() != rate {
                partition.log.set_rate(at, rate);
            }
        }
    }

    fn wobble(&self, place: usize, chance: Chance) -> Wobble {
        let mut random = chance.stream(&format!("wobble {} {place}", self.name));
        #[expect(clippy::cast_possible_truncation, reason = "a percentage below 100")]
        let percent = (self.spec.wobble.clamp(0.0, 0.9) * 100.0) as i64;
        Wobble { period: random.i64(20_000..180_000), phase: random.i64(0..180_000) - chance.start, percent }
    }
}

/// What each partition gets of the topic's records.
fn rates(spec: &TopicSpec) -> Vec<MilliRate> {
    let weight = |partition: u32| spec.hot.get(&partition).copied().unwrap_or(1.0).max(0.0);
    let sum: f64 = (0..spec.partitions).map(weight).sum();
    let each = |partition| if sum > 0.0 { spec.rate * weight(partition) / sum } else { 0.0 };
    (0..spec.partitions).map(|partition| milli(each(partition))).collect()
}

/// Records per second as they are computed with.
pub(super) fn milli(records_per_second: f64) -> MilliRate {
    #[expect(clippy::cast_possible_truncation, reason = "clamped to what fits")]
    let rate = (records_per_second * 1000.0).round().clamp(0.0, 1e15) as MilliRate;
    rate
}

/// Topics by name; a deleted one is not among them.
pub(super) fn index(topics: &[Topic]) -> BTreeMap<String, usize> {
    let alive = topics.iter().enumerate().filter(|(_, topic)| !topic.is_deleted);
    alive.map(|(place, topic)| (topic.name.clone(), place)).collect()
}
