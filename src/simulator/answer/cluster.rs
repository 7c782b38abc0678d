//! DescribeCluster: who is in the cluster.
//!
//! Not topics; Metadata has those.
//! Invariant: only brokers whose address is known are named.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_response::DescribeClusterBroker;
use kafka_protocol::messages::{BrokerId, DescribeClusterRequest, DescribeClusterResponse};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::{Broker, BrokerState};

use super::Desk;

/// What everybody may do where nothing is forbidden: a bit for each of Kafka's operations on a cluster.
const ALL_OPERATIONS: i32 = 8096;
const NOT_ASKED_FOR: i32 = i32::MIN;
/// The endpoints that describe controllers, which brokers do not.
const CONTROLLERS: i8 = 2;

#[expect(clippy::needless_pass_by_value, reason = "every answer takes its request")]
pub(super) fn answer(desk: &Desk<'_>, _version: i16, request: DescribeClusterRequest) -> DescribeClusterResponse {
    let operations = if request.include_cluster_authorized_operations { ALL_OPERATIONS } else { NOT_ASKED_FOR };
    let response = DescribeClusterResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_cluster_authorized_operations(operations);
    if request.endpoint_type == CONTROLLERS {
        let sentence =
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
        return response
            .with_error_code(ResponseError::MismatchedEndpointType.code())
            .with_error_message(Some(StrBytes::from_static_str(sentence)));
    }
    let is_shown = |broker: &&Broker| broker.state != BrokerState::Down || request.include_fenced_brokers;
    response
        .with_cluster_id(StrBytes::from_string(desk.world.cluster_id().to_owned()))
        .with_controller_id(BrokerId(desk.world.controller().unwrap_or(-1)))
        .with_brokers(desk.world.brokers().filter(is_shown).filter_map(|broker| describe(desk, broker)).collect())
}

fn describe(desk: &Desk<'_>, broker: &Broker) -> Option<DescribeClusterBroker> {
    let address = desk.endpoints.get(&broker.id)?;
    Some(
        DescribeClusterBroker::default()
            .with_broker_id(BrokerId(broker.id))
            .with_host(StrBytes::from_string(address.ip().to_string()))
            .with_port(i32::from(address.port()))
            .with_rack(Some(StrBytes::from_string(broker.rack.clone())))
            .with_is_fenced(broker.state == BrokerState::Down),
    )
}

#[cfg(test)]
mod tests {
    use kafka_protocol::protocol::{Decodable, Encodable};

    use super::*;
    use crate::simulator::answer::Endpoints;
    use crate::simulator::spec::{Action, ClusterSettings};
    use crate::simulator::world::World;

    fn ask(world: &World, version: i16, request: DescribeClusterRequest) -> DescribeClusterResponse {
        let endpoints: Endpoints = (1..=3).map(|id| (id, ([127, 0, 0, 1], 9092).into())).collect();
        let answer = answer(&Desk { world, broker: 1, endpoints: &endpoints, throttle_ms: 0 }, version, request);
        let mut bytes = bytes::BytesMut::new();
        answer.encode(&mut bytes, version).expect("it can be written");
        DescribeClusterResponse::decode(&mut bytes.freeze(), version).expect("it can be read")
    }

    #[test]
    fn brokers_that_are_down_are_named_to_who_asks_for_them() {
        let mut world = World::new(&ClusterSettings::default(), &[], 0).expect("it makes sense");
        world.act(&Action::StopBroker { broker: 1 }).expect("there is one");
        for version in 0..=2 {
            let answer = ask(&world, version, DescribeClusterRequest::default().with_endpoint_type(1));
            let ids: Vec<i32> = answer.brokers.iter().map(|broker| broker.broker_id.0).collect();
            assert_eq!((ids, answer.controller_id.0), (vec![2, 3], 2));
            assert_eq!(&*answer.cluster_id, world.cluster_id());
            assert_eq!(answer.cluster_authorized_operations, i32::MIN);
        }
        let asked = DescribeClusterRequest::default().with_endpoint_type(1).with_include_fenced_brokers(true);
        let answer = ask(&world, 2, asked);
        assert_eq!(answer.brokers.iter().map(|broker| broker.is_fenced).collect::<Vec<_>>(), [true, false, false]);
        assert_eq!(ask(&world, 1, DescribeClusterRequest::default().with_endpoint_type(2)).error_code, 114);
    }
}
