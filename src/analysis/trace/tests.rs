//! Lines of polls that come at any pace, or do not come at all.
//!
//! Not what a line is drawn like.
//! Invariant: time is what the test says it is.

use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::model::{ClusterName, Moment, SnapshotBuilder};

impl Told for usize {
    const UNKNOWN: Self = Self::MAX;

    fn is_known(self) -> bool {
        self != Self::MAX
    }
}

fn at(seconds: u64) -> Timestamp {
    Timestamp::from_unix(Duration::from_secs(seconds))
}

proptest! {
    #[test]
    fn a_line_is_bounded_in_order_and_ends_now(pauses in vec(0..4000_u64, 1..400), back in 0..400_usize) {
        let (mut line, mut now) = (Line::default(), 1_700_000_000_u64);
        for (place, pause) in pauses.iter().enumerate() {
            now = if place == back { now - 5000 } else { now + pause };
            let points: Vec<_> = line.push(at(now), place).points().collect();
            let last = points.last().expect("what was told just now");
            prop_assert_eq!((u64::from(last.at), last.told), (now, place));
            prop_assert!(points.len() <= POINTS_MAX);
            prop_assert!(points.windows(2).all(|two| two[0].at < two[1].at));
            prop_assert!(points.iter().all(|point| now - u64::from(point.at) <= u64::from(HORIZON_SECONDS + SPACING_SECONDS)));
        }
    }
}

#[test]
fn a_day_of_polls_leaves_no_hole() {
    let (mut line, mut points) = (Line::default(), Vec::new());
    for poll in 0..12_000_u64 {
        points = line.push(at(1_700_000_000 + poll * 15), 7_usize).points().collect();
    }
    let now = points.last().expect("there are points").at;
    for two in points.windows(2) {
        let (gap, age) = (two[1].at - two[0].at, now - two[0].at);
        assert!(gap <= SPACING_SECONDS.max(age / 3), "a hole of {gap} s at an age of {age} s");
    }
    assert!(now - points[0].at > HORIZON_SECONDS * 3 / 4, "it reaches back for most of a day");
    let late = points.iter().filter(|point| now - point.at <= 120).count();
    assert!(late >= 3, "only {late} points of the last two minutes");
}

#[test]
fn an_outage_breaks_the_line_and_stays_a_break_when_points_are_thinned_out() {
    let (mut line, start) = (Line::default(), 1_700_000_000_u64);
    let mut points = Vec::new();
    // Four polls, ten minutes without any, and half a day of polls that are now early and now late.
    let before = (0..4).map(|poll| start + poll * 15);
    let after = (0..2880).map(|poll| start + 645 + poll * 15 + poll % 3 * 4);
    for (place, second) in before.chain(after).enumerate() {
        points = line.push(at(second), place).points().collect();
        let silent: Vec<_> = points.iter().filter(|point| !point.told.is_known()).map(|point| point.at).collect();
        let expected = if place < 4 { vec![] } else { vec![1_700_000_060] };
        assert_eq!(silent, expected, "after {} points", place + 1);
    }
    let edges: Vec<_> = points.iter().filter(|point| (3..=4).contains(&point.told)).map(|point| point.at).collect();
    assert_eq!(edges, [1_700_000_045, 1_700_000_645], "the break is as long as it was");
}

#[test]
fn a_slower_pace_is_taken_for_one_after_a_few_polls() {
    let mut line = Line::default();
    let seconds = (0..4).map(|poll| poll * 15).chain((1..12).map(|poll| 45 + poll * 300));
    let told = seconds.map(|second| line.push(at(1_700_000_000 + second), 1_usize)).last().expect("the last");
    let points: Vec<_> = told.points().collect();
    let silent = points.iter().rposition(|point| !point.told.is_known()).expect("it was silent at first");
    assert!(points.len() - silent > 7, "{points:?}");
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
        reports.iter().map(|report| report.history.points().count()).collect::<Vec<_>>()
    };
    assert_eq!(lengths(&mut traces, &["a", "b"], 100), [1, 1]);
    assert_eq!(lengths(&mut traces, &["b", "c"], 200), [2, 1]);
    assert_eq!(lengths(&mut traces, &["a", "b", "c"], 300), [1, 3, 2]);
    assert_eq!(traces.0.len(), 3);
}
