//! What a broker of good will answers from the world it knows. It is NOT where it misbehaves.
//! Invariant: each answer is what Kafka would say in that version, errors included.

mod groups;

use bytes::Bytes;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsResponse, BrokerId, ConsumerGroupDescribeResponse, DescribeGroupsResponse, ListOffsetsRequest,
    ListOffsetsResponse, MetadataRequest, MetadataResponse, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::Shared;
use super::message::{Answer, Request, SERVED};
use super::world::{Partition, Topic, World};

const UNKNOWN_TOPIC_OR_PARTITION: i16 = 3;
const NOT_LEADER_OR_FOLLOWER: i16 = 6;
const UNSUPPORTED_VERSION: i16 = 35;
const FENCED_LEADER_EPOCH: i16 = 74;
const UNKNOWN_LEADER_EPOCH: i16 = 75;

/// The versions a broker serves of an API.
pub(super) fn served(shared: &Shared, broker: i32, api: ApiKey) -> (i16, i16) {
    let known = api.valid_versions();
    let limited = shared.brokers.get(&broker).and_then(|broker| broker.versions.get(&(api as i16)));
    limited.copied().unwrap_or((known.min, known.max))
}

/// The plain answer to a request.
pub(super) fn to(shared: &Shared, broker: i32, version: i16, request: &Request) -> Answer {
    let world = shared.beliefs.get(&broker).unwrap_or(&shared.world);
    match request {
        Request::ApiVersions(_) => Answer::ApiVersions(api_versions(shared, broker)),
        Request::Metadata(request) => Answer::Metadata(metadata(shared, world, version, request)),
        Request::FindCoordinator(request) => Answer::FindCoordinator(groups::find_coordinator(world, version, request)),
        Request::ListGroups(_) => Answer::ListGroups(groups::list_groups(world, broker, version)),
        Request::DescribeGroups(request) => {
            let groups = request.groups.iter().map(|id| groups::described(world, broker, version, id));
            Answer::DescribeGroups(DescribeGroupsResponse::default().with_groups(groups.collect()))
        }
        Request::ConsumerGroupDescribe(request) => {
            let groups = request.group_ids.iter().map(|id| groups::consumer_described(world, broker, id));
            let answer = ConsumerGroupDescribeResponse::default().with_groups(groups.collect());
            Answer::ConsumerGroupDescribe(answer)
        }
        Request::OffsetFetch(request) => Answer::OffsetFetch(groups::committed(world, broker, version, request)),
        Request::ListOffsets(request) => Answer::ListOffsets(list_offsets(world, broker, request)),
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

fn api_versions(shared: &Shared, broker: i32) -> ApiVersionsResponse {
    let keys = SERVED.iter().map(|api| {
        let (first, last) = served(shared, broker, *api);
        ApiVersion::default().with_api_key(*api as i16).with_min_version(first).with_max_version(last)
    });
    // An API that is served in no version is one the broker does not know.
    let keys = keys.filter(|api| api.max_version >= 0);
    ApiVersionsResponse::default().with_api_keys(keys.collect())
}

/// What a broker says to a version of ApiVersions that is too new for it (KIP-511).
pub(super) fn unsupported_version(shared: &Shared, broker: i32) -> Result<Bytes, String> {
    Answer::ApiVersions(api_versions(shared, broker).with_error_code(UNSUPPORTED_VERSION)).encode(0)
}

fn metadata(shared: &Shared, world: &World, version: i16, request: &MetadataRequest) -> MetadataResponse {
    let brokers = shared.brokers.iter().map(|(id, broker)| {
        let address = MetadataResponseBroker::default().with_node_id(BrokerId(*id)).with_host(text("127.0.0.1"));
        address.with_port(i32::from(broker.port))
    });
    let listed = match &request.topics {
        None => world.topics.iter().map(|(name, topic)| listed_topic(version, name, topic)).collect(),
        Some(names) => {
            let names = names.iter().filter_map(|topic| topic.name.as_ref());
            let listed = names.map(|name| match world.topics.get(name.as_str()) {
                Some(topic) => listed_topic(version, name, topic),
                None => MetadataResponseTopic::default()
                    .with_name(Some(name.clone()))
                    .with_error_code(UNKNOWN_TOPIC_OR_PARTITION),
            });
            listed.collect()
        }
    };
    MetadataResponse::default().with_brokers(brokers.collect()).with_topics(listed)
}

fn listed_topic(version: i16, name: &str, topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0_i32..).zip(&topic.partitions).map(|(index, partition)| {
        MetadataResponsePartition::default()
            .with_partition_index(index)
            .with_leader_id(BrokerId(partition.leader))
            .with_leader_epoch(partition.epoch)
            .with_replica_nodes(vec![BrokerId(partition.leader)])
            .with_isr_nodes(vec![BrokerId(partition.leader)])
    });
    let mut listed = MetadataResponseTopic::default().with_name(Some(topic_name(name)));
    if version >= 10 {
        listed.topic_id = format!("00000000-0000-0000-0000-0000000000{:02x}", topic.id).parse().expect("an id");
    }
    // Brokers keep no order.
    let mut partitions: Vec<_> = partitions.collect();
    partitions.reverse();
    listed.with_partitions(partitions)
}

fn list_offsets(world: &World, broker: i32, request: &ListOffsetsRequest) -> ListOffsetsResponse {
    let topics = request.topics.iter().map(|asked| {
        let partitions = asked.partitions.iter().map(|part| {
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(part.partition_index);
            let topic = world.topics.get(asked.name.as_str());
            match topic.and_then(|topic| topic.partitions.get(usize::try_from(part.partition_index).ok()?)) {
                None => answer.with_error_code(UNKNOWN_TOPIC_OR_PARTITION).with_offset(-1),
                Some(partition) => match edge(partition, broker, part) {
                    // Every record is of the time that is asked for.
                    Ok(offset) => answer.with_offset(offset).with_timestamp(part.timestamp.max(-1)),
                    Err(code) => answer.with_error_code(code).with_offset(-1),
                },
            }
        });
        ListOffsetsTopicResponse::default().with_name(asked.name.clone()).with_partitions(partitions.collect())
    });
    ListOffsetsResponse::default().with_topics(topics.collect())
}

fn edge(partition: &Partition, broker: i32, asked: &ListOffsetsPartition) -> Result<i64, i16> {
    match asked.current_leader_epoch {
        _ if partition.leader != broker => Err(NOT_LEADER_OR_FOLLOWER),
        // Versions before 4 do not tell it.
        -1 => Ok(()),
        epoch if epoch < partition.epoch => Err(FENCED_LEADER_EPOCH),
        epoch if epoch > partition.epoch => Err(UNKNOWN_LEADER_EPOCH),
        _ => Ok(()),
    }?;
    Ok(if asked.timestamp == -1 { partition.end } else { partition.start })
}
