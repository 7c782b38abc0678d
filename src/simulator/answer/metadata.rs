//! Metadata: brokers, topics, and who leads what.
//!
//! Not descriptions of brokers or topics beyond that; other questions have those.
//! Invariant: asking never creates a topic.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};

use crate::simulator::world::{Broker, BrokerState, Partition, Topic};

use super::{Desk, error, id, text, valid};

/// The first version that finds topics by their ids.
const BY_ID: i16 = 12;

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: MetadataRequest) -> MetadataResponse {
    let world = desk.world;
    let is_by_id = |topic: &MetadataRequestTopic| topic.name.is_none() || topic.topic_id.as_u128() != 0;
    if version < BY_ID && request.topics.iter().flatten().any(is_by_id) {
        return refused(desk, request.topics.unwrap_or_default());
    }
    let topics = match request.topics {
        // In version 0, no topics named means all of them.
        Some(topics) if version > 0 || !topics.is_empty() => {
            let ids = ids(desk, &topics);
            distinct(topics).map(|topic| named(desk, version, &ids, topic)).collect()
        }
        _ => world.topics().filter(|topic| !topic.is_hidden).map(|topic| known(desk, version, topic)).collect(),
    };
    MetadataResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_brokers(world.listed_brokers().filter_map(|broker| listed(desk, broker)).collect())
        .with_cluster_id(Some(text(world.cluster_id())))
        .with_controller_id(BrokerId(world.controller().unwrap_or(-1)))
        .with_topics(topics)
}

/// What was asked in a version that names ids, but cannot look them up.
fn refused(desk: &Desk<'_>, topics: Vec<MetadataRequestTopic>) -> MetadataResponse {
    let topics = distinct(topics).map(|topic| {
        MetadataResponseTopic::default()
            .with_error_code(error::INVALID_REQUEST)
            .with_name(Some(topic.name.unwrap_or_default()))
            .with_topic_id(topic.topic_id)
    });
    MetadataResponse::default().with_throttle_time_ms(desk.throttle_ms).with_topics(topics.collect())
}

fn listed(desk: &Desk<'_>, broker: &Broker) -> Option<MetadataResponseBroker> {
    let endpoint = desk.endpoints.get(&broker.id)?;
    let listed = MetadataResponseBroker::default()
        .with_node_id(BrokerId(broker.id))
        .with_host(text(&endpoint.ip().to_string()))
        .with_port(i32::from(endpoint.port()))
        .with_rack(Some(text(&broker.rack)));
    Some(listed)
}

/// Topics by their ids, if anybody asks by id.
fn ids<'a>(desk: &Desk<'a>, asked: &[MetadataRequestTopic]) -> BTreeMap<u128, &'a Topic> {
    if asked.iter().all(|topic| topic.name.is_some()) {
        return BTreeMap::new();
    }
    desk.world.topics().map(|topic| (topic.id, topic)).collect()
}

/// As Kafka, which takes what is named for a set.
fn distinct(topics: Vec<MetadataRequestTopic>) -> impl Iterator<Item = MetadataRequestTopic> {
    let mut seen = BTreeSet::new();
    topics.into_iter().filter(move |topic| seen.insert((topic.name.clone(), topic.topic_id)))
}

fn named(
    desk: &Desk<'_>,
    version: i16,
    ids: &BTreeMap<u128, &Topic>,
    asked: MetadataRequestTopic,
) -> MetadataResponseTopic {
    let world = desk.world;
    let answer = MetadataResponseTopic::default();
    let Some(name) = asked.name else {
        return match ids.get(&asked.topic_id.as_u128()) {
            // An id tells nothing to who may not see the topic, so its name is kept from them.
            Some(topic) if topic.is_hidden => {
                answer.with_error_code(error::TOPIC_AUTHORIZATION_FAILED).with_topic_id(asked.topic_id).with_name(None)
            }
            Some(topic) => known(desk, version, topic),
            None => answer.with_error_code(error::UNKNOWN_TOPIC_ID).with_topic_id(asked.topic_id).with_name(None),
        };
    };
    match world.topic(&name) {
        Some(topic) if !topic.is_hidden => known(desk, version, topic),
        Some(_) => answer.with_error_code(error::TOPIC_AUTHORIZATION_FAILED).with_name(Some(name)),
        None => {
            let code = if valid::is_topic_name(&name) {
                error::UNKNOWN_TOPIC_OR_PARTITION
            } else {
                error::INVALID_TOPIC_EXCEPTION
            };
            answer.with_error_code(code).with_is_internal(valid::is_internal(&name)).with_name(Some(name))
        }
    }
}

fn known(desk: &Desk<'_>, version: i16, topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..).zip(&topic.partitions);
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(text(&topic.name))))
        .with_topic_id(id(topic.id))
        .with_is_internal(topic.is_internal)
        .with_partitions(partitions.map(|(number, partition)| placed(desk, version, number, partition)).collect())
}

fn placed(desk: &Desk<'_>, version: i16, number: i32, partition: &Partition) -> MetadataResponsePartition {
    let is_down = |id: i32| desk.world.broker(id).is_none_or(|broker| broker.state == BrokerState::Down);
    // The oldest clients are not told of brokers they cannot reach, but that some are missing.
    let brokers = |ids: &[i32]| -> Vec<BrokerId> {
        ids.iter().copied().filter(|id| version > 0 || !is_down(*id)).map(BrokerId).collect()
    };
    let (replicas, in_sync) = (brokers(&partition.replicas), brokers(&partition.in_sync));
    let are_missing = replicas.len() < partition.replicas.len() || in_sync.len() < partition.in_sync.len();
    let code = match partition.leader {
        None => error::LEADER_NOT_AVAILABLE,
        Some(_) if are_missing => error::REPLICA_NOT_AVAILABLE,
        Some(_) => error::NONE,
    };
    MetadataResponsePartition::default()
        .with_error_code(code)
        .with_partition_index(number)
        .with_leader_id(BrokerId(partition.leader.unwrap_or(-1)))
        .with_leader_epoch(partition.leader_epoch)
        .with_replica_nodes(replicas)
        .with_isr_nodes(in_sync)
        .with_offline_replicas(partition.replicas.iter().copied().filter(|id| is_down(*id)).map(BrokerId).collect())
}
