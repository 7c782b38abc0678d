//! OffsetForLeaderEpoch: where the records of a leader ended, so that it shows whether a commit's record is still there
//! (KIP-320).
//!
//! Not who leads. DESCRIBE on the topic is enough.
//! Invariant: every partition that was asked about gets an end, the word that there is none, or a reason.

use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::offset_for_leader_epoch_response::EpochEndOffset;
use kafka_protocol::messages::{BrokerId as WireBrokerId, OffsetForLeaderEpochRequest, TopicName as WireTopicName};

use crate::model::{ProblemKind, Question};

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::partitions::{Asked, Numbered, Outcome, beside};
use super::{count_failures, text};

/// The end and the epoch of which it is; what a leader says that knows neither.
const UNDEFINED: i64 = -1;

impl Numbered for EpochEndOffset {
    fn number(&self) -> i32 {
        self.partition
    }
}

/// Asks one leader where epochs ended, of each partition one. An epoch that left no records, but is older than one
/// that did, ended where the last before it did.
pub(in super::super) async fn ask(
    link: &mut Link,
    asked: &[Asked<i32>],
    poll: &Poll,
) -> Result<Vec<Outcome<i32, Option<i64>>>, Error> {
    let answer = link.ask(poll, |_| request(asked)).await?;
    let told = answer.body.topics.into_iter().map(|topic| (topic.topic.0, topic.partitions));
    let ends = beside(asked, told, |_, told: Option<&EpochEndOffset>| {
        let told = told.ok_or(ProblemKind::Missing)?;
        Refusal::of(told.error_code).map_or_else(|| end(told.end_offset).map_err(Refusal::from), Err)
    });
    let refusals = ends.iter().filter_map(|(.., outcome)| outcome.as_ref().err());
    count_failures(Question::OffsetForLeaderEpoch, refusals, poll);
    Ok(ends)
}

fn end(offset: i64) -> Result<Option<i64>, ProblemKind> {
    match offset {
        0.. => Ok(Some(offset)),
        UNDEFINED => Ok(None),
        _ => Err(ProblemKind::Invalid),
    }
}

fn request(asked: &[Asked<i32>]) -> OffsetForLeaderEpochRequest {
    let topics = asked.iter().map(|Asked { name, partitions, .. }| {
        let partitions = partitions.iter().map(|(partition, leader_epoch, epoch)| {
            OffsetForLeaderPartition::default()
                .with_partition(partition.0)
                .with_current_leader_epoch(leader_epoch.unwrap_or(-1))
                .with_leader_epoch(*epoch)
        });
        OffsetForLeaderTopic::default().with_topic(WireTopicName(text(name))).with_partitions(partitions.collect())
    });
    OffsetForLeaderEpochRequest::default().with_replica_id(WireBrokerId(-1)).with_topics(topics.collect())
}
