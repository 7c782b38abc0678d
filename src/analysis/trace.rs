//! The recent past of one number, or a few, in a bounded number of points: dense of late, sparse long ago.
//!
//! Not what anything is judged by.
//! Invariant: at most [`POINTS_MAX`] points, in the order of time, none older than [`HORIZON_SECONDS`].

use std::sync::Arc;

use crate::model::{ClusterSnapshot, LagReading, Point, Reading, Timestamp, TopicName, TopicReport, Trace};

use super::join::join;

/// Points of one line. Under a thousand bytes for each group, however long it is watched.
const POINTS_MAX: usize = 60;
/// What is older is of no help in the middle of the night.
const HORIZON_SECONDS: u32 = 24 * 3600;

/// The past lag of a group.
pub(super) type LagTrace = Line<LagReading>;

/// One line.
#[derive(Debug)]
pub(super) struct Line<V>(Trace<V>);

impl<V> Default for Line<V> {
    fn default() -> Self {
        Self(Arc::default())
    }
}

impl<V: Copy> Line<V> {
    /// Takes in what is told now, and gives all that is kept.
    pub(super) fn push(&mut self, now: Timestamp, told: V) -> Trace<V> {
        let at = u32::try_from(now.since_unix().as_secs()).unwrap_or(u32::MAX);
        // A clock that was set back makes what it told later than now a mistake; the same second is told once.
        let past = self.0.get(..self.0.partition_point(|point| point.at < at)).unwrap_or_default();
        let old = past.partition_point(|point| at - point.at > HORIZON_SECONDS);
        let past = past.get(old..).unwrap_or_default();
        let mut points = Vec::with_capacity((past.len() + 1).min(POINTS_MAX));
        if past.len() < POINTS_MAX {
            points.extend_from_slice(past);
        } else {
            // Many at once, so that it is seldom: every group has a line.
            thin(past, at, &mut points);
        }
        points.push(Point { at, told });
        self.0 = Arc::new(points);
        Arc::clone(&self.0)
    }
}

/// Keeps the first and the last, and of the others those without which there would be a gap of more than a fifth of its age.
fn thin<V: Copy>(past: &[Point<V>], now: u32, kept: &mut Vec<Point<V>>) {
    for (place, point) in past.iter().enumerate() {
        let without = kept.last().zip(past.get(place + 1));
        let is_needed = without.is_none_or(|(before, after)| (after.at - before.at) > (now - before.at) / 5);
        if is_needed {
            kept.push(*point);
        }
    }
    // There is room for the one of now, however unevenly they came.
    kept.drain(..kept.len().saturating_sub(POINTS_MAX - 1));
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
mod tests {
    use std::time::Duration;

    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::model::{ClusterName, Moment, SnapshotBuilder};

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix(Duration::from_secs(seconds))
    }

    proptest! {
        #[test]
        fn a_line_is_bounded_in_order_and_ends_now(pauses in vec(0..4000_u64, 1..400), back in 0..400_usize) {
            let (mut line, mut now) = (Line::default(), 1_700_000_000_u64);
            for (place, pause) in pauses.iter().enumerate() {
                now = if place == back { now - 5000 } else { now + pause };
                let points = line.push(at(now), place);
                let last = points.last().expect("what was told just now");
                prop_assert_eq!((u64::from(last.at), last.told), (now, place));
                prop_assert!(points.len() <= POINTS_MAX);
                prop_assert!(points.windows(2).all(|two| two[0].at < two[1].at));
                prop_assert!(points.iter().all(|point| now - u64::from(point.at) <= u64::from(HORIZON_SECONDS)));
            }
        }
    }

    #[test]
    fn a_day_of_polls_leaves_no_hole() {
        let (mut line, mut points) = (Line::default(), Trace::default());
        for poll in 0..12_000_u64 {
            points = line.push(at(1_700_000_000 + poll * 15), poll);
        }
        let now = points.last().expect("there are points").at;
        for two in points.windows(2) {
            let (gap, age) = (two[1].at - two[0].at, now - two[0].at);
            assert!(gap <= 15.max(age / 3), "a hole of {gap} s at an age of {age} s");
        }
        assert!(now - points[0].at > HORIZON_SECONDS * 3 / 4, "it reaches back for most of a day");
        let late = points.iter().filter(|point| now - point.at <= 120).count();
        assert!(late >= 5, "only {late} points of the last two minutes");
    }

    #[test]
    fn a_topic_that_went_is_forgotten_and_one_that_came_begins() {
        let mut traces = TopicTraces::default();
        let lengths = |traces: &mut TopicTraces, topics: &[&str], second| {
            let mut builder = SnapshotBuilder::new(ClusterName::from("c"), Moment::default());
            for topic in topics {
                builder.topic_index(topic);
            }
            let snapshot = builder.build(Moment::default(), at(second));
            let mut reports = vec![TopicReport::default(); topics.len()];
            traces.observe(&snapshot, &mut reports);
            reports.iter().map(|report| report.history.len()).collect::<Vec<_>>()
        };
        assert_eq!(lengths(&mut traces, &["a", "b"], 10), [1, 1]);
        assert_eq!(lengths(&mut traces, &["b", "c"], 20), [2, 1]);
        assert_eq!(lengths(&mut traces, &["a", "b", "c"], 30), [1, 3, 2]);
        assert_eq!(traces.0.len(), 3);
    }
}
