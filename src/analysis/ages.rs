//! How old records are: for each partition that somebody reads, when its log was how long.
//!
//! Not of a consumer: one partition's past answers for every group.
//! Invariant: a bracket holds the truth, and says how wide it is.

mod anchors;
mod bracket;
mod cut;
mod domain;
mod kept;
mod near;
mod packed;
mod partition;
mod plan;
mod read;
mod rules;
mod ticks;

use crate::model::{
    ClusterSnapshot, Partition, PartitionId, Thresholds, TimeLag, Topic, TopicId, TopicIndex, TopicName, place_of,
};

use super::join::join;
use super::places::Place;
use kept::KeptAges;
pub(super) use near::Near;
pub(super) use partition::PartitionAges;
pub(super) use plan::Plan;
use plan::Wanted;
use read::Read;
use rules::{Pace, Precision, Rules};
use ticks::Ticks;

/// The past of all partitions that somebody reads.
#[derive(Debug, Default)]
pub(super) struct Ages {
    /// In the order of the topics of the snapshot that was observed last.
    topics: Vec<TopicAges>,
    pace: Pace,
    /// How far the wall clock was ahead of the monotonic one when what is remembered was told.
    ahead: Option<Ticks>,
    /// How many polls there were.
    poll: u32,
    /// Of the last poll.
    rules: Rules,
}

#[derive(Debug)]
struct TopicAges {
    name: TopicName,
    id: Option<TopicId>,
    /// Those that somebody reads, in order of number.
    partitions: Vec<PartitionAges>,
    kept: KeptAges,
    /// The oldest time that is asked about, as an age; `None` where any is.
    asked_back: Option<Ticks>,
}

/// Polls for which a partition is remembered that nobody reads any more: an hour at the default interval, in which a
/// group whose coordinator is lost comes back.
const UNREAD_POLLS: u32 = 240;

/// A wall clock that moves by more than this was set, not slewed.
const STEP: Ticks = 5 * ticks::PER_SECOND;

impl Ages {
    /// Takes in a snapshot: ends, starts and what was answered to wishes.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot, thresholds: &Thresholds) {
        self.poll = self.poll.saturating_add(1);
        self.pace.observe(snapshot.started);
        let rules = Rules::new(thresholds, self.pace.ticks(), self.poll);
        self.rules = rules;
        let read = Read::of(snapshot);
        let now = snapshot.topics.iter().zip(read.topics()).map(|topic| (&topic.0.name, topic));
        let before: Vec<TopicAges> = std::mem::take(&mut self.topics);
        let names: Vec<TopicName> = before.iter().map(|topic| topic.name.clone()).collect();
        let before = names.iter().zip(before);
        self.topics.reserve_exact(snapshot.topics.len());
        for (_, topic, ages) in join(now, before) {
            let Some((topic, read)) = topic else { continue };
            let mut ages = ages.unwrap_or_else(|| TopicAges::new(topic));
            ages.observe(topic, read, &rules);
            self.topics.push(ages);
        }
        for answer in &snapshot.granted.epochs {
            let ages = self.topic_mut(answer.topic).and_then(|topic| topic.partition_mut(answer.partition));
            if let Some((ages, end)) = ages.zip(answer.end.ok().flatten()) {
                ages.epoch_ended(answer.epoch, end);
            }
        }
        self.forget_told_by_another_clock(snapshot);
        for answer in &snapshot.granted.times {
            if let Some(ages) = self.topic_mut(answer.topic).and_then(|topic| topic.partition_mut(answer.partition)) {
                ages.told(answer, &rules);
            }
        }
    }

    /// What was told was placed by the wall clock of then; when that is set, it lies wrong.
    fn forget_told_by_another_clock(&mut self, snapshot: &ClusterSnapshot) {
        let ahead = ticks::ahead(snapshot.finished, snapshot.finished_at);
        if self.ahead.is_none_or(|known| (known - ahead).abs() > STEP) {
            self.ahead = Some(ahead);
            self.topics.iter_mut().flat_map(|topic| &mut topic.partitions).for_each(PartitionAges::forget_told);
        }
    }

    /// The past of a partition of the snapshot that was observed last; `None` where its end is not known or nobody reads it.
    pub(super) fn of(&self, topic: TopicIndex, partition: PartitionId) -> Option<&PartitionAges> {
        self.topic(topic)?.of(partition)
    }

    /// The age of the first record at or after `committed` of a partition of the snapshot that was observed last, and what
    /// would narrow its bracket.
    pub(super) fn look(
        &self,
        place: Place,
        committed: i64,
        thresholds: &Thresholds,
    ) -> (Option<TimeLag>, Option<Wanted>) {
        let known = self.topic(place.0).and_then(|topic| Some((topic, topic.of(place.1)?)));
        known.map_or((None, None), |(topic, ages)| ages.look(committed, thresholds, &self.rules, topic.asked_back))
    }

    /// Whether nothing is asked about older records of the topic, which may be in remote storage.
    pub(super) fn is_remote_unasked(&self, topic: TopicIndex) -> bool {
        self.topic(topic).is_some_and(|topic| topic.asked_back.is_some())
    }

    /// Seconds by which a partition's records are kept shorter with each second; 0 where they are not.
    pub(super) fn shrinking(&self, topic: TopicIndex, partition: PartitionId) -> f64 {
        self.topic(topic).map_or(0.0, |topic| topic.kept.shrinking(partition))
    }

    /// How exact brackets have to be.
    fn precision(&self) -> Precision {
        self.rules.precision
    }

    fn topic(&self, topic: TopicIndex) -> Option<&TopicAges> {
        self.topics.get(usize::try_from(topic.0).ok()?)
    }

    fn topic_mut(&mut self, topic: TopicIndex) -> Option<&mut TopicAges> {
        self.topics.get_mut(usize::try_from(topic.0).ok()?)
    }
}

impl TopicAges {
    fn new(topic: &Topic) -> Self {
        let (name, id) = (topic.name.clone(), topic.id);
        Self { name, id, partitions: Vec::new(), kept: KeptAges::default(), asked_back: None }
    }

    fn observe(&mut self, topic: &Topic, read: &[bool], rules: &Rules) {
        if self.id != topic.id {
            // Under the old name, another log.
            if self.id.is_some() && topic.id.is_some() {
                self.partitions.iter_mut().for_each(|ages| ages.forget(phase(ages.id)));
                self.kept = KeptAges::default();
            }
            self.id = topic.id.or(self.id);
        }
        self.add_new(topic, read);
        self.asked_back = rules.asked_back(topic.config.as_deref());
        let has_append_times = topic.config.as_ref().is_some_and(|config| config.has_append_times);
        let mut now = topic.partitions.iter().zip(read).peekable();
        self.partitions.retain_mut(|ages| {
            while now.next_if(|(partition, _)| partition.id < ages.id).is_some() {}
            let Some((partition, is_read)) = now.next_if(|(partition, _)| partition.id == ages.id) else {
                return false;
            };
            if *is_read {
                ages.read_in = rules.poll;
            }
            ages.has_append_times = has_append_times;
            ages.note_leader(partition);
            if ages.observe(partition.high_watermark.ok(), partition.low_watermark.ok(), rules)
                && let Some((now, age)) = ages.now().zip(ages.retained())
            {
                self.kept.note(ages.id, now, age);
            }
            rules.poll - ages.read_in <= UNREAD_POLLS
        });
        if self.partitions.capacity() > self.partitions.len() * 3 / 2 {
            self.partitions.shrink_to_fit();
            let partitions = &self.partitions;
            self.kept.retain(|id| place_of(partitions, id, |ages| ages.id).is_some());
        }
    }

    /// Makes room for partitions that somebody reads now.
    fn add_new(&mut self, topic: &Topic, read: &[bool]) {
        if self.has_all(topic) {
            return;
        }
        let known_count = self.partitions.len();
        let mut known = self.partitions.iter().peekable();
        let is_new = |(partition, is_read): &(&Partition, &bool)| {
            while known.next_if(|known| known.id < partition.id).is_some() {}
            **is_read && known.next_if(|known| known.id == partition.id).is_none()
        };
        let new: Vec<PartitionId> =
            topic.partitions.iter().zip(read).filter(is_new).map(|(partition, _)| partition.id).collect();
        self.partitions.reserve_exact(new.len());
        self.partitions.extend(new.into_iter().map(|id| PartitionAges::new(id, phase(id))));
        if self.partitions.len() > known_count {
            self.partitions.sort_unstable_by_key(|ages| ages.id);
        }
    }

    /// Whether all partitions are there already, as they mostly are: as many numbers from 0 up to the last one of the topic as
    /// it has partitions are all of them.
    fn has_all(&self, topic: &Topic) -> bool {
        let (count, last) = (topic.partitions.len(), topic.partitions.last());
        let known_last = self.partitions.last().map(|ages| ages.id);
        self.partitions.len() == count
            && last.is_none_or(|last| known_last == Some(last.id) && usize::try_from(last.id.0) == Ok(count - 1))
    }

    fn of(&self, partition: PartitionId) -> Option<&PartitionAges> {
        self.partitions.get(self.place(partition)?).filter(|ages| ages.is_current)
    }

    fn place(&self, partition: PartitionId) -> Option<usize> {
        // Mostly all partitions of a topic are read.
        place_of(&self.partitions, partition, |ages| ages.id)
    }

    fn partition_mut(&mut self, partition: PartitionId) -> Option<&mut PartitionAges> {
        let place = self.place(partition)?;
        self.partitions.get_mut(place)
    }
}

/// Spreads the work on tables over polls.
fn phase(partition: PartitionId) -> u16 {
    u16::try_from(partition.0.rem_euclid(97)).unwrap_or(0)
}

#[cfg(test)]
mod tests;
