//! ListOffsets: where partitions end and start, and where they were at a time, one request per leader for all its
//! partitions.
//!
//! The end is the high watermark, what consumers may read up to, unless it is asked for as those see it who are not
//! shown open transactions.
//! Invariant: every partition that was asked about gets an offset or a reason.

use std::time::Duration;

use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{BrokerId as WireBrokerId, ListOffsetsRequest, TopicName as WireTopicName};

use crate::model::{Moment, ProblemKind, Question, TimedOffset, Timestamp};
use crate::wire::PartitionOffset;

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::partitions::{Asked, Numbered, Outcome, beside};
use super::{count_failures, text};

/// Which end of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Edge {
    /// The high watermark.
    End,
    /// The log start offset.
    Start,
    /// The last stable offset.
    LastStable,
}

impl Edge {
    /// The timestamp that stands for it in the protocol.
    const fn timestamp(self) -> i64 {
        match self {
            Self::End | Self::LastStable => -1,
            Self::Start => -2,
        }
    }

    /// Whether open transactions are hidden.
    const fn isolation(self) -> i8 {
        match self {
            Self::End | Self::Start => 0,
            Self::LastStable => 1,
        }
    }

    /// The first version that can be asked for it.
    const fn since(self) -> i16 {
        match self {
            Self::End | Self::Start => 0,
            Self::LastStable => 2,
        }
    }
}

/// What one leader told: the partitions with an offset or a reason, and when.
#[derive(Debug)]
pub(in super::super) struct Told<Of, T> {
    pub(in super::super) answered: Moment,
    pub(in super::super) offsets: Vec<Outcome<Of, T>>,
}

impl Numbered for PartitionOffset {
    fn number(&self) -> i32 {
        self.partition
    }
}

/// Asks one leader about all its partitions, each topic once.
pub(in super::super) async fn ask(
    link: &mut Link,
    edge: Edge,
    asked: &[Asked],
    poll: &Poll,
) -> Result<Told<(), i64>, Error> {
    let build = |version: i16| {
        let can_be_asked = version >= edge.since();
        can_be_asked.then(|| request(edge.isolation(), asked, |()| edge.timestamp())).into_iter().collect()
    };
    let read = |told: &PartitionOffset| if told.offset < 0 { Err(ProblemKind::Invalid) } else { Ok(told.offset) };
    tell(link, asked, poll, build, read).await
}

/// Asks one leader for the first record of a time or later, of each partition at a time of its own.
pub(in super::super) async fn ask_times(
    link: &mut Link,
    asked: &[Asked<Timestamp>],
    poll: &Poll,
) -> Result<Told<Timestamp, Option<TimedOffset>>, Error> {
    let build = |_| vec![request(Edge::End.isolation(), asked, whole_milliseconds)];
    tell(link, asked, poll, build, timed_offset).await
}

async fn tell<Of: Copy + Send + Sync, T>(
    link: &mut Link,
    asked: &[Asked<Of>],
    poll: &Poll,
    build: impl Fn(i16) -> Vec<ListOffsetsRequest> + Send + Sync,
    read: impl Fn(&PartitionOffset) -> Result<T, ProblemKind>,
) -> Result<Told<Of, T>, Error> {
    let (version, mut answers) = link.ask_all(poll, build).await?;
    let Some(answer) = answers.pop() else {
        let sentence = format!("it cannot be asked in version {version} of ListOffsets");
        return Err(Error::new(ProblemKind::UnsupportedVersion, sentence));
    };
    let answer = answer?;
    let told = answer.body.into_iter().map(|topic| (topic.topic, topic.partitions));
    let offsets = beside(asked, told, |_, told: Option<&PartitionOffset>| {
        let told = told.ok_or(ProblemKind::Missing)?;
        Refusal::of(told.error_code).map_or_else(|| read(told).map_err(Refusal::from), Err)
    });
    count_failures(Question::ListOffsets, offsets.iter().filter_map(|(.., outcome)| outcome.as_ref().err()), poll);
    Ok(Told { answered: answer.at, offsets })
}

fn timed_offset(told: &PartitionOffset) -> Result<Option<TimedOffset>, ProblemKind> {
    /// What is told where all records are older.
    const NONE: i64 = -1;
    match (told.offset, u64::try_from(told.timestamp)) {
        (NONE, _) => Ok(None),
        (offset @ 0.., Ok(timestamp)) => {
            Ok(Some(TimedOffset { offset, timestamp: Timestamp::from_unix(Duration::from_millis(timestamp)) }))
        }
        _ => Err(ProblemKind::Invalid),
    }
}

/// Kafka's times are whole milliseconds: the first that is not before this one.
fn whole_milliseconds(at: Timestamp) -> i64 {
    let milliseconds = at.since_unix().as_nanos().div_ceil(1_000_000);
    i64::try_from(milliseconds).unwrap_or(i64::MAX)
}

fn request<Of: Copy>(isolation: i8, asked: &[Asked<Of>], timestamp: impl Fn(Of) -> i64) -> ListOffsetsRequest {
    let topics = asked.iter().map(|Asked { name, partitions, .. }| {
        let partitions = partitions.iter().map(|(partition, leader_epoch, of)| {
            ListOffsetsPartition::default()
                .with_partition_index(partition.0)
                .with_current_leader_epoch(leader_epoch.unwrap_or(-1))
                .with_timestamp(timestamp(*of))
        });
        ListOffsetsTopic::default().with_name(WireTopicName(text(name))).with_partitions(partitions.collect())
    });
    ListOffsetsRequest::default()
        .with_replica_id(WireBrokerId(-1))
        .with_isolation_level(isolation)
        .with_topics(topics.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(offset: i64, timestamp: i64) -> PartitionOffset {
        PartitionOffset { partition: 0, error_code: 0, timestamp, offset }
    }

    #[test]
    fn an_offset_by_time_has_a_time_or_there_is_none() {
        let at = |milliseconds| Timestamp::from_unix(Duration::from_millis(milliseconds));
        assert_eq!(timed_offset(&told(7, 1_500)), Ok(Some(TimedOffset { offset: 7, timestamp: at(1_500) })));
        assert_eq!(timed_offset(&told(0, 0)), Ok(Some(TimedOffset { offset: 0, timestamp: at(0) })));
        assert_eq!(timed_offset(&told(-1, -1)), Ok(None));
        for (offset, timestamp) in [(-2, -1), (7, -1), (i64::MIN, 5)] {
            assert_eq!(timed_offset(&told(offset, timestamp)), Err(ProblemKind::Invalid), "{offset} {timestamp}");
        }
    }

    #[test]
    fn a_time_between_two_milliseconds_is_the_later_one() {
        assert_eq!(whole_milliseconds(Timestamp::from_unix(Duration::from_millis(1_500))), 1_500);
        assert_eq!(whole_milliseconds(Timestamp::from_unix(Duration::new(1, 500_000_001))), 1_501);
        assert_eq!(whole_milliseconds(Timestamp::from_unix(Duration::MAX)), i64::MAX);
    }
}
