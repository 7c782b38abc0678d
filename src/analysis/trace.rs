//! The recent past of one number, or a few, in a bounded number of points: dense of late, sparse long ago.
//!
//! Not what anything is judged by.
//! Invariant: at most [`POINTS_MAX`] points, in the order of time; what is older than [`HORIZON_SECONDS`] is let go within
//! [`SPACING_SECONDS`].

use std::sync::Arc;

use crate::model::{ClusterSnapshot, LagReading, Point, Reading, Timestamp, TopicName, TopicReport, Trace};

use super::join::join;

/// Points of one line. Under a thousand bytes for each group, however long it is watched.
const POINTS_MAX: usize = 60;
/// What is older is of no help in the middle of the night.
const HORIZON_SECONDS: u32 = 24 * 3600;
/// Points are kept no closer together: to keep one is to write the line anew, as the last report holds the one before.
const SPACING_SECONDS: u32 = 60;
/// Polls are never so regular that a shorter silence means that one learned nothing.
const SILENCE_SECONDS_LEAST: u32 = 10;
/// So many changes between known and not known are kept while points are thinned out; more would crowd out all else.
const CHANGES_KEPT_MAX: usize = POINTS_MAX / 8;

/// What a line is made of.
pub(super) trait Told: Copy {
    /// Nothing is known.
    const UNKNOWN: Self;

    /// Whether it tells anything.
    fn is_known(self) -> bool;
}

impl Told for Reading {
    const UNKNOWN: Self = Self::UNKNOWN;

    fn is_known(self) -> bool {
        self.get().is_some()
    }
}

impl Told for LagReading {
    const UNKNOWN: Self = Self::UNKNOWN;

    fn is_known(self) -> bool {
        Self::is_known(self)
    }
}

/// The past lag of a group.
pub(super) type LagTrace = Line<LagReading>;

/// One line.
#[derive(Debug)]
pub(super) struct Line<V> {
    told: Trace<V>,
    /// Seconds from one poll to the next, as of late; 0 before there were two.
    pace: u32,
}

impl<V> Default for Line<V> {
    fn default() -> Self {
        Self { told: Trace::default(), pace: 0 }
    }
}

impl<V: Told> Line<V> {
    /// Takes in what is told now, and gives all that is kept.
    pub(super) fn push(&mut self, now: Timestamp, told: V) -> Trace<V> {
        let at = u32::try_from(now.since_unix().as_secs()).unwrap_or(u32::MAX);
        let now = Point { at, told };
        // A clock that was set back makes what it told later than now a mistake; the same second is told once.
        if let Some(last) = self.told.now.filter(|last| last.at < at) {
            let silence = self.silence(last, at);
            let past = self.told.past.last();
            let is_due =
                past.is_none_or(|past| at.saturating_sub(past.at) >= SPACING_SECONDS || is_change(*past, last));
            if is_due || silence.is_some() || is_change(last, now) {
                self.keep(last, silence, at);
            }
        }
        if self.told.past.last().is_some_and(|past| past.at >= at) {
            Arc::make_mut(&mut self.told.past).retain(|past| past.at < at);
        }
        self.told.now = Some(now);
        self.told.clone()
    }

    /// Keeps what was told last, and since when there was silence after it.
    fn keep(&mut self, last: Point<V>, silence: Option<u32>, now: u32) {
        let past = self.told.past.as_slice();
        let past = past.get(past.partition_point(|point| now.saturating_sub(point.at) > HORIZON_SECONDS)..);
        let past = past.unwrap_or_default();
        let mut points = Vec::with_capacity((past.len() + 2).min(POINTS_MAX));
        if past.len() + 3 <= POINTS_MAX {
            points.extend_from_slice(past);
        } else {
            // Many at once, so that it is seldom: every group has a line.
            thin(past, now, &mut points);
        }
        points.push(last);
        points.extend(silence.map(|at| Point { at, told: V::UNKNOWN }));
        self.told.past = Arc::new(points);
    }

    /// Since when nothing was learned, if some polls before now learned nothing: those make no report, and a line through
    /// that time would claim what nobody knows.
    fn silence(&mut self, last: Point<V>, at: u32) -> Option<u32> {
        let (gap, pace) = (at - last.at, self.pace);
        if pace > 0 && gap > (3 * pace).max(SILENCE_SECONDS_LEAST) {
            // Slower, in case it was set to be slower for good.
            self.pace = 2 * pace;
            return Some(last.at + pace).filter(|_| last.told.is_known());
        }
        // Slowly down: polls end now sooner, now later.
        self.pace = gap.max(pace / 4 * 3);
        None
    }
}

/// Whether what was known became unknown, or the other way round.
fn is_change<V: Told>(one: Point<V>, other: Point<V>) -> bool {
    one.told.is_known() != other.told.is_known()
}

/// Keeps the first and the last, and of the others those without which there would be a gap of more than a fifth of its age,
/// and those where what was known became unknown or the other way round.
fn thin<V: Told>(past: &[Point<V>], now: u32, kept: &mut Vec<Point<V>>) {
    let pairs = past.iter().zip(past.iter().skip(1));
    let are_changes_kept = pairs.filter(|(one, other)| is_change(**one, **other)).count() <= CHANGES_KEPT_MAX;
    for (place, point) in past.iter().enumerate() {
        let without = kept.last().zip(past.get(place + 1));
        let is_needed = without.is_none_or(|(before, after)| (after.at - before.at) > (now - before.at) / 5);
        let is_edge = are_changes_kept
            && without.is_some_and(|(before, after)| is_change(*before, *point) || is_change(*point, *after));
        if is_needed || is_edge {
            kept.push(*point);
        }
    }
    // There is room for the last one, a silence after it and the one of now, however unevenly they came.
    kept.drain(..kept.len().saturating_sub(POINTS_MAX - 3));
}

/// The past throughput of all topics.
#[derive(Debug, Default)]
pub(super) struct TopicTraces(Vec<(TopicName, Line<Reading>)>);

impl TopicTraces {
    /// Takes in what is told of the topics of a snapshot, in its order, and puts the past into it.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot, reports: &mut [TopicReport]) {
        self.follow(snapshot);
        for ((_, line), report) in self.0.iter_mut().zip(reports) {
            report.history = line.push(snapshot.finished_at, Reading::of(report.produced_per_second));
        }
    }

    /// Brings the lines into the order of the snapshot's topics.
    fn follow(&mut self, snapshot: &ClusterSnapshot) {
        let is_same = self.0.len() == snapshot.topics.len()
            && self.0.iter().zip(&snapshot.topics).all(|((name, _), topic)| *name == topic.name);
        if is_same {
            return;
        }
        let before = std::mem::take(&mut self.0);
        let names: Vec<_> = before.iter().map(|(name, _)| name.clone()).collect();
        let now = snapshot.topics.iter().map(|topic| (&topic.name, ()));
        let before = names.iter().zip(before.into_iter().map(|(_, line)| line));
        let followed = join(now, before).filter(|(_, now, _)| now.is_some());
        self.0 = followed.map(|(name, _, line)| (name.clone(), line.unwrap_or_default())).collect();
    }
}

#[cfg(test)]
mod tests;
