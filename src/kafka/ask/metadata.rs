//! Metadata: the brokers, the topics, their partitions and who leads them.
//!
//! Not where partitions start and end; that only their leaders know.
//! Invariant: no answer makes a topic be created (KIP-204's flag, or the form that has no need of it).

use std::collections::BTreeMap;

use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::{MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{MetadataRequest, MetadataResponse, TopicName as WireTopicName};

use crate::config::{BrokerAddress, NameFilter};
use crate::model::{
    Broker, BrokerId, Partition, PartitionId, ProblemKind, Question, Replicas, Topic, TopicId, TopicName, Unknown,
};

use super::super::code::{self, Refusal};
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{count_failures, may_name_topic, text};

/// The first version in which a list of topics can be asked for without creating them.
const FIRST_WITHOUT_CREATION: i16 = 4;

/// So much of a name that no topic can have is told.
const NAME_BYTES_TOLD: usize = 50;

/// Which topics are asked for.
pub(in super::super) struct TopicsWanted {
    filter: NameFilter,
}

impl TopicsWanted {
    pub(in super::super) fn new(filter: NameFilter) -> Self {
        Self { filter }
    }

    fn request(&self, version: i16) -> MetadataRequest {
        let listed = self.filter.literals().filter(|_| version >= FIRST_WITHOUT_CREATION).map(|names| {
            names
                .iter()
                .map(|name| MetadataRequestTopic::default().with_name(Some(WireTopicName(text(name)))))
                .collect()
        });
        // Before, the flag cannot be written, and asking for all topics creates none.
        let may_create = version < FIRST_WITHOUT_CREATION;
        MetadataRequest::default().with_topics(listed).with_allow_auto_topic_creation(may_create)
    }
}

/// What one broker knows of the cluster.
#[derive(Debug, Default)]
pub(in super::super) struct ClusterMetadata {
    /// The brokers as facts.
    pub(in super::super) brokers: Vec<Broker>,
    /// Where to connect to them.
    pub(in super::super) addresses: BTreeMap<BrokerId, BrokerAddress>,
    /// The topics that pass the filter.
    pub(in super::super) topics: Vec<Topic>,
    /// Topics that could not be told.
    pub(in super::super) refused: Vec<(TopicName, Refusal)>,
}

/// Asks one broker.
pub(in super::super) async fn ask(
    link: &mut Link,
    wanted: &TopicsWanted,
    poll: &Poll,
) -> Result<ClusterMetadata, Error> {
    let answer = link.ask(poll, |version| wanted.request(version)).await?.body;
    if let Some(kind) = code::problem_kind(answer.error_code) {
        poll.failed(Question::Metadata, kind);
        return Err(Error::new(kind, code::name(answer.error_code)));
    }
    let found = read(answer, wanted);
    count_failures(Question::Metadata, found.refused.iter().map(|(_, refusal)| refusal), poll);
    if found.brokers.is_empty() {
        // A broker that has just started knows nobody yet, and none of the topics either.
        poll.failed(Question::Metadata, ProblemKind::Invalid);
        return Err(Error::new(ProblemKind::Invalid, "its metadata names no broker"));
    }
    Ok(found)
}

fn read(answer: MetadataResponse, wanted: &TopicsWanted) -> ClusterMetadata {
    let mut found = ClusterMetadata::default();
    for broker in answer.brokers {
        let id = BrokerId(broker.node_id.0);
        let Ok(port) = u16::try_from(broker.port) else { continue };
        if found.addresses.contains_key(&id) {
            continue;
        }
        let address = BrokerAddress { host: broker.host.to_string(), port };
        let rack = broker.rack.map(|rack| rack.to_string());
        found.brokers.push(Broker { id, address: address.to_string(), rack });
        found.addresses.insert(id, address);
    }
    for topic in answer.topics {
        let Some(name) = topic.name.as_ref().map(|name| TopicName::from(name.0.as_str())) else { continue };
        if !may_name_topic(&name) {
            let beginning = name.get(..name.floor_char_boundary(NAME_BYTES_TOLD)).unwrap_or_default();
            found.refused.push((TopicName::from(beginning), ProblemKind::Invalid.into()));
            continue;
        }
        if !wanted.filter.passes(&name) {
            continue;
        }
        match Refusal::of(topic.error_code) {
            // While a leader is elected the partitions are told all the same.
            Some(refusal) if refusal.kind != ProblemKind::LeaderNotAvailable => found.refused.push((name, refusal)),
            _ => found.topics.push(read_topic(name, &topic)),
        }
    }
    found
}

fn read_topic(name: TopicName, topic: &MetadataResponseTopic) -> Topic {
    let id = Some(topic.topic_id).filter(|id| !id.is_nil()).map(|id| TopicId(id.into_bytes()));
    let partitions = topic.partitions.iter().filter(|partition| partition.partition_index >= 0);
    let mut partitions: Vec<Partition> = partitions.map(read_partition).collect();
    // Brokers tell them in no particular order.
    partitions.sort_by_key(|partition| partition.id);
    partitions.dedup_by_key(|partition| partition.id);
    Topic { name, id, is_listed: true, partitions, config: None }
}

fn read_partition(partition: &MetadataResponsePartition) -> Partition {
    let leader = Some(BrokerId(partition.leader_id.0)).filter(|leader| leader.0 >= 0);
    let unknown = if leader.is_some() { Unknown::Failed(ProblemKind::Missing) } else { Unknown::NoLeader };
    Partition {
        id: PartitionId(partition.partition_index),
        leader,
        leader_epoch: Some(partition.leader_epoch).filter(|epoch| *epoch >= 0),
        replicas: Replicas {
            preferred_leader: partition.replica_nodes.first().map(|id| BrokerId(id.0)),
            assigned_count: partition.replica_nodes.len(),
            in_sync_count: partition.isr_nodes.len(),
        },
        high_watermark: Err(unknown),
        last_stable: Err(Unknown::NotAsked),
        low_watermark: Err(unknown),
    }
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::protocol::Encodable;

    use super::*;

    fn wanted(include: &[&str]) -> TopicsWanted {
        TopicsWanted::new(NameFilter::new(include, &["hidden"]).expect("patterns of the test are valid"))
    }

    #[test]
    fn every_version_can_be_asked_and_creates_no_topic() {
        for version in 1..=13 {
            for (include, listed) in [(&["a", "b", "hidden"][..], Some(2)), (&["a.*"], None), (&[], Some(0))] {
                let request = wanted(include).request(version);
                request.encode(&mut BytesMut::new(), version).expect("the version has all that is written");
                let listed = listed.filter(|_| version >= FIRST_WITHOUT_CREATION);
                assert_eq!(request.topics.as_ref().map(Vec::len), listed, "{include:?} in version {version}");
                assert!(request.topics.is_none() || !request.allow_auto_topic_creation);
            }
        }
    }
}
