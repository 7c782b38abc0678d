//! What happens, by its name.
//!
//! Not how: topics and brokers are in `cluster_acts`, groups in `group_acts`.
//! Invariant: what cannot happen changes nothing and says why.

use crate::simulator::spec::Action;

use super::{World, WorldError, cluster_acts as cluster, group_acts as groups};

pub(super) fn act(world: &mut World, action: &Action) -> Result<(), WorldError> {
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
