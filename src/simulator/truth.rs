//! Everything an exporter should find out about the cluster, as the world knows it.
//!
//! Not what an exporter can see: hidden topics and dead members are here as they are.
//! Invariant: everything is of one moment, and what the world itself cannot know is null, never a number.

use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::answer::Endpoints;
use super::world::{Broker, BrokerState, Group, Millis, Partition, Reading, Topic, World};

/// The cluster at a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// When, in milliseconds since the Unix epoch, by the world's clock.
    pub at_ms: Millis,
    /// All brokers, by number.
    pub brokers: Vec<BrokerTruth>,
    /// All topics that exist, by name.
    pub topics: Vec<TopicTruth>,
    /// All groups, by name.
    pub groups: Vec<GroupTruth>,
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BrokerTruth {
    /// Its number.
    pub id: i32,
    /// `up`, `hanging` or `down`.
    pub state: String,
    /// Where it listens when it does.
    pub address: Option<SocketAddr>,
}

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicTruth {
    /// Its name.
    pub name: String,
    /// Its id in hexadecimal digits.
    pub id: String,
    /// Whether clients have no right to see it.
    pub hidden: bool,
    /// Its partitions.
    pub partitions: Vec<PartitionTruth>,
}

/// A partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionTruth {
    /// Its number.
    pub id: u32,
    /// The broker that leads it; null if none does.
    pub leader: Option<i32>,
    /// Counts leaders.
    pub leader_epoch: i32,
    /// The first offset that is left.
    pub start: i64,
    /// The offset the next record gets.
    pub end: i64,
    /// The offset below which no transaction is open.
    pub last_stable: i64,
    /// Its replicas, the preferred leader first.
    pub replicas: Vec<i32>,
    /// Those that have all records.
    pub in_sync: Vec<i32>,
}

/// A group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTruth {
    /// Its name.
    pub name: String,
    /// `classic` or `consumer`.
    #[serde(rename = "type")]
    pub kind: String,
    /// As Kafka writes it: `Stable`, `PreparingRebalance`.
    pub state: String,
    /// `consumer`, `connect`, or nothing for a group that has offsets alone.
    pub protocol_type: String,
    /// The broker that coordinates it; null if none can.
    pub coordinator: Option<i32>,
    /// The generation, or the epoch.
    pub generation: i32,
    /// Members the coordinator knows, also dead ones it has not missed yet.
    pub members: usize,
    /// What it reads or read, by topic and partition.
    pub partitions: Vec<ReadingTruth>,
}

/// A partition as a group reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadingTruth {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The committed offset; null if there is none.
    pub committed: Option<i64>,
    /// The next record the group will process.
    pub position: i64,
    /// Records between the committed offset and the end; null without a commit or beyond the end.
    pub lag_records: Option<i64>,
    /// The age of the oldest record that is left and was not committed, in seconds; 0 when there is none, null
    /// without a commit or beyond the end.
    pub lag_seconds: Option<f64>,
    /// `client.id` of the member it is assigned to.
    pub owner: Option<String>,
}

impl Truth {
    /// Everything of the world's present moment.
    #[must_use]
    pub fn of(world: &World, endpoints: &Endpoints) -> Self {
        Self {
            at_ms: world.now(),
            brokers: brokers(world, endpoints),
            topics: world.topics().map(|topic| topic_truth(world, topic)).collect(),
            groups: world.groups().map(|group| group_truth(world, group)).collect(),
        }
    }

    /// Leaves only one group, or one topic and what is read of it, where one is named.
    #[must_use]
    pub fn only(mut self, group: Option<&str>, topic: Option<&str>) -> Self {
        if let Some(name) = group {
            self.groups.retain(|group| group.name == name);
        }
        if let Some(name) = topic {
            self.topics.retain(|topic| topic.name == name);
            self.groups.iter_mut().for_each(|group| group.partitions.retain(|reading| reading.topic == name));
            self.groups.retain(|group| !group.partitions.is_empty());
        }
        self
    }

    /// One group.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&GroupTruth> {
        self.groups.iter().find(|group| group.name == name)
    }

    /// One topic.
    #[must_use]
    pub fn topic(&self, name: &str) -> Option<&TopicTruth> {
        self.topics.iter().find(|topic| topic.name == name)
    }
}

pub(super) fn brokers(world: &World, endpoints: &Endpoints) -> Vec<BrokerTruth> {
    let truth = |broker: &Broker| BrokerTruth {
        id: broker.id,
        state: state_of_broker(broker.state).to_owned(),
        address: endpoints.get(&broker.id).copied(),
    };
    world.brokers().map(truth).collect()
}

fn state_of_broker(state: BrokerState) -> &'static str {
    match state {
        BrokerState::Up => "up",
        BrokerState::Hanging => "hanging",
        BrokerState::Down => "down",
    }
}

fn topic_truth(world: &World, topic: &Topic) -> TopicTruth {
    let partition = |(id, partition): (u32, &Partition)| PartitionTruth {
        id,
        leader: partition.leader,
        leader_epoch: partition.leader_epoch,
        start: world.start(partition),
        end: world.end(partition),
        last_stable: world.last_stable(partition),
        replicas: partition.replicas.clone(),
        in_sync: partition.in_sync.clone(),
    };
    TopicTruth {
        name: topic.name.clone(),
        id: format!("{:032x}", topic.id),
        hidden: topic.is_hidden,
        partitions: (0..).zip(&topic.partitions).map(partition).collect(),
    }
}

fn group_truth(world: &World, group: &Group) -> GroupTruth {
    let name = &group.spec.name;
    GroupTruth {
        name: name.clone(),
        kind: group.type_name().to_owned(),
        state: group.state.name().to_owned(),
        protocol_type: group.protocol_type().to_owned(),
        coordinator: world.coordinator(name),
        generation: group.generation,
        members: group.members.len(),
        partitions: group.readings.iter().filter_map(|reading| reading_truth(world, group, reading)).collect(),
    }
}

fn reading_truth(world: &World, group: &Group, reading: &Reading) -> Option<ReadingTruth> {
    let topic = world.topic_at(reading.topic)?;
    let partition = topic.partitions.get(usize::try_from(reading.partition).ok()?);
    let committed = world.committed(group, reading);
    // Beyond the end there is nothing to count, and no record to be old.
    let read_to = committed.zip(partition).filter(|(committed, partition)| *committed <= world.end(partition));
    let owner = reading.owner.and_then(|process| group.member(process));
    Some(ReadingTruth {
        topic: topic.name.clone(),
        partition: reading.partition,
        committed,
        position: world.position(group, reading),
        lag_records: read_to.map(|(committed, partition)| world.end(partition) - committed),
        lag_seconds: read_to.map(|(committed, partition)| age(world, partition, committed)),
        owner: owner.map(|member| member.client_id.clone()),
    })
}

/// The age in seconds of the first record at or after an offset that is left.
fn age(world: &World, partition: &Partition, offset: i64) -> f64 {
    let first = offset.max(world.start(partition));
    let age = world.timestamp(partition, first).map_or(0, |appended| world.now() - appended);
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of ages, far below 2^52")]
    let milliseconds = age as f64;
    milliseconds / 1000.0
}
