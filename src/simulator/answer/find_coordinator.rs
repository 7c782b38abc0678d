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
