//! The bytes of the records groups leave in Kafka's offsets topic, as Kafka writes them.
//!
//! Not when they are written. Written out by hand, because the codec crate lacks these schemas: keys `OffsetCommitKey`
//! (version 1) and `GroupMetadataKey` (2), values `OffsetCommitValue` (3) and `GroupMetadataValue` (3).
//! Invariant: the same facts give the same bytes.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes, BytesMut};

use crate::simulator::spec::GroupType;

use super::birth::millis;
use super::group::{Group, GroupState, Member};
use super::{Millis, World};

const KEY_OF_COMMIT: i16 = 1;
const KEY_OF_GROUP: i16 = 2;
const VALUE_OF_COMMIT: i16 = 3;
const VALUE_OF_GROUP: i16 = 3;

/// As Java's consumer writes what it subscribes to and what its leader hands out.
const CONSUMER_PROTOCOL: i16 = 3;

/// The key of what a group committed for a partition.
pub(super) fn commit_key(group: &str, topic: &str, partition: u32) -> Bytes {
    let mut key = BytesMut::with_capacity(10 + group.len() + topic.len());
    key.put_i16(KEY_OF_COMMIT);
    put_text(&mut key, group);
    put_text(&mut key, topic);
    key.put_u32(partition);
    key.freeze()
}

/// A committed offset, without metadata.
pub(super) fn commit_value(offset: i64, leader_epoch: i32, at: Millis) -> Bytes {
    let mut value = BytesMut::with_capacity(24);
    value.put_i16(VALUE_OF_COMMIT);
    value.put_i64(offset);
    value.put_i32(leader_epoch);
    put_text(&mut value, "");
    value.put_i64(at);
    value.freeze()
}

/// The key of a classic group's members.
pub(super) fn group_key(group: &str) -> Bytes {
    let mut key = BytesMut::with_capacity(4 + group.len());
    key.put_i16(KEY_OF_GROUP);
    put_text(&mut key, group);
    key.freeze()
}

/// A classic group and its members, as its coordinator writes it when all of them know their assignment, or when the
/// last one is gone; `None` at other times, and for groups that are not classic.
pub(super) fn group_value(world: &World, group: &Group) -> Option<Bytes> {
    let has_record = !matches!(group.spec.kind, GroupType::Consumer | GroupType::Simple);
    let is_settled = matches!(group.state, GroupState::Stable | GroupState::Empty);
    (has_record && is_settled).then_some(())?;
    let mut value = BytesMut::new();
    value.put_i16(VALUE_OF_GROUP);
    put_text(&mut value, group.protocol_type());
    value.put_i32(group.generation);
    let leader = group.members.first();
    put_maybe(&mut value, leader.map(|_| group.protocol_name()));
    put_maybe(&mut value, leader.map(|member| member.id.as_str()));
    value.put_i64(group.since);
    put_count(&mut value, group.members.len());
    for member in &group.members {
        put_text(&mut value, &member.id);
        put_maybe(&mut value, member.instance.as_deref());
        put_text(&mut value, &member.client_id);
        put_text(&mut value, &member.host);
        put_millis(&mut value, millis(group.spec.max_poll_interval));
        put_millis(&mut value, millis(group.spec.session_timeout));
        put_bytes(&mut value, &subscription(world, group, member));
        put_bytes(&mut value, &assignment(world, group, member));
    }
    Some(value.freeze())
}

/// What a member told when it joined.
fn subscription(world: &World, group: &Group, member: &Member) -> BytesMut {
    let mut bytes = BytesMut::new();
    if group.spec.kind == GroupType::Connect {
        bytes.put_i16(0);
        put_text(&mut bytes, &url(member));
        bytes.put_i64(1);
        return bytes;
    }
    bytes.put_i16(CONSUMER_PROTOCOL);
    put_count(&mut bytes, group.spec.topics.len());
    for topic in &group.spec.topics {
        put_text(&mut bytes, topic);
    }
    put_no_bytes(&mut bytes);
    let owned =
        if group.spec.kind == GroupType::Cooperative { assigned(world, group, member) } else { BTreeMap::new() };
    put_partitions(&mut bytes, &owned);
    bytes.put_i32(group.generation - 1);
    put_maybe(&mut bytes, None);
    bytes
}

/// What a member was told to read.
fn assignment(world: &World, group: &Group, member: &Member) -> BytesMut {
    let mut bytes = BytesMut::new();
    if group.spec.kind == GroupType::Connect {
        let leader = group.members.first().unwrap_or(member);
        bytes.put_i16(0);
        bytes.put_i16(0);
        put_text(&mut bytes, &leader.id);
        put_text(&mut bytes, &url(leader));
        bytes.put_i64(1);
        put_count(&mut bytes, 0);
        return bytes;
    }
    bytes.put_i16(CONSUMER_PROTOCOL);
    put_partitions(&mut bytes, &assigned(world, group, member));
    put_no_bytes(&mut bytes);
    bytes
}

fn assigned<'a>(world: &'a World, group: &Group, member: &Member) -> BTreeMap<&'a str, Vec<u32>> {
    let mut topics: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for reading in group.assigned(member.process) {
        if let Some(topic) = world.topic_at(reading.topic) {
            topics.entry(&topic.name).or_default().push(reading.partition);
        }
    }
    topics
}

/// Where a worker of Kafka Connect is reached.
fn url(member: &Member) -> String {
    format!("http:/{}:8083/", member.host)
}

fn put_partitions(bytes: &mut BytesMut, topics: &BTreeMap<&str, Vec<u32>>) {
    put_count(bytes, topics.len());
    for (topic, partitions) in topics {
        put_text(bytes, topic);
        put_count(bytes, partitions.len());
        for partition in partitions {
            bytes.put_u32(*partition);
        }
    }
}

/// Names of Kafka are far shorter than what is cut here.
fn put_text(bytes: &mut BytesMut, text: &str) {
    let fits = text.get(..text.floor_char_boundary(TEXT_MAX)).unwrap_or_default();
    bytes.put_i16(i16::try_from(fits.len()).unwrap_or(i16::MAX));
    bytes.put_slice(fits.as_bytes());
}

const TEXT_MAX: usize = 32_767;

fn put_maybe(bytes: &mut BytesMut, text: Option<&str>) {
    match text {
        Some(text) => put_text(bytes, text),
        None => bytes.put_i16(-1),
    }
}

fn put_count(bytes: &mut BytesMut, count: usize) {
    bytes.put_i32(i32::try_from(count).unwrap_or(i32::MAX));
}

fn put_millis(bytes: &mut BytesMut, duration: Millis) {
    bytes.put_i32(i32::try_from(duration).unwrap_or(i32::MAX));
}

fn put_bytes(bytes: &mut BytesMut, inner: &[u8]) {
    put_count(bytes, inner.len());
    bytes.put_slice(inner);
}

fn put_no_bytes(bytes: &mut BytesMut) {
    bytes.put_i32(-1);
}
