//! What a broker says of groups: which there are, who coordinates them, who is in them, what they committed. It is NOT
//! about topics.
//! Invariant: only a group's coordinator tells of it.

use std::collections::BTreeMap;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::consumer_protocol_assignment::{ConsumerProtocolAssignment, TopicPartition};
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::{
    BrokerId, FindCoordinatorRequest, FindCoordinatorResponse, GroupId, ListGroupsResponse, OffsetFetchRequest,
    OffsetFetchResponse,
};
use kafka_protocol::protocol::Encodable;

use super::super::world::{Group, Kind, Member, World};
use super::{text, topic_name};

const NOT_COORDINATOR: i16 = 16;
const GROUP_ID_NOT_FOUND: i16 = 69;

pub(super) fn find_coordinator(
    world: &World,
    version: i16,
    request: &FindCoordinatorRequest,
) -> FindCoordinatorResponse {
    let of =
        |group: &str| BrokerId(world.groups.get(group).map_or(world.coordinator_of_unknown, |group| group.coordinator));
    if version < 4 {
        return FindCoordinatorResponse::default().with_node_id(of(&request.key)).with_host(text("127.0.0.1"));
    }
    let found =
        request.coordinator_keys.iter().map(|key| Coordinator::default().with_key(key.clone()).with_node_id(of(key)));
    FindCoordinatorResponse::default().with_coordinators(found.collect())
}

pub(super) fn list_groups(world: &World, broker: i32, version: i16) -> ListGroupsResponse {
    let listed =
        world.groups.iter().filter(|(_, group)| group.coordinator == broker || group.also_listed_by.contains(&broker));
    let groups = listed.map(|(name, group)| {
        let mut listed = ListedGroup::default().with_group_id(GroupId(text(name))).with_protocol_type(text("consumer"));
        if version >= 4 {
            listed.group_state = text(group.state);
        }
        if version >= 5 {
            listed.group_type = text(if group.kind == Kind::Classic { "classic" } else { "consumer" });
        }
        listed
    });
    ListGroupsResponse::default().with_groups(groups.collect())
}

/// The group if this broker can tell of it, or the error.
fn coordinated<'a>(world: &'a World, broker: i32, id: &str) -> Result<Option<&'a Group>, i16> {
    let group = world.groups.get(id);
    let coordinator = group.map_or(world.coordinator_of_unknown, |group| group.coordinator);
    if coordinator == broker { Ok(group) } else { Err(NOT_COORDINATOR) }
}

pub(super) fn described(world: &World, broker: i32, version: i16, id: &GroupId) -> classic::DescribedGroup {
    let described = classic::DescribedGroup::default().with_group_id(id.clone());
    match coordinated(world, broker, id) {
        Err(code) => described.with_error_code(code),
        Ok(Some(group)) if group.kind == Kind::Classic => {
            let members = group.members.iter().map(|member| {
                classic::DescribedGroupMember::default()
                    .with_member_id(text(&member.id))
                    .with_member_assignment(assignment(member))
            });
            described
                .with_group_state(text(group.state))
                .with_protocol_type(text("consumer"))
                .with_protocol_data(text("range"))
                .with_members(members.collect())
        }
        // From version 6 on an absent group is an error, before it is dead.
        _ if version >= 6 => described.with_error_code(GROUP_ID_NOT_FOUND),
        _ => described.with_group_state(text("Dead")),
    }
}

fn assignment(member: &Member) -> Bytes {
    let part =
        TopicPartition::default().with_topic(topic_name(&member.topic)).with_partitions(member.partitions.clone());
    let mut bytes = BytesMut::new();
    bytes.put_i16(0);
    let written = ConsumerProtocolAssignment::default().with_assigned_partitions(vec![part]).encode(&mut bytes, 0);
    written.expect("the codec writes assignments");
    bytes.freeze()
}

pub(super) fn consumer_described(world: &World, broker: i32, id: &GroupId) -> consumer::DescribedGroup {
    let described = consumer::DescribedGroup::default().with_group_id(id.clone());
    match coordinated(world, broker, id) {
        Err(code) => described.with_error_code(code),
        Ok(Some(group)) if group.kind == Kind::Consumer => {
            let members = group.members.iter().map(|member| {
                let owned = consumer::TopicPartitions::default()
                    .with_topic_name(topic_name(&member.topic))
                    .with_partitions(member.partitions.clone());
                consumer::Member::default()
                    .with_member_id(text(&member.id))
                    .with_assignment(consumer::Assignment::default().with_topic_partitions(vec![owned]))
            });
            let described = described.with_group_state(text(group.state)).with_assignor_name(text("uniform"));
            described.with_members(members.collect())
        }
        _ => described.with_error_code(GROUP_ID_NOT_FOUND),
    }
}

pub(super) fn committed(world: &World, broker: i32, version: i16, request: &OffsetFetchRequest) -> OffsetFetchResponse {
    if version >= 8 {
        let groups = request.groups.iter().map(|asked| {
            let answer = OffsetFetchResponseGroup::default().with_group_id(asked.group_id.clone());
            match coordinated(world, broker, &asked.group_id) {
                Err(code) => answer.with_error_code(code),
                Ok(group) => answer.with_topics(group.map(batched_commits).unwrap_or_default()),
            }
        });
        return OffsetFetchResponse::default().with_groups(groups.collect());
    }
    match coordinated(world, broker, &request.group_id) {
        Err(code) => OffsetFetchResponse::default().with_error_code(code),
        Ok(group) => OffsetFetchResponse::default().with_topics(group.map(commits).unwrap_or_default()),
    }
}

fn by_topic(group: &Group) -> BTreeMap<&str, Vec<(i32, i64)>> {
    let mut topics: BTreeMap<&str, Vec<(i32, i64)>> = BTreeMap::new();
    for ((topic, partition), offset) in &group.commits {
        topics.entry(topic).or_default().push((*partition, *offset));
    }
    topics
}

fn batched_commits(group: &Group) -> Vec<OffsetFetchResponseTopics> {
    let topics = by_topic(group).into_iter().map(|(topic, offsets)| {
        let partitions = offsets.into_iter().map(|(partition, offset)| {
            OffsetFetchResponsePartitions::default().with_partition_index(partition).with_committed_offset(offset)
        });
        OffsetFetchResponseTopics::default().with_name(topic_name(topic)).with_partitions(partitions.collect())
    });
    topics.collect()
}

fn commits(group: &Group) -> Vec<OffsetFetchResponseTopic> {
    let topics = by_topic(group).into_iter().map(|(topic, offsets)| {
        let partitions = offsets.into_iter().map(|(partition, offset)| {
            OffsetFetchResponsePartition::default().with_partition_index(partition).with_committed_offset(offset)
        });
        OffsetFetchResponseTopic::default().with_name(topic_name(topic)).with_partitions(partitions.collect())
    });
    topics.collect()
}
