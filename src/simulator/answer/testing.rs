//! A small world to ask in the tests of the answers.
//!
//! Not a socket: frames go straight to the desk.
//! Invariant: every answer was encoded and decoded, so a test sees what a client sees.

use std::net::{Ipv4Addr, SocketAddr};

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request};

use crate::simulator::spec::{Action, ClusterSettings, GroupSpec, Scenario, TopicSpec};
use crate::simulator::world::{Millis, OFFSETS_TOPIC, World};

use super::{Desk, Endpoints, Reply, Unanswerable};

/// When the stories of the tests begin.
pub(super) const START: Millis = 1_700_000_000_000;

const CORRELATION_ID: i32 = 77;

/// A cluster of three brokers.
pub(super) struct Lab {
    pub(super) world: World,
    endpoints: Endpoints,
}

impl Lab {
    pub(super) fn new(topics: Vec<TopicSpec>, groups: Vec<GroupSpec>) -> Self {
        let scenario = Scenario { name: "lab".to_owned(), topics, groups, ..Scenario::default() };
        let world = World::new(&ClusterSettings::default(), &[scenario], START).expect("a world");
        let endpoint = |id: i32| SocketAddr::from((Ipv4Addr::LOCALHOST, 9000 + u16::try_from(id).expect("small")));
        Self { world, endpoints: (1..=3).map(|id| (id, endpoint(id))).collect() }
    }

    pub(super) fn act(&mut self, action: &Action) {
        self.world.act(action).expect("it can happen");
    }

    /// Lets milliseconds pass.
    pub(super) fn pass(&mut self, by: Millis) {
        self.world.advance(self.world.now() + by);
    }

    pub(super) fn coordinator(&self, group: &str) -> i32 {
        self.world.coordinator(group).expect("a coordinator")
    }

    pub(super) fn leader(&self, topic: &str, partition: i32) -> i32 {
        self.world.partition(topic, partition).and_then(|partition| partition.leader).expect("a leader")
    }

    /// A broker that is not this one.
    pub(super) fn other(broker: i32) -> i32 {
        broker % 3 + 1
    }

    pub(super) fn send(&self, broker: i32, frame: Bytes) -> Result<Reply, Unanswerable> {
        Desk { world: &self.world, broker, endpoints: &self.endpoints, throttle_ms: 25 }.answer(frame)
    }

    pub(super) fn ask<Q: Request>(&self, broker: i32, version: i16, request: &Q) -> Q::Response {
        let reply = self.send(broker, frame(version, request)).expect("an answer");
        assert_eq!((reply.api as i16, reply.version), (Q::KEY, version));
        read::<Q::Response>(reply, version)
    }

    /// A coordinator that still reads the group's partition.
    pub(super) fn move_coordinator(&mut self, group: &str) {
        self.act(&Action::MoveCoordinator { group: group.to_owned() });
    }

    /// Takes the leader from the offsets of a group.
    pub(super) fn lose_coordinator(&mut self, group: &str) {
        let partition = Some(World::offsets_partition(group));
        let of = crate::simulator::spec::PartitionOf { topic: OFFSETS_TOPIC.to_owned(), partition };
        self.act(&Action::LoseLeader(of));
    }
}

/// A whole request as a client sends it.
pub(super) fn frame<Q: Request>(version: i16, request: &Q) -> Bytes {
    let mut frame = BytesMut::new();
    let header = RequestHeader::default()
        .with_request_api_key(Q::KEY)
        .with_request_api_version(version)
        .with_correlation_id(CORRELATION_ID)
        .with_client_id(Some(super::text("lab")));
    let api = ApiKey::try_from(Q::KEY).expect("a key");
    header.encode(&mut frame, api.request_header_version(version)).expect("a header");
    request.encode(&mut frame, version).expect("a request");
    frame.freeze()
}

/// The body of an answer; nothing may be left over.
pub(super) fn read<A: Decodable + HeaderVersion>(reply: Reply, version: i16) -> A {
    let mut frame = reply.frame.freeze();
    let header = ResponseHeader::decode(&mut frame, A::header_version(version)).expect("a header");
    assert_eq!(header.correlation_id, CORRELATION_ID);
    let answer = A::decode(&mut frame, version).expect("an answer");
    assert!(frame.is_empty(), "{} bytes more than the answer", frame.len());
    answer
}
