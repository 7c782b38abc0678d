//! Bytes to facts, for what the codec crate leaves as bytes, and a check of what it would trust.
//!
//! No input or output, and no opinion on what the facts mean.
//! Invariant: any bytes give a value or `None`; nothing panics, nothing is allocated on a count's word.

mod answers;
mod assignment;
mod batches;
mod committed;
mod cursor;
mod described;
mod fetched;
mod offsets;
mod offsets_topic;
mod reader;
mod shape;

pub use answers::is_well_formed;
pub use assignment::{OwnedTopic, assignment, subscribed_topics};
pub use batches::markers_until;
pub use committed::{GroupCommits, PartitionCommit, committed};
pub use described::{DescribedGroup, DescribedMember, DescribedMembers, described_groups};
pub use fetched::{AbortedTransaction, Fetched, FetchedPartition, fetched};
pub use offsets::{PartitionOffset, TopicOffsets, offsets};
pub use offsets_topic::{OffsetsRecord, OffsetsSubject, offsets_record, offsets_subject};
