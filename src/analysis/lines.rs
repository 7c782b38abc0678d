//! The lines of a group's report: one for each partition, and one for each topic.
//!
//! Not what is in them.
//! Invariant: what is remembered lies in the order of the lines.

use std::iter::Peekable;

use crate::model::{GroupTopic, PartitionLag, StatusCounts, TimeLag, Timestamp, TopicId, TopicIndex, TopicTrend};

use super::consumed::Consumed;
use super::history::TopicViews;
use super::outlook;
use super::partition::{OfGroup, OfTopic};
use super::places::{Told, TopicBefore};
use super::watch::{Progress, Watch};
use super::wishes::Wanted;

/// What is remembered of a group on a topic.
#[derive(Debug)]
pub(super) struct TopicWatch {
    id: Option<TopicId>,
    /// Its place in the last poll.
    index: TopicIndex,
    partition_count: usize,
    consumed: Consumed,
    records_lost: u64,
    last_progress: Option<Timestamp>,
}

impl TopicWatch {
    fn new(index: TopicIndex) -> Self {
        Self {
            id: None,
            index,
            partition_count: 0,
            consumed: Consumed::default(),
            records_lost: 0,
            last_progress: None,
        }
    }

    /// Its place in the last poll.
    pub(super) fn index(&self) -> TopicIndex {
        self.index
    }

    /// What is known of it when the next poll is looked at.
    pub(super) fn before(&self, topics: &TopicViews<'_>) -> TopicBefore {
        TopicBefore { now: topics.moved_to(self.index), partition_count: self.partition_count }
    }
}

/// Lines in the making.
pub(super) struct Lines<'a, Past: Iterator> {
    group: &'a OfGroup<'a>,
    wanted: &'a mut Wanted,
    past: Peekable<Past>,
    pub(super) topics: Vec<GroupTopic>,
    pub(super) partitions: Vec<PartitionLag>,
    pub(super) topic_watches: Vec<TopicWatch>,
    pub(super) status_counts: StatusCounts,
}

impl<'a, Past: Iterator<Item = (TopicIndex, TopicWatch)>> Lines<'a, Past> {
    /// No lines yet; `past` is what is remembered of topics, in their order.
    pub(super) fn new(
        group: &'a OfGroup<'a>,
        past: Past,
        (topic_count, count): (usize, usize),
        wanted: &'a mut Wanted,
    ) -> Self {
        Self {
            group,
            wanted,
            past: past.peekable(),
            topics: Vec::with_capacity(topic_count),
            partitions: Vec::with_capacity(count),
            topic_watches: Vec::with_capacity(topic_count),
            status_counts: StatusCounts::default(),
        }
    }

    /// Adds the partitions that are told of, in their order, and a line for each topic; `watches` is what is remembered of
    /// each.
    pub(super) fn push_all(&mut self, told: &[Told<'_>], mut watches: &mut [Watch]) {
        for told in told.chunk_by(|left, right| left.place.0 == right.place.0) {
            let (of_topic, others) = watches.split_at_mut_checked(told.len()).unwrap_or_default();
            watches = others;
            if let Some(first) = told.first() {
                self.push_topic(first.place.0, told, of_topic);
            }
        }
        // A report is kept until the next one is done, and what is remembered as long.
        self.topics.shrink_to_fit();
        self.topic_watches.shrink_to_fit();
    }

    fn push_topic(&mut self, index: TopicIndex, told: &[Told<'_>], watches: &mut [Watch]) {
        let group = self.group;
        while self.past.next_if(|(topic, _)| *topic < index).is_some() {}
        let past = self.past.next_if(|(topic, _)| *topic == index).map(|(_, past)| past);
        let mut past = past.unwrap_or_else(|| TopicWatch::new(index));
        let Some(view) = group.poll.topics.at(index) else { return };
        let is_another = past.id.zip(view.now.id).is_some_and(|(before, now)| before != now);
        past.id = view.now.id.or(past.id);
        (past.index, past.partition_count) = (index, told.len());
        let topic = OfTopic { index, view, is_subscribed: group.membership.wants(index) };
        let start = self.partitions.len();
        let (mut progress, mut sums) = (Progress::default(), Sums::default());
        for (told, watch) in told.iter().zip(&mut *watches) {
            if is_another {
                // What is remembered is of another log.
                *watch = Watch::starting(told.place.1, group.now);
            }
            let (lag, made) = group.conclude(topic, told, watch, self.wanted);
            progress = progress.and(made);
            sums.add(&lag);
            if topic.is_subscribed {
                self.status_counts.add(lag.status);
            }
            self.partitions.push(lag);
        }
        let lines = (self.partitions.get(start..).unwrap_or_default(), &*watches);
        self.topics.push(GroupTopic {
            topic: view.now.name.clone(),
            range: start..self.partitions.len(),
            is_subscribed: topic.is_subscribed,
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
            past.last_progress = Some(self.group.moved_at());
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
        match partition.lag() {
            Ok(records) => known(&mut self.lag, records),
            Err(_) => self.unknown_partition_count += 1,
        }
        if let Some(offset) = partition.committed_offset().ok().and_then(|offset| u64::try_from(offset).ok()) {
            known(&mut self.committed_offset, offset);
        }
        let Some(time_lag) = partition.time_lag else { return };
        if self.time_lag.is_none_or(|most| most.by_length(&time_lag).is_lt()) {
            self.time_lag = Some(time_lag);
        }
        self.is_any_behind |= partition.seconds_behind().is_some();
    }

    /// The share of retention that is unread where nothing is.
    fn nothing_used(&self, topic: OfTopic<'_>) -> Option<f64> {
        (topic.is_subscribed && self.time_lag.is_some()).then_some(0.0)
    }
}
