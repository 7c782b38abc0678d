//! What a member of a classic group told about itself and what it was given, in the words of its own kind: consumers'
//! and Kafka Connect's.
//!
//! Not how assignments are made. Nothing is shared with the reader of these messages in `wire`.
//! Invariant: the bytes are those a client of Kafka 4 writes.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::consumer_protocol_assignment::TopicPartition;
use kafka_protocol::messages::{ConsumerProtocolAssignment, ConsumerProtocolSubscription, TopicName};
use kafka_protocol::protocol::Encodable;

use crate::simulator::spec::GroupType;
use crate::simulator::world::{Group, Member, World};

use super::{coordinating, text};

/// The newest version of both messages of consumers.
const CONSUMER_VERSION: i16 = 3;

/// `sessioned`, Connect's third protocol.
const CONNECT_VERSION: i16 = 2;

/// What a member told when it joined.
pub(super) fn metadata(group: &Group, member: &Member) -> Bytes {
    if group.spec.kind == GroupType::Connect {
        return worker_state(member);
    }
    let topics = group.spec.topics.iter().map(|topic| text(topic)).collect();
    let wanted = ConsumerProtocolSubscription::default().with_topics(topics);
    versioned(&wanted.with_generation_id(group.generation))
}

/// What a member was given.
pub(super) fn assignment(world: &World, group: &Group, member: &Member) -> Bytes {
    if group.spec.kind == GroupType::Connect {
        return worker_assignment(group);
    }
    let owned = coordinating::assigned(world, group, member.process).into_iter().map(|(topic, _, partitions)| {
        TopicPartition::default().with_topic(TopicName(text(topic))).with_partitions(partitions)
    });
    versioned(&ConsumerProtocolAssignment::default().with_assigned_partitions(owned.collect()))
}

/// A message after its version. One that cannot be written is left empty, which its readers take for nothing.
fn versioned<M: Encodable>(message: &M) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(CONSUMER_VERSION);
    match message.encode(&mut bytes, CONSUMER_VERSION) {
        Ok(()) => bytes.freeze(),
        Err(_) => Bytes::new(),
    }
}

/// What a worker of Connect tells when it joins: its address, and how far it has read the configurations.
fn worker_state(member: &Member) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(CONNECT_VERSION);
    put_text(&mut bytes, &url(member));
    bytes.put_i64(CONFIG_OFFSET);
    // No allocation so far.
    bytes.put_i32(-1);
    bytes.freeze()
}

/// What a worker of Connect is told: no error, who leads, and no connectors, for the world has none.
fn worker_assignment(group: &Group) -> Bytes {
    let mut bytes = BytesMut::new();
    let leader = group.members.first();
    bytes.put_i16(CONNECT_VERSION);
    bytes.put_i16(0);
    put_text(&mut bytes, leader.map_or("", |leader| &leader.id));
    put_text(&mut bytes, &leader.map(url).unwrap_or_default());
    bytes.put_i64(CONFIG_OFFSET);
    // Assigned, revoked, and the milliseconds until the next rebalance.
    bytes.put_i32(0);
    bytes.put_i32(0);
    bytes.put_i32(0);
    bytes.freeze()
}

const CONFIG_OFFSET: i64 = 1;

fn url(member: &Member) -> String {
    format!("http://{}:8083/", member.host.trim_start_matches('/'))
}

fn put_text(bytes: &mut BytesMut, text: &str) {
    // Names in a world are short; a longer one would be cut.
    let length = i16::try_from(text.len()).unwrap_or(0);
    bytes.put_i16(length);
    bytes.put_slice(text.as_bytes().get(..usize::from(length.unsigned_abs())).unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use bytes::Buf;
    use kafka_protocol::protocol::Decodable;

    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::{GroupSpec, TopicSpec};

    fn lab(kind: GroupType) -> Lab {
        let group = GroupSpec::new("group", kind, &["orders", "payments"]).members(2);
        Lab::new(vec![TopicSpec::new("orders", 3), TopicSpec::new("payments", 2)], vec![group])
    }

    #[test]
    fn all_partitions_are_among_the_assignments() {
        let lab = lab(GroupType::Classic);
        let group = lab.world.group("group").expect("it is there");
        let mut all = Vec::new();
        for member in &group.members {
            let mut bytes = assignment(&lab.world, group, member);
            let version = bytes.get_i16();
            let message = ConsumerProtocolAssignment::decode(&mut bytes, version).expect("an assignment");
            assert!(bytes.is_empty());
            for topic in message.assigned_partitions {
                all.extend(topic.partitions.iter().map(|partition| (topic.topic.to_string(), *partition)));
            }
            let mut bytes = metadata(group, member);
            let version = bytes.get_i16();
            let message = ConsumerProtocolSubscription::decode(&mut bytes, version).expect("a subscription");
            assert_eq!(message.topics, ["orders", "payments"].map(text));
        }
        all.sort();
        let expected: Vec<_> = [("orders", 0), ("orders", 1), ("orders", 2), ("payments", 0), ("payments", 1)]
            .map(|(topic, partition)| (topic.to_owned(), partition))
            .into();
        assert_eq!(all, expected);
    }

    #[test]
    fn the_bytes_are_those_that_java_writes() {
        let lab = lab(GroupType::Classic);
        let group = lab.world.group("group").expect("it is there");
        let bytes = assignment(&lab.world, group, &group.members[1]);
        let expected =
            b"\0\x03\0\0\0\x02\0\x06orders\0\0\0\x01\0\0\0\x02\0\x08payments\0\0\0\x01\0\0\0\x01\xff\xff\xff\xff";
        assert_eq!(bytes.as_ref(), expected);
    }

    #[test]
    fn workers_of_connect_speak_their_own_protocol() {
        let lab = lab(GroupType::Connect);
        let group = lab.world.group("group").expect("it is there");
        let leader = &group.members[0];
        let mut bytes = assignment(&lab.world, group, &group.members[1]);
        assert_eq!((bytes.get_i16(), bytes.get_i16()), (2, 0));
        let length = usize::try_from(bytes.get_i16()).expect("a length");
        assert_eq!(bytes.split_to(length), leader.id.as_bytes());
        let length = usize::try_from(bytes.get_i16()).expect("a length");
        assert!(bytes.split_to(length).starts_with(b"http://10."));
        assert_eq!(bytes.len(), 8 + 3 * 4);
        assert_eq!(metadata(group, leader).get_i16(), 2);
    }
}
