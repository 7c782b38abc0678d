//! Fetch: whether there is nothing from an offset on but transaction markers and records of aborted transactions.
//!
//! Not records: of the few bytes that are fetched only headers of batches are looked at. READ on the topic is needed.
//! Invariant: where it cannot be told, nothing is told; never that there are markers where a record may be.

use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId as WireBrokerId, FetchRequest, TopicName as WireTopicName};

use crate::model::{ProblemKind, Question};
use crate::wire::{self, FetchedPartition};

use super::super::code::{self, Refusal};
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::partitions::{Asked, Numbered, Outcome, beside};
use super::{count_failures, text};

/// A marker has less than a hundred bytes, so this holds a run of dozens; a batch that does not fit is none.
const PARTITION_BYTES: usize = 4 << 10;

/// The most that is fetched at once.
const ANSWER_BYTES_MAX: usize = 8 << 20;

/// Beyond what all partitions take together: the first batch of an answer is sent whole, however large it is.
const ANSWER_BYTES_MORE: usize = 1 << 20;

impl Numbered for FetchedPartition {
    fn number(&self) -> i32 {
        self.partition
    }
}

/// Asks one leader, of each partition from one offset on: for the offset after the last of an unbroken run of what who reads
/// only committed records passes over.
/// Partitions that found no room in the answer are not told of.
pub(in super::super) async fn ask(
    link: &mut Link,
    asked: &[Asked<i64>],
    poll: &Poll,
) -> Result<Vec<Outcome<i64, i64>>, Error> {
    let partition_count: usize = asked.iter().map(|asked| asked.partitions.len()).sum();
    let bytes_max = partition_count.saturating_mul(PARTITION_BYTES).saturating_add(ANSWER_BYTES_MORE);
    let bytes_max = bytes_max.min(ANSWER_BYTES_MAX).min(poll.frame_bytes_max / 2);
    let answer = link.ask(poll, |_| request(asked, bytes_max)).await?.body;
    if let Some(kind) = code::problem_kind(answer.error_code) {
        poll.failed(Question::Fetch, kind);
        return Err(Error::new(kind, code::name(answer.error_code)));
    }
    let partitions = answer.topics.iter().flat_map(|(_, partitions)| partitions);
    let bytes: usize = partitions.map(|partition| partition.records.len()).sum();
    // Partitions without batches may have been refused them for want of room.
    let is_full = bytes.saturating_add(PARTITION_BYTES) > bytes_max;
    let mut outcomes = beside(asked, answer.topics.into_iter(), |from, told: Option<&FetchedPartition>| {
        let told = told.ok_or(ProblemKind::Missing)?;
        if let Some(refusal) = Refusal::of(told.error_code) {
            return Err(refusal);
        }
        let may_be_more = is_full && told.records.is_empty();
        Ok((!may_be_more).then(|| wire::markers_until(from, &told.aborted, &told.records)))
    });
    count_failures(Question::Fetch, outcomes.iter().filter_map(|(.., outcome)| outcome.as_ref().err()), poll);
    let told = outcomes
        .drain(..)
        .filter_map(|(topic, partition, from, outcome)| Some((topic, partition, from, outcome.transpose()?)));
    Ok(told.collect())
}

fn request(asked: &[Asked<i64>], bytes_max: usize) -> FetchRequest {
    let size = |bytes: usize| i32::try_from(bytes).unwrap_or(i32::MAX);
    let topics = asked.iter().map(|Asked { name, partitions, .. }| {
        let partitions = partitions.iter().map(|(partition, leader_epoch, from)| {
            FetchPartition::default()
                .with_partition(partition.0)
                .with_current_leader_epoch(leader_epoch.unwrap_or(-1))
                .with_fetch_offset(*from)
                .with_partition_max_bytes(size(PARTITION_BYTES))
        });
        FetchTopic::default().with_topic(WireTopicName(text(name))).with_partitions(partitions.collect())
    });
    // Nobody waits for more to come, and there is no session: the epoch is that of a single request.
    FetchRequest::default()
        .with_replica_id(WireBrokerId(-1))
        .with_max_wait_ms(0)
        .with_min_bytes(0)
        .with_max_bytes(size(bytes_max))
        // Aborted transactions are named only to those who read what is committed.
        .with_isolation_level(1)
        .with_session_id(0)
        .with_session_epoch(-1)
        .with_topics(topics.collect())
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::protocol::Encodable;

    use super::*;
    use crate::model::{PartitionId, TopicIndex, TopicName};

    #[test]
    fn every_version_can_be_asked() {
        let partitions = vec![(PartitionId(0), Some(4), 17), (PartitionId(1), None, 0)];
        let asked = Asked { topic: TopicIndex(0), name: TopicName::from("orders"), partitions };
        for version in 4..=12 {
            let request = request(std::slice::from_ref(&asked), 10_000);
            request.encode(&mut BytesMut::new(), version).expect("the version has all that is written");
        }
    }
}
