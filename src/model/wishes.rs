//! What analysis wants to be asked in the next poll, and the answers it gets.
//!
//! Not what every poll asks. Whoever asks may leave wishes out: what is not answered is wished for again.
//! Invariant: a wish names what it is about, so it survives a poll in which indices change.

use super::ids::{PartitionId, TopicIndex, TopicName};
use super::problem::Known;
use super::time::{Moment, Timestamp};

/// What the next poll is to ask beyond what it always asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Offsets by timestamp (ListOffsets), in order of topic and partition; one request per leader.
    pub times: Vec<TimeWish>,
    /// Where leader epochs ended (OffsetForLeaderEpoch, KIP-320), in order of topic and partition.
    pub epochs: Vec<EpochWish>,
    /// Whose last stable offset is wanted.
    pub last_stable: LastStable,
    /// Whether there is nothing but transaction markers from here to the end (Fetch of a batch's header, needs READ), in
    /// order of topic and partition.
    pub markers: Vec<MarkerWish>,
}

/// Which partitions' last stable offset is wanted: where it is not the high watermark, somebody uses transactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LastStable {
    /// None.
    #[default]
    None,
    /// All, to find out who uses transactions.
    All,
    /// Of these topics, which are sorted.
    Of(Vec<TopicName>),
}

/// Where the log was at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeWish {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
    /// The time.
    pub at: Timestamp,
}

/// Where a leader epoch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpochWish {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
    /// The epoch that was stored with a commit.
    pub epoch: i32,
}

/// So few unread offsets may well be markers, of which a transaction leaves one in each partition.
pub(crate) const MARKERS_MAX: u64 = 16;

/// What lies between an offset and the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarkerWish {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: PartitionId,
    /// The first offset.
    pub from: i64,
}

/// The answers to wishes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    /// Offsets by timestamp.
    pub times: Vec<TimeAnswer>,
    /// Ends of leader epochs.
    pub epochs: Vec<EpochAnswer>,
    /// What lies between a commit and the end.
    pub markers: Vec<MarkerAnswer>,
}

/// Where the log was at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeAnswer {
    /// The topic.
    pub topic: TopicIndex,
    /// The partition.
    pub partition: PartitionId,
    /// The time that was asked for.
    pub at: Timestamp,
    /// When the answer arrived.
    pub answered: Moment,
    /// The same by the wall clock.
    pub answered_at: Timestamp,
    /// The first record of that time or later; `Ok(None)` if all records are older.
    pub found: Known<Option<TimedOffset>>,
}

/// A record's offset and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimedOffset {
    /// The offset.
    pub offset: i64,
    /// The record's own timestamp: when it was appended, or what its producer said.
    pub timestamp: Timestamp,
}

/// Where a leader epoch ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochAnswer {
    /// The topic.
    pub topic: TopicIndex,
    /// The partition.
    pub partition: PartitionId,
    /// The epoch that was asked for.
    pub epoch: i32,
    /// The offset after its last record; `Ok(None)` if the leader does not know the epoch.
    pub end: Known<Option<i64>>,
}

/// What lies between a commit and the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarkerAnswer {
    /// The topic.
    pub topic: TopicIndex,
    /// The partition.
    pub partition: PartitionId,
    /// The first offset.
    pub from: i64,
    /// The offset after the last batch of an unbroken run of markers and of records of aborted transactions; `from` if another
    /// record follows at once.
    pub markers_until: Known<i64>,
}
