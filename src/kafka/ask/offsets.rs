//! ListOffsets: where partitions end and start, one request per leader for all its partitions.
//!
//! Not by timestamp. The end is the high watermark, what consumers may read up to.
//! Invariant: every partition that was asked about gets an offset or a reason.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;
use kafka_protocol::messages::{
    BrokerId as WireBrokerId, ListOffsetsRequest, ListOffsetsResponse, TopicName as WireTopicName,
};

use crate::model::{Moment, PartitionId, ProblemKind, Question, TopicIndex, TopicName};

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{count_failures, text};

/// A partition to ask about, with the leader epoch that metadata told.
#[derive(Clone, Debug)]
pub(in super::super) struct Asked {
    pub(in super::super) topic: TopicIndex,
    pub(in super::super) name: TopicName,
    pub(in super::super) partition: PartitionId,
    pub(in super::super) leader_epoch: Option<i32>,
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

/// Asks one leader about all its partitions, which are in order of topic.
pub(in super::super) async fn ask(
    link: &mut Link,
    edge: Edge,
    asked: Arc<Vec<Asked>>,
    poll: &Poll,
) -> Result<Edges, Error> {
    let answer = link.ask(poll, |_| request(edge, &asked)).await?;
    let told = by_topic(&answer.body);
    let mut offsets = Vec::with_capacity(asked.len());
    // A name is looked up once for all its partitions.
    for partitions in asked.chunk_by(|left, right| left.topic == right.topic) {
        let told = partitions.first().and_then(|first| told.get(first.name.as_str()));
        let told = told.map(Vec::as_slice).unwrap_or_default();
        offsets.extend(partitions.iter().map(|asked| (asked.topic, asked.partition, outcome(told, asked.partition))));
    }
    count_failures(Question::ListOffsets, offsets.iter().filter_map(|(.., outcome)| outcome.as_ref().err()), poll);
    Ok(Edges { answered: answer.at, offsets })
}

/// What was told of each topic, in order of partition.
fn by_topic(answer: &ListOffsetsResponse) -> HashMap<&str, Vec<&ListOffsetsPartitionResponse>> {
    let mut told: HashMap<&str, Vec<&ListOffsetsPartitionResponse>> = HashMap::with_capacity(answer.topics.len());
    for topic in &answer.topics {
        told.entry(topic.name.0.as_str()).or_default().extend(&topic.partitions);
    }
    for partitions in told.values_mut() {
        partitions.sort_by_key(|told| told.partition_index);
    }
    told
}

/// What was told last of a partition, among all that was told of its topic.
fn outcome(told: &[&ListOffsetsPartitionResponse], partition: PartitionId) -> Result<i64, Refusal> {
    let next = told.partition_point(|told| told.partition_index <= partition.0);
    let told = next.checked_sub(1).and_then(|place| told.get(place));
    match told.filter(|told| told.partition_index == partition.0) {
        None => Err(ProblemKind::Missing.into()),
        Some(told) => match Refusal::of(told.error_code) {
            Some(refusal) => Err(refusal),
            None if told.offset < 0 => Err(ProblemKind::Invalid.into()),
            None => Ok(told.offset),
        },
    }
}

fn request(edge: Edge, asked: &[Asked]) -> ListOffsetsRequest {
    let by_topic = asked.chunk_by(|left, right| left.topic == right.topic).filter_map(|partitions| {
        let name = text(&partitions.first()?.name);
        let partitions = partitions.iter().map(|asked| {
            ListOffsetsPartition::default()
                .with_partition_index(asked.partition.0)
                .with_current_leader_epoch(asked.leader_epoch.unwrap_or(-1))
                .with_timestamp(edge.timestamp())
        });
        Some(ListOffsetsTopic::default().with_name(WireTopicName(name)).with_partitions(partitions.collect()))
    });
    ListOffsetsRequest::default().with_replica_id(WireBrokerId(-1)).with_topics(by_topic.collect())
}
