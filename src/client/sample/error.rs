//! Why there is no sample.
//!
//! Not what happens on the way and goes by.
//! Invariant: every text names the topic, or who was asked.

use crate::model::{PartitionId, TopicName};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SampleError {
    /// Nobody could be asked.
    #[error("no broker answered: {0}")]
    NoBroker(String),
    /// Those who lead the topic's partitions do not answer.
    #[error("the brokers that lead topic `{topic}` do not answer{reason}")]
    NoLeaderAnswers {
        /// The topic.
        topic: TopicName,
        /// With a colon before it, or nothing.
        reason: String,
    },
    /// It does not answer in time.
    #[error("{leader}, which leads partition {partition} of topic `{topic}`, does not answer{reason}")]
    NoAnswer {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: PartitionId,
        /// Host and port, and number.
        leader: String,
        /// With a colon before it, or nothing.
        reason: String,
    },
    /// There is none of that name.
    #[error("there is no topic `{topic}`")]
    NoTopic {
        /// The topic.
        topic: TopicName,
    },
    /// Its records may not be read.
    #[error("the records of topic `{topic}` may not be read: READ on it is missing")]
    NoRight {
        /// The topic.
        topic: TopicName,
    },
    /// Nobody may know whether it is there.
    #[error("topic `{topic}` may not be seen: READ on it is missing, which includes DESCRIBE")]
    NoSight {
        /// The topic.
        topic: TopicName,
    },
    /// It has fewer.
    #[error("topic `{topic}` has no partition {partition}: it has {count}, numbered from 0")]
    NoPartition {
        /// The topic.
        topic: TopicName,
        /// The partition that was asked for.
        partition: PartitionId,
        /// How many it has.
        count: usize,
    },
    /// No broker leads it.
    #[error("no broker leads partition {partition} of topic `{topic}` now")]
    NoLeader {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: PartitionId,
    },
    /// It has no records.
    #[error("partition {partition} of topic `{topic}` is empty")]
    Empty {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: PartitionId,
    },
    /// None of its partitions has any.
    #[error("topic `{topic}` is empty")]
    EmptyTopic {
        /// The topic.
        topic: TopicName,
    },
    /// All of its records are behind the beginning of a transaction that goes on.
    #[error("all {count} records of partition {partition} of topic `{topic}` wait for the end of a transaction")]
    Hidden {
        /// The topic.
        topic: TopicName,
        /// The partition.
        partition: PartitionId,
        /// How many there are.
        count: u64,
    },
    /// Anything else.
    #[error("librdkafka failed: {0}")]
    Failed(String),
}
