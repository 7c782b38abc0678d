//! DescribeLogDirs: what the replicas of a broker take on its disk.
//!
//! Not hidden from anybody: Kafka asks for a right on the cluster here, not on topics.
//! Invariant: a disk is never fuller than full.

use std::collections::BTreeMap;

use kafka_protocol::messages::describe_log_dirs_response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic,
};
use kafka_protocol::messages::{DescribeLogDirsRequest, DescribeLogDirsResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::{Partition, Topic};

use super::Desk;

const FOLDER: &str = "/var/lib/kafka/data";
/// A disk of a tebibyte.
const DISK: i64 = 1 << 40;
/// What a record takes beside its value: its key, lengths, timestamp, and its part of the batch.
const RECORD_REST: i64 = 24;

pub(super) fn answer(desk: &Desk<'_>, _version: i16, request: DescribeLogDirsRequest) -> DescribeLogDirsResponse {
    let asked: Option<BTreeMap<String, Vec<i32>>> = request
        .topics
        .map(|topics| topics.into_iter().map(|topic| (topic.topic.to_string(), topic.partitions)).collect());
    let (mut used, mut topics) = (0_i64, Vec::new());
    for topic in desk.world.topics() {
        let only = match &asked {
            Some(asked) => match asked.get(&topic.name) {
                Some(partitions) => Some(partitions),
                None => continue,
            },
            None => None,
        };
        let own = (0_i32..).zip(&topic.partitions).filter(|(_, partition)| partition.replicas.contains(&desk.broker));
        let meant = own.filter(|(number, _)| only.is_none_or(|only| only.contains(number)));
        let partitions: Vec<_> = meant
            .map(|(number, partition)| {
                let size = size(desk, topic, partition);
                used = used.saturating_add(size);
                DescribeLogDirsPartition::default().with_partition_index(number).with_partition_size(size)
            })
            .collect();
        if !partitions.is_empty() {
            let name = TopicName(StrBytes::from_string(topic.name.clone()));
            topics.push(DescribeLogDirsTopic::default().with_name(name).with_partitions(partitions));
        }
    }
    // What was not asked for takes its place as well.
    let full = if asked.is_none() { used } else { full(desk) };
    let folder = DescribeLogDirsResult::default()
        .with_log_dir(StrBytes::from_static_str(FOLDER))
        .with_topics(topics)
        .with_total_bytes(DISK)
        .with_usable_bytes((DISK - full).max(0));
    DescribeLogDirsResponse::default().with_throttle_time_ms(desk.throttle_ms).with_results(vec![folder])
}

fn full(desk: &Desk<'_>) -> i64 {
    let replicas = desk.world.topics().flat_map(|topic| topic.partitions.iter().map(move |each| (topic, each)));
    let own = replicas.filter(|(_, partition)| partition.replicas.contains(&desk.broker));
    own.map(|(topic, partition)| size(desk, topic, partition)).fold(0, i64::saturating_add)
}

fn size(desk: &Desk<'_>, topic: &Topic, partition: &Partition) -> i64 {
    if let Some(bytes) = desk.world.kept_bytes(partition) {
        return i64::try_from(bytes).unwrap_or(i64::MAX);
    }
    let records = desk.world.end(partition) - desk.world.start(partition);
    records.saturating_mul(i64::from(topic.spec.record_bytes) + RECORD_REST)
}

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::describe_log_dirs_request::DescribableLogDirTopic;
    use kafka_protocol::protocol::{Decodable, Encodable};

    use super::*;
    use crate::simulator::answer::Endpoints;
    use crate::simulator::spec::{ClusterSettings, Scenario, TopicSpec};
    use crate::simulator::world::World;

    fn ask(world: &World, broker: i32, version: i16, request: DescribeLogDirsRequest) -> DescribeLogDirsResult {
        let endpoints = Endpoints::new();
        let answer = answer(&Desk { world, broker, endpoints: &endpoints, throttle_ms: 0 }, version, request);
        let mut bytes = bytes::BytesMut::new();
        answer.encode(&mut bytes, version).expect("it can be written");
        let mut answer = DescribeLogDirsResponse::decode(&mut bytes.freeze(), version).expect("it can be read");
        assert_eq!(answer.results.len(), 1);
        answer.results.remove(0)
    }

    #[test]
    fn replicas_take_what_their_records_take() {
        let topic = TopicSpec { on_brokers: vec![2], ..TopicSpec::new("orders", 2).rate(100.0) };
        let scenario = Scenario { topics: vec![topic], ..Scenario::default() };
        let world = World::new(&ClusterSettings::default(), &[scenario], 0).expect("it makes sense");
        let all = DescribeLogDirsRequest::default().with_topics(None);
        for version in 1..=4 {
            let folder = ask(&world, 2, version, all.clone());
            let orders = folder.topics.iter().find(|topic| &**topic.name == "orders").expect("it is there");
            for partition in &orders.partitions {
                let known = world.partition("orders", partition.partition_index).expect("it is there");
                assert_eq!(partition.partition_size, (world.end(known) - world.start(known)) * 124);
                assert_eq!(partition.offset_lag, 0);
            }
            assert_eq!(orders.partitions.len(), 2);
        }
        let folder = ask(&world, 2, 4, all.clone());
        assert_eq!(folder.total_bytes, DISK);
        assert!(folder.usable_bytes < DISK && folder.usable_bytes > DISK / 2);
        assert!(ask(&world, 1, 4, all).topics.iter().all(|topic| &**topic.name != "orders"));
        let name = TopicName(StrBytes::from_static_str("orders"));
        let some = DescribableLogDirTopic::default().with_topic(name).with_partitions(vec![1, 7]);
        let some = ask(&world, 2, 4, DescribeLogDirsRequest::default().with_topics(Some(vec![some])));
        assert_eq!((some.topics.len(), some.topics[0].partitions.len()), (1, 1));
        assert_eq!(some.usable_bytes, folder.usable_bytes);
    }
}
