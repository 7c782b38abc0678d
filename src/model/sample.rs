//! A look at a partition's newest records: what is asked for, and where was looked.
//!
//! Not what was found in them; that is `keys`.
//! Invariant: what is looked at is bounded in records, bytes and time.

use std::time::Duration;

use super::{PartitionId, Timestamp, TopicName};

/// What to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleSettings {
    /// The topic.
    pub topic: TopicName,
    /// The partition; `None` for the one that got most records.
    pub partition: Option<PartitionId>,
    /// In how long before now.
    pub since: Duration,
    /// At most so many records.
    pub records_max: u64,
    /// At most so many bytes of keys, values and headers, and one record more.
    pub bytes_max: u64,
    /// For at most so long, answers to all other questions included.
    pub time_max: Duration,
}

/// One record, as far as it is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SampledRecord<'a> {
    /// Its key, if it has one.
    pub key: Option<&'a [u8]>,
    /// Bytes of key, value and headers, as they are without compression.
    pub bytes: u64,
    /// What its producer calls itself in a header, if it does.
    pub client_id: Option<&'a [u8]>,
}

/// Where was looked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
    /// Why this one.
    pub choice: Choice,
    /// The first and the last offset of the records that were read.
    pub offsets: (i64, i64),
    /// The first and the last offset that were not read, though older records were: it is read in pieces from the end, each
    /// from its start, and the last piece was ended. `None` where there are none.
    pub left_out: Option<(i64, i64)>,
    /// The earliest and the latest time of the records, where they have any.
    pub times: Option<(Timestamp, Timestamp)>,
    /// Offsets of newer records that nobody may read yet, because a transaction before them is open.
    pub hidden: u64,
    /// Why it was not more.
    pub end: SampleEnd,
}

/// Why a partition was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// It was asked for.
    Asked,
    /// It got most records lately.
    MostAppended(Compared),
    /// No partition got any lately, and it has most.
    MostKept(Compared),
}

/// A partition among all of its topic, in offsets: what compaction removed is counted, and so are the marks of
/// transactions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Lately is in so long before now.
    pub since: Duration,
    /// Of the partition.
    pub records: u64,
    /// Of all that are known.
    pub topic_records: u64,
    /// How many partitions were compared.
    pub partition_count: usize,
    /// How many were not, because their leaders did not tell.
    pub unknown_count: usize,
}

/// Why a sample ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SampleEnd {
    /// There were no more records.
    AllRead,
    /// There were as many as were asked for.
    Records,
    /// They had as many bytes as were asked for.
    Bytes,
    /// The time was over.
    Time,
}
