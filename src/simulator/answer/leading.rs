//! What every question about a partition begins with: whether the asked broker leads it.
//!
//! Not the answers themselves.
//! Invariant: the checks come in Kafka's order, so that the error is the one Kafka gives.

use crate::simulator::world::Partition;

use super::{Desk, error};

/// The partition, if the asked broker may answer for it; the error if not. An epoch below 0 is none at all.
pub(super) fn led<'a>(
    desk: &Desk<'a>,
    topic: &str,
    partition: i32,
    current_leader_epoch: i32,
) -> Result<&'a Partition, i16> {
    if desk.world.topic(topic).is_some_and(|topic| topic.is_hidden) {
        return Err(error::TOPIC_AUTHORIZATION_FAILED);
    }
    let partition = desk.world.partition(topic, partition).ok_or(error::UNKNOWN_TOPIC_OR_PARTITION)?;
    // Replicas compare epochs first; other brokers know only that it is not theirs.
    if !partition.replicas.contains(&desk.broker) {
        return Err(error::NOT_LEADER_OR_FOLLOWER);
    }
    if current_leader_epoch >= 0 && current_leader_epoch < partition.leader_epoch {
        return Err(error::FENCED_LEADER_EPOCH);
    }
    if current_leader_epoch > partition.leader_epoch {
        return Err(error::UNKNOWN_LEADER_EPOCH);
    }
    if partition.leader == Some(desk.broker) { Ok(partition) } else { Err(error::NOT_LEADER_OR_FOLLOWER) }
}
