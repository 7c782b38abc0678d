//! Looks at the newest records of one partition, once, when somebody asks for it.
//!
//! Not at what they mean: keys and sizes are handed on as they come, and nothing is kept.
//! Invariant: it reads without joining or committing, and ends within the time it was given and one answer more.

mod choose;
mod error;
mod offsets;
mod patience;
mod pieces;
mod read;
mod trouble;

use std::time::Duration;

use rdkafka::consumer::BaseConsumer;

use crate::config::ClusterConfig;
use crate::model::{Choice, Clock, PartitionId, Sample, SampleSettings, SampledRecord, Timestamp};

pub use error::SampleError;

use choose::Known;
use offsets::{Question, Topic};
use patience::Patience;
use read::Reading;
use trouble::Trouble;

/// What happens while a sample is taken.
#[derive(Clone, Copy, Debug)]
pub enum SampleEvent<'a> {
    /// A partition is being read, and at most so many records will be.
    Reading(PartitionId, u64),
    /// A record was read.
    Record(&'a SampledRecord<'a>),
}

/// Takes a sample. Blocks.
pub fn sample(
    cluster: &ClusterConfig,
    settings: &SampleSettings,
    clock: &dyn Clock,
    mut told: impl FnMut(SampleEvent<'_>),
) -> Result<Sample, SampleError> {
    let patience = Patience::new(clock, settings.time_max);
    let topic = Topic::ask(cluster, settings.topic.as_str(), &patience)?;
    let (partition, choice) = match settings.partition {
        Some(partition) => (partition, Choice::Asked),
        None => choose(&topic, settings, clock.timestamp(), &patience)?,
    };
    let leader = topic.leader(partition)?;
    let kept = topic.kept(partition, &patience)?;
    let consumer: BaseConsumer<Trouble> = super::settings::sampling(cluster)
        .create_with_context(Trouble::default())
        .map_err(|error| SampleError::Failed(error.to_string()))?;
    let stable = offsets::stable(&consumer, settings, partition, &patience)?;
    let empty = SampleError::Empty { topic: settings.topic.clone(), partition };
    if stable <= kept.0 {
        return Err(if kept.1 > stable {
            SampleError::Hidden { topic: settings.topic.clone(), partition, count: kept.1.abs_diff(stable) }
        } else {
            empty
        });
    }
    told(SampleEvent::Reading(partition, settings.records_max.min(stable.abs_diff(kept.0))));
    let mut reading = Reading::new(&consumer, settings, partition, &leader, &patience);
    let end = reading.read(kept.0, stable, &mut |record| told(SampleEvent::Record(record)))?;
    let offsets = reading.offsets().ok_or(empty)?;
    Ok(Sample {
        topic: settings.topic.clone(),
        partition,
        choice,
        offsets,
        left_out: reading.left_out(),
        times: reading.times(),
        hidden: kept.1.max(stable).abs_diff(stable),
        end,
    })
}

/// The partition that got most records lately, and what that was judged by.
fn choose(
    topic: &Topic<'_>,
    settings: &SampleSettings,
    now: Timestamp,
    patience: &Patience<'_>,
) -> Result<(PartitionId, Choice), SampleError> {
    let then = now.since_unix().saturating_sub(settings.since.max(Duration::from_millis(1)));
    let then = i64::try_from(then.as_millis()).unwrap_or(i64::MAX);
    let known = topic.leaders().into_iter().flat_map(|partitions| {
        let answer = |question| topic.offsets(&partitions, question, patience);
        // In this order, so that the end is not before what was appended lately.
        let starts = answer(Question::Start);
        if starts.is_empty() {
            // Who does not answer once is not asked twice; there are others, and time is short.
            return Vec::new();
        }
        let (lately, ends) = (answer(Question::At(then)), answer(Question::End));
        let known = |partition: &i32| {
            let (start, lately, end) = (*starts.get(partition)?, *lately.get(partition)?, *ends.get(partition)?);
            Some(Known { partition: PartitionId(*partition), start, lately, end })
        };
        partitions.iter().filter_map(known).collect::<Vec<_>>()
    });
    let known: Vec<Known> = known.collect();
    if known.is_empty() {
        return Err(topic.nobody_tells());
    }
    choose::choose(&known, topic.partition_count(), settings.since)
        .ok_or_else(|| SampleError::EmptyTopic { topic: settings.topic.clone() })
}
