//! Which partitions anybody reads: some group committed to them or owns them.
//!
//! Not by whom.
//! Invariant: a partition that the snapshot does not list is read by nobody, whatever a commit says.

use crate::model::{ClusterSnapshot, PartitionId, Topic, TopicIndex};

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
            // They are sorted and each is there once.
            let last = topic.partitions.last().map(|last| usize::try_from(last.id.0));
            let is_dense = last == Some(Ok(count.saturating_sub(1))) && topic.partitions.first().is_some_and(is_first);
            read.topics.push(Place { start, count, is_dense });
            start += count;
        }
        read.marks.resize(start, false);
        for group in &snapshot.groups {
            for commit in group.commits.iter().flat_map(|commits| &commits.offsets) {
                read.mark(snapshot, commit.topic, commit.partition);
            }
            let assignments = group.members.iter().flatten().filter_map(|member| member.assignment.as_ref());
            for (topic, partition) in assignments.flat_map(|assignment| &assignment.partitions) {
                read.mark(snapshot, *topic, *partition);
            }
        }
        read
    }

    /// The marks of the topics, in their order; of each in the order of its partitions.
    pub(super) fn topics(&self) -> impl Iterator<Item = &[bool]> {
        self.topics.iter().map(|place| self.marks.get(place.start..place.start + place.count).unwrap_or_default())
    }

    fn mark(&mut self, snapshot: &ClusterSnapshot, topic: TopicIndex, partition: PartitionId) {
        let Some(place) = usize::try_from(topic.0).ok().and_then(|topic| self.topics.get(topic)) else { return };
        let number = usize::try_from(partition.0).ok().filter(|number| place.is_dense && *number < place.count);
        let number = match number {
            None if place.is_dense => None,
            None => snapshot.topic(topic).and_then(|topic| search(topic, partition)),
            dense => dense,
        };
        if let Some(mark) = number.and_then(|number| self.marks.get_mut(place.start + number)) {
            *mark = true;
        }
    }
}

fn is_first(partition: &crate::model::Partition) -> bool {
    partition.id == PartitionId(0)
}

fn search(topic: &Topic, partition: PartitionId) -> Option<usize> {
    topic.partitions.binary_search_by_key(&partition, |partition| partition.id).ok()
}
