//! The lines of a group's report: one for each partition, and one for each topic.
//!
//! Not what is in them.
//! Invariant: what is remembered lies in the order of the lines.

use std::iter::{self, Peekable};

use crate::model::{GroupTopic, PartitionLag, TimeLag, Timestamp, TopicId, TopicIndex, TopicTrend};

use super::consumed::Consumed;
use super::group::Place;
use super::outlook;
use super::partition::{OfGroup, OfTopic, Told};
use super::watch::{Progress, Watch};
use super::wishes::Wanted;

/// What is remembered of a group on a topic.
#[derive(Debug, Default)]
pub(super) struct TopicWatch {
    id: Option<TopicId>,
    consumed: Consumed,
    records_lost: u64,
    last_progress: Option<Timestamp>,
}

/// Where lines of partitions are made: the same memory for one group after the other.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    pub(super) partitions: Vec<PartitionLag>,
    pub(super) watches: Vec<Watch>,
    pub(super) wanted: Wanted,
}

/// Lines in the making.
pub(super) struct Lines<'a, Past: Iterator> {
    group: &'a OfGroup<'a>,
    /// Cleared at the start.
    scratch: &'a mut Scratch,
    past: Peekable<Past>,
    pub(super) topics: Vec<GroupTopic>,
    pub(super) topic_watches: Vec<TopicWatch>,
}

impl<'a, Past: Iterator<Item = (TopicIndex, TopicWatch)>> Lines<'a, Past> {
    /// No lines yet; `past` is what is remembered of topics, in their order.
    pub(super) fn new(group: &'a OfGroup<'a>, past: Past, topic_count: usize, scratch: &'a mut Scratch) -> Self {
        scratch.partitions.clear();
        scratch.watches.clear();
        Self {
            group,
            scratch,
            past: past.peekable(),
            topics: Vec::with_capacity(topic_count),
            topic_watches: Vec::with_capacity(topic_count),
        }
    }

    /// Adds the partitions at these places, in their order, and a line for each topic.
    pub(super) fn push_all<'b>(&mut self, places: impl Iterator<Item = (Place, Told<'b>)>)
    where
        'a: 'b,
    {
        let mut places = places.peekable();
        while let Some(((index, _), _)) = places.peek() {
            let index = *index;
            let of_topic = iter::from_fn(|| places.next_if(|((topic, _), _)| *topic == index));
            self.push_topic(index, of_topic);
        }
        // A report is kept until the next one is done, and what is remembered as long.
        self.topics.shrink_to_fit();
        self.topic_watches.shrink_to_fit();
    }

    fn push_topic<'b>(&mut self, index: TopicIndex, places: impl Iterator<Item = (Place, Told<'b>)>) {
        let group = self.group;
        while self.past.next_if(|(topic, _)| *topic < index).is_some() {}
        let mut past =
            self.past.next_if(|(topic, _)| *topic == index).map_or_else(TopicWatch::default, |(_, past)| past);
        let Some(view) = group.poll.topics.at(index) else { return places.for_each(drop) };
        let is_another = past.id.zip(view.now.id).is_some_and(|(before, now)| before != now);
        past.id = view.now.id.or(past.id);
        let topic = OfTopic { index, view, is_subscribed: group.membership.wants(index) };
        let start = self.scratch.partitions.len();
        let (mut progress, mut sums) = (Progress::default(), Sums::default());
        for ((_, partition), mut told) in places {
            if is_another && let Some((watch, _)) = &mut told.past {
                // What is remembered is of another log.
                *watch = Watch::starting(group.now);
            }
            let concluded = group.conclude(topic, partition, told, &mut self.scratch.wanted);
            progress = progress.and(concluded.progress);
            sums.add(&concluded.lag);
            self.scratch.partitions.push(concluded.lag);
            self.scratch.watches.push(concluded.watch);
        }
        let Scratch { partitions, watches, .. } = &*self.scratch;
        let lines = (partitions.get(start..).unwrap_or_default(), watches.get(start..).unwrap_or_default());
        self.topics.push(GroupTopic {
            topic: view.now.name.clone(),
            range: start..partitions.len(),
            lag: sums.lag,
            committed_offset: sums.committed_offset,
            unknown_partition_count: sums.unknown_partition_count,
            time_lag: sums.time_lag,
            trend: self.trend(topic, lines, &sums, &mut past, progress),
            slow: Box::default(),
        });
        self.topic_watches.push(past);
    }

    fn trend(
        &self,
        topic: OfTopic<'_>,
        lines: (&[PartitionLag], &[Watch]),
        sums: &Sums,
        past: &mut TopicWatch,
        progress: Progress,
    ) -> TopicTrend {
        let OfGroup { poll, now, .. } = *self.group;
        past.records_lost = past.records_lost.saturating_add(progress.lost);
        if progress.has_moved {
            past.last_progress = Some(poll.finished_at);
        }
        if self.group.commits_read.is_ok() {
            past.consumed.observe(now.at, progress.consumed, now.window);
        }
        let is_behind = sums.is_any_behind && sums.time_lag.is_some();
        let outlook = if is_behind { outlook::outlook(poll, topic, lines, now) } else { TopicTrend::default() };
        TopicTrend {
            consumed_per_second: past.consumed.per_second(now.window),
            records_lost: past.records_lost,
            last_progress: past.last_progress,
            // What is noise uses nothing up.
            retention_used: if is_behind { outlook.retention_used } else { sums.nothing_used(topic) },
            ..outlook
        }
    }
}

/// What the partitions of a topic tell together.
#[derive(Debug, Default)]
struct Sums {
    lag: Option<u64>,
    committed_offset: Option<u64>,
    unknown_partition_count: usize,
    /// The greatest lag in time.
    time_lag: Option<TimeLag>,
    /// Whether some are behind by more than noise.
    is_any_behind: bool,
}

impl Sums {
    fn add(&mut self, partition: &PartitionLag) {
        let known = |value: &mut Option<u64>, more: u64| *value = Some(value.unwrap_or(0).saturating_add(more));
        match partition.lag {
            Ok(records) => known(&mut self.lag, records),
            Err(_) => self.unknown_partition_count += 1,
        }
        if let Some(offset) = partition.committed_offset.ok().and_then(|offset| u64::try_from(offset).ok()) {
            known(&mut self.committed_offset, offset);
        }
        let Some(time_lag) = partition.time_lag else { return };
        if self.time_lag.is_none_or(|most| most.seconds() < time_lag.seconds()) {
            self.time_lag = Some(time_lag);
        }
        self.is_any_behind |= partition.seconds_behind().is_some();
    }

    /// The share of retention that is unread where nothing is.
    fn nothing_used(&self, topic: OfTopic<'_>) -> Option<f64> {
        (topic.is_subscribed && self.time_lag.is_some()).then_some(0.0)
    }
}
