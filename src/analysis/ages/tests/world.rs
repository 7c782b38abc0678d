//! A partition of which everything is known, and an exporter that watches it.
//!
//! Not a broker: it only answers as one does.
//! Invariant: times are milliseconds since the world began; the process began at some time after.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{
    BrokerId, Commit, Commits, EndOffset, Group, GroupKind, GroupState, Known, Moment, Replicas, SnapshotBuilder,
    TimeAnswer, TimeLag, TimeWish, TimedOffset, Timestamp, TopicConfig, Unknown,
};

use super::*;

/// When the world began, by a wall clock that is right.
const BEGAN: i64 = 1_700_000_000_000;

/// What was appended when: times and the end after each.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Vec<(i64, i64)>);

impl Log {
    /// Appends so many records; time does not run backwards.
    pub(super) fn append(&mut self, time: i64, count: i64) {
        let (last, end) = self.0.last().copied().unwrap_or((time, 0));
        self.0.push((time.max(last), end + count));
    }

    /// The same number of records at even times.
    pub(super) fn steady(&mut self, from: i64, to: i64, step: usize, count: i64) {
        (from..to).step_by(step).for_each(|time| self.append(time, count));
    }

    pub(super) fn end_at(&self, time: i64) -> i64 {
        let count = self.0.partition_point(|(appended, _)| *appended <= time);
        count.checked_sub(1).map_or(0, |last| self.0[last].1)
    }

    /// When the record at this offset was appended.
    pub(super) fn appended(&self, offset: i64) -> i64 {
        self.0[self.0.partition_point(|(_, end)| *end <= offset)].0
    }

    /// The first offset of each append from a time on, with its time.
    fn firsts(&self, from: i64) -> impl Iterator<Item = (i64, i64)> {
        let skipped = self.0.partition_point(|(time, _)| *time < from);
        let end = skipped.checked_sub(1).map_or(0, |last| self.0[last].1);
        self.0[skipped..].iter().scan(end, |end, (time, next)| Some((std::mem::replace(end, *next), *time)))
    }
}

/// The partition, whoever reads it, and the exporter.
pub(super) struct World {
    pub(super) log: Log,
    /// When the process began.
    pub(super) began: i64,
    pub(super) now: i64,
    pub(super) committed: i64,
    pub(super) start: i64,
    /// Another number is another topic of the same name.
    pub(super) id: u8,
    /// The timestamp of a record by the time of its appending, a day before or after it at most.
    pub(super) stamp: fn(i64) -> i64,
    /// `message.timestamp.type`; `None` if the configuration is not known.
    pub(super) has_append_times: Option<bool>,
    /// For how long records are on the broker's disk for sure; older ones are in remote storage.
    pub(super) local_for: Option<Duration>,
    /// By how much our own wall clock is ahead.
    pub(super) wall_ahead: i64,
    /// What is answered instead of what is true.
    pub(super) answer: Option<Known<Option<TimedOffset>>>,
    /// Whether wishes are granted.
    pub(super) grants: bool,
    pub(super) ages: Ages,
    pub(super) wishes: Vec<TimeWish>,
    pub(super) thresholds: Thresholds,
}

impl World {
    pub(super) fn new(log: Log, began: i64) -> Self {
        Self {
            log,
            began,
            now: began,
            committed: 0,
            start: 0,
            id: 1,
            stamp: |time| time,
            has_append_times: Some(true),
            local_for: None,
            wall_ahead: 0,
            answer: None,
            grants: true,
            ages: Ages::default(),
            wishes: Vec::new(),
            thresholds: Thresholds::default(),
        }
    }

    /// Polls at this time, and tells what is said of the commit then.
    pub(super) fn poll(&mut self, now: i64) -> TimeLag {
        self.poll_changed(now, |_| ());
        self.time_lag(self.committed)
    }

    /// Polls at this time and finds the partition changed.
    pub(super) fn poll_changed(&mut self, now: i64, change: impl Fn(&mut Partition)) {
        self.now = now;
        let mut snapshot = self.snapshot();
        change(&mut snapshot.topics[0].partitions[0]);
        self.ages.observe(&snapshot, &self.thresholds);
        let (place, mut plan) = ((TopicIndex(0), PartitionId(0)), Plan::default());
        let (_, wanted) = self.ages.look(place, self.committed, &self.thresholds);
        plan.extend(wanted.map(|wanted| (place, wanted)));
        self.wishes = plan.wishes(&snapshot, self.thresholds.time_lag.probes_per_poll);
    }

    /// Polls every 15 seconds until then, and tells what is said of the commit at last.
    pub(super) fn poll_until(&mut self, end: i64) -> TimeLag {
        let mut lag = TimeLag::ZERO;
        while self.now + 15 * SECOND <= end {
            lag = self.poll(self.now + 15 * SECOND);
        }
        lag
    }

    pub(super) fn partition(&self) -> &PartitionAges {
        self.ages.of(TopicIndex(0), PartitionId(0)).expect("it is watched")
    }

    pub(super) fn time_lag(&self, committed: i64) -> TimeLag {
        self.partition().time_lag(committed).expect("its end is known")
    }

    /// How long before the poll the times were that are wished for, in milliseconds.
    pub(super) fn asked_ago(&self) -> Vec<i64> {
        let now = timestamp(self.now + self.wall_ahead).since_unix();
        let ago = self.wishes.iter().map(|wish| now.saturating_sub(wish.at.since_unix()).as_millis());
        ago.map(|ago| i64::try_from(ago).expect("it is not far off")).collect()
    }

    /// The true age of the first record at or after this offset, in seconds; 0 where there is none.
    pub(super) fn truth(&self, committed: i64) -> f64 {
        let first = committed.max(self.start);
        if first >= self.log.end_at(self.now) {
            return 0.0;
        }
        seconds(self.now - self.log.appended(first))
    }

    fn config(&self, has_append_times: bool) -> Arc<TopicConfig> {
        Arc::new(TopicConfig {
            retention: None,
            retention_bytes: None,
            segment: None,
            is_deleted: true,
            is_compacted: false,
            has_append_times,
            local_for: self.local_for,
        })
    }

    fn moment(&self) -> Moment {
        Moment::from_origin(millis(self.now - self.began))
    }

    fn snapshot(&self) -> ClusterSnapshot {
        let now = self.moment();
        let mut builder = SnapshotBuilder::new("c".into(), now);
        let topic = builder.found_topic(Topic {
            name: "t".into(),
            id: Some(TopicId([self.id; 16])),
            is_listed: true,
            partitions: vec![partition(PartitionId(0), self.start, self.log.end_at(self.now), now)],
            config: self.has_append_times.map(|has_append_times| self.config(has_append_times)),
        });
        let commit = Commit { topic, partition: PartitionId(0), offset: self.committed, leader_epoch: None };
        builder.found_group(reader(Ok(Commits {
            answered: now,
            offsets: vec![commit],
            unreadable: Vec::new(),
            filtered_count: 0,
        })));
        for wish in self.wishes.iter().filter(|_| self.grants) {
            let answer = TimeAnswer {
                topic,
                partition: wish.partition,
                at: wish.at,
                answered: now,
                answered_at: timestamp(self.now + self.wall_ahead),
                found: self.answer.unwrap_or_else(|| Ok(self.first_since(wish.at))),
            };
            builder.granted().times.push(answer);
        }
        builder.build(now, timestamp(self.now + self.wall_ahead))
    }

    /// As a broker answers: of the records that are there, the first whose timestamp is not before.
    fn first_since(&self, at: Timestamp) -> Option<TimedOffset> {
        let is_there = |time: i64| time <= self.now && self.log.end_at(time) > self.start;
        let earliest = i64::try_from(at.since_unix().as_millis()).expect("it is not far off") - BEGAN - DAY;
        let mut found = self.log.firsts(earliest).filter(|(_, time)| is_there(*time));
        let (offset, time) = found.find(|(_, time)| timestamp((self.stamp)(*time)) >= at)?;
        let timestamp = timestamp((self.stamp)(time));
        Some(TimedOffset { offset: offset.max(self.start), timestamp })
    }
}

/// A partition that begins and ends there.
pub(super) fn partition(id: PartitionId, start: i64, end: i64, now: Moment) -> Partition {
    Partition {
        id,
        leader: Some(BrokerId(1)),
        leader_epoch: None,
        replicas: Replicas { preferred_leader: None, assigned_count: 1, in_sync_count: 1 },
        high_watermark: Ok(EndOffset { offset: end, answered: now }),
        low_watermark: Ok(start),
        last_stable: Err(Unknown::NotAsked),
    }
}

/// A group of these commits.
pub(super) fn reader(commits: Known<Commits>) -> Group {
    Group {
        epochs: None,
        id: "g".into(),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: String::new(),
        state: GroupState::Empty,
        coordinator: BrokerId(1),
        members: Ok(Arc::default()),
        commits,
    }
}

fn timestamp(time: i64) -> Timestamp {
    Timestamp::from_unix(millis(BEGAN + time))
}

fn millis(time: i64) -> Duration {
    Duration::from_millis(u64::try_from(time).expect("it is not before the beginning"))
}

pub(super) fn seconds(time: i64) -> f64 {
    millis(time).as_secs_f64()
}
