//! ListOffsets: where partitions end and start, one request per leader for all its partitions.
//!
//! Not by timestamp. The end is the high watermark, what consumers may read up to.
//! Invariant: every partition that was asked about gets an offset or a reason.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId as WireBrokerId, ListOffsetsRequest, TopicName as WireTopicName};
use kafka_protocol::protocol::StrBytes;

use crate::model::{Moment, PartitionId, ProblemKind, Question, TopicIndex, TopicName};
use crate::wire::{PartitionOffset, TopicOffsets};

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{count_failures, text};

/// The partitions of one topic to ask about.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked {
    pub(in super::super) topic: TopicIndex,
    pub(in super::super) name: TopicName,
    /// Each with the leader epoch that metadata told.
    pub(in super::super) partitions: Vec<(PartitionId, Option<i32>)>,
}

/// Which end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Edge {
    /// The high watermark.
    End,
    /// The log start offset.
    Start,
}

impl Edge {
    /// The timestamp that stands for it in the protocol.
    const fn timestamp(self) -> i64 {
        match self {
            Self::End => -1,
            Self::Start => -2,
        }
    }
}

/// What one leader told: the partitions with an offset or a reason, and when.
#[derive(Debug)]
pub(in super::super) struct Edges {
    pub(in super::super) answered: Moment,
    pub(in super::super) offsets: Vec<(TopicIndex, PartitionId, Result<i64, Refusal>)>,
}

/// Asks one leader about all its partitions, each topic once.
pub(in super::super) async fn ask(
    link: &mut Link,
    edge: Edge,
    asked: Arc<Vec<Asked>>,
    poll: &Poll,
) -> Result<Edges, Error> {
    let answer = link.ask(poll, |_| request(edge, &asked)).await?;
    let told = by_topic(answer.body);
    let mut offsets = Vec::with_capacity(asked.iter().map(|asked| asked.partitions.len()).sum());
    // A name is looked up once for all its partitions.
    for Asked { topic, name, partitions } in asked.iter() {
        let told = told.get(name.as_bytes()).map(Vec::as_slice).unwrap_or_default();
        offsets.extend(partitions.iter().map(|(partition, _)| (*topic, *partition, outcome(told, *partition))));
    }
    count_failures(Question::ListOffsets, offsets.iter().filter_map(|(.., outcome)| outcome.as_ref().err()), poll);
    Ok(Edges { answered: answer.at, offsets })
}

/// What was told of each topic, in order of partition.
fn by_topic(answer: Vec<TopicOffsets>) -> HashMap<StrBytes, Vec<PartitionOffset>> {
    let mut told: HashMap<StrBytes, Vec<PartitionOffset>> = HashMap::with_capacity(answer.len());
    for TopicOffsets { topic, mut partitions } in answer {
        match told.entry(topic) {
            Entry::Vacant(entry) => {
                entry.insert(partitions);
            }
            Entry::Occupied(mut entry) => entry.get_mut().append(&mut partitions),
        }
    }
    for partitions in told.values_mut() {
        partitions.sort_by_key(|told| told.partition);
    }
    told
}

/// What was told last of a partition, among all that was told of its topic.
fn outcome(told: &[PartitionOffset], partition: PartitionId) -> Result<i64, Refusal> {
    let next = told.partition_point(|told| told.partition <= partition.0);
    let told = next.checked_sub(1).and_then(|place| told.get(place));
    match told.filter(|told| told.partition == partition.0) {
        None => Err(ProblemKind::Missing.into()),
        Some(told) => match Refusal::of(told.error_code) {
            Some(refusal) => Err(refusal),
            None if told.offset < 0 => Err(ProblemKind::Invalid.into()),
            None => Ok(told.offset),
        },
    }
}

fn request(edge: Edge, asked: &[Asked]) -> ListOffsetsRequest {
    let topics = asked.iter().map(|Asked { name, partitions, .. }| {
        let partitions = partitions.iter().map(|(partition, leader_epoch)| {
            ListOffsetsPartition::default()
                .with_partition_index(partition.0)
                .with_current_leader_epoch(leader_epoch.unwrap_or(-1))
                .with_timestamp(edge.timestamp())
        });
        ListOffsetsTopic::default().with_name(WireTopicName(text(name))).with_partitions(partitions.collect())
    });
    ListOffsetsRequest::default().with_replica_id(WireBrokerId(-1)).with_topics(topics.collect())
}
