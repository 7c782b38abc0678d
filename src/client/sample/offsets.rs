//! What there is of a topic: who leads its partitions, and between which offsets they have records.
//!
//! Not the records.
//! Invariant: a leader that does not answer costs what only it knows.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::metadata::Metadata;
use rdkafka::{Offset, TopicPartitionList};
use tracing::debug;

use crate::client::settings;
use crate::config::ClusterConfig;
use crate::model::{PartitionId, SampleSettings, TopicName};

use super::error::SampleError;
use super::patience::Patience;
use super::trouble::Trouble;

/// For how long to ask before looking whether anybody is there.
const LOOK_UP: Duration = Duration::from_secs(1);
/// How long it may take until anybody answers.
const BROKER_TIMEOUT: Duration = Duration::from_secs(10);

/// Which offset of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) enum Question {
    /// The first that is left.
    Start,
    /// The first whose time is this or later, in milliseconds since 1970.
    At(i64),
    /// The one after the last.
    End,
}

/// A topic as the brokers know it.
pub(super) struct Topic<'a> {
    name: &'a str,
    consumer: BaseConsumer<Trouble>,
    /// Partitions and who leads them.
    partitions: BTreeMap<i32, Option<i32>>,
    /// Brokers and where they are.
    addresses: BTreeMap<i32, String>,
}

impl<'a> Topic<'a> {
    /// Asks for it by a client that cannot make it come into being.
    pub(super) fn ask(cluster: &ClusterConfig, name: &'a str, patience: &Patience<'_>) -> Result<Self, SampleError> {
        let consumer: BaseConsumer<Trouble> = settings::asking(cluster)
            // How many records there are is not up to open transactions.
            .set("isolation.level", "read_uncommitted")
            .create_with_context(Trouble::default())
            .map_err(|error| SampleError::Failed(error.to_string()))?;
        let metadata = metadata(&consumer, name, cluster, patience)?;
        let own = || TopicName::from(name);
        let topic = metadata.topics().iter().find(|topic| topic.name() == name);
        let topic = topic.ok_or_else(|| SampleError::NoTopic { topic: own() })?;
        match topic.error().map(RDKafkaErrorCode::from) {
            None | Some(RDKafkaErrorCode::LeaderNotAvailable) => {}
            Some(RDKafkaErrorCode::TopicAuthorizationFailed) => return Err(SampleError::NoSight { topic: own() }),
            Some(
                RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::InvalidTopic,
            ) => return Err(SampleError::NoTopic { topic: own() }),
            Some(code) => return Err(SampleError::Failed(format!("topic `{name}`: {code}"))),
        }
        let leader = |id: i32| (id >= 0).then_some(id);
        let partitions = topic.partitions().iter().map(|found| (found.id(), leader(found.leader()))).collect();
        let brokers = metadata.brokers().iter();
        let addresses = brokers.map(|broker| (broker.id(), format!("{}:{}", broker.host(), broker.port()))).collect();
        Ok(Self { name, consumer, partitions, addresses })
    }

    /// How many partitions there are.
    pub(super) fn partition_count(&self) -> usize {
        self.partitions.len()
    }

    /// The partitions that have a leader, by leader.
    pub(super) fn leaders(&self) -> Vec<Vec<i32>> {
        let mut by_leader: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
        for (partition, leader) in &self.partitions {
            if let Some(leader) = leader {
                by_leader.entry(*leader).or_default().push(*partition);
            }
        }
        by_leader.into_values().collect()
    }

    /// Who leads a partition, for people.
    pub(super) fn leader(&self, partition: PartitionId) -> Result<String, SampleError> {
        let topic = || TopicName::from(self.name);
        let leader = self.partitions.get(&partition.0).ok_or_else(|| SampleError::NoPartition {
            topic: topic(),
            partition,
            count: self.partitions.len(),
        })?;
        let leader = leader.ok_or_else(|| SampleError::NoLeader { topic: topic(), partition })?;
        Ok(self
            .addresses
            .get(&leader)
            .map_or_else(|| format!("broker {leader}"), |address| format!("broker {leader} at {address}")))
    }

    /// The offsets of some partitions that have the same leader, as far as it tells.
    pub(super) fn offsets(
        &self,
        partitions: &[i32],
        question: Question,
        patience: &Patience<'_>,
    ) -> BTreeMap<i32, i64> {
        let told = || -> Result<BTreeMap<i32, i64>, KafkaError> {
            let asked = asked(self.name, partitions, question)?;
            let told = self.consumer.offsets_for_times(asked, patience.for_an_answer())?;
            Ok(told
                .elements()
                .iter()
                .filter_map(|told| {
                    told.error().ok()?;
                    // Nothing is of that time or later.
                    let offset = if told.offset() == Offset::End { i64::MAX } else { number(told.offset())? };
                    Some((told.partition(), offset))
                })
                .collect())
        };
        told().unwrap_or_else(|error| {
            debug!(topic = self.name, error = %error, "a leader does not tell its offsets");
            BTreeMap::new()
        })
    }

    /// The first offset of a partition and the one after the last.
    pub(super) fn kept(&self, partition: PartitionId, patience: &Patience<'_>) -> Result<(i64, i64), SampleError> {
        let timeout = patience.for_an_answer();
        self.consumer.fetch_watermarks(self.name, partition.0, timeout).map_err(|error| {
            match error.rdkafka_error_code() {
                Some(RDKafkaErrorCode::TopicAuthorizationFailed) => {
                    SampleError::NoSight { topic: TopicName::from(self.name) }
                }
                _ => match self.leader(partition) {
                    Ok(leader) => SampleError::NoAnswer {
                        topic: TopicName::from(self.name),
                        partition,
                        leader,
                        reason: self.because(),
                    },
                    Err(error) => error,
                },
            }
        })
    }

    /// Why nothing is known of any partition.
    pub(super) fn nobody_tells(&self) -> SampleError {
        SampleError::NoLeaderAnswers { topic: TopicName::from(self.name), reason: self.because() }
    }

    fn because(&self) -> String {
        because(&self.consumer)
    }
}

/// The last trouble, with a colon before it.
pub(super) fn because(consumer: &BaseConsumer<Trouble>) -> String {
    // What went wrong is told when asked for.
    drop(consumer.poll(Duration::ZERO));
    consumer.context().reason().map_or_else(String::new, |reason| format!(": {reason}"))
}

fn metadata(
    consumer: &BaseConsumer<Trouble>,
    topic: &str,
    cluster: &ClusterConfig,
    patience: &Patience<'_>,
) -> Result<Metadata, SampleError> {
    let left_then = patience.left().saturating_sub(BROKER_TIMEOUT);
    loop {
        let error = match consumer.fetch_metadata(Some(topic), LOOK_UP.min(patience.for_an_answer())) {
            Ok(metadata) => return Ok(metadata),
            Err(error) => error,
        };
        let because = because(consumer);
        if consumer.context().is_all_down() || patience.is_over() || patience.left() <= left_then {
            let bootstrap: Vec<String> = cluster.bootstrap.iter().map(ToString::to_string).collect();
            let reason =
                because.strip_prefix(": ").map_or_else(|| format!("{}: {error}", bootstrap.join(",")), str::to_owned);
            return Err(SampleError::NoBroker(reason));
        }
    }
}

fn asked(topic: &str, partitions: &[i32], question: Question) -> Result<TopicPartitionList, KafkaError> {
    let mut asked = TopicPartitionList::with_capacity(partitions.len());
    let offset = match question {
        Question::Start => Offset::Beginning,
        Question::At(time) => Offset::Offset(time),
        Question::End => Offset::End,
    };
    for partition in partitions {
        asked.add_partition_offset(topic, *partition, offset)?;
    }
    Ok(asked)
}

fn number(offset: Offset) -> Option<i64> {
    if let Offset::Offset(number) = offset { Some(number) } else { None }
}

/// The offset after the last record that may be read: where a transaction is open, it is below the end.
pub(super) fn stable(
    consumer: &BaseConsumer<Trouble>,
    settings: &SampleSettings,
    partition: PartitionId,
    patience: &Patience<'_>,
) -> Result<i64, SampleError> {
    let told = || -> Result<Option<i64>, KafkaError> {
        let asked = asked(settings.topic.as_str(), &[partition.0], Question::End)?;
        let told = consumer.offsets_for_times(asked, patience.for_an_answer())?;
        let told = told.elements();
        let Some(told) = told.first() else { return Ok(None) };
        told.error()?;
        Ok(number(told.offset()))
    };
    let failed =
        |reason: String| SampleError::Failed(format!("topic `{}`, partition {partition}: {reason}", settings.topic));
    match told() {
        Ok(Some(offset)) => Ok(offset),
        Ok(None) => Err(failed("its end is not told".to_owned())),
        Err(error) => Err(failed(format!("{error}{}", because(consumer)))),
    }
}
