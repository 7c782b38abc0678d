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
    let numbers = |ids: Vec<i32>| -> Vec<BrokerId> { ids.into_iter().map(BrokerId).collect() };
    let up = |ids: &[i32]| -> Vec<i32> { ids.iter().copied().filter(|id| !is_down(*id)).collect() };
    // The oldest clients are not told of brokers they cannot reach, but that some are missing.
    let replicas = if version > 0 { partition.replicas.clone() } else { up(&partition.replicas) };
    let are_missing = replicas.len() < partition.replicas.len();
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
        .with_replica_nodes(numbers(replicas))
        // The last one that had everything may lead again, but is not in sync while it is down (KIP-966).
        .with_isr_nodes(numbers(up(&partition.in_sync)))
        .with_offline_replicas(numbers(partition.replicas.iter().copied().filter(|id| is_down(*id)).collect()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::{Action, PartitionOf, TopicSpec};

    fn lab() -> Lab {
        let narrow = TopicSpec { replication: 1, ..TopicSpec::new("narrow", 3) };
        Lab::new(vec![TopicSpec::new("orders", 2), TopicSpec::new("secret", 1), narrow], Vec::new())
    }

    fn all(lab: &Lab, version: i16) -> MetadataResponse {
        lab.ask(1, version, &MetadataRequest::default().with_topics((version == 0).then(Vec::new)))
    }

    fn one(lab: &Lab, version: i16, name: Option<&str>, topic_id: u128) -> MetadataResponseTopic {
        let topic = MetadataRequestTopic::default()
            .with_name(name.map(|name| TopicName(text(name))))
            .with_topic_id(id(topic_id));
        let answer = lab.ask(1, version, &MetadataRequest::default().with_topics(Some(vec![topic])));
        answer.topics.into_iter().next().expect("a topic")
    }

    fn names(answer: &MetadataResponse) -> Vec<&str> {
        answer.topics.iter().filter_map(|topic| topic.name.as_deref()).map(|name| &**name).collect()
    }

    #[test]
    fn all_topics_are_those_that_may_be_seen() {
        let mut lab = lab();
        lab.act(&Action::Hide { topic: "secret".to_owned() });
        for version in 0..=13 {
            assert_eq!(names(&all(&lab, version)), ["__consumer_offsets", "narrow", "orders"], "{version}");
        }
        let internal = all(&lab, 5).topics.into_iter().filter(|topic| topic.is_internal).count();
        assert_eq!(internal, 1);
        let none = lab.ask(1, 1, &MetadataRequest::default().with_topics(Some(Vec::new())));
        assert!(none.topics.is_empty() && none.brokers.len() == 3);
    }

    #[test]
    fn what_cannot_be_told_of_a_topic_is_an_error() {
        let mut lab = lab();
        let secret = lab.world.topic("secret").expect("it is there").id;
        let orders = lab.world.topic("orders").expect("it is there").id;
        lab.act(&Action::Hide { topic: "secret".to_owned() });
        assert_eq!(one(&lab, 9, Some("secret"), 0).error_code, error::TOPIC_AUTHORIZATION_FAILED);
        assert_eq!(one(&lab, 9, Some("absent"), 0).error_code, error::UNKNOWN_TOPIC_OR_PARTITION);
        assert_eq!(one(&lab, 9, Some("bad/name"), 0).error_code, error::INVALID_TOPIC_EXCEPTION);
        assert!(lab.world.topic("absent").is_none(), "asking creates nothing");
        assert_eq!(one(&lab, 12, None, 7).error_code, error::UNKNOWN_TOPIC_ID);
        let hidden = one(&lab, 12, None, secret);
        assert_eq!((hidden.error_code, hidden.name), (error::TOPIC_AUTHORIZATION_FAILED, None));
        let found = one(&lab, 12, None, orders);
        assert_eq!((found.error_code, found.partitions.len()), (error::NONE, 2));
        assert_eq!(one(&lab, 10, Some("orders"), orders).error_code, error::INVALID_REQUEST);
    }

    #[test]
    fn a_partition_without_a_leader_says_so() {
        let mut lab = lab();
        lab.act(&Action::LoseLeader(PartitionOf { topic: "orders".to_owned(), partition: Some(1) }));
        let topic = one(&lab, 9, Some("orders"), 0);
        let told: Vec<_> =
            topic.partitions.iter().map(|partition| (partition.error_code, partition.leader_id.0 > 0)).collect();
        assert_eq!(told, [(error::NONE, true), (error::LEADER_NOT_AVAILABLE, false)]);
        assert_eq!(topic.partitions[1].leader_id.0, -1);
    }

    #[test]
    fn a_broker_that_is_down_is_not_listed_and_its_replicas_are_offline() {
        let mut lab = lab();
        lab.act(&Action::StopBroker { broker: 2 });
        let answer = all(&lab, 9);
        let brokers: Vec<_> = answer.brokers.iter().map(|broker| (broker.node_id.0, broker.port)).collect();
        assert_eq!(brokers, [(1, 9001), (3, 9003)]);
        assert_eq!(answer.controller_id.0, 1);
        assert_eq!(answer.brokers[0].rack.as_deref(), Some("rack-1"));
        let orders = one(&lab, 9, Some("orders"), 0);
        assert!(orders.partitions.iter().all(|partition| partition.offline_replicas == [BrokerId(2)]));
        assert!(orders.partitions.iter().all(|partition| partition.isr_nodes.len() == 2));
        let narrow = one(&lab, 9, Some("narrow"), 0);
        let lost = narrow.partitions.iter().filter(|partition| partition.error_code == error::LEADER_NOT_AVAILABLE);
        assert_eq!(lost.count(), 1);
        // The oldest version leaves them out and says that some are missing.
        let oldest = one(&lab, 0, Some("orders"), 0);
        assert!(oldest.partitions.iter().all(|partition| {
            partition.replica_nodes.len() == 2 && partition.error_code == error::REPLICA_NOT_AVAILABLE
        }));
    }
}
