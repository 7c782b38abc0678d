//! Records that vanish unread, and what is read, counted over polls in which not everything is known.
//!
//! Not when records will be lost; see `loss`.
//! Invariant: what was counted once stays counted.

use proptest::prelude::*;

use super::*;
use crate::model::{FollowedGroup, Status};

/// A group of one partition: start, end and commit of one poll.
fn poll(second: u64, id: u8, start: i64, end: i64, commit: Known<i64>, history: &mut History) -> GroupReport {
    let mut scene = Scene::at(second).topic("t", id, &[(start, Ok(end))]);
    let commits = commit.map(|offset| vec![scene.committed("t", 0, offset)]);
    scene.group("g", GroupState::Empty, Ok(vec![]), commits).analyze(history)
}

#[test]
fn polls_that_learn_nothing_in_between_count_nothing_twice() {
    let mut history = History::default();
    let mut lost = |second, start, commit| {
        let report = poll(second, 1, start, 1000, commit, &mut history);
        (report.topics[0].trend.records_lost, report.status)
    };
    assert_eq!(lost(0, 200, Ok(100)).0, 0, "what vanished before is not ours to count");
    assert_eq!(lost(15, 300, Ok(100)), (100, Status::DataLoss));
    assert_eq!(lost(30, 350, Err(Unknown::NoCoordinator)), (100, Status::Unknown));
    assert_eq!(lost(45, 400, Err(Unknown::NoCoordinator)).0, 100);
    assert_eq!(lost(60, 400, Ok(100)), (200, Status::DataLoss));
    assert_eq!(lost(75, 400, Ok(100)).0, 200);
    assert_eq!(lost(90, 500, Ok(600)).0, 200, "it had read them");
}

#[test]
fn a_topic_that_is_made_anew_begins_anew_and_keeps_the_count() {
    let mut history = History::default();
    let mut lost = |second, id, start, end, commit| {
        poll(second, id, start, end, Ok(commit), &mut history).topics[0].trend.records_lost
    };
    assert_eq!(lost(0, 1, 0, 1000, 0), 0);
    assert_eq!(lost(15, 1, 50, 1000, 0), 50);
    // Another log, of which some is gone already: not a loss that was seen.
    assert_eq!(lost(30, 2, 400, 1000, 0), 50);
    assert_eq!(lost(45, 2, 410, 1000, 0), 60);
}

#[test]
fn progress_is_told_by_the_poll_that_saw_it_and_reading_by_what_moved() {
    let mut history = History::default();
    let mut trend = |second, commit| poll(second, 1, 0, 100_000, Ok(commit), &mut history).topics[0].trend;
    assert_eq!(trend(0, 500).last_progress, None, "nothing was seen to move");
    assert_eq!(trend(15, 500).last_progress, None);
    assert_eq!(trend(30, 650).last_progress.map(Timestamp::unix_seconds), Some(30.0));
    let after: Vec<_> = (3..50_u64).map(|round| trend(round * 15, 650 + offset(round - 2) * 150)).collect();
    let last = after.last().expect("there are polls");
    assert_eq!(last.last_progress.map(Timestamp::unix_seconds), Some(49.0 * 15.0));
    assert!(last.consumed_per_second.is_some_and(|rate| (rate - 10.0).abs() < 0.2), "{last:?}");
    assert_eq!(after[0].consumed_per_second, None, "less than half of the window");
}

fn offset(number: u64) -> i64 {
    i64::try_from(number).expect("it is small")
}

proptest! {
    #[test]
    fn what_is_lost_never_falls_and_is_never_more_than_what_vanished(
        polls in proptest::collection::vec((0..50_i64, 0..50_i64, 0..2000_i64, any::<bool>(), any::<bool>()), 1..60),
    ) {
        let mut history = History::default();
        let (mut start, mut before) = (0, 0);
        for (number, (vanish, left, commit, is_known, is_stale)) in (0..).zip(polls) {
            start += vanish;
            // A stale leader may tell an earlier start.
            let told = if is_stale { start / 2 } else { start };
            let commit = if is_known { Ok(commit) } else { Err(Unknown::NoCoordinator) };
            let report = poll(number * 15, 1, told, start + left, commit, &mut history);
            let lost = report.topics.first().map_or(before, |topic| topic.trend.records_lost);
            prop_assert!(lost >= before, "{lost} after {before}");
            prop_assert!(lost <= start.unsigned_abs());
            before = lost;
        }
    }
}

#[test]
fn progress_is_told_by_the_log_where_it_is_heard_but_never_before_the_last_poll() {
    let told = |appended: Option<u64>| {
        let mut history = History::default();
        poll(0, 1, 0, 1000, Ok(500), &mut history);
        let mut scene = Scene::at(15).topic("t", 1, &[(0, Ok(1000))]);
        let commits = vec![scene.committed("t", 0, 600)];
        let last_commit = appended.map(|second| Timestamp::from_unix(Duration::from_secs(second)));
        let heard = FollowedGroup { id: "g".into(), heard: vec![], is_cut: false, has_gap: false, last_commit };
        let scene = scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits));
        let mut snapshot = scene.builder.build(at(15), Timestamp::from_unix(Duration::from_secs(15)));
        snapshot.followed.groups.push(heard);
        let report = analyze(snapshot, &mut history, &Thresholds::default());
        report.groups[0].topics[0].trend.last_progress.map(Timestamp::unix_seconds)
    };
    assert_eq!(told(Some(11)), Some(11.0));
    assert_eq!(told(Some(5000)), Some(15.0), "the broker's clock is ahead");
    assert_eq!(told(None), Some(15.0));
}
