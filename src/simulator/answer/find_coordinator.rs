//! FindCoordinator: which broker to ask about a group.
//!
//! Not whether that broker can answer yet.
//! Invariant: a coordinator that is named can be reached at the address it is named with, or is reported as gone.

use std::net::SocketAddr;

use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};

use crate::simulator::world::BrokerState;

use super::{Desk, error, text};

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;
const SHARE: i8 = 2;

/// The first version that asks about many keys at once.
const BATCHED: i16 = 4;

/// The first version that knows share groups.
const WITH_SHARE: i16 = 6;

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: FindCoordinatorRequest) -> FindCoordinatorResponse {
    let answer = FindCoordinatorResponse::default().with_throttle_time_ms(desk.throttle_ms);
    if version >= BATCHED {
        let found = request.coordinator_keys.into_iter().map(|key| {
            let found = find(desk, version, request.key_type, &key);
            let coordinator = Coordinator::default().with_key(key).with_error_code(found.code);
            let (host, port) = found.address();
            coordinator.with_node_id(BrokerId(found.id())).with_host(text(&host)).with_port(port)
        });
        return answer.with_coordinators(found.collect());
    }
    let found = find(desk, version, request.key_type, &request.key);
    let (host, port) = found.address();
    let message = match found.code {
        // Kafka spells the absence of an error out.
        error::NONE => Some("NONE"),
        error::COORDINATOR_NOT_AVAILABLE => Some("The coordinator is not available."),
        _ => None,
    };
    let answer = if version >= 1 { answer.with_error_message(message.map(text)) } else { answer };
    answer.with_error_code(found.code).with_node_id(BrokerId(found.id())).with_host(text(&host)).with_port(port)
}

struct Found {
    code: i16,
    node: Option<(i32, SocketAddr)>,
}

impl Found {
    fn id(&self) -> i32 {
        self.node.map_or(-1, |(id, _)| id)
    }

    fn address(&self) -> (String, i32) {
        let address = self.node.map(|(_, address)| (address.ip().to_string(), i32::from(address.port())));
        address.unwrap_or((String::new(), -1))
    }
}

fn find(desk: &Desk<'_>, version: i16, key_type: i8, key: &str) -> Found {
    let coordinator = match key_type {
        GROUP => desk.world.coordinator(key),
        // Their topics are made when they are first needed, and nobody here needs them.
        TRANSACTION => None,
        SHARE if version >= WITH_SHARE => None,
        _ => return Found { code: error::INVALID_REQUEST, node: None },
    };
    let is_listed = |id: &i32| desk.world.broker(*id).is_some_and(|broker| broker.state != BrokerState::Down);
    let node = coordinator.filter(is_listed).and_then(|id| Some((id, *desk.endpoints.get(&id)?)));
    Found { code: if node.is_some() { error::NONE } else { error::COORDINATOR_NOT_AVAILABLE }, node }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::Action;

    fn one(lab: &Lab, version: i16, key_type: i8, key: &str) -> (i16, i32, i32) {
        let request = FindCoordinatorRequest::default().with_key_type(key_type);
        if version < BATCHED {
            let answer = lab.ask(1, version, &request.with_key(text(key)));
            return (answer.error_code, answer.node_id.0, answer.port);
        }
        let answer = lab.ask(1, version, &request.with_coordinator_keys(vec![text(key)]));
        let found = &answer.coordinators[0];
        assert_eq!(found.key.as_str(), key);
        (found.error_code, found.node_id.0, found.port)
    }

    #[test]
    fn a_coordinator_is_named_with_its_address() {
        let mut lab = Lab::new(Vec::new(), Vec::new());
        let coordinator = lab.coordinator("orders-readers");
        for version in 0..=6 {
            assert_eq!(one(&lab, version, GROUP, "orders-readers"), (error::NONE, coordinator, 9000 + coordinator));
        }
        lab.act(&Action::StopBroker { broker: coordinator });
        let next = lab.coordinator("orders-readers");
        assert_ne!(next, coordinator);
        assert_eq!(one(&lab, 6, GROUP, "orders-readers").1, next);
    }

    #[test]
    fn without_a_leader_there_is_no_coordinator() {
        let mut lab = Lab::new(Vec::new(), Vec::new());
        lab.lose_coordinator("orders-readers");
        for version in 0..=6 {
            let none = (error::COORDINATOR_NOT_AVAILABLE, -1, -1);
            assert_eq!(one(&lab, version, GROUP, "orders-readers"), none, "{version}");
        }
    }

    #[test]
    fn other_kinds_of_coordinators_are_not_there() {
        let lab = Lab::new(Vec::new(), Vec::new());
        assert_eq!(one(&lab, 6, TRANSACTION, "a").0, error::COORDINATOR_NOT_AVAILABLE);
        assert_eq!(one(&lab, 6, SHARE, "a").0, error::COORDINATOR_NOT_AVAILABLE);
        assert_eq!(one(&lab, 5, SHARE, "a").0, error::INVALID_REQUEST);
        assert_eq!(one(&lab, 3, 9, "a").0, error::INVALID_REQUEST);
    }

    #[test]
    fn many_groups_are_found_at_once() {
        let lab = Lab::new(Vec::new(), Vec::new());
        let keys = ["a", "b", "c"].map(text).to_vec();
        let answer = lab.ask(2, 4, &FindCoordinatorRequest::default().with_coordinator_keys(keys));
        let found: Vec<_> = answer.coordinators.iter().map(|found| (found.key.to_string(), found.node_id.0)).collect();
        let expected = ["a", "b", "c"].map(|key| (key.to_owned(), lab.coordinator(key)));
        assert_eq!(found, expected);
    }
}
