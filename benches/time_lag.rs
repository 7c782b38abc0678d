//! How far off lag in time is, for several kinds of traffic, beside what other exporters would say of the same partition.
//!
//! Not a measurement of speed. The others are written from their published formulas, not run.
//! Invariant: the world knows when each record was appended, and every method sees only what a poll shows. It fails if ours is
//! further off at last than it promises to be, or a bound does not hold the truth.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use anyhow::ensure;
use highwater::analysis::{History, analyze};
use highwater::model::{
    BrokerId, ClusterSnapshot, Commit, Commits, EndOffset, Group, GroupKind, GroupState, Moment, Partition,
    PartitionId, Replicas, SnapshotBuilder, Thresholds, TimeAnswer, TimeLag, TimedOffset, Timestamp, Topic, TopicId,
    Unknown,
};

const MINUTE: usize = 60;
const HOUR: usize = 60 * MINUTE;
const DAY: usize = 24 * HOUR;
/// From one poll to the next.
const POLL: usize = 30;
/// The world is as old as records are kept, so the log starts at record 0.
const NOW: usize = 7 * DAY;
/// Answers after which our own error is looked at.
const LOOKS: [usize; 4] = [0, 2, 6, 8];

/// A kind of traffic: records per second at a second of the world.
struct Pattern {
    name: &'static str,
    rate: fn(usize) -> f64,
}

/// What happened before [`NOW`].
const fn ago(second: usize) -> usize {
    NOW.saturating_sub(second)
}

/// Nineteen times as much at noon as at midnight, which is now.
const DIURNAL: Pattern = Pattern { name: "diurnal", rate: |second| 100.0 * (1.0 - 0.9 * of_day(second).cos()) };
/// Twenty times as much as ever, for ten minutes.
const SPIKE: Pattern =
    Pattern { name: "spike now", rate: |second| if ago(second) <= 10 * MINUTE { 2_000.0 } else { 100.0 } };
/// Nothing for one and a half hours.
const STOPPED: Pattern =
    Pattern { name: "producer stopped", rate: |second| if ago(second) < 90 * MINUTE { 0.0 } else { 100.0 } };
/// An hour a day, and a trickle otherwise.
const NIGHTLY: Pattern = Pattern {
    name: "nightly batch",
    rate: |second| {
        if (11 * HOUR + 30 * MINUTE..12 * HOUR + 30 * MINUTE).contains(&(second % DAY)) { 2_000.0 } else { 0.5 }
    },
};
/// Five minutes an hour, nothing else.
const HOURLY: Pattern = Pattern {
    name: "hourly burst",
    rate: |second| if (18 * MINUTE..23 * MINUTE).contains(&(second % HOUR)) { 1_000.0 } else { 0.0 },
};

/// Kinds of traffic, and how old the oldest unread record is.
const ROWS: [(&Pattern, usize); 8] = [
    (&DIURNAL, 10 * MINUTE),
    (&DIURNAL, 2 * HOUR),
    (&DIURNAL, 12 * HOUR),
    (&SPIKE, 10 * MINUTE),
    (&SPIKE, 2 * HOUR),
    (&STOPPED, 2 * HOUR),
    (&NIGHTLY, 12 * HOUR),
    (&HOURLY, 100 * MINUTE),
];

#[expect(clippy::cast_precision_loss, reason = "seconds of a week")]
fn of_day(second: usize) -> f64 {
    std::f64::consts::TAU * (second % DAY) as f64 / DAY as f64
}

/// The end of the log after each second.
struct Log(Vec<i64>);

impl Log {
    #[expect(clippy::cast_possible_truncation, reason = "records of a week")]
    fn of(pattern: &Pattern, until: usize) -> Self {
        let mut produced = 0.0;
        let ends = (0..=until).map(|second| {
            produced += (pattern.rate)(second);
            produced as i64
        });
        Self(ends.collect())
    }

    fn end(&self, second: usize) -> i64 {
        self.0.get(second).copied().unwrap_or(0)
    }

    /// The second in which the record was appended.
    fn appended(&self, offset: i64) -> usize {
        self.0.partition_point(|end| *end <= offset)
    }

    /// As a broker answers at a second: the first record of this time or later.
    fn first_since(&self, time: usize, now: usize) -> Option<(i64, usize)> {
        let before = time.checked_sub(1).map_or(0, |before| self.end(before));
        (before < self.end(now)).then(|| (before, self.appended(before)))
    }
}

#[expect(clippy::cast_precision_loss, reason = "records of a week")]
fn float(number: i64) -> f64 {
    number as f64
}

#[expect(clippy::cast_precision_loss, reason = "seconds of a week")]
fn seconds(number: usize) -> f64 {
    number as f64
}

/// The lookup table of kafka-lag-exporter: 60 points; of equal offsets the first and the last; the line through the
/// points around the offset, or through first and last of all.
fn lookup_table(log: &Log, began: usize, committed: i64) -> Option<f64> {
    const POINTS: usize = 60;
    let mut points: Vec<(i64, usize)> = Vec::new();
    for now in (began..=NOW).step_by(POLL) {
        let point = (log.end(now), now);
        if let [.., (before, _), last] = points.as_mut_slice()
            && *before == point.0
            && last.0 == point.0
        {
            *last = point;
            continue;
        }
        if points.len() == POINTS {
            points.remove(0);
        }
        points.push(point);
    }
    let (first, last) = points.first().copied().zip(points.last().copied()).filter(|_| points.len() > 1)?;
    let around = points.windows(2).rev().find_map(|pair| match pair {
        [left, right] if left.0 <= committed && committed <= right.0 => Some((*left, *right)),
        _ => None,
    });
    let (left, right) = around.unwrap_or((first, last));
    let slope = seconds(right.1 - left.1) / float(right.0 - left.0);
    Some(seconds(NOW) - (seconds(right.1) - float(right.0 - committed) * slope))
}

/// The default of klag-exporter: records behind by the rate over five samples, none below 0.01 records per second.
fn rate(log: &Log, committed: i64) -> Option<f64> {
    let first = NOW - 4 * POLL;
    let rate = float(log.end(NOW) - log.end(first)) / seconds(NOW - first);
    (rate >= 0.01).then(|| float(log.end(NOW) - committed) / rate)
}

/// klag: the line from the first record of the log to the newest one.
fn two_points(log: &Log, committed: i64) -> f64 {
    let newest = log.end(NOW) - 1;
    let (from, to) = (seconds(log.appended(0)), seconds(log.appended(newest)));
    seconds(NOW) - (from + (to - from) * float(committed) / float(newest))
}

/// Highwater as it would be polled: what it says of the commit.
struct Watcher<'a> {
    log: &'a Log,
    committed: i64,
    began: usize,
    history: History,
}

impl Watcher<'_> {
    fn poll(&mut self, now: usize, grants: bool) -> Option<TimeLag> {
        let snapshot = self.snapshot(now, grants);
        let report = analyze(snapshot, &mut self.history, &Thresholds::default());
        report.groups.first()?.partitions.first()?.time_lag
    }

    fn snapshot(&self, now: usize, grants: bool) -> ClusterSnapshot {
        let (moment, wall) = (Moment::from_origin(whole(now - self.began)), Timestamp::from_unix(whole(now)));
        let mut builder = SnapshotBuilder::new("bench".into(), moment);
        let end = EndOffset { offset: self.log.end(now), answered: moment };
        // The configuration is not known, as it is where the right to read it is missing.
        let topic = builder.found_topic(Topic {
            name: "topic".into(),
            id: Some(TopicId([1; 16])),
            is_listed: true,
            partitions: vec![partition(end)],
            config: None,
        });
        let commit = Commit { topic, partition: PartitionId(0), offset: self.committed, leader_epoch: None };
        builder.found_group(group(Commits {
            answered: moment,
            offsets: vec![commit],
            unreadable: Vec::new(),
            filtered_count: 0,
        }));
        for wish in self.history.wishes().times.iter().filter(|_| grants) {
            let at = wish.at.since_unix().as_nanos().div_ceil(1_000_000_000);
            let found = self.log.first_since(usize::try_from(at).unwrap_or(usize::MAX), now);
            let found =
                found.map(|(offset, time)| TimedOffset { offset, timestamp: Timestamp::from_unix(whole(time)) });
            builder.granted().times.push(TimeAnswer {
                topic,
                partition: wish.partition,
                at: wish.at,
                answered: moment,
                answered_at: wall,
                found: Ok(found),
            });
        }
        builder.build(moment, wall)
    }
}

fn whole(time: usize) -> Duration {
    Duration::from_secs(time as u64)
}

fn partition(end: EndOffset) -> Partition {
    Partition {
        id: PartitionId(0),
        leader: Some(BrokerId(1)),
        leader_epoch: None,
        replicas: Replicas { preferred_leader: Some(BrokerId(1)), assigned_count: 1, in_sync_count: 1 },
        high_watermark: Ok(end),
        low_watermark: Ok(0),
        last_stable: Err(Unknown::NotAsked),
    }
}

fn group(commits: Commits) -> Group {
    Group {
        id: "group".into(),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state: GroupState::Empty,
        coordinator: BrokerId(1),
        epochs: None,
        members: Ok(Arc::default()),
        commits: Ok(commits),
    }
}

/// Our relative error after so many answers as in [`LOOKS`], with the bounds at last.
fn ours(log: &Log, began: usize, committed: i64) -> (Vec<Option<f64>>, Option<TimeLag>) {
    let mut watcher = Watcher { log, committed, began, history: History::default() };
    let mut lag = None;
    for now in (began..=NOW).step_by(POLL) {
        lag = watcher.poll(now, false);
    }
    let mut errors = Vec::new();
    let (mut now, mut granted) = (NOW, 0);
    for look in LOOKS {
        while granted < look {
            (now, granted) = (now + POLL, granted + 1);
            lag = watcher.poll(now, true);
        }
        errors.push(lag.map(|lag| error(lag.seconds(), seconds(now - log.appended(committed)))));
    }
    (errors, lag)
}

fn error(said: f64, truth: f64) -> f64 {
    said / truth - 1.0
}

fn percent(error: Option<f64>) -> String {
    match error {
        None => "none".to_owned(),
        Some(error) if error.is_finite() => format!("{:+.0} %", 100.0 * error),
        Some(_) => "infinite".to_owned(),
    }
}

/// How ours stands after the last look.
#[derive(Clone, Copy, Debug)]
struct Last {
    error: f64,
    /// Whether the truth lies within the bounds.
    is_bounded: bool,
}

/// Writes one row.
fn row(out: &mut impl Write, pattern: &Pattern, age: usize, uptime: usize) -> io::Result<Last> {
    let last_look = LOOKS.into_iter().max().unwrap_or(0);
    let log = Log::of(pattern, NOW + last_look * POLL);
    let committed = log.end(NOW - age);
    let truth = seconds(NOW - log.appended(committed));
    let (ours, lag) = ours(&log, NOW - uptime, committed);
    let others =
        [lookup_table(&log, NOW - uptime, committed), rate(&log, committed), Some(two_points(&log, committed))];
    let others = others.map(|said| percent(said.map(|said| error(said, truth)))).join(" | ");
    let error_at_last = ours.last().copied().flatten().map_or(f64::INFINITY, f64::abs);
    let truth_at_last = seconds(NOW + last_look * POLL - log.appended(committed));
    let is_bounded = lag.is_some_and(|lag| (lag.at_least()..=lag.at_most()).contains(&truth_at_last));
    let ours = ours.into_iter().map(percent).collect::<Vec<_>>().join(" | ");
    let bounds = lag.map_or("none".to_owned(), |lag| {
        format!("{} {:.0} to {:.0}", lag.quality.word(), lag.at_least(), lag.at_most())
    });
    writeln!(
        out,
        "| {}, {} min | {} min | {truth:.0} | {others} | {ours} | {bounds}{} |",
        pattern.name,
        age / MINUTE,
        uptime / MINUTE,
        if is_bounded { String::new() } else { format!(", NOT {truth_at_last:.0}") }
    )?;
    Ok(Last { error: error_at_last, is_bounded })
}

fn main() -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "a poll every {POLL} s; relative errors of the age of the oldest unread record; it ages by a poll with each answer\n"
    )?;
    write!(out, "| traffic and age | uptime | truth, s | lookup table of 60 | rate of 5 | two points ")?;
    LOOKS.into_iter().try_for_each(|look| write!(out, "| ours, {look} answers "))?;
    writeln!(out, "| bounds at last, s |\n|---{}|", "|---".repeat(6 + LOOKS.len()))?;
    let mut rows = Vec::new();
    for uptime in [6 * HOUR, 5 * MINUTE] {
        for (pattern, age) in ROWS {
            rows.push(row(&mut out, pattern, age, uptime)?);
        }
    }
    let precision = Thresholds::default().time_lag.precision;
    let worst = rows.iter().map(|row| row.error).fold(0.0, f64::max);
    let (far, unbounded) = (
        rows.iter().filter(|row| row.error.is_nan() || row.error > precision).count(),
        rows.iter().filter(|row| !row.is_bounded).count(),
    );
    let verdict = |missed: usize| if missed == 0 { "held" } else { "MISSED" };
    writeln!(out, "\n| ours at last, of {} rows | at most | measured | |\n|---|---|---|---|", rows.len())?;
    writeln!(out, "| error in %, at worst | {:.0} | {:.1} | {} |", 100.0 * precision, 100.0 * worst, verdict(far))?;
    writeln!(out, "| bounds without the truth | 0 | {unbounded} | {} |", verdict(unbounded))?;
    ensure!(
        far == 0,
        "{far} of {} rows are further off after the last answer than {precision} of the truth",
        rows.len()
    );
    ensure!(unbounded == 0, "the bounds of {unbounded} of {} rows do not hold the truth", rows.len());
    Ok(())
}
