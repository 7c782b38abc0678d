//! Which partitions anybody reads: some group committed to them or owns them.
//!
//! Not by whom.
//! Invariant: a partition that the snapshot does not list is read by nobody, whatever a commit says.

use crate::model::{ClusterSnapshot, PartitionId, Topic, TopicIndex, are_numbered};

/// A mark for each partition of a snapshot.
#[derive(Debug, Default)]
pub(super) struct Read {
    marks: Vec<bool>,
    topics: Vec<Place>,
}

/// Where a topic's marks are.
#[derive(Clone, Copy, Debug)]
struct Place {
    start: usize,
    count: usize,
    /// Whether partitions are numbered from 0 on without a gap, as Kafka does it.
    is_dense: bool,
}

impl Read {
    pub(super) fn of(snapshot: &ClusterSnapshot) -> Self {
        let mut read = Self { marks: Vec::new(), topics: Vec::with_capacity(snapshot.topics.len()) };
        let mut start = 0;
        for topic in &snapshot.topics {
            let count = topic.partitions.len();
            let is_dense = are_numbered(&topic.partitions, |partition| partition.id);
            read.topics.push(Place { start, count, is_dense });
            start += count;
        }
        read.marks.resize(start, false);
        for group in &snapshot.groups {
            let commits = group.commits.as_ref().map_or(&[][..], |commits| &commits.offsets);
            for of_topic in commits.chunk_by(|left, right| left.topic == right.topic) {
                let partitions = of_topic.iter().map(|commit| commit.partition);
                read.mark_all(snapshot, of_topic.first().map(|first| first.topic), partitions);
            }
            for assignment in group.assignments() {
                for of_topic in assignment.partitions.chunk_by(|left, right| left.0 == right.0) {
                    let partitions = of_topic.iter().map(|place| place.1);
                    read.mark_all(snapshot, of_topic.first().map(|first| first.0), partitions);
                }
            }
        }
        read
    }

    /// The marks of the topics, in their order; of each in the order of its partitions.
    pub(super) fn topics(&self) -> impl Iterator<Item = &[bool]> {
        self.topics.iter().map(|place| self.marks.get(place.start..place.start + place.count).unwrap_or_default())
    }

    /// Marks partitions of one topic.
    fn mark_all(
        &mut self,
        snapshot: &ClusterSnapshot,
        topic: Option<TopicIndex>,
        partitions: impl Iterator<Item = PartitionId>,
    ) {
        let Some(topic) = topic else { return };
        let Some(place) = usize::try_from(topic.0).ok().and_then(|topic| self.topics.get(topic)) else { return };
        let Some(marks) = self.marks.get_mut(place.start..place.start + place.count) else { return };
        for partition in partitions {
            let number = match snapshot.topic(topic) {
                Some(topic) if !place.is_dense => search(topic, partition),
                _ => usize::try_from(partition.0).ok(),
            };
            if let Some(mark) = number.and_then(|number| marks.get_mut(number)) {
                *mark = true;
            }
        }
    }
}

fn search(topic: &Topic, partition: PartitionId) -> Option<usize> {
    topic.partitions.binary_search_by_key(&partition, |partition| partition.id).ok()
}
