//! Kafka's error codes, as far as they are answered.
//!
//! Not what they mean to a client.
//! Invariant: the names and numbers are Kafka's own.

pub(super) const NONE: i16 = 0;
pub(super) const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
pub(super) const LEADER_NOT_AVAILABLE: i16 = 5;
pub(super) const NOT_LEADER_OR_FOLLOWER: i16 = 6;
pub(super) const REPLICA_NOT_AVAILABLE: i16 = 9;
pub(super) const COORDINATOR_LOAD_IN_PROGRESS: i16 = 14;
pub(super) const COORDINATOR_NOT_AVAILABLE: i16 = 15;
pub(super) const NOT_COORDINATOR: i16 = 16;
pub(super) const INVALID_TOPIC_EXCEPTION: i16 = 17;
pub(super) const INVALID_GROUP_ID: i16 = 24;
pub(super) const UNKNOWN_MEMBER_ID: i16 = 25;
pub(super) const TOPIC_AUTHORIZATION_FAILED: i16 = 29;
pub(super) const UNSUPPORTED_VERSION: i16 = 35;
pub(super) const INVALID_REQUEST: i16 = 42;
pub(super) const GROUP_ID_NOT_FOUND: i16 = 69;
pub(super) const FENCED_LEADER_EPOCH: i16 = 74;
pub(super) const UNKNOWN_LEADER_EPOCH: i16 = 75;
pub(super) const UNKNOWN_TOPIC_ID: i16 = 100;
pub(super) const STALE_MEMBER_EPOCH: i16 = 113;
