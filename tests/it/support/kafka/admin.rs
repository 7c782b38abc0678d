//! Changes to topics and groups. It is NOT how Kafka is asked about them.
//! Invariant: a change of a topic returns when every broker that answers has seen it.

use std::io::{Error, Result};

use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions, NewTopic, TopicReplication, TopicResult};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::{Offset, TopicPartitionList};

use super::cluster::Cluster;
use super::probe;
use crate::support::wait::{PATIENCE, eventually};

impl Cluster {
    /// Creates a topic and waits until its partitions have leaders everywhere.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn create_topic(&self, topic: &str, partitions: i32, replicas: i32) {
        self.create_topic_with(topic, partitions, replicas, &[]).await;
    }

    /// The same with settings of its own.
    ///
    /// # Panics
    /// Likewise.
    pub(crate) async fn create_topic_with(
        &self,
        topic: &str,
        partitions: i32,
        replicas: i32,
        settings: &[(&str, &str)],
    ) {
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(replicas));
        let new = settings.iter().fold(new, |new, (name, value)| new.set(name, value));
        let answer = self.admin().create_topics([&new], &options()).await.expect("an answer about a new topic");
        done(&answer);
        self.seen_everywhere(topic, partitions).await;
    }

    /// Deletes a topic and waits until no broker knows it.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn delete_topic(&self, topic: &str) {
        let answer = self.admin().delete_topics(&[topic], &options()).await.expect("an answer about a topic");
        done(&answer);
        self.seen_everywhere(topic, 0).await;
    }

    /// Makes a topic have `total` partitions.
    ///
    /// # Panics
    /// When Kafka refuses, for example fewer than there are.
    pub(crate) async fn add_partitions(&self, topic: &str, total: i32) {
        let count = usize::try_from(total).expect("a positive number of partitions");
        let answer = self.admin().create_partitions([&NewPartitions::new(topic, count)], &options()).await;
        let answer = answer.expect("an answer about new partitions");
        done(&answer);
        self.seen_everywhere(topic, total).await;
    }

    /// Deletes the records of a partition before `offset`: the log then starts there.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn delete_records(&self, topic: &str, partition: i32, offset: i64) {
        let mut before = TopicPartitionList::new();
        before.add_partition_offset(topic, partition, Offset::Offset(offset)).expect("an offset");
        let answer = self.admin().delete_records(&before, &options()).await.expect("an answer about records");
        answer.elements().iter().for_each(|element| element.error().expect("the records are deleted"));
    }

    /// Deletes a group with its commits.
    ///
    /// # Errors
    /// As Kafka says, for example of a group that has members.
    pub(crate) async fn delete_group(&self, group: &str) -> std::result::Result<(), KafkaError> {
        let answer = self.admin().delete_groups(&[group], &options()).await?;
        answer.into_iter().try_for_each(|result| result.map(drop).map_err(|(_, code)| KafkaError::AdminOp(code)))
    }

    /// Settings every client starts from.
    pub(crate) fn client_config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.bootstrap());
        // Brokers come back within seconds here, and so should their clients.
        config.set("reconnect.backoff.max.ms", "500");
        config
    }

    fn admin(&self) -> AdminClient<DefaultClientContext> {
        self.client_config().create().expect("an admin client")
    }

    async fn seen_everywhere(&self, topic: &str, partitions: i32) {
        for port in self.answering().into_iter().map(|id| self.port(id)) {
            eventually("a topic to be as wanted", || settled(port, topic, partitions)).await;
        }
    }
}

async fn settled(port: u16, topic: &str, wanted: i32) -> Result<()> {
    let partitions = probe::view(port, Some(topic)).await?.partitions;
    let led = partitions.values().filter(|placement| placement.leader.is_some()).count();
    if led == partitions.len() && i32::try_from(led).is_ok_and(|led| led == wanted) {
        return Ok(());
    }
    Err(Error::other(format!("port {port} knows {} partitions, {led} of them with a leader", partitions.len())))
}

fn done(answer: &[TopicResult]) {
    assert!(answer.iter().all(std::result::Result::is_ok), "Kafka refuses: {answer:?}");
}

fn options() -> AdminOptions {
    AdminOptions::new().operation_timeout(Some(PATIENCE)).request_timeout(Some(PATIENCE))
}
