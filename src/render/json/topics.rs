//! Topics in JSON: what is kept of them, who leads them and who reads them.
//!
//! Not the records, and not the groups' partitions: those are the groups'.
//! Invariant: a topic is here if metadata lists it; its readers are of the same report.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::Reason;
use super::history::{RatePoint, rate_points};
use super::list::{List, Paging, PlacedPiece, piece_of, placed};
use crate::model::{ClusterReport, Topic as TopicFacts, TopicName};
use crate::render::order::{TopicSort, is_found};

mod convert;
mod readers;

use convert::{summary, to_partition};
use readers::{count_readers, readers};

/// One topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Topic<'a> {
    /// Its name.
    pub topic: Cow<'a, str>,
    /// How many partitions it has.
    pub partition_count: usize,
    /// Partitions without a leader at this moment.
    pub offline_partitions: usize,
    /// Partitions whose replicas are not all in sync at this moment.
    pub under_replicated_partitions: usize,
    /// Groups that committed offsets for it or own partitions of it.
    pub group_count: usize,
    /// Records produced per second; `null` before it was watched for long enough.
    pub produced_records_per_second: Option<f64>,
    /// The age of its oldest record: for how long records are kept; `null` where that is not known.
    pub retained_seconds: Option<f64>,
    /// How unevenly its partitions are written; `null` where there is one only or too little is written, and before it was
    /// watched for long enough.
    pub skew: Option<Skew>,
    /// Its configuration; `null` where it may not be read, or was not yet.
    pub config: Option<TopicConfig>,
}

/// How unevenly the partitions of a topic are written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skew {
    /// The greatest rate of a partition over the mean.
    pub ratio: f64,
    /// So many partitions that are written alike would spread the records as well.
    pub effective_partitions: f64,
    /// Partitions that get several times the records of the others, by number.
    pub hot_partitions: Vec<HotPartition>,
    /// The partition that gets nearly all records, which is not called hot; `null` where there is none.
    pub concentrated_on: Option<i32>,
}

/// A partition that gets several times the records of the others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HotPartition {
    /// Its number.
    pub partition: i32,
    /// How many times the records of the others it gets.
    pub ratio: f64,
    /// Its share of all records, 0 to 1.
    pub share: f64,
    /// `warning` or `critical`.
    pub severity: Cow<'static, str>,
}

/// What of a topic's configuration matters to its readers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicConfig {
    /// `retention.ms` in seconds; `null` for ever.
    pub retention_seconds: Option<f64>,
    /// `retention.bytes`, of a partition; `null` for any size.
    pub retention_bytes: Option<u64>,
    /// `segment.ms` in seconds; `null` where it is not told.
    pub segment_seconds: Option<f64>,
    /// `cleanup.policy`: `delete`, `compact`, both or neither. With `compact`, lag in records is an upper bound.
    pub cleanup_policy: Vec<Cow<'static, str>>,
    /// `message.timestamp.type`: `CreateTime` or `LogAppendTime`.
    pub message_timestamp_type: Cow<'static, str>,
}

/// One topic with its partitions and its readers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicDetail<'a> {
    /// What the list of topics tells of it.
    #[serde(flatten)]
    pub summary: Topic<'a>,
    /// Records produced per second over time, up to now.
    pub history: Vec<RatePoint>,
    /// The partitions, by number.
    pub partitions: Vec<TopicPartition>,
    /// Groups that read it, worst first, at most as many as a list has items; `group_count` is of all.
    pub groups: Vec<Reader<'a>>,
}

/// One partition of a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TopicPartition {
    /// Its number.
    pub partition: i32,
    /// Records produced per second; `null` before it was watched for long enough.
    pub produced_records_per_second: Option<f64>,
    /// The id of its leader; `null` while there is none.
    pub leader: Option<i32>,
    /// The leader's epoch; `null` where metadata does not tell it.
    pub leader_epoch: Option<i32>,
    /// The id of the broker that leads when all is well; `null` where metadata names no replica.
    pub preferred_leader: Option<i32>,
    /// Assigned replicas.
    pub replicas: usize,
    /// Replicas in sync with the leader, the leader included.
    pub in_sync_replicas: usize,
    /// The offset of the first record that is still there.
    pub log_start_offset: Option<i64>,
    /// Why `log_start_offset` is not known.
    pub log_start_offset_reason: Reason,
    /// The high watermark.
    pub log_end_offset: Option<i64>,
    /// Why `log_end_offset` is not known.
    pub log_end_offset_reason: Reason,
    /// Up to where consumers read that are not shown open transactions. Not asked in every poll.
    pub last_stable_offset: Option<i64>,
    /// Why `last_stable_offset` is not known.
    pub last_stable_offset_reason: Reason,
}

/// A group that reads a topic.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reader<'a> {
    /// Its id.
    pub group: Cow<'a, str>,
    /// Its state, in Kafka's words.
    pub state: Cow<'static, str>,
    /// Whether it still wants the topic, or some of it.
    pub subscribed: bool,
    /// The worst status of its partitions of the topic; `null` where it does not want the topic.
    pub status: Option<Cow<'static, str>>,
    /// Sum of the lags that are known.
    pub lag_records: Option<u64>,
    /// Why no lag is known: the reason of the first partition.
    pub lag_reason: Reason,
    /// Age of the oldest unread record; 0 when caught up.
    pub lag_seconds: Option<f64>,
    /// Why `lag_seconds` is not known.
    pub lag_seconds_reason: Reason,
    /// Seconds of lag gained per second; `null` before it was watched for long enough.
    pub velocity: Option<f64>,
    /// Until retention may delete unread records; `null` when it never will.
    pub loss_eta_seconds: Option<f64>,
    /// Partitions whose lag is not known.
    pub unknown_partitions: usize,
}

/// One piece of the list of topics.
#[must_use]
pub fn topic_list<'a>(report: &'a ClusterReport, paging: Paging<'_>) -> List<Topic<'a>> {
    let topics = report.snapshot.topics.iter().enumerate().filter(|(_, topic)| topic.is_listed);
    let listed: Vec<_> = topics.map(|(place, topic)| (topic.name.as_str(), (place, topic))).collect();
    piece_of(&listed, paging, |shown| {
        let names: Vec<&TopicName> = shown.iter().map(|(_, (_, topic))| &topic.name).collect();
        let counts = count_readers(report, &names);
        let items = shown.iter().zip(counts);
        items.map(|((_, (place, topic)), readers)| summary(report, *place, topic, readers)).collect()
    })
}

/// One piece of the list of topics whose name contains `search`, in another order.
///
/// # Errors
/// If `after` is not the `next` of a piece in this order.
pub fn topic_lines<'a>(
    report: &'a ClusterReport,
    search: Option<&str>,
    sort: TopicSort,
    paging: Paging<'_>,
) -> Result<List<Topic<'a>>, String> {
    if sort == TopicSort::Name && search.is_none() {
        return Ok(topic_list(report, paging));
    }
    let topics = report.snapshot.topics.iter().enumerate();
    let found = topics.filter(|(_, topic)| topic.is_listed && is_found(&topic.name, search));
    let placed_at = |(place, topic): (usize, &'a TopicFacts)| {
        (sort.place(report.topics.get(place)), topic.name.as_str(), (place, topic))
    };
    let PlacedPiece { shown, next, total, .. } =
        placed(found.map(placed_at).collect(), paging, sort == TopicSort::Name)?;
    let mut names: Vec<&TopicName> = shown.iter().map(|(_, topic)| &topic.name).collect();
    names.sort();
    let counts = count_readers(report, &names);
    let readers = |topic: &TopicFacts| names.binary_search(&&topic.name).ok().and_then(|at| counts.get(at).copied());
    let items = shown.into_iter().map(|(place, topic)| summary(report, place, topic, readers(topic).unwrap_or(0)));
    Ok(List { items: items.collect(), next, total })
}

/// The topic of this name, if metadata lists it.
#[must_use]
pub fn topic<'a>(report: &'a ClusterReport, name: &str) -> Option<TopicDetail<'a>> {
    let (place, topic) = listed(report, name)?;
    let (groups, group_count) = readers(report, &topic.name);
    let concluded = report.topics.get(place);
    let rate = |at: usize| concluded.and_then(|concluded| concluded.partition_rates.get(at).copied());
    let partitions =
        topic.partitions.iter().enumerate().map(|(at, partition)| to_partition(partition, rate(at))).collect();
    let history = concluded.map(|concluded| rate_points(&concluded.history)).unwrap_or_default();
    Some(TopicDetail { summary: summary(report, place, topic, group_count), history, partitions, groups })
}

fn listed<'a>(report: &'a ClusterReport, name: &str) -> Option<(usize, &'a TopicFacts)> {
    let place = report.snapshot.place_of(name)?;
    let topic = report.snapshot.topics.get(place).filter(|topic| topic.is_listed);
    topic.map(|topic| (place, topic))
}

#[cfg(test)]
mod tests;
