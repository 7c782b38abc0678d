//! ListOffsets: where partitions end and start, one request per leader for all its partitions.
//!
//! Not by timestamp. The end is the high watermark, what consumers may read up to.
//! Invariant: every partition that was asked about gets an offset or a reason.

use std::collections::HashMap;
use std::sync::Arc;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId as WireBrokerId, ListOffsetsRequest, TopicName as WireTopicName};

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
    let mut told: HashMap<(&str, i32), (i16, i64)> = HashMap::with_capacity(asked.len());
    for topic in &answer.body.topics {
        for partition in &topic.partitions {
            told.insert((topic.name.0.as_str(), partition.partition_index), (partition.error_code, partition.offset));
        }
    }
    let offsets = asked.iter().map(|asked| {
        let outcome = match told.get(&(asked.name.as_str(), asked.partition.0)) {
            None => Err(ProblemKind::Missing.into()),
            Some((code, offset)) => match Refusal::of(*code) {
                Some(refusal) => Err(refusal),
                None if *offset < 0 => Err(ProblemKind::Invalid.into()),
                None => Ok(*offset),
            },
        };
        (asked.topic, asked.partition, outcome)
    });
    let offsets: Vec<_> = offsets.collect();
    count_failures(Question::ListOffsets, offsets.iter().filter_map(|(.., outcome)| outcome.as_ref().err()), poll);
    Ok(Edges { answered: answer.at, offsets })
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
