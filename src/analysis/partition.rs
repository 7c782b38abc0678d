//! The conclusions about one group on one partition.
//!
//! Not the rules of a status, which are in `status`, and not what is remembered, which is in `watch`.
//! Invariant: its lag is a number only if commit and end were both read in this poll.

use std::time::Duration;

use crate::model::{
    Because, Condition, Granted, Moment, Offsets, Partition, PartitionId, PartitionLag, ProblemKind, Status,
    Thresholds, TimeLag, Timestamp, TopicIndex, TopicReport, Unknown,
};

use super::ages::Ages;
use super::answers::Asked;
use super::heads::Head;
use super::history::{TopicView, TopicViews};
use super::lag::{Ends, Reading, lag, noise_floor};
use super::membership::Membership;
use super::places::Told;
use super::status::Limits;
use super::verdict::Measured;
use super::watch::{Now, Progress, Seen, Watch};
use super::wishes::{Transactional, Wanted};

/// What one poll tells, for all groups.
pub(super) struct Poll<'a> {
    pub(super) topics: &'a TopicViews<'a>,
    pub(super) ages: &'a Ages,
    pub(super) granted: &'a Granted,
    pub(super) transactional: &'a Transactional,
    pub(super) thresholds: &'a Thresholds,
    /// Of the topics, in their order.
    pub(super) topic_reports: &'a [TopicReport],
    pub(super) finished: Moment,
    pub(super) finished_at: Timestamp,
    /// Since the poll before.
    pub(super) interval: Duration,
}

impl Poll<'_> {
    /// Records produced per second to a topic; `None` where that is not known.
    pub(super) fn produced_per_second(&self, topic: TopicIndex) -> Option<f64> {
        self.topic_reports.get(usize::try_from(topic.0).ok()?)?.produced_per_second
    }
}

/// What is the same for all partitions of a group.
pub(super) struct OfGroup<'a> {
    pub(super) poll: &'a Poll<'a>,
    pub(super) membership: &'a Membership,
    pub(super) limits: Limits<'a>,
    pub(super) now: Now,
    pub(super) commit_interval: Duration,
    /// When the commits were read, or why they were not.
    pub(super) commits_read: Result<Moment, Unknown>,
    /// When a commit was last appended, by the coordinator's clock, if one was heard of since the last poll.
    pub(super) committed_at: Option<Timestamp>,
}

/// What is the same for all partitions of a topic.
#[derive(Clone, Copy)]
pub(super) struct OfTopic<'a> {
    pub(super) index: TopicIndex,
    pub(super) view: &'a TopicView<'a>,
    pub(super) is_subscribed: bool,
}

/// Commit, partition and end, all read in this poll.
struct Read<'a> {
    head: &'a Head,
    seen: Seen<'a>,
    ends: Ends,
    committed_by: Moment,
}

impl OfGroup<'_> {
    /// When commits moved that were seen to have moved since the last poll. Clocks may differ, but it was in between.
    pub(super) fn moved_at(&self) -> Timestamp {
        let Poll { finished_at, interval, .. } = *self.poll;
        let earliest = Timestamp::from_unix(finished_at.since_unix().saturating_sub(interval));
        self.committed_at.map_or(finished_at, |appended| appended.clamp(earliest, finished_at))
    }

    /// Everything about one partition.
    pub(super) fn conclude(
        &self,
        topic: OfTopic<'_>,
        told: &Told<'_>,
        watch: &mut Watch,
        wanted: &mut Wanted,
    ) -> (PartitionLag, Progress) {
        match self.read(topic, told) {
            Ok(read) => self.with_commit(topic, told, &read, watch, wanted),
            Err(lag) => (Self::without_all(topic, told, lag, watch), Progress::default()),
        }
    }

    /// What is shown of a partition of which not all was read.
    fn without_all(topic: OfTopic<'_>, told: &Told<'_>, mut lag: PartitionLag, watch: &mut Watch) -> PartitionLag {
        let is_empty = topic.view.now.partition(lag.partition).is_some_and(is_empty);
        let verdict = match lag.condition {
            Condition::NoCommit if !is_empty => (Status::NoCommit, Because::Condition),
            Condition::NoCommit => (Status::Ok, Because::CaughtUp),
            _ => (Status::Unknown, Because::NotLearned),
        };
        lag.is_subscribed = topic.is_subscribed;
        (lag.status, lag.because) = watch.settle(told.last, verdict);
        lag
    }

    /// What was read of a partition, or what is said of one of which not all was.
    fn read<'a>(&self, topic: OfTopic<'a>, told: &Told<'a>) -> Result<Read<'a>, PartitionLag> {
        let id = told.place.1;
        let committed_by = self.commits_read.map_err(|unknown| PartitionLag::unknown(id, unknown))?;
        let found = topic.view.head(id);
        let Some(commit) = told.commit else { return Err(without_commit(id, told.is_unreadable, found.is_some())) };
        let without_end = |unknown| PartitionLag {
            offsets: Offsets::new(Ok(commit.offset), Err(unknown)),
            ..PartitionLag::unknown(id, unknown)
        };
        let (place, head) = found.ok_or_else(|| without_end(Unknown::NotListed))?;
        let partition = || topic.view.now.partitions.get(place);
        let Some(now) = head.end() else {
            let why = partition().and_then(|partition| partition.high_watermark.err());
            return Err(without_end(why.unwrap_or(Unknown::NotListed)));
        };
        let (before, start) = (head.before(), head.start());
        let seen = Seen {
            commit,
            end: now.offset,
            last_end: before.map(|before| before.offset),
            start,
            last_stable: if head.has_last_stable { partition().and_then(|it| it.last_stable.ok()) } else { None },
            has_new_leader: head.has_new_leader,
        };
        let ends = Ends { now, before, start, is_recreated: topic.view.is_recreated };
        Ok(Read { head, seen, ends, committed_by })
    }

    fn with_commit(
        &self,
        topic: OfTopic<'_>,
        told: &Told<'_>,
        read: &Read<'_>,
        watch: &mut Watch,
        wanted: &mut Wanted,
    ) -> (PartitionLag, Progress) {
        let (seen, ends) = (&read.seen, &read.ends);
        let (commit, now) = (seen.commit.offset, self.now);
        let asked = Asked { poll: self.poll, topic: topic.index, seen };
        let was_beyond = asked.is_truncated(|epoch| watch.commit_of(epoch));
        let progress = watch.observe(seen, now);
        let is_beyond = asked.is_truncated(|epoch| watch.commit_of(epoch));
        if was_beyond || is_beyond {
            watch.truncated(now, Some(commit).filter(|_| is_beyond));
        }
        let from = ends.start.map_or(commit, |start| start.max(commit));
        asked.take_markers(from, watch);
        let position = watch.position(from);
        let has_only_markers = from < seen.end && (position >= seen.end || asked.takes_for_marker(position, watch));

        let (records, condition) = lag(Reading { offset: commit, read: read.committed_by }, ends);
        let noise_floor = noise_floor(ends, read.committed_by, self.commit_interval);
        let is_quiet = has_only_markers || records <= u64::from(noise_floor);
        let (ages, place) = (self.poll.ages, (topic.index, seen.commit.partition));
        let time_lag = if has_only_markers || commit >= seen.end || position >= seen.end {
            Some(TimeLag::ZERO)
        } else {
            let near = if is_quiet { read.head.time_lag(position, ages) } else { None };
            near.or_else(|| wanted.age(ages, (place, position), is_quiet, self.poll.thresholds))
        };
        let reader = self.membership.reader(topic.index, told.is_owned);
        let measured = Measured { condition, time_lag, is_quiet, has_only_markers, reader };
        let (status, because) = measured.verdict(watch, seen, told.last, &self.limits, now);
        asked.ask(position, watch, wanted);
        let lag = PartitionLag {
            partition: seen.commit.partition,
            offsets: Offsets::new(Ok(commit), Ok(records)),
            noise_floor,
            condition,
            time_lag,
            status,
            because,
            is_subscribed: topic.is_subscribed,
        };
        (lag, progress)
    }
}

/// Whether there is nothing to read in it.
fn is_empty(partition: &Partition) -> bool {
    let ends = partition.low_watermark.ok().zip(partition.high_watermark.ok());
    ends.is_some_and(|(start, end)| start >= end.offset)
}

fn without_commit(partition: PartitionId, is_unreadable: bool, is_listed: bool) -> PartitionLag {
    if is_unreadable {
        return PartitionLag::unknown(partition, Unknown::Failed(ProblemKind::Other));
    }
    if !is_listed {
        // Kafka tells no offsets of a topic that may not be described, so there may well be some.
        return PartitionLag::unknown(partition, Unknown::NotListed);
    }
    PartitionLag { condition: Condition::NoCommit, ..PartitionLag::unknown(partition, Unknown::NoCommit) }
}
