//! What can be read from a world at its present moment.
//!
//! Not what changes it.
//! Invariant: everything told is of the same moment.

use crate::simulator::spec::{ClusterSettings, Isolation};

use super::compacted::CompactedLog;
use super::group::{Group, Reading};
use super::topic::{Partition, Topic};
use super::{Broker, BrokerState, KeptRecord, Millis, OFFSETS_PARTITIONS, OFFSETS_TOPIC, World};

impl World {
    /// What it was made from.
    #[must_use]
    pub fn settings(&self) -> &ClusterSettings {
        &self.settings
    }

    /// The cluster's id.
    #[must_use]
    pub fn cluster_id(&self) -> &str {
        &self.cluster_id
    }

    /// The newest version of an API that the brokers' software knows, where it is older than ours.
    pub(in crate::simulator) fn version_max(&self, api: i16) -> Option<i16> {
        self.versions_max.get(&api).copied()
    }

    /// All brokers, also those that are down, by number.
    pub fn brokers(&self) -> impl Iterator<Item = &Broker> {
        self.brokers.values()
    }

    /// One broker.
    #[must_use]
    pub fn broker(&self, id: i32) -> Option<&Broker> {
        self.brokers.get(&id)
    }

    /// The brokers metadata names: those that are not down.
    pub fn listed_brokers(&self) -> impl Iterator<Item = &Broker> {
        self.brokers().filter(|broker| broker.state != BrokerState::Down)
    }

    /// The active controller: the first broker that is up.
    #[must_use]
    pub fn controller(&self) -> Option<i32> {
        self.brokers().find(|broker| broker.state == BrokerState::Up).map(|broker| broker.id)
    }

    /// The brokers that answer nothing, though nobody noticed.
    pub(super) fn hanging(&self) -> Vec<i32> {
        self.brokers().filter(|broker| broker.state == BrokerState::Hanging).map(|broker| broker.id).collect()
    }

    /// Counts active controllers, as the leader epoch of the metadata log does.
    #[must_use]
    pub fn controller_epoch(&self) -> i32 {
        self.controller_epoch
    }

    /// Topics that exist, by name, hidden ones too.
    pub fn topics(&self) -> impl Iterator<Item = &Topic> {
        self.topic_places.values().filter_map(|place| self.topics.get(*place))
    }

    /// The topic of a name, hidden or not.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&Topic> {
        self.topics.get(*self.topic_places.get(name)?)
    }

    /// Whether clients have the right to read a topic that they see. Where no log of commits is kept they have none to read
    /// it: a topic of commits in which none ever appears would tell whoever follows it that nothing happens.
    #[must_use]
    pub fn is_readable(&self, topic: &Topic) -> bool {
        !topic.is_internal || self.settings.has_offsets_log
    }

    /// The topic at a place, if it was not deleted.
    #[must_use]
    pub fn topic_at(&self, place: usize) -> Option<&Topic> {
        self.topics.get(place).filter(|topic| !topic.is_deleted)
    }

    /// One partition of a topic.
    #[must_use]
    pub fn partition(&self, topic: &str, partition: i32) -> Option<&Partition> {
        self.topic(topic)?.partitions.get(usize::try_from(partition).ok()?)
    }

    /// The end of a partition: the offset its next record gets.
    #[must_use]
    pub fn end(&self, partition: &Partition) -> i64 {
        partition.end(self.now)
    }

    /// The first offset of a partition that is left.
    #[must_use]
    pub fn start(&self, partition: &Partition) -> i64 {
        partition.log.start(self.now)
    }

    /// The offset below which no transaction is open.
    #[must_use]
    pub fn last_stable(&self, partition: &Partition) -> i64 {
        partition.kept.as_ref().map_or_else(|| partition.log.last_stable(self.now), CompactedLog::end)
    }

    /// When the record at an offset was appended; `None` if there is none.
    #[must_use]
    pub fn timestamp(&self, partition: &Partition, offset: i64) -> Option<Millis> {
        match &partition.kept {
            Some(kept) => kept.timestamp(offset),
            None => partition.log.timestamp(offset, self.now).filter(|_| offset >= self.start(partition)),
        }
    }

    /// The first record not older than a timestamp: its offset and its own timestamp.
    #[must_use]
    pub fn first_since(&self, partition: &Partition, timestamp: Millis) -> Option<(i64, Millis)> {
        match &partition.kept {
            Some(kept) => kept.first_since(timestamp),
            None => partition.log.first_since(timestamp, self.now),
        }
    }

    /// The newest record: its offset and timestamp.
    #[must_use]
    pub fn newest(&self, partition: &Partition) -> Option<(i64, Millis)> {
        match &partition.kept {
            Some(kept) => kept.newest(),
            None => partition.log.newest(self.now),
        }
    }

    /// The records of a partition whose records are kept, from an offset on; `None` where they are made up.
    #[must_use]
    pub fn kept_records<'a>(
        &self,
        partition: &'a Partition,
        from: i64,
    ) -> Option<impl Iterator<Item = (i64, &'a KeptRecord)>> {
        partition.kept.as_ref().map(|kept| kept.since(from))
    }

    /// Bytes of keys and values of a partition whose records are kept; `None` where they are made up.
    #[must_use]
    pub fn kept_bytes(&self, partition: &Partition) -> Option<usize> {
        partition.kept.as_ref().map(CompactedLog::bytes)
    }

    /// One number for one purpose, that follows from the seed alone.
    #[must_use]
    pub fn number(&self, purpose: &str) -> u64 {
        self.chance.number(purpose)
    }

    /// All groups, by name.
    pub fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values()
    }

    /// One group.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.groups.get(name)
    }

    /// The partition of the offsets topic a group's offsets go to, as Kafka computes it.
    #[must_use]
    pub fn offsets_partition(group: &str) -> u32 {
        let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
        // As `Utils.abs`: the lowest number becomes zero.
        u32::try_from(hash.checked_abs().unwrap_or(0)).unwrap_or(0) % OFFSETS_PARTITIONS
    }

    /// The broker that coordinates a group, if one can.
    #[must_use]
    pub fn coordinator(&self, group: &str) -> Option<i32> {
        let partition = i32::try_from(Self::offsets_partition(group)).ok()?;
        self.partition(OFFSETS_TOPIC, partition)?.leader
    }

    /// Whether the coordinator of a group still reads what it needs to know.
    #[must_use]
    pub fn is_loading(&self, group: &str) -> bool {
        self.loading.get(&Self::offsets_partition(group)).is_some_and(|until| self.now < *until)
    }

    /// Whether a broker still reads any partition of the offsets topic that it leads.
    #[must_use]
    pub fn is_loading_at(&self, broker: i32) -> bool {
        let leads = |number: &u32| {
            let partition = i32::try_from(*number).ok().and_then(|number| self.partition(OFFSETS_TOPIC, number));
            partition.is_some_and(|partition| partition.leader == Some(broker))
        };
        self.loading.iter().any(|(number, until)| self.now < *until && leads(number))
    }

    /// The offset a group has committed for a partition, if any.
    #[must_use]
    pub fn committed(&self, group: &Group, reading: &Reading) -> Option<i64> {
        self.committed_at(group, reading, self.now)
    }

    /// The next record a group will process.
    #[must_use]
    pub fn position(&self, group: &Group, reading: &Reading) -> i64 {
        self.position_at(group, reading, self.now)
    }

    pub(super) fn committed_at(&self, group: &Group, reading: &Reading, at: Millis) -> Option<i64> {
        match group.last_commit(reading, at) {
            Some(tick) => Some(self.position_at(group, reading, tick)),
            None => reading.committed,
        }
    }

    pub(super) fn position_at(&self, group: &Group, reading: &Reading, at: Millis) -> i64 {
        let partition = self.topic_at(reading.topic).and_then(|topic| {
            let partition = usize::try_from(reading.partition).ok()?;
            topic.partitions.get(partition)
        });
        let Some(partition) = partition.filter(|_| reading.is_read) else { return reading.position };
        let limit = match group.spec.isolation {
            Isolation::ReadUncommitted => partition.log.end(at),
            Isolation::ReadCommitted => partition.log.last_stable(at),
        };
        let limit = limit.min(reading.poison.unwrap_or(i64::MAX));
        let able = super::log::whole_records(reading.capacity, at - reading.anchor);
        let reached = reading.position.saturating_add(able).min(limit);
        // A reader that was beyond the end, or overtaken by deletion, goes on where there are records.
        let floor = partition.log.start(at).min(reading.poison.unwrap_or(i64::MAX));
        reached.max(reading.position.min(limit)).max(floor)
    }
}
