//! Whole histories of one partition, poll by poll, judged as in a report.
//!
//! Not through snapshots; lag in seconds is known exactly here.
//! Invariant: time moves by polls, and each run is given by its numbers alone.

mod noise;

use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::analysis::lag::{Ends, Reading, lag, noise_floor};
use crate::analysis::status::{Limits, Reader};
use crate::analysis::story::Story;
use crate::analysis::verdict::Measured;
use crate::model::{
    EndOffset, Known, Moment, PartitionId, PartitionLag, Quality, StatusThresholds, Thresholds, TopicIndex, Unknown,
};

const POLL: u64 = 15;
const WINDOW: f64 = 600.0;

/// A partition and a group on it, of which one poll is told after the other.
struct Run {
    watch: Watch,
    shown: Option<(Status, Because)>,
    seconds: u64,
    last: Option<EndOffset>,
    reader: Reader,
    commit_interval: Duration,
    /// A pause of the whole group that is nothing new, in seconds.
    pause: f64,
    thresholds: StatusThresholds,
    progress: Progress,
}

/// What one poll reads.
#[derive(Clone, Copy)]
struct Read {
    start: i64,
    end: i64,
    commit: i64,
    /// Age of the oldest unread record.
    time_lag: f64,
    last_stable: Known<i64>,
}

fn read(end: i64, commit: i64, time_lag: f64) -> Read {
    Read { start: 0, end, commit, time_lag, last_stable: Err(Unknown::NotAsked) }
}

fn now(seconds: u64) -> Now {
    let at = Stamp::of(Moment::from_origin(Duration::from_secs(seconds)));
    Now { at, active: at, window: WINDOW }
}

impl Run {
    fn new(reader: Reader) -> Self {
        Self {
            watch: Watch::starting(PartitionId(0), now(0)),
            shown: None,
            seconds: 0,
            last: None,
            reader,
            commit_interval: Duration::from_secs(5),
            pause: 0.0,
            thresholds: Thresholds::default().status,
            progress: Progress::default(),
        }
    }

    /// What is shown after a poll.
    fn poll(&mut self, read: Read) -> Status {
        let answered = Moment::from_origin(Duration::from_secs(self.seconds));
        let commit =
            Commit { topic: TopicIndex(0), partition: PartitionId(0), offset: read.commit, leader_epoch: None };
        let end = EndOffset { offset: read.end, answered };
        let before = self.last.replace(end);
        let seen = Seen {
            commit: &commit,
            end: read.end,
            last_end: before.map(|before| before.offset),
            start: Some(read.start),
            last_stable: read.last_stable.ok(),
            has_new_leader: false,
        };
        let now = now(self.seconds);
        self.progress = self.watch.observe(&seen, now);
        let ends = Ends { now: end, before, start: Some(read.start), is_recreated: false };
        let (records, condition) = lag(Reading { offset: read.commit, read: answered }, &ends);
        let time_lag = if self.watch.position(read.commit) >= read.end { 0.0 } else { read.time_lag };
        let time_lag = TimeLag::new(time_lag, (time_lag, time_lag), Quality::Bracketed);
        let measured = Measured {
            condition,
            time_lag: Some(time_lag),
            is_quiet: records <= u64::from(noise_floor(&ends, answered, self.commit_interval)),
            has_only_markers: false,
            reader: self.reader,
        };
        let interval = self.commit_interval.as_secs_f64();
        let limits = Limits {
            window: WINDOW,
            stalled_after: (3.0 * interval).max(120.0),
            stopped_after: (3.0 * interval).max(600.0),
            pause: self.pause,
            thresholds: &self.thresholds,
        };
        let last = self.shown.map(|(status, because)| PartitionLag {
            status,
            because,
            ..PartitionLag::unknown(PartitionId(0), Unknown::NotAsked)
        });
        let shown = measured.verdict(&mut self.watch, &seen, last.as_ref(), &limits, now);
        self.shown = Some(shown);
        self.seconds += POLL;
        shown.0
    }

    fn because(&self) -> Because {
        self.shown.expect("there was a poll").1
    }

    /// What is shown after each of many polls.
    fn polls(&mut self, count: u64, mut read: impl FnMut(u64) -> Read) -> Vec<Status> {
        let mut shown = Vec::new();
        for _ in 0..count {
            let read = read(self.seconds);
            shown.push(self.poll(read));
        }
        shown
    }
}

/// 100 records a second, of which the group has read those older than `behind` seconds.
fn flowing(seconds: u64, behind: f64) -> Read {
    let end = 10_000_000 + 100 * i64::try_from(seconds).expect("it is small");
    read(end, end - (behind * 100.0).round() as i64, behind)
}

fn only(statuses: &[Status], expected: Status) {
    assert!(statuses.iter().all(|status| *status == expected), "{statuses:?}");
}

#[test]
fn one_that_is_caught_up_takes_few_bytes_and_no_story() {
    assert!(size_of::<Watch>() <= 64, "{}", size_of::<Watch>());
    let mut run = Run::new(Reader::Member);
    // What is produced between two commits is known from the second poll on.
    only(&run.polls(100, |seconds| flowing(seconds, 2.0))[1..], Status::Ok);
    assert!(run.watch.story().is_none());
    // Behind for a while, and well again: nothing stays.
    run.polls(100, |seconds| flowing(seconds, 300.0));
    assert!(run.watch.story().is_some());
    run.polls(1, |seconds| flowing(seconds, 2.0));
    assert!(run.watch.story().is_none());
}

#[test]
fn one_that_is_behind_when_watching_begins_is_unknown_first_and_never_well() {
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| flowing(seconds, 3600.0));
    only(&shown[..20], Status::Unknown);
    only(&shown[21..], Status::LaggingSteady);
    assert!(matches!(run.because(), Because::NoTrend));
}

#[test]
fn one_that_touches_the_end_now_and_then_is_well() {
    // Bursts: behind for eight minutes, then at the end for one.
    let bursts = |seconds: u64| {
        let second = u32::try_from(seconds % 540).expect("it is small");
        flowing(seconds, if second < 60 { 1.0 } else { f64::from(second - 60) })
    };
    let mut run = Run { pause: 720.0, ..Run::new(Reader::Member) };
    let shown = run.polls(400, bursts);
    only(&shown[1..], Status::Ok);
    assert!(matches!(run.because(), Because::CaughtUp | Because::CaughtUpLately { .. }));
    // The first time nobody knows that it will come back.
    let shown = Run::new(Reader::Member).polls(30, bursts);
    assert_eq!(shown.last(), Some(&Status::Stalled), "{shown:?}");
}

#[test]
fn one_whose_producer_stops_while_it_is_behind_catches_up() {
    let mut run = Run::new(Reader::Member);
    run.polls(80, |seconds| flowing(seconds, 3600.0));
    let stopped = run.seconds;
    let end = flowing(stopped, 0.0).end;
    // It reads on at its pace of 100 records a second: lag in seconds stays as it is, and then its reader is doubled.
    let shown = run.polls(60, |seconds| {
        let passed = i64::try_from(seconds - stopped).expect("it is small");
        let left = (360_000 - 200 * passed).max(0);
        // The oldest unread record was written `left` records before the last.
        read(end, end - left, left as f64 / 100.0 + passed as f64)
    });
    assert_eq!(shown.last(), Some(&Status::CatchingUp), "{shown:?}");
    assert!(!shown.contains(&Status::FallingBehind));
}

#[test]
fn one_that_is_half_as_fast_as_its_producer_falls_behind() {
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(80, |seconds| flowing(seconds, 20.0 + seconds as f64 / 2.0));
    assert_eq!(shown.last(), Some(&Status::FallingBehind), "{shown:?}");
    assert!(matches!(run.because(), Because::Trend { velocity, .. } if (velocity - 0.5).abs() < 0.01));
}

#[test]
fn stuck_on_an_idle_topic_it_is_stalled_and_reading_on_clears_it_after_three_polls() {
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(40, |seconds| read(1000, 500, seconds as f64));
    only(&shown[..8], Status::Unknown);
    only(&shown[8..], Status::Stalled);
    assert!(matches!(run.because(), Because::NotMoved { allowed, .. } if (allowed - 120.0).abs() < 0.1));
    let shown = run.polls(4, |_| read(1000, 1000, 0.0));
    assert_eq!(shown, [Status::Stalled, Status::Stalled, Status::Ok, Status::Ok]);
}

#[test]
fn without_members_it_is_stopped() {
    let mut run = Run::new(Reader::Gone);
    let commit = flowing(0, 0.0).commit;
    let shown = run.polls(90, |seconds| Read { commit, ..flowing(seconds, seconds as f64) });
    assert_eq!(shown[0], Status::Ok);
    assert_eq!(shown.last(), Some(&Status::Stopped), "{shown:?}");
}

#[test]
fn a_checkpoint_every_ten_minutes_is_no_trouble() {
    // Flink commits when a checkpoint is done, and has no members; its commit interval is known by then.
    let mut run = Run::new(Reader::Unseen { is_active: Some(true) });
    run.commit_interval = Duration::from_mins(10);
    let shown = run.polls(400, |seconds| {
        let commit = flowing(seconds / 600 * 600, 5.0).commit;
        let since = seconds % 600;
        Read { commit, ..flowing(seconds, 5.0 + since as f64) }
    });
    let trouble = shown.iter().filter(|status| !matches!(status, Status::Ok | Status::Unknown));
    assert_eq!(trouble.count(), 0, "{shown:?}");
}

#[test]
fn an_open_transaction_is_told_from_a_stall_and_from_one_who_reads_on() {
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| Read { last_stable: Ok(500), ..read(1000, 500, seconds as f64) });
    only(&shown[3..], Status::TxnBlocked);
    assert_eq!(run.because(), Because::OpenTransaction { hidden: 500 });
    // Who does not mind open transactions reads beyond.
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| Read { last_stable: Ok(0), ..flowing(seconds, 2.0) });
    only(&shown[1..], Status::Ok);
    // Also where it stands still for a while, or for good.
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| Read { last_stable: Ok(0), ..flowing(seconds / 90 * 90, 2.0) });
    assert!(!shown.contains(&Status::TxnBlocked), "{shown:?}");
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| Read { last_stable: Ok(500), ..read(1000, 600, seconds as f64) });
    only(&shown[8..], Status::Stalled);
    assert!(!shown.contains(&Status::TxnBlocked));
    // It is told only where it was asked, and at the last stable offset.
    let mut run = Run::new(Reader::Member);
    let shown = run.polls(60, |seconds| Read { last_stable: Ok(600), ..read(1000, 500, seconds as f64) });
    only(&shown[8..], Status::Stalled);
    assert!(!shown.contains(&Status::TxnBlocked));
}

#[test]
fn a_commit_that_went_back_is_told_until_it_is_regained() {
    let mut run = Run::new(Reader::Member);
    run.polls(80, |seconds| flowing(seconds, 3600.0));
    let commit = flowing(run.seconds, 0.0).commit;
    // Back by two hours, and on from there four times as fast.
    let start = run.seconds;
    let shown = run.polls(30, |seconds| {
        let behind = 10_800.0 - 4.0 * (seconds - start) as f64;
        Read { commit: commit - (behind * 100.0) as i64, ..flowing(seconds, behind) }
    });
    only(&shown[..1], Status::LaggingSteady);
    only(&shown[1..], Status::Rewind);
    let shown = run.polls(60, |seconds| flowing(seconds, 3000.0));
    assert!(!shown[3..].contains(&Status::Rewind), "{shown:?}");
}

#[test]
fn records_that_vanish_unread_are_counted_once_and_told_for_the_window() {
    let mut run = Run::new(Reader::Member);
    let lost = |run: &mut Run, start, commit| {
        let status = run.poll(Read { start, ..read(1000, commit, 60.0) });
        (run.progress.lost, status)
    };
    assert_eq!(lost(&mut run, 200, 100).0, 0, "what vanished before is not ours to count");
    assert_eq!(lost(&mut run, 300, 100), (100, Status::DataLoss));
    assert_eq!(lost(&mut run, 300, 100).0, 0);
    assert_eq!(lost(&mut run, 250, 100).0, 0, "a start that goes back, as a stale leader may say");
    assert_eq!(lost(&mut run, 300, 100).0, 0);
    assert_eq!(lost(&mut run, 300, 400).0, 0);
    assert_eq!(run.because(), Because::Lost { records: 100 });
    assert_eq!(lost(&mut run, 500, 400).0, 100);
    assert_eq!(run.because(), Because::Lost { records: 200 });
    let shown = run.polls(60, |_| Read { start: 500, ..read(1000, 1000, 0.0) });
    only(&shown[..40], Status::DataLoss);
    only(&shown[43..], Status::Ok);
    assert!(run.watch.story().is_none());
}

#[test]
fn what_was_deleted_is_passed_over_and_not_read() {
    let mut run = Run::new(Reader::Member);
    run.poll(read(1000, 10, 60.0));
    run.poll(Read { start: 500, ..read(1100, 520, 60.0) });
    // Nobody can tell whether it read them in time.
    assert_eq!((run.progress.consumed, run.progress.lost), (20, 0));
    run.poll(Read { start: 500, ..read(1200, 600, 60.0) });
    assert_eq!((run.progress.consumed, run.progress.lost), (80, 0));
}

#[test]
fn a_drained_topic_loses_nothing_nor_does_one_that_ends_in_a_marker() {
    let mut run = Run::new(Reader::Member);
    run.poll(Read { start: 0, ..read(1000, 1000, 0.0) });
    run.poll(Read { start: 1000, ..read(1000, 1000, 0.0) });
    assert_eq!(run.progress.lost, 0);
    let mut run = Run::new(Reader::Member);
    run.poll(Read { start: 0, ..read(1000, 999, 1.0) });
    run.watch.markers_found(1000);
    run.poll(Read { start: 1000, ..read(1000, 999, 1.0) });
    assert_eq!(run.progress.lost, 0, "a marker is nobody's loss");
    // A log that ends before the start that was known is another one.
    run.poll(Read { start: 0, ..read(500, 400, 1.0) });
    run.poll(Read { start: 450, ..read(500, 400, 1.0) });
    assert_eq!(run.progress.lost, 50);
}

proptest! {
    #[test]
    fn no_history_panics_and_what_is_lost_is_never_more_than_vanished(
        polls in proptest::collection::vec(
            (0..2000_i64, 0..2000_i64, 0..2000_i64, -1.0..1e9_f64, proptest::option::of(0..2000_i64)), 1..100),
        reader in 0..7_usize,
    ) {
        use Reader::{Gone, Member, Moving, NoMember, NotTold, NotWanted, Unseen};
        let readers =
            [Gone, Member, Moving { is_excused: true }, NoMember, NotTold, NotWanted, Unseen { is_active: Some(true) }];
        let mut run = Run::new(readers[reader]);
        let (mut lost, mut highest) = (0, 0);
        for (start, end, commit, time_lag, last_stable) in polls {
            // One log: its start only moves on, and it ends behind it.
            highest = start.max(highest);
            let last_stable = last_stable.ok_or(Unknown::NotAsked);
            run.poll(Read { start, end: highest + end, commit, time_lag, last_stable });
            lost += run.progress.lost;
            prop_assert!(lost <= highest.unsigned_abs(), "{lost} of {highest}");
            prop_assert!(run.watch.trend(now(run.seconds), Some(1.0)).count <= 16 + 1);
        }
        prop_assert!(size_of::<Story>() <= 384);
    }
}

#[test]
fn what_is_remembered_is_one_line_of_the_cache() {
    assert!(size_of::<Watch>() <= 64, "{} bytes", size_of::<Watch>());
    assert!(size_of::<PartitionLag>() <= 64, "{} bytes", size_of::<PartitionLag>());
}

#[test]
fn one_bad_poll_of_one_that_is_well_is_forgotten_by_a_good_one() {
    let mut run = Run::new(Reader::Member);
    assert_eq!(run.polls(50, |seconds| flowing(seconds, 0.0)).pop(), Some(Status::Ok));
    assert_eq!(run.because(), Because::CaughtUp);
    assert_eq!(run.watch.quiet_ago(now(run.seconds)), Some(15.0), "it was noise in the last poll");
    let mut shown = run.polls(1, |seconds| flowing(seconds, 400.0));
    shown.extend(run.polls(1, |seconds| flowing(seconds, 0.0)));
    shown.extend(run.polls(1, |seconds| flowing(seconds, 400.0)));
    assert_eq!(shown, [Status::Ok; 3]);
}
