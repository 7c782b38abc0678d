//! Where partitions end and start: the answer to ListOffsets.
//!
//! Not what was asked: an end, a start and an offset by timestamp are answered alike.
//! Invariant: a whole answer or `None`.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use super::reader::Reader;

/// One topic's partitions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicOffsets {
    /// Its name.
    pub topic: StrBytes,
    /// What was told of each partition.
    pub partitions: Vec<PartitionOffset>,
}

/// One partition's offset, or why it cannot be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionOffset {
    /// The partition's number.
    pub partition: i32,
    /// The partition's own error; 0 for none.
    pub error_code: i16,
    /// Milliseconds since 1970, of the record where it was asked by timestamp; below 0 for none.
    pub timestamp: i64,
    /// The offset; below 0 for none.
    pub offset: i64,
}

/// Reads an answer to ListOffsets, versions 1 to 10.
#[must_use]
pub fn offsets(version: i16, body: &Bytes) -> Option<Vec<TopicOffsets>> {
    if !(1..=10).contains(&version) {
        return None;
    }
    let mut reader = Reader::new(body, version >= 6);
    if version >= 2 {
        reader.skip(4)?;
    }
    let topics = reader.list(3, |reader| {
        let topic = reader.shared_text()?;
        let partitions = reader.list(22, |reader| partition(reader, version))?;
        reader.tags()?;
        Some(TopicOffsets { topic, partitions })
    })?;
    reader.tags()?;
    reader.end()?;
    Some(topics)
}

fn partition(reader: &mut Reader<'_>, version: i16) -> Option<PartitionOffset> {
    let partition = reader.int32()?;
    let error_code = reader.int16()?;
    let timestamp = reader.int64()?;
    let offset = reader.int64()?;
    if version >= 4 {
        // The leader's epoch.
        reader.skip(4)?;
    }
    reader.tags()?;
    Some(PartitionOffset { partition, error_code, timestamp, offset })
}
