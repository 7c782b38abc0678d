//! The conclusions about one group: its partitions, its topics, its members.
//!
//! Not about one partition, which is in `partition`.
//! Invariant: a partition is here if the group committed to it, owns it, or did when it was last
//! readable; what is remembered of partitions lies beside them, in their order.

use std::time::Duration;

use crate::model::{
    Capacity, Condition, FollowedGroup, Group, GroupReport, GroupTopic, LagReading, PartitionLag, Reading, Severity,
    Status, Thresholds, Trace,
};

use super::capacity::{Need, Observed};
use super::compact::{Stamp, real};
use super::history::{InPoll, rhythm_of};
use super::hot;
use super::lines::{Lines, TopicWatch};
use super::membership::{Membership, Past};
use super::partition::{OfGroup, Poll};
use super::places::{Place, Sources, Told, TopicBefore, align, shown_before};
use super::rebalances::{Judging, RebalanceWatch, Seen};
use super::rhythm::Rhythm;
use super::stability::Stability;
use super::status::Limits;
use super::trace::LagTrace;
use super::watch::{Now, Watch};
use super::wishes::Wanted;

/// What is remembered of a group.
#[derive(Debug, Default)]
pub(super) struct GroupWatch {
    /// Its place in the last report, if it is there.
    pub(super) last: Option<usize>,
    /// `None` before its commits were read once.
    rhythm: Option<Rhythm>,
    stability: Stability,
    rebalances: RebalanceWatch,
    observed: Observed,
    lag: LagTrace,
    membership: Membership,
    /// Of each topic of the last report, in its order.
    topics: Vec<TopicWatch>,
    /// Of each partition of the last report, in its order.
    partitions: Vec<Watch>,
}

/// What one group after the other is worked out with.
#[derive(Debug, Default)]
pub(super) struct Scratch<'a> {
    before: Vec<TopicBefore>,
    told: Vec<Told<'a>>,
    pub(super) wanted: Wanted,
}

/// Everything one poll tells about a group, which `watch` has observed; `last` is the last report that tells of it, and
/// `heard` what the offsets topic tells of the time since.
pub(super) fn report<'a>(
    group: &'a Group,
    poll: &Poll<'_>,
    watch: &mut GroupWatch,
    last: Option<&'a GroupReport>,
    heard: Option<&FollowedGroup>,
    scratch: &mut Scratch<'a>,
) -> GroupReport {
    let thresholds = poll.thresholds;
    let commit_interval = watch.rhythm.as_ref().and_then(Rhythm::commit_interval);
    let commit_interval = commit_interval.unwrap_or(thresholds.commit_interval_default);
    let limits = limits(poll, watch, commit_interval);
    let past = Past {
        stability: &watch.stability,
        rhythm: watch.rhythm.as_ref(),
        now: poll.finished,
        active_within: Duration::from_secs_f64(limits.stopped_after),
    };
    let Scratch { before, told, wanted } = scratch;
    let membership = &mut watch.membership;
    membership.settle(group, past);
    let membership = &*membership;
    let now = Now {
        at: Stamp::of(poll.finished),
        active: Stamp::of(watch.stability.active(poll.finished)),
        window: limits.window,
    };
    let committed_at = heard.and_then(|heard| heard.last_commit);
    let commits_read = group.commits.as_ref().map(|commits| commits.answered).map_err(|unknown| *unknown);
    let of_group = OfGroup { poll, membership, limits, now, commit_interval, commits_read, committed_at };

    let last = last.map_or(&[][..], |last| &last.partitions);
    before.clear();
    before.extend(watch.topics.iter().map(|topic| topic.before(poll.topics)));
    let topics = before.iter().zip(std::mem::take(&mut watch.topics));
    let topics = topics.filter_map(|(before, topic)| Some((before.now?, topic)));
    tell(group, membership, shown_before(last, before), poll, told);
    align(told, last, before, &mut watch.partitions, now);
    let mut lines = Lines::new(&of_group, topics, (before.len(), told.len()), wanted);
    lines.push_all(told, &mut watch.partitions);
    let Lines { topics, partitions, topic_watches, status_counts, .. } = lines;
    watch.topics = topic_watches;
    let mut report = GroupReport {
        id: group.id.clone(),
        kind: group.kind.clone(),
        protocol_type: group.protocol_type.clone(),
        protocol: group.protocol.clone(),
        state: group.state,
        coordinator: group.coordinator,
        member_count: group.members.as_ref().map(|members| members.len()).map_err(|unknown| *unknown),
        idle_member_count: membership.idle_member_count(group),
        unassigned_partition_count: membership.unassigned_partition_count(group, poll.topics),
        uncommitted_partition_count: uncommitted_partition_count(group, membership, &partitions),
        status_counts,
        topics,
        partitions,
        status: Status::Unknown,
        severity: Severity::Info,
        capacity: None,
        rebalances: None,
        history: Trace::default(),
    };
    let without_partitions = if is_plainly_idle(group) { Status::Ok } else { Status::Unknown };
    report.status = report.status_counts.worst().unwrap_or(without_partitions);
    let judging = Judging {
        thresholds: &thresholds.storm,
        now: poll.finished,
        now_at: poll.finished_at,
        interval: poll.interval,
        heard,
    };
    report.rebalances = watch.rebalances.report(group, &judging);
    report.severity = severity(&report, thresholds);
    report.capacity = watch.capacity(group, poll, &report, now);
    let indices = watch.topics.iter().map(TopicWatch::index);
    hot::find_slow(group, poll, &mut report, indices);
    report.history = watch.lag.push(poll.finished_at, lag_reading(&report));
    report
}

/// Whether a group without partitions is known to have none: one without members is listed for what it committed.
fn is_plainly_idle(group: &Group) -> bool {
    group.commits.as_ref().is_ok_and(|commits| commits.filtered_count > 0 || !group.is_listed_for_commits())
}

/// What a history remembers of the lag of all topics together.
fn lag_reading(report: &GroupReport) -> LagReading {
    let unknown_partitions = report.subscribed().map(|topic| topic.unknown_partition_count).sum::<usize>();
    LagReading {
        records: Reading::of(report.lag().map(real)),
        seconds: Reading::of(report.time_lag().map(|time_lag| time_lag.seconds())),
        unknown_partitions: u16::try_from(unknown_partitions).unwrap_or(u16::MAX),
    }
}

/// The partitions of a group, into `told`.
fn tell<'a>(
    group: &'a Group,
    membership: &Membership,
    past: impl Iterator<Item = (Option<Place>, &'a PartitionLag)>,
    poll: &Poll<'_>,
    told: &mut Vec<Told<'a>>,
) {
    let commits = group.commits.as_ref().ok();
    // While commits cannot be read, the partitions are those of the last report, all unknown.
    let past: Vec<Place> = if commits.is_some() { Vec::new() } else { past.filter_map(|(place, _)| place).collect() };
    let sources = Sources {
        commits: commits.map_or(&[], |commits| &commits.offsets),
        owned: &membership.owned,
        unreadable: commits.map_or(&[], |commits| &commits.unreadable),
        past: &past,
    };
    sources.tell(poll.topics, told);
}

/// Falling behind is critical where it ends in losing records before anybody may be at work, a storm where the group cannot
/// work for much of the time.
fn severity(report: &GroupReport, thresholds: &Thresholds) -> Severity {
    let loss_critical_within = thresholds.status.loss_critical_within;
    let is_close = |topic: &GroupTopic| {
        topic.trend.loss_eta.is_some_and(|eta| eta.at_least < loss_critical_within.as_secs_f64())
            && report.partitions_of(topic).iter().any(|partition| partition.status == Status::FallingBehind)
    };
    if report.status_counts.of(Status::FallingBehind) > 0 && report.topics.iter().any(is_close) {
        return Severity::Critical;
    }
    let rebalances = report.rebalances.as_ref().filter(|rebalances| rebalances.storm.is_some());
    let of_storm = rebalances.map_or(Severity::Ok, |rebalances| {
        let works_little = rebalances.unstable_ratio >= thresholds.storm.unstable_ratio;
        if works_little { Severity::Critical } else { Severity::Warning }
    });
    report.status.severity().max(of_storm)
}

fn limits<'a>(poll: &Poll<'a>, watch: &GroupWatch, commit_interval: Duration) -> Limits<'a> {
    let thresholds = &poll.thresholds.status;
    let least = (poll.interval * 3).max(commit_interval * 3);
    let stalled_after = thresholds.stalled_after.max(least);
    let had_members = watch.stability.had_members_lately(poll.finished);
    let stopped_after = if had_members { stalled_after } else { thresholds.stopped_after.max(least) };
    let longest_gap = watch.rhythm.as_ref().map_or(Duration::ZERO, Rhythm::longest_gap);
    Limits {
        window: poll.thresholds.window.as_secs_f64(),
        stalled_after: stalled_after.as_secs_f64(),
        stopped_after: stopped_after.as_secs_f64(),
        pause: 1.5 * longest_gap.as_secs_f64(),
        thresholds,
    }
}

impl GroupWatch {
    /// Takes in whether the group commits and how its members come and go, which polls and the offsets topic tell.
    pub(super) fn observe(
        &mut self,
        now: InPoll<'_>,
        before: Option<InPoll<'_>>,
        heard: Option<&FollowedGroup>,
        seen: &Seen<'_>,
    ) {
        self.rhythm = rhythm_of(now, before, self.rhythm.take());
        self.stability.observe(now.group, now.snapshot.finished);
        self.membership.observe(now.group, before.map(|before| before.group));
        self.rebalances.observe(now, before, heard, seen);
    }

    /// What the members are able to do, and how many are needed; takes in what they do now.
    fn capacity(&mut self, group: &Group, poll: &Poll<'_>, report: &GroupReport, now: Now) -> Option<Capacity> {
        self.observe_capacity(group, poll, report, now);
        if !self.observed.is_known() {
            return None;
        }
        let topics = report.topics.iter().zip(&self.topics).filter(|(topic, _)| topic.is_subscribed);
        let indices = topics.clone().map(|(_, watch)| watch.index());
        let produced = indices.clone().filter_map(|index| poll.produced_per_second(index));
        let need = Need {
            produced_per_second: produced.reduce(|sum, more| sum + more)?,
            backlog: topics.filter_map(|(topic, _)| topic.lag).fold(0, u64::saturating_add),
            partitions: indices.filter_map(|index| poll.topics.at(index)).map(|topic| topic.now.partitions.len()).sum(),
        };
        self.observed.capacity(&need, &poll.thresholds.capacity)
    }

    /// Takes in what members read who were behind on most of what they own for all of the window.
    fn observe_capacity(&mut self, group: &Group, poll: &Poll<'_>, report: &GroupReport, now: Now) {
        if self.stability.members_unchanged_for(poll.finished) < poll.thresholds.window {
            return;
        }
        let (mut read_count, mut behind, mut consumed_per_second) = (0_usize, Vec::new(), 0.0);
        for (topic, watch) in report.topics.iter().zip(&self.topics).filter(|(topic, _)| topic.is_subscribed) {
            let watches = self.partitions.get(topic.range.clone()).unwrap_or_default();
            let lines = report.partitions_of(topic).iter().zip(watches);
            let lagging = lines.filter(|(_, watch)| watch.is_behind_for_window(now)).map(|(line, _)| line.partition);
            read_count += watches.len();
            consumed_per_second += topic.trend.consumed_per_second.unwrap_or(0.0);
            behind.extend(lagging.map(|partition| (watch.index(), partition)));
        }
        // Four fifths: a member that is not behind somewhere idles there and reads elsewhere.
        if behind.is_empty() || behind.len() * 5 < read_count * 4 {
            return;
        }
        if let Some(member_count) = self.membership.owner_count(group, &behind) {
            self.observed.observe(consumed_per_second, member_count);
        }
    }
}

fn uncommitted_partition_count(group: &Group, membership: &Membership, partitions: &[PartitionLag]) -> Option<usize> {
    if group.commits.is_err() || !membership.is_told() {
        return None;
    }
    Some(partitions.iter().filter(|partition| partition.condition == Condition::NoCommit).count())
}
