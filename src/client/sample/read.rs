//! Reads the newest records of a partition, piece by piece.
//!
//! Not what is made of them.
//! Invariant: it keeps nothing of a record but its place and its time.

use std::ops::Range;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use tracing::debug;

use crate::model::{PartitionId, SampleEnd, SampleSettings, SampledRecord, Timestamp};

use super::error::SampleError;
use super::offsets::because;
use super::patience::Patience;
use super::pieces::{Pieces, left_out};
use super::trouble::Trouble;

/// How often it is looked whether the time is over, while nothing comes.
const LOOK_UP: Duration = Duration::from_millis(200);

/// Headers in which producers say what they call themselves, in small letters and without what joins words.
const CLIENT_ID_HEADERS: [&str; 4] = ["clientid", "kafkaclientid", "producerclientid", "xclientid"];

/// A partition that is being read.
pub(super) struct Reading<'a> {
    consumer: &'a BaseConsumer<Trouble>,
    settings: &'a SampleSettings,
    partition: PartitionId,
    leader: &'a str,
    patience: &'a Patience<'a>,
    records: u64,
    bytes: u64,
    offsets: Option<(i64, i64)>,
    times: Option<(Timestamp, Timestamp)>,
    /// Of the piece that is being read, the offset that was read last.
    last: Option<i64>,
    left_out: Option<(i64, i64)>,
}

impl<'a> Reading<'a> {
    /// Nothing is read yet.
    pub(super) fn new(
        consumer: &'a BaseConsumer<Trouble>,
        settings: &'a SampleSettings,
        partition: PartitionId,
        leader: &'a str,
        patience: &'a Patience<'a>,
    ) -> Self {
        Self {
            consumer,
            settings,
            partition,
            leader,
            patience,
            records: 0,
            bytes: 0,
            offsets: None,
            times: None,
            last: None,
            left_out: None,
        }
    }

    /// The first and the last offset that were read.
    pub(super) fn offsets(&self) -> Option<(i64, i64)> {
        self.offsets
    }

    /// The first and the last offset that were not read, though older records were, as the last piece was not read to its end.
    pub(super) fn left_out(&self) -> Option<(i64, i64)> {
        self.left_out
    }

    /// The earliest and the latest time.
    pub(super) fn times(&self) -> Option<(Timestamp, Timestamp)> {
        self.times
    }

    /// Reads the newest records between two offsets.
    pub(super) fn read(
        &mut self,
        start: i64,
        end: i64,
        told: &mut dyn FnMut(&SampledRecord<'_>),
    ) -> Result<SampleEnd, SampleError> {
        let mut pieces = Pieces::new(start, end);
        let mut is_first = true;
        loop {
            let records_left = self.settings.records_max.saturating_sub(self.records);
            if records_left == 0 {
                return Ok(SampleEnd::Records);
            }
            let Some(piece) = pieces.next(records_left, self.likely()) else { return Ok(SampleEnd::AllRead) };
            self.go_to(piece.start, std::mem::take(&mut is_first))?;
            self.last = None;
            if let Some(end) = self.read_piece(&piece, told)? {
                self.left_out = left_out(&piece, self.last);
                return Ok(end);
            }
        }
    }

    /// How many records are likely to have the bytes that may still be read.
    fn likely(&self) -> u64 {
        let left = self.settings.bytes_max.saturating_sub(self.bytes);
        let mean = self.bytes.checked_div(self.records).unwrap_or(0);
        left.checked_div(mean).unwrap_or(u64::MAX)
    }

    fn go_to(&self, offset: i64, is_first: bool) -> Result<(), SampleError> {
        let (topic, partition) = (self.settings.topic.as_str(), self.partition.0);
        let done = if is_first {
            let mut list = TopicPartitionList::new();
            list.add_partition_offset(topic, partition, Offset::Offset(offset))
                .and_then(|()| self.consumer.assign(&list))
        } else {
            self.consumer.seek(topic, partition, Offset::Offset(offset), self.patience.for_an_answer())
        };
        done.map_err(|error| SampleError::Failed(format!("topic `{topic}`, partition {partition}: {error}")))
    }

    /// Reads a piece; tells why nothing more is to be read, if so.
    fn read_piece(
        &mut self,
        piece: &Range<i64>,
        told: &mut dyn FnMut(&SampledRecord<'_>),
    ) -> Result<Option<SampleEnd>, SampleError> {
        loop {
            if self.patience.is_over() {
                return if self.records > 0 { Ok(Some(SampleEnd::Time)) } else { Err(self.no_answer()) };
            }
            match self.consumer.poll(LOOK_UP.min(self.patience.for_an_answer())) {
                // What belongs to no offset of this piece: compaction and marks of transactions leave gaps.
                Some(Ok(message)) if message.offset() >= piece.end => return Ok(None),
                Some(Ok(message)) if message.offset() < piece.start => {}
                Some(Ok(message)) => {
                    self.take(&message, told);
                    if self.bytes >= self.settings.bytes_max {
                        return Ok(Some(SampleEnd::Bytes));
                    }
                    if message.offset().saturating_add(1) >= piece.end {
                        return Ok(None);
                    }
                }
                Some(Err(KafkaError::PartitionEOF(_))) => return Ok(None),
                Some(Err(error)) => {
                    if let Some(end) = self.judge(&error)? {
                        return Ok(Some(end));
                    }
                }
                None => {}
            }
        }
    }

    fn take(&mut self, message: &BorrowedMessage<'_>, told: &mut dyn FnMut(&SampledRecord<'_>)) {
        let length = |bytes: Option<&[u8]>| bytes.map_or(0, <[u8]>::len);
        let mut bytes = length(message.key()).saturating_add(length(message.payload()));
        let headers = message.headers();
        let mut client_id = None;
        for header in headers.into_iter().flat_map(Headers::iter) {
            bytes = bytes.saturating_add(header.key.len()).saturating_add(length(header.value));
            if is_client_id(header.key) {
                client_id = client_id.or(header.value);
            }
        }
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.records = self.records.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
        let offset = message.offset();
        self.last = Some(offset);
        let (first, last) = self.offsets.unwrap_or((offset, offset));
        self.offsets = Some((first.min(offset), last.max(offset)));
        let millis = message.timestamp().to_millis().and_then(|millis| u64::try_from(millis).ok());
        if let Some(time) = millis.map(|millis| Timestamp::from_unix(Duration::from_millis(millis))) {
            let (first, last) = self.times.unwrap_or((time, time));
            self.times = Some((first.min(time), last.max(time)));
        }
        told(&SampledRecord { key: message.key(), bytes, client_id });
    }

    /// Whether an error ends the reading. Most do not: librdkafka goes on by itself.
    fn judge(&self, error: &KafkaError) -> Result<Option<SampleEnd>, SampleError> {
        let topic = || self.settings.topic.clone();
        debug!(topic = self.settings.topic.as_str(), error = %error, "librdkafka reports an error");
        match error {
            KafkaError::MessageConsumptionFatal(code) => Err(SampleError::Failed(code.to_string())),
            KafkaError::MessageConsumption(code) => match code {
                RDKafkaErrorCode::TopicAuthorizationFailed => Err(SampleError::NoRight { topic: topic() }),
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition => Err(SampleError::NoTopic { topic: topic() }),
                // Older records were deleted meanwhile, and newer ones are read already.
                RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => Ok(Some(SampleEnd::AllRead)),
                _ => Ok(None),
            },
            _ => Ok(None),
        }
    }

    fn no_answer(&self) -> SampleError {
        SampleError::NoAnswer {
            topic: self.settings.topic.clone(),
            partition: self.partition,
            leader: self.leader.to_owned(),
            reason: because(self.consumer),
        }
    }
}

fn is_client_id(name: &str) -> bool {
    // Longer names are none of these.
    if name.len() > 32 {
        return false;
    }
    let letters = name.chars().filter(|letter| !matches!(letter, '.' | '-' | '_'));
    let plain: String = letters.map(|letter| letter.to_ascii_lowercase()).collect();
    CLIENT_ID_HEADERS.contains(&plain.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_found_however_they_are_written() {
        for name in ["client.id", "clientId", "CLIENT_ID", "X-Client-Id", "kafka_clientId", "producer-client-id"] {
            assert!(is_client_id(name), "{name}");
        }
        for name in ["client", "id", "traceparent", "client.id.of.somebody.else.entirely.and.more"] {
            assert!(!is_client_id(name), "{name}");
        }
    }
}
