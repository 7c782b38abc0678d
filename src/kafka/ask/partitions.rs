//! Questions about partitions at their leader: each topic once, answers put beside the partitions.
//!
//! Not which question it is, and not what an answer means.
//! Invariant: every partition that was asked about gets what was told of it, or `None`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use kafka_protocol::protocol::StrBytes;

use crate::model::{PartitionId, TopicIndex, TopicName};

use super::super::code::Refusal;

/// The partitions of one topic to ask about.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked<Of = ()> {
    pub(in super::super) topic: TopicIndex,
    pub(in super::super) name: TopicName,
    /// Each with the leader epoch that metadata told, and what is asked of it.
    pub(in super::super) partitions: Vec<(PartitionId, Option<i32>, Of)>,
}

/// A partition, what was asked of it, and how that ended.
pub(in super::super) type Outcome<Of, T> = (TopicIndex, PartitionId, Of, Result<T, Refusal>);

/// What is told of one partition, of which it has the number.
pub(super) trait Numbered {
    fn number(&self) -> i32;
}

/// Puts beside the partitions that were asked about what was told last of each, as `read` has it.
pub(super) fn beside<Of: Copy, Told: Numbered, T>(
    asked: &[Asked<Of>],
    told: impl ExactSizeIterator<Item = (StrBytes, Vec<Told>)>,
    read: impl Fn(Of, Option<&Told>) -> Result<T, Refusal>,
) -> Vec<Outcome<Of, T>> {
    let told = by_topic(told);
    let mut outcomes = Vec::with_capacity(asked.iter().map(|asked| asked.partitions.len()).sum());
    // A name is looked up once for all its partitions.
    for Asked { topic, name, partitions } in asked {
        let told = told.get(name.as_bytes()).map(Vec::as_slice).unwrap_or_default();
        outcomes.extend(
            partitions.iter().map(|(partition, _, of)| (*topic, *partition, *of, read(*of, last(told, *partition)))),
        );
    }
    outcomes
}

/// What was told of each topic, in order of partition.
fn by_topic<Told: Numbered>(
    answer: impl ExactSizeIterator<Item = (StrBytes, Vec<Told>)>,
) -> HashMap<StrBytes, Vec<Told>> {
    let mut told: HashMap<StrBytes, Vec<Told>> = HashMap::with_capacity(answer.len());
    for (topic, mut partitions) in answer {
        match told.entry(topic) {
            Entry::Vacant(entry) => {
                entry.insert(partitions);
            }
            Entry::Occupied(mut entry) => entry.get_mut().append(&mut partitions),
        }
    }
    for partitions in told.values_mut() {
        partitions.sort_by_key(Numbered::number);
    }
    told
}

/// What was told last of a partition, among all that was told of its topic.
fn last<Told: Numbered>(told: &[Told], partition: PartitionId) -> Option<&Told> {
    let next = told.partition_point(|told| told.number() <= partition.0);
    let told = next.checked_sub(1).and_then(|place| told.get(place));
    told.filter(|told| told.number() == partition.0)
}
