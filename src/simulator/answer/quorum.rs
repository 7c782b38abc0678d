//! DescribeQuorum: how the voters of the metadata log follow its leader.
//!
//! Not the log itself: it is taken to grow by a record every half second, as that of an idle cluster does. Voters are
//! the first three brokers, as if each were a controller too; the others observe.
//! Invariant: who is not up stands where it stood when it was.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_quorum_response::{Listener, Node, PartitionData, ReplicaState, TopicData};
use kafka_protocol::messages::{BrokerId, DescribeQuorumRequest, DescribeQuorumResponse};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::{Broker, BrokerState, Millis, World};

use super::Desk;

const METADATA_TOPIC: &str = "__cluster_metadata";
const VOTERS: usize = 3;
/// As `metadata.max.idle.interval.ms`.
const RECORD_EVERY: Millis = 500;

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: DescribeQuorumRequest) -> DescribeQuorumResponse {
    let mut topics = Vec::new();
    for topic in request.topics {
        let partitions = topic.partitions.iter().map(|asked| {
            let is_there = &*topic.topic_name.0 == METADATA_TOPIC && asked.partition_index == 0;
            let data = if is_there { describe(desk) } else { refuse(ResponseError::UnknownTopicOrPartition) };
            data.with_partition_index(asked.partition_index)
        });
        let partitions = partitions.collect();
        topics.push(TopicData::default().with_topic_name(topic.topic_name).with_partitions(partitions));
    }
    let nodes = if version >= 2 { nodes(desk) } else { Vec::new() };
    DescribeQuorumResponse::default().with_topics(topics).with_nodes(nodes)
}

fn describe(desk: &Desk<'_>) -> PartitionData {
    let all: Vec<&Broker> = desk.world.brokers().collect();
    let (voters, observers) = all.split_at(all.len().min(VOTERS));
    let up = voters.iter().filter(|broker| broker.state == BrokerState::Up).count();
    let leader = desk.world.controller().filter(|leader| voters.iter().any(|voter| voter.id == *leader));
    // Without a majority nobody leads.
    let Some(leader) = leader.filter(|_| up * 2 > voters.len()) else {
        return refuse(ResponseError::NotLeaderOrFollower);
    };
    let log = Log::of(desk.world);
    let states = |brokers: &[&Broker]| brokers.iter().map(|broker| log.state(broker, leader)).collect();
    PartitionData::default()
        .with_leader_id(BrokerId(leader))
        .with_leader_epoch(desk.world.controller_epoch())
        .with_high_watermark(log.end(log.now))
        .with_current_voters(states(voters))
        .with_observers(states(observers))
}

fn refuse(error: ResponseError) -> PartitionData {
    PartitionData::default().with_error_code(error.code()).with_leader_id(BrokerId(-1)).with_leader_epoch(-1)
}

/// The log of metadata, which is as old as what producers wrote.
#[derive(Clone, Copy)]
struct Log {
    from: Millis,
    now: Millis,
}

impl Log {
    fn of(world: &World) -> Self {
        let age = Millis::try_from(world.settings().history.as_millis()).unwrap_or(0);
        Self { from: world.began() - age, now: world.now() }
    }

    fn state(self, broker: &Broker, leader: i32) -> ReplicaState {
        let fetched = match broker.state {
            _ if broker.id == leader => self.now,
            // It fetched whenever there was something new.
            BrokerState::Up => self.now - (self.now - self.from).rem_euclid(RECORD_EVERY),
            BrokerState::Hanging | BrokerState::Down => broker.since,
        };
        ReplicaState::default()
            .with_replica_id(BrokerId(broker.id))
            .with_log_end_offset(self.end(fetched))
            .with_last_fetch_timestamp(fetched)
            .with_last_caught_up_timestamp(fetched)
    }

    fn end(self, at: Millis) -> i64 {
        (at - self.from).div_euclid(RECORD_EVERY)
    }
}

fn nodes(desk: &Desk<'_>) -> Vec<Node> {
    let listener = |address: &std::net::SocketAddr| {
        Listener::default()
            .with_name(StrBytes::from_static_str("CONTROLLER"))
            .with_host(StrBytes::from_string(address.ip().to_string()))
            .with_port(address.port())
    };
    let node = |broker: &Broker| {
        let listeners = desk.endpoints.get(&broker.id).map(listener).into_iter().collect();
        Node::default().with_node_id(BrokerId(broker.id)).with_listeners(listeners)
    };
    desk.world.brokers().take(VOTERS).map(node).collect()
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::{TopicName, describe_quorum_request};
    use kafka_protocol::protocol::{Decodable, Encodable};

    use super::*;
    use crate::simulator::answer::Endpoints;
    use crate::simulator::spec::{Action, ClusterSettings};

    const START: Millis = 1_800_000_000_000;

    fn ask(world: &World, version: i16, topic: &'static str) -> PartitionData {
        let asked = describe_quorum_request::TopicData::default()
            .with_topic_name(TopicName(StrBytes::from_static_str(topic)))
            .with_partitions(vec![describe_quorum_request::PartitionData::default()]);
        let request = DescribeQuorumRequest::default().with_topics(vec![asked]);
        let endpoints: Endpoints = (1..=4).map(|id| (id, ([127, 0, 0, 1], 9092).into())).collect();
        let answer = answer(&Desk { world, broker: 1, endpoints: &endpoints, throttle_ms: 0 }, version, request);
        let mut bytes = bytes::BytesMut::new();
        answer.encode(&mut bytes, version).expect("it can be written");
        let mut answer = DescribeQuorumResponse::decode(&mut bytes.freeze(), version).expect("it can be read");
        assert_eq!(answer.nodes.len(), if version >= 2 { 3 } else { 0 });
        answer.topics.remove(0).partitions.remove(0)
    }

    #[test]
    fn a_hanging_voter_falls_behind_and_another_one_leads() {
        let settings = ClusterSettings { brokers: 4, ..ClusterSettings::default() };
        let mut world = World::new(&settings, &[], START).expect("it makes sense");
        for version in 0..=2 {
            let quorum = ask(&world, version, METADATA_TOPIC);
            assert_eq!((quorum.leader_id.0, quorum.leader_epoch, quorum.observers.len()), (1, 1, 1));
            assert!(quorum.current_voters.iter().all(|voter| voter.log_end_offset == quorum.high_watermark));
        }
        world.act(&Action::HangBroker { broker: 1 }).expect("there is one");
        world.advance(START + 60_250);
        let quorum = ask(&world, 1, METADATA_TOPIC);
        assert_eq!((quorum.leader_id.0, quorum.leader_epoch), (2, 2));
        let behind = &quorum.current_voters[0];
        assert_eq!(quorum.high_watermark - behind.log_end_offset, 120);
        assert_eq!(behind.last_caught_up_timestamp, START);
        let fetched: Vec<i64> = quorum.current_voters.iter().map(|voter| voter.last_fetch_timestamp - START).collect();
        assert_eq!(fetched, [0, 60_250, 60_000]);
        assert_eq!(ask(&world, 1, "orders").error_code, 3);
        world.act(&Action::StopBroker { broker: 2 }).expect("there is one");
        assert_eq!(ask(&world, 1, METADATA_TOPIC).error_code, 6);
    }
}
