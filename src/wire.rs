//! Bytes to facts, for what the codec crate leaves as bytes, and a check of what it would trust.
//!
//! No input or output, and no opinion on what the facts mean.
//! Invariant: any bytes give a value or `None`; nothing panics, nothing is allocated on a count's word.

mod answers;
mod assignment;
mod committed;
mod described;
mod offsets;
mod reader;
mod shape;

pub use answers::is_well_formed;
pub use assignment::{OwnedTopic, assignment, subscribed_topics};
pub use committed::{GroupCommits, PartitionCommit, committed};
pub use described::{DescribedGroup, DescribedMember, described_groups};
pub use offsets::{PartitionOffset, TopicOffsets, offsets};
