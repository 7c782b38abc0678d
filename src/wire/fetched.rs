//! Batches of partitions as they were sent: the answer to Fetch.
//!
//! Not what is in them; see [`super::batches`].
//! Invariant: a whole answer or `None`; batches share the answer's memory.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use super::reader::Reader;

/// The first version with compact lengths, and the last that names topics.
const FLEXIBLE: i16 = 12;

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The answer's own error; 0 for none, and before version 7.
    pub error_code: i16,
    /// Per topic, per partition.
    pub topics: Vec<(StrBytes, Vec<FetchedPartition>)>,
}

/// One partition's batches, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedPartition {
    /// The partition's number.
    pub partition: i32,
    /// The partition's own error; 0 for none.
    pub error_code: i16,
    /// Batches one after the other; the last one may be cut short.
    pub records: Bytes,
    /// Aborted transactions that these batches may be part of, where only committed records were asked for.
    pub aborted: Vec<AbortedTransaction>,
}

/// A transaction of which nothing is to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTransaction {
    /// Who wrote it.
    pub producer: i64,
    /// Where it began on this partition.
    pub first_offset: i64,
}

/// Reads an answer to Fetch, versions 4 to 12.
#[must_use]
pub fn fetched(version: i16, body: &Bytes) -> Option<Fetched> {
    if !(4..=FLEXIBLE).contains(&version) {
        return None;
    }
    let mut reader = Reader::new(body, version >= FLEXIBLE);
    // For how long we are throttled.
    reader.skip(4)?;
    let mut error_code = 0;
    if version >= 7 {
        error_code = reader.int16()?;
        // The session, which we did not ask for.
        reader.skip(4)?;
    }
    let topics = reader.list(3, |reader| {
        let topic = reader.shared_text()?;
        let partitions = reader.list(30, |reader| partition(reader, version))?;
        reader.tags()?;
        Some((topic, partitions))
    })?;
    reader.tags()?;
    reader.end()?;
    Some(Fetched { error_code, topics })
}

fn partition(reader: &mut Reader<'_>, version: i16) -> Option<FetchedPartition> {
    let partition = reader.int32()?;
    let error_code = reader.int16()?;
    // The high watermark and the last stable offset; then the start.
    reader.skip(if version >= 5 { 24 } else { 16 })?;
    let aborted = reader.list(16, |reader| {
        let aborted = AbortedTransaction { producer: reader.int64()?, first_offset: reader.int64()? };
        reader.tags()?;
        Some(aborted)
    })?;
    if version >= 11 {
        // The replica to read from rather than this one.
        reader.skip(4)?;
    }
    let records = reader.shared_blob()?;
    reader.tags()?;
    Some(FetchedPartition { partition, error_code, records, aborted })
}
