//! The conclusions about one group on one partition.
//!
//! Not the rules of a status, which are in `status`, and not what is remembered, which is in `watch`.
//! Invariant: its lag is a number only if commit and end were both read in this poll.

use std::time::Duration;

use crate::model::{
    Because, Commit, Condition, Granted, Moment, Partition, PartitionId, PartitionLag, ProblemKind, Status, Thresholds,
    TimeLag, Timestamp, TopicIndex, TopicReport, Unknown,
};

use super::ages::Ages;
use super::history::{TopicView, TopicViews};
use super::lag::{Ends, Reading, distance, lag, noise_floor};
use super::membership::Membership;
use super::status::{Facts, Limits, Quiet, Reader, judge};
use super::watch::{Markers, Now, Progress, Seen, Watch};
use super::wishes::{Transactional, Wanted};

/// Markers are asked for where the lag is no more than this: a transaction leaves one in each partition.
const MARKERS_MAX: u64 = 16;
/// So often an unanswered question for markers is put.
const MARKER_QUESTIONS: u8 = 3;

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
}

/// What is the same for all partitions of a topic.
#[derive(Clone, Copy)]
pub(super) struct OfTopic<'a> {
    pub(super) index: TopicIndex,
    pub(super) view: &'a TopicView<'a>,
    pub(super) is_subscribed: bool,
}

/// What is told of one partition.
#[derive(Default)]
pub(super) struct Told<'a> {
    pub(super) commit: Option<&'a Commit>,
    pub(super) is_owned: bool,
    /// Whether the coordinator would not tell the commit.
    pub(super) is_unreadable: bool,
    /// What is remembered of it, and what was shown last.
    pub(super) past: Option<(Watch, &'a PartitionLag)>,
}

/// The conclusions, and what is remembered.
pub(super) struct Concluded {
    pub(super) lag: PartitionLag,
    pub(super) watch: Watch,
    pub(super) progress: Progress,
}

/// Commit, partition and end, all read in this poll.
struct Read<'a> {
    topic: OfTopic<'a>,
    seen: Seen<'a>,
    ends: Ends,
    commit_read: Moment,
    reader: Reader,
    last: Option<&'a PartitionLag>,
}

impl OfGroup<'_> {
    /// Everything about one partition.
    pub(super) fn conclude<'a>(
        &self,
        topic: OfTopic<'a>,
        id: PartitionId,
        told: Told<'a>,
        wanted: &mut Wanted,
    ) -> Concluded {
        let reader = self.membership.reader(topic.index, told.is_owned);
        let (mut watch, last) = match told.past {
            Some((watch, last)) => (watch, Some(last)),
            None => (Watch::starting(self.now), None),
        };
        match self.read(topic, id, told.commit, told.is_unreadable) {
            Ok((seen, ends, commit_read)) => {
                self.with_commit(&Read { topic, seen, ends, commit_read, reader, last }, watch, wanted)
            }
            Err(mut lag) => {
                let is_empty = topic.view.now.partition(id).is_some_and(is_empty);
                let verdict = match lag.condition {
                    Condition::NoCommit if !is_empty => (Status::NoCommit, Because::Condition),
                    Condition::NoCommit => (Status::Ok, Because::CaughtUp),
                    _ => (Status::Unknown, Because::NotLearned),
                };
                lag.is_subscribed = topic.is_subscribed;
                (lag.status, lag.because) = watch.settle(last.map(|last| (last.status, last.because)), verdict);
                Concluded { lag, watch, progress: Progress::default() }
            }
        }
    }

    /// What was read of a partition, or what is said of one of which not all was.
    fn read<'a>(
        &self,
        topic: OfTopic<'a>,
        id: PartitionId,
        commit: Option<&'a Commit>,
        is_unreadable: bool,
    ) -> Result<(Seen<'a>, Ends, Moment), PartitionLag> {
        let read = self.commits_read.map_err(|unknown| PartitionLag::unknown(id, unknown))?;
        let found = topic.view.now.partition(id);
        let Some(commit) = commit else { return Err(without_commit(id, is_unreadable, found.is_some())) };
        let without_end =
            |unknown| PartitionLag { committed_offset: Ok(commit.offset), ..PartitionLag::unknown(id, unknown) };
        let partition = found.ok_or_else(|| without_end(Unknown::NotListed))?;
        let now = partition.high_watermark.map_err(without_end)?;
        let last = topic.view.last_partition(id);
        let before = last.and_then(|last| last.high_watermark.ok());
        let (start, is_recreated) = (partition.low_watermark.ok(), topic.view.is_recreated);
        let seen = Seen { commit, partition, end: now.offset, last_end: before.map(|before| before.offset), last };
        Ok((seen, Ends { now, before, start, is_recreated }, read))
    }

    fn with_commit(&self, read: &Read<'_>, mut watch: Watch, wanted: &mut Wanted) -> Concluded {
        let (seen, ends) = (&read.seen, &read.ends);
        let (topic, commit, now) = (read.topic, seen.commit.offset, self.now);
        let truncated_before = self.is_truncated(topic.index, seen, |epoch| watch.commit_of(epoch));
        let progress = watch.observe(seen, now);
        if truncated_before || self.is_truncated(topic.index, seen, |epoch| watch.commit_of(epoch)) {
            watch.truncated(now);
        }
        self.take_markers(topic.index, seen, &mut watch);

        let (records, condition) = lag(Reading { offset: commit, read: read.commit_read }, ends);
        let noise_floor = noise_floor(ends, read.commit_read, self.commit_interval);
        let position = watch.position(ends.start.map_or(commit, |start| start.max(commit)));
        let has_only_markers = commit < seen.end && (position >= seen.end || self.seems_marker(topic, seen, &watch));
        let time_lag = if has_only_markers || commit >= seen.end || position >= seen.end {
            Some(TimeLag::ZERO)
        } else {
            let ages = self.poll.ages.of(topic.index, seen.commit.partition);
            ages.and_then(|ages| ages.time_lag(position, self.poll.thresholds))
        };
        let is_quiet = has_only_markers || records <= noise_floor;
        watch.note_lag(is_quiet, time_lag.as_ref(), commit, now);
        self.ask(topic, seen, &mut watch, (position, is_quiet), wanted);

        let quiet = match watch.quiet_ago(now) {
            _ if has_only_markers => Quiet::OnlyMarkers,
            _ if is_quiet => Quiet::Now,
            Some(ago) => Quiet::Lately(ago),
            None => Quiet::No,
        };
        let facts = self.facts(read, &watch, condition, quiet, time_lag);
        let last = read.last.map(|last| (last.status, last.because));
        let verdict = excused(&facts, last).unwrap_or_else(|| judge(&facts, &self.limits, || watch.points(now)));
        let (status, because) = watch.settle(last, verdict);
        let lag = PartitionLag {
            partition: seen.commit.partition,
            committed_offset: Ok(commit),
            lag: Ok(records),
            noise_floor,
            condition,
            time_lag,
            status,
            because,
            is_subscribed: topic.is_subscribed,
        };
        Concluded { lag, watch, progress }
    }

    fn facts(
        &self,
        read: &Read<'_>,
        watch: &Watch,
        condition: Condition,
        quiet: Quiet,
        time_lag: Option<TimeLag>,
    ) -> Facts {
        let (now, seen) = (self.now, &read.seen);
        let story = watch.story();
        let last_stable = seen.partition.last_stable.ok();
        let hidden = last_stable.map_or(1, |last_stable| distance(last_stable.max(seen.commit.offset), seen.end));
        let reader = match read.reader {
            // Commits that never moved may be of an older job.
            Reader::Unseen { .. } if !watch.has_moved() => Reader::Unseen { is_active: None },
            reader => reader,
        };
        Facts {
            condition,
            is_truncated: story.is_some_and(|story| story.is_truncated_within(now.at, now.window)),
            lost: story.map_or(0, |story| story.lost_within(now.at, now.window)),
            hidden: if watch.is_blocked() { hidden } else { 0 },
            quiet,
            reader,
            unmoved: watch.unmoved(now),
            went_back: story.and_then(|story| story.went_back_within(now.at, seen.commit.offset, now.window)),
            sample_count: watch.sample_count(),
            watched: watch.watched(now),
            time_lag: time_lag.map(|time_lag| time_lag.seconds),
        }
    }

    /// Whether the log ends an epoch before the commit that was made in it.
    fn is_truncated(&self, topic: TopicIndex, seen: &Seen<'_>, commit_of: impl Fn(i32) -> Option<i64>) -> bool {
        let place = (topic, seen.commit.partition);
        let answers = &self.poll.granted.epochs;
        if answers.is_empty() {
            return false;
        }
        let from = answers.partition_point(|answer| (answer.topic, answer.partition) < place);
        let of_place = answers.iter().skip(from).take_while(|answer| (answer.topic, answer.partition) == place);
        let mut ends = of_place.filter_map(|answer| Some((commit_of(answer.epoch)?, answer.end.ok()??)));
        ends.any(|(commit, end)| end < commit)
    }

    fn take_markers(&self, topic: TopicIndex, seen: &Seen<'_>, watch: &mut Watch) {
        let place = (topic, seen.commit.partition, seen.commit.offset);
        let answers = &self.poll.granted.markers;
        let found = answers.binary_search_by_key(&place, |answer| (answer.topic, answer.partition, answer.from));
        let Some(answer) = found.ok().and_then(|found| answers.get(found)) else { return };
        match answer.markers_until {
            Ok(until) => watch.markers_found(until),
            Err(_) => watch.markers = Markers::Refused,
        }
    }

    /// Whether what is left is a marker by all that can be seen without reading it: the last record of a topic with
    /// transactions, none of them open.
    fn seems_marker(&self, topic: OfTopic<'_>, seen: &Seen<'_>, watch: &Watch) -> bool {
        watch.markers == Markers::Refused
            && watch.is_still()
            && distance(seen.commit.offset, seen.end) == 1
            && seen.partition.last_stable.is_ok_and(|last_stable| last_stable >= seen.end)
            && self.poll.transactional.contains(topic.index)
    }

    /// Notes what would tell more.
    fn ask(
        &self,
        topic: OfTopic<'_>,
        seen: &Seen<'_>,
        watch: &mut Watch,
        (position, is_quiet): (i64, bool),
        wanted: &mut Wanted,
    ) {
        let (commit, id) = (seen.commit.offset, seen.commit.partition);
        if !is_quiet && position < seen.end {
            wanted.lagging.push((topic.index, id, position));
        }
        if let Some(epoch) = seen.commit.leader_epoch {
            let is_beyond = commit > seen.end;
            if seen.has_new_leader() || (is_beyond && !watch.has_asked_epoch) {
                watch.has_asked_epoch = true;
                wanted.epochs.push((topic.index, id, epoch));
            }
        }
        let unread = distance(commit, seen.end);
        let asked = match watch.markers {
            Markers::NotAsked => 0,
            Markers::Asked(times) => times,
            Markers::Answered | Markers::Refused => return,
        };
        let is_likely = unread <= 2 || self.poll.transactional.contains(topic.index);
        if watch.is_still()
            && (1..=MARKERS_MAX).contains(&unread)
            && asked < MARKER_QUESTIONS
            && is_likely
            && wanted.push_markers((topic.index, id, position))
        {
            watch.markers = Markers::Asked(asked + 1);
        }
    }
}

/// In a rebalance nobody is seen to own or to read; what was said of that before stands.
fn excused(facts: &Facts, last: Option<(Status, Because)>) -> Option<(Status, Because)> {
    let is_excused = matches!(facts.reader, Reader::Moving { is_excused: true }) && facts.quiet == Quiet::No;
    let is_of_readers = |status| matches!(status, Status::Stalled | Status::Unassigned | Status::Stopped);
    last.filter(|last| is_excused && is_of_readers(last.0) && facts.unmoved > 0.0)
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
