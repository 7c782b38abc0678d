//! Metadata and coordinators. It is NOT about groups themselves.
//! Invariant: brokers are counted, not named.

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponseTopic;
use kafka_protocol::messages::{FindCoordinatorRequest, MetadataRequest, MetadataResponse, TopicName};

use super::Facts;
use super::side::{Side, text};

const VERSIONS: [i16; 8] = [0, 1, 4, 7, 8, 9, 12, 13];

const NAMES: [&str; 6] = ["orders", "narrow", "absent", "bad/name", "", "__transaction_state"];

pub(super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    for version in VERSIONS {
        let all = MetadataRequest::default().with_topics((version == 0).then(Vec::new));
        let answer = side.ask(1, version, &all).await;
        note_cluster(facts, version, &answer);
        for topic in &answer.topics {
            note_topic(facts, &format!("Metadata {version} of all: {:?}", topic.name.as_deref()), topic);
        }
        for name in NAMES {
            let answer = side.ask(2, version, &named(version, name)).await;
            assert_eq!(answer.topics.len(), 1);
            note_topic(facts, &format!("Metadata {version} of {name:?}"), &answer.topics[0]);
        }
        if version > 0 {
            let none = side.ask(1, version, &MetadataRequest::default().with_topics(Some(Vec::new()))).await;
            facts.note(format!("Metadata {version} of none"), &(none.topics.len(), none.brokers.len()));
        }
        let topics = || named(version, "orders").topics.unwrap_or_default();
        let twice = [topics(), topics()].concat();
        let twice = side.ask(1, version, &MetadataRequest::default().with_topics(Some(twice))).await;
        facts.note(format!("Metadata {version} of one topic twice"), &twice.topics.len());
    }
    by_id(side, facts).await;
    coordinators(side, facts).await;
}

fn named(version: i16, name: &str) -> MetadataRequest {
    let topic = MetadataRequestTopic::default().with_name(Some(TopicName(text(name))));
    let request = MetadataRequest::default().with_topics(Some(vec![topic]));
    if version >= 4 { request.with_allow_auto_topic_creation(false) } else { request }
}

async fn by_id(side: &Side<'_>, facts: &mut Facts) {
    let known = side.ask(1, 12, &named(12, "orders")).await.topics[0].topic_id;
    let unknown = "00000000-0000-4000-8000-000000000001".parse().expect("an id");
    for version in [10, 12, 13] {
        for (what, id) in [("known", known), ("unknown", unknown)] {
            let topic = MetadataRequestTopic::default().with_topic_id(id).with_name(None);
            let request = MetadataRequest::default().with_topics(Some(vec![topic]));
            let answer = side.ask(1, version, &request).await;
            let of = format!("Metadata {version} by {what} id");
            facts.note(format!("{of}: brokers"), &(answer.brokers.len(), answer.error_code));
            assert_eq!(answer.topics.len(), 1);
            facts.note(format!("{of}: the id is told"), &(answer.topics[0].topic_id == id));
            note_topic(facts, &of, &answer.topics[0]);
        }
    }
}

fn note_cluster(facts: &mut Facts, version: i16, answer: &MetadataResponse) {
    let hosts = answer.brokers.iter().filter(|broker| broker.host.as_str() == "127.0.0.1" && broker.port > 0).count();
    facts.note(format!("Metadata {version}: brokers"), &(answer.brokers.len(), hosts));
    let has_id = answer.cluster_id.as_ref().is_some_and(|id| id.len() == 22);
    facts.note(format!("Metadata {version}: cluster id"), &has_id);
    facts.note(format!("Metadata {version}: controller"), &(1..=3).contains(&answer.controller_id.0));
    facts.note(format!("Metadata {version}: rights"), &(answer.cluster_authorized_operations, answer.error_code));
}

fn note_topic(facts: &mut Facts, of: &str, topic: &MetadataResponseTopic) {
    let name = topic.name.is_some().then(|| name_of(topic));
    facts.note(format!("{of}: topic"), &(name, topic.error_code, topic.is_internal, topic.topic_authorized_operations));
    if name_of(topic) == "__consumer_offsets" {
        // Their number is a setting of the cluster.
        return;
    }
    let mut partitions = topic.partitions.clone();
    partitions.sort_by_key(|partition| partition.partition_index);
    for partition in partitions {
        let counts = [&partition.replica_nodes, &partition.isr_nodes, &partition.offline_replicas].map(Vec::len);
        let leader = if partition.leader_id.0 > 0 { "one" } else { "none" };
        let epoch = (leader, partition.leader_epoch >= 0);
        facts.note(format!("{of}: {}", partition.partition_index), &(partition.error_code, epoch, counts));
    }
}

fn name_of(topic: &MetadataResponseTopic) -> &str {
    topic.name.as_ref().map_or("", |name| name.as_str())
}

async fn coordinators(side: &Side<'_>, facts: &mut Facts) {
    for version in [0, 1, 2, 3] {
        for (kind, key) in [(0, "readers"), (0, ""), (9, "readers")] {
            if version == 0 && kind != 0 {
                continue;
            }
            let request = FindCoordinatorRequest::default().with_key(text(key)).with_key_type(kind);
            let answer = side.ask(1, version, &request).await;
            let node = (answer.node_id.0 > 0, answer.host.to_string(), answer.port > 0);
            let message = answer.error_message.as_deref().map(ToString::to_string).filter(|_| kind == 0);
            facts.note(format!("FindCoordinator {version} {kind} {key:?}"), &(answer.error_code, message, node));
        }
    }
    for version in [4, 5, 6] {
        for (kind, keys) in [(0, vec!["readers", "", "simple"]), (0, vec![]), (9, vec!["readers"])] {
            let keys: Vec<_> = keys.into_iter().map(text).collect();
            let request = FindCoordinatorRequest::default().with_coordinator_keys(keys.clone()).with_key_type(kind);
            let answer = side.ask(1, version, &request).await;
            let told = answer.coordinators.iter().map(|found| {
                let node = (found.node_id.0 > 0, found.host.to_string(), found.port > 0);
                (found.key.to_string(), found.error_code, node)
            });
            let told: Vec<_> = told.collect();
            facts.note(format!("FindCoordinator {version} {kind} {keys:?}"), &(answer.error_code, told));
        }
    }
}

/// What is told while the broker with the only replica of a topic is down.
pub(super) async fn ask_without_broker(side: &Side<'_>, facts: &mut Facts) {
    let narrow = side.ask_first(7, &named(7, "narrow")).await;
    let lost = narrow.topics[0].partitions[0].replica_nodes[0].0;
    for version in VERSIONS {
        let answer = side.ask(Side::other(lost), version, &named(version, "narrow")).await;
        facts.note(format!("Metadata {version} without a broker: brokers"), &answer.brokers.len());
        note_topic(facts, &format!("Metadata {version} without a broker"), &answer.topics[0]);
    }
}
