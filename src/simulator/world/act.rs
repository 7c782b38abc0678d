//! What happens, by its name.
//!
//! Not how: topics and brokers are in `cluster_acts`, groups in `group_acts`.
//! Invariant: what cannot happen changes nothing and says why.

use crate::simulator::spec::Action;

use super::{OFFSETS_TOPIC, World, WorldError, cluster_acts as cluster, group_acts as groups};

pub(super) fn act(world: &mut World, action: &Action) -> Result<(), WorldError> {
    if changes_records_of(action).is_some_and(|topic| topic == OFFSETS_TOPIC) {
        return Err(WorldError::Refused(format!("what is in `{OFFSETS_TOPIC}` is up to the groups")));
    }
    match action {
        Action::Produce { .. }
        | Action::Heat { .. }
        | Action::DeleteRecords { .. }
        | Action::Retain { .. }
        | Action::OpenTransaction(_)
        | Action::EndTransaction(_)
        | Action::Truncate { .. } => cluster::records(world, action),
        Action::Recreate { topic } => cluster::recreate(world, topic),
        Action::DeleteTopic { topic } => cluster::delete_topic(world, topic),
        Action::AddPartitions { topic, partitions } => cluster::add_partitions(world, topic, *partitions),
        Action::LoseLeader(of) => cluster::lead(world, of, cluster::Leading::Nobody),
        Action::ElectLeader(of) => cluster::lead(world, of, cluster::Leading::Preferred),
        Action::MoveLeader(of) => cluster::lead(world, of, cluster::Leading::Next),
        Action::Hide { topic } => cluster::hide(world, topic, true),
        Action::Reveal { topic } => cluster::hide(world, topic, false),
        Action::StopBroker { broker } => cluster::set_broker(world, *broker, super::BrokerState::Down),
        Action::HangBroker { broker } => cluster::set_broker(world, *broker, super::BrokerState::Hanging),
        Action::HealBroker { broker } => cluster::set_broker(world, *broker, super::BrokerState::Up),
        Action::MoveCoordinator { group } => cluster::move_coordinator(world, group),
        Action::Capacity { .. }
        | Action::Poison(_)
        | Action::Cure(_)
        | Action::Reset { .. }
        | Action::DeleteGroup { .. } => groups::readings(world, action),
        Action::Pause(_)
        | Action::Resume(_)
        | Action::Leave(_)
        | Action::Crash { .. }
        | Action::ExceedMaxPoll { .. }
        | Action::Join(_)
        | Action::Scale { .. }
        | Action::Rebalance { .. }
        | Action::Deploy { .. } => groups::members(world, action),
    }
}

/// The topic whose records or partitions become others.
fn changes_records_of(action: &Action) -> Option<&str> {
    match action {
        Action::Produce { topic, .. }
        | Action::Heat { topic, .. }
        | Action::DeleteRecords { topic, .. }
        | Action::Retain { topic, .. }
        | Action::Recreate { topic }
        | Action::DeleteTopic { topic }
        | Action::AddPartitions { topic, .. }
        | Action::Truncate { topic, .. } => Some(topic),
        Action::OpenTransaction(of) | Action::EndTransaction(of) => Some(&of.topic),
        _ => None,
    }
}
