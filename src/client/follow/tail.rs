//! One stretch of following: from the end of `__consumer_offsets` on, as long as nothing gets lost.
//!
//! Not what comes after it ended; whoever started it decides that.
//! Invariant: it ends within seconds of being told to, and reads no record twice.

mod told;

use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::{Offset, TopicPartitionList};
use tokio::sync::watch;
use tracing::{debug, info};

use crate::client::settings;
use crate::config::ClusterConfig;
use crate::model::{Moment, Timestamp, Unheard};

use super::Shared;
use super::course::{Course, Record};
use told::Told;

/// The topic.
pub(super) const TOPIC: &str = "__consumer_offsets";

/// What one answer may take. Stopping waits for it, so it is less than what stopping may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(2);
/// After so many times that librdkafka told where it is, it is asked whether partitions lost their leaders or have one again:
/// every half minute.
const LEADERS_EVERY: u32 = 6;
/// How often it is looked whether to stop, while nothing comes.
const LOOK_UP: Duration = Duration::from_millis(200);

/// Why a stretch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was told to.
    Stopped,
    /// The topic may not be read.
    NoRight,
    /// There is no such topic.
    NoTopic,
    /// The place in a partition is no longer there, or the partitions are others.
    Lost(String),
    /// Anything else.
    Failed(String),
}

/// Which partitions can be read.
#[derive(Debug, PartialEq, Eq)]
struct Led {
    /// They have a leader.
    partitions: Vec<i32>,
    /// The others.
    unheard: Unheard,
}

impl Led {
    /// Of each partition its number and its leader, which is negative where there is none.
    fn of(all: impl Iterator<Item = (i32, i32)>) -> Self {
        let mut led = Self { partitions: Vec::new(), unheard: Unheard::default() };
        for (partition, leader) in all {
            led.unheard.partition_count = led.unheard.partition_count.saturating_add(1);
            if leader >= 0 {
                led.partitions.push(partition);
            } else {
                led.unheard.partitions.extend(u32::try_from(partition));
            }
        }
        led
    }
}

/// A stretch that is yet to begin.
pub(super) struct Tail {
    pub(super) shared: Arc<Shared>,
    pub(super) cluster: Arc<ClusterConfig>,
    pub(super) stop: watch::Receiver<bool>,
}

impl Tail {
    /// Follows until it cannot, or is told to end. Blocks.
    pub(super) fn follow(self) -> Ended {
        self.try_follow().unwrap_or_else(|ended| ended)
    }

    fn try_follow(&self) -> Result<Ended, Ended> {
        let Led { partitions, unheard } = self.first_partitions()?;
        let consumer: BaseConsumer<Told> =
            settings::reading(&self.cluster).create_with_context(Told::default()).map_err(failed)?;
        let since = self.assign(&consumer, &partitions)?;
        if !unheard.partitions.is_empty() {
            let (cluster, count) = (self.cluster.name.as_str(), unheard.partitions.len());
            info!(cluster, topic = TOPIC, partitions = count, "partitions without leader: their groups are estimated");
        }
        self.shared.heard().leave_out(unheard.clone());
        let mut course = Course::new(&self.shared, self.cluster.name.as_str(), partitions, since);
        let mut tellings = 0_u32;
        while !self.is_stopping() {
            match consumer.poll(LOOK_UP) {
                Some(Ok(message)) => hear(&mut course, &message),
                Some(Err(KafkaError::PartitionEOF(_))) => course.answered(),
                Some(Err(error)) => self.judge(&error)?,
                None => {}
            }
            if let Some(told) = consumer.context().take() {
                course.told(&told);
                tellings += 1;
                let is_whole = unheard.partitions.is_empty() && !course.is_behind();
                if !is_whole && tellings.is_multiple_of(LEADERS_EVERY) && has_other_leaders(&consumer, &unheard) {
                    return Err(Ended::Lost("other partitions have a leader than before".to_owned()));
                }
            }
        }
        Ok(Ended::Stopped)
    }

    /// Whoever could tell us to stop may also be gone.
    fn is_stopping(&self) -> bool {
        *self.stop.borrow() || self.stop.has_changed().is_err()
    }

    /// The partitions of the topic, asked for by a client that cannot make it come into being.
    fn first_partitions(&self) -> Result<Led, Ended> {
        let asking: BaseConsumer<Told> =
            settings::asking(&self.cluster).create_with_context(Told::default()).map_err(failed)?;
        partitions(&asking)
    }

    /// Begins at the end of each partition as its leader tells it, so that it is known from when on everything is heard:
    /// from the moment that is given.
    fn assign(&self, consumer: &BaseConsumer<Told>, partitions: &[i32]) -> Result<Moment, Ended> {
        let mut ends = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            ends.add_partition_offset(TOPIC, *partition, Offset::End).map_err(failed)?;
        }
        let ends = consumer.offsets_for_times(ends, ANSWER_TIMEOUT).map_err(|error| refused(&error))?;
        for end in ends.elements() {
            end.error().map_err(|error| refused(&error))?;
            if !matches!(end.offset(), Offset::Offset(_)) {
                return Err(Ended::Failed(format!("the end of partition {} is not known", end.partition())));
            }
        }
        let now = self.shared.clock.moment();
        consumer.assign(&ends).map_err(failed)?;
        Ok(now)
    }

    /// Whether an error ends the stretch. Most do not: librdkafka goes on by itself, from where it was.
    fn judge(&self, error: &KafkaError) -> Result<(), Ended> {
        debug!(cluster = self.cluster.name.as_str(), error = %error, "librdkafka reports an error");
        match error {
            KafkaError::MessageConsumptionFatal(_) => Err(failed(error)),
            KafkaError::MessageConsumption(code) => match code {
                RDKafkaErrorCode::TopicAuthorizationFailed => Err(Ended::NoRight),
                RDKafkaErrorCode::AutoOffsetReset
                | RDKafkaErrorCode::OffsetOutOfRange
                | RDKafkaErrorCode::UnknownTopicOrPartition
                | RDKafkaErrorCode::UnknownTopic
                | RDKafkaErrorCode::UnknownPartition => Err(Ended::Lost(code.to_string())),
                // librdkafka passes over a batch whose checksum is wrong, or that it cannot unpack.
                RDKafkaErrorCode::BadMessage
                | RDKafkaErrorCode::BadCompression
                | RDKafkaErrorCode::NotImplemented
                | RDKafkaErrorCode::InvalidMessage => {
                    self.shared.heard().miss();
                    Ok(())
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

/// The partitions of the topic that somebody leads, and the others.
fn partitions(asking: &BaseConsumer<Told>) -> Result<Led, Ended> {
    let metadata = asking.fetch_metadata(Some(TOPIC), ANSWER_TIMEOUT).map_err(failed)?;
    let topic = metadata.topics().iter().find(|topic| topic.name() == TOPIC).ok_or(Ended::NoTopic)?;
    match topic.error().map(RDKafkaErrorCode::from) {
        None => {}
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => return Err(Ended::NoRight),
        Some(RDKafkaErrorCode::UnknownTopicOrPartition | RDKafkaErrorCode::UnknownTopic) => {
            return Err(Ended::NoTopic);
        }
        Some(code) => return Err(Ended::Failed(code.to_string())),
    }
    if topic.partitions().is_empty() {
        return Err(Ended::NoTopic);
    }
    let led = Led::of(topic.partitions().iter().map(|partition| (partition.id(), partition.leader())));
    if led.partitions.is_empty() { Err(Ended::Failed("no partition has a leader".to_owned())) } else { Ok(led) }
}

fn has_other_leaders(asking: &BaseConsumer<Told>, unheard: &Unheard) -> bool {
    partitions(asking).is_ok_and(|led| led.unheard != *unheard)
}

fn hear(course: &mut Course<'_>, message: &BorrowedMessage<'_>) {
    let Some(key) = message.key() else { return };
    let millis = message.timestamp().to_millis().and_then(|millis| u64::try_from(millis).ok());
    let appended = millis.map(|millis| Timestamp::from_unix(Duration::from_millis(millis)));
    let (partition, offset) = (message.partition(), message.offset());
    course.hear(Record { partition, offset, appended, key, value: message.payload() });
}

fn failed(error: impl std::fmt::Display) -> Ended {
    Ended::Failed(error.to_string())
}

/// What a leader answered instead of an end.
fn refused(error: &KafkaError) -> Ended {
    match error.rdkafka_error_code() {
        Some(RDKafkaErrorCode::TopicAuthorizationFailed) => Ended::NoRight,
        _ => failed(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::client::follow::FollowState;
    use crate::client::follow::heard::HeardSoFar;
    use crate::config::{Config, Overrides};
    use crate::model::{Clock, Followed};

    struct Still;

    impl Clock for Still {
        fn moment(&self) -> Moment {
            Moment::default()
        }

        fn timestamp(&self) -> Timestamp {
            Timestamp::default()
        }
    }

    #[test]
    fn partitions_without_leader_are_left_out_and_their_groups_with_them() {
        let led = Led::of([(0, 1), (1, -1), (2, 3), (3, 1)].into_iter());
        assert_eq!(led.partitions, [0, 2, 3]);
        let followed = Followed { unheard: led.unheard, ..Followed::default() };
        // "b" has the hash 98, "c" 99, "g" 103, "a" 97.
        let heard = ["a", "b", "c", "g"].map(|group| followed.hears(&group.into()));
        assert_eq!(heard, [false, true, true, true]);
    }

    #[test]
    fn a_batch_that_is_passed_over_is_a_gap_and_trouble_with_a_broker_is_none() {
        let shared = Arc::new(Shared {
            heard: Mutex::new(HeardSoFar::default()),
            state: watch::Sender::new(FollowState::Following),
            is_wanted: watch::Sender::new(true),
            clock: Arc::new(Still),
        });
        let config = Config::from_flags("kafka-1:9092", &Overrides::default()).expect("a broker");
        let cluster = Arc::new(config.clusters[0].clone());
        let (_stop, stop) = watch::channel(false);
        let tail = Tail { shared: Arc::clone(&shared), cluster, stop };
        let is_gap = |code| {
            shared.heard().begin(Moment::default());
            assert_eq!(tail.judge(&KafkaError::MessageConsumption(code)), Ok(()));
            shared.heard().take(Moment::default()).since.is_none()
        };
        for code in [RDKafkaErrorCode::BadMessage, RDKafkaErrorCode::BadCompression, RDKafkaErrorCode::NotImplemented] {
            assert!(is_gap(code), "{code}");
        }
        assert!(!is_gap(RDKafkaErrorCode::BrokerTransportFailure));
    }
}
