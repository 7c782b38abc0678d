//! What we do as a Kafka client, through librdkafka, where asking does not tell.
//!
//! Not what the exporter lives by: everything here may be missing, and then less is known.
//! Invariant: nothing joins a group, commits or writes.

mod follow;
mod sample;
mod settings;

pub use follow::{FollowState, Follower, Listener, follower};
pub use sample::{SampleError, SampleEvent, sample};
