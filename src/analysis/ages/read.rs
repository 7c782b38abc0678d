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
    /// Whether all are marked.
    is_full: bool,
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
            read.topics.push(Place { start, count, is_dense, is_full: false });
            start += count;
        }
        read.marks.resize(start, false);
        for group in &snapshot.groups {
            let commits = group.commits.as_ref().map_or(&[][..], |commits| &commits.offsets);
            read.mark_all(snapshot, commits, |commit| (commit.topic, commit.partition));
            let assignments = group.members.iter().flatten().filter_map(|member| member.assignment.as_ref());
            for assignment in assignments {
                read.mark_all(snapshot, &assignment.partitions, |place| *place);
            }
        }
        read
    }

    /// The marks of the topics, in their order; of each in the order of its partitions.
    pub(super) fn topics(&self) -> impl Iterator<Item = &[bool]> {
        self.topics.iter().map(|place| self.marks.get(place.start..place.start + place.count).unwrap_or_default())
    }

    /// Marks what these speak of, which are in order of topic and partition, each once.
    fn mark_all<T>(
        &mut self,
        snapshot: &ClusterSnapshot,
        spoken_of: &[T],
        at: impl Fn(&T) -> (TopicIndex, PartitionId),
    ) {
        let mut rest = spoken_of;
        while let Some((topic, _)) = rest.first().map(&at) {
            let is_of_topic = |item: &T| at(item).0 == topic;
            let place = usize::try_from(topic.0).ok().and_then(|topic| self.topics.get_mut(topic));
            let count = place.as_ref().map_or(0, |place| place.count);
            // Mostly a group reads all of a topic, or nothing else: then nobody looks at what lies between.
            let has_all = count.checked_sub(1).and_then(|last| rest.get(last)).is_some_and(is_of_topic);
            let length = if has_all {
                count
            } else if rest.last().is_some_and(is_of_topic) {
                rest.len()
            } else {
                rest.partition_point(|item| at(item).0 <= topic)
            };
            let (of_topic, others) = rest.split_at_checked(length.max(1)).unwrap_or((rest, &[]));
            rest = others;
            let Some(place) = place.filter(|place| !place.is_full) else { continue };
            let Some(marks) = self.marks.get_mut(place.start..place.start + place.count) else { continue };
            // As many different ones as there are, from the first on, and none beyond the last.
            let is_from_first = of_topic.first().is_some_and(|first| at(first).1 == PartitionId(0));
            let last = of_topic.last().and_then(|last| usize::try_from(at(last).1.0).ok());
            if has_all && place.is_dense && is_from_first && last < Some(place.count) {
                place.is_full = true;
                marks.fill(true);
                continue;
            }
            for partition in of_topic.iter().map(|item| at(item).1) {
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
}

fn is_first(partition: &crate::model::Partition) -> bool {
    partition.id == PartitionId(0)
}

fn search(topic: &Topic, partition: PartitionId) -> Option<usize> {
    topic.partitions.binary_search_by_key(&partition, |partition| partition.id).ok()
}
