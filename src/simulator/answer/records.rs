//! The records of a partition as somebody fetches them: made up from the world, or as groups wrote them.
//!
//! Not whether they may be fetched. Nothing is compressed, and nothing says that it belongs to a transaction.
//! Invariant: the same offset always gives the same record, however much is fetched at once.

use std::fmt::Write;

use bytes::{Bytes, BytesMut};
use kafka_protocol::records::{
    Compression, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, Record, RecordBatchEncoder, RecordEncodeOptions, TimestampType,
};

use crate::simulator::World;
use crate::simulator::world::{Partition, Topic};

use super::keys::Keys;

/// What a batch has before its records.
const BATCH_HEAD: usize = 61;
/// At most this is around a record's key and value.
const RECORD_HEAD: usize = 32;
/// Below `max.message.bytes`, whatever a scenario asks for.
const VALUE_MAX: usize = 1_000_000;

/// A stretch of a partition.
#[derive(Clone, Copy)]
pub(super) struct Stretch<'a> {
    pub(super) topic: &'a Topic,
    pub(super) number: u32,
    pub(super) partition: &'a Partition,
    /// The first offset.
    pub(super) from: i64,
    /// The offset after the last.
    pub(super) until: i64,
}

/// Batches of a stretch in at most so many bytes; beyond that one record, if there must be one. Empty if none fits.
pub(super) fn batches(world: &World, stretch: Stretch<'_>, bytes_max: usize, must_have_one: bool) -> Bytes {
    let records = match kept(world, stretch) {
        Some(kept) => take(kept, bytes_max, must_have_one),
        None => take(made_up(world, stretch, bytes_max), bytes_max, must_have_one),
    };
    let options = RecordEncodeOptions { version: 2, compression: Compression::None };
    let mut batches = BytesMut::new();
    // Encoding these fails only beyond two gigabytes, and far less is taken.
    match RecordBatchEncoder::encode(&mut batches, &records, &options) {
        Ok(()) => batches.freeze(),
        Err(_) => Bytes::new(),
    }
}

fn take(records: impl Iterator<Item = Record>, bytes_max: usize, must_have_one: bool) -> Vec<Record> {
    let mut taken: Vec<Record> = Vec::new();
    let (mut bytes, mut base) = (0, 0);
    for mut record in records {
        let is_new_batch = taken.last().is_none_or(|last| last.partition_leader_epoch != record.partition_leader_epoch);
        let length = |bytes: &Option<Bytes>| bytes.as_ref().map_or(0, Bytes::len);
        bytes += RECORD_HEAD + length(&record.key) + length(&record.value) + if is_new_batch { BATCH_HEAD } else { 0 };
        if bytes > bytes_max && !(must_have_one && taken.is_empty()) {
            break;
        }
        // The codec begins another batch where sequences do not run along with offsets. The first one is -1: none.
        if is_new_batch {
            base = record.offset;
        }
        record.sequence = i32::try_from(record.offset - base).unwrap_or(0) - 1;
        taken.push(record);
    }
    taken
}

fn kept(world: &World, stretch: Stretch<'_>) -> Option<impl Iterator<Item = Record>> {
    let kept = world.kept_records(stretch.partition, stretch.from)?;
    let kept = kept.take_while(move |(offset, _)| *offset < stretch.until);
    Some(kept.map(move |(offset, kept)| {
        record(stretch.partition, offset, kept.timestamp, Some(kept.key.clone()), kept.value.clone())
    }))
}

fn made_up(world: &World, stretch: Stretch<'_>, bytes_max: usize) -> impl Iterator<Item = Record> {
    let Stretch { topic, number, partition, from, until } = stretch;
    let length = usize::try_from(topic.spec.record_bytes).unwrap_or(VALUE_MAX).min(VALUE_MAX);
    let expected = i64::try_from(bytes_max / (length + RECORD_HEAD) + 1).unwrap_or(i64::MAX).min(until - from);
    let keys = Keys::new(world, topic, number, expected);
    (from..until).map_while(move |offset| {
        let timestamp = world.timestamp(partition, offset)?;
        let key = keys.key(offset);
        let value = value(topic, number, offset, timestamp, key.as_deref(), length);
        Some(record(partition, offset, timestamp, key.map(Bytes::from), Some(value)))
    })
}

/// Something people can read, in exactly so many bytes.
fn value(topic: &Topic, partition: u32, offset: i64, timestamp: i64, key: Option<&str>, length: usize) -> Bytes {
    let mut text = String::with_capacity(length + 160);
    // Writing to a string cannot fail.
    let written = write!(
        text,
        "{{\"id\":\"{}-{partition}-{offset}\",\"by\":\"{}\",\"at\":{timestamp},\"note\":\"",
        topic.name,
        key.unwrap_or("nobody")
    );
    debug_assert!(written.is_ok());
    let missing = length.saturating_sub(text.len() + 2);
    text.extend("and so on ".chars().cycle().take(missing));
    text.push_str("\"}");
    let mut bytes = text.into_bytes();
    bytes.truncate(length);
    Bytes::from(bytes)
}

#[expect(clippy::default_trait_access, reason = "the map is of a crate that only the codec names")]
fn record(partition: &Partition, offset: i64, timestamp: i64, key: Option<Bytes>, value: Option<Bytes>) -> Record {
    Record {
        transactional: false,
        control: false,
        delete_horizon: false,
        partition_leader_epoch: partition.epoch_of(offset),
        producer_id: NO_PRODUCER_ID,
        producer_epoch: NO_PRODUCER_EPOCH,
        timestamp_type: TimestampType::Creation,
        offset,
        sequence: -1,
        timestamp,
        key,
        value,
        headers: Default::default(),
    }
}
