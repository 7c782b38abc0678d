//! What is wished for, and what is made of the answers.
//!
//! Not offsets by time; those are wished for by `ages`.
//! Invariant: every question is put a bounded number of times.

use super::*;
use crate::model::{
    Because, EpochAnswer, EpochWish, LastStable, MarkerAnswer, MarkerWish, Status, TimeLag, TopicIndex,
};

/// One poll of a group that has read partition 0 of `t` up to `commit` in leader epoch `epoch`.
struct Asked {
    second: u64,
    end: i64,
    commit: i64,
    epoch: Option<i32>,
    leader_epoch: i32,
    last_stable: Known<i64>,
    has_leader: bool,
    epochs: Vec<(i32, Known<Option<i64>>)>,
    markers: Vec<(i64, Known<i64>)>,
}

impl Asked {
    fn at(round: u64) -> Self {
        Self {
            second: round * 15,
            end: 1000,
            commit: 900,
            epoch: Some(5),
            leader_epoch: 5,
            last_stable: Err(Unknown::NotAsked),
            has_leader: true,
            epochs: Vec::new(),
            markers: Vec::new(),
        }
    }

    fn poll(self, history: &mut History) -> GroupReport {
        let end = if self.has_leader { Ok(self.end) } else { Err(Unknown::NoLeader) };
        let mut found = partition(0, 0, end, at(self.second));
        found.leader_epoch = Some(self.leader_epoch);
        found.last_stable = self.last_stable;
        let mut scene = Scene::at(self.second).found("t", 1, vec![found]);
        let commit = Commit { leader_epoch: self.epoch, ..scene.committed("t", 0, self.commit) };
        let (topic, partition) = (TopicIndex(0), PartitionId(0));
        let epochs = self.epochs.into_iter().map(|(epoch, end)| EpochAnswer { topic, partition, epoch, end });
        scene.builder.granted().epochs = epochs.collect();
        let markers = self.markers.into_iter();
        let markers = markers.map(|(from, markers_until)| MarkerAnswer { topic, partition, from, markers_until });
        scene.builder.granted().markers = markers.collect();
        scene.group("g", GroupState::Empty, Ok(vec![]), Ok(vec![commit])).analyze(history)
    }
}

fn epochs(history: &History) -> Vec<i32> {
    history.wishes().epochs.iter().map(|EpochWish { epoch, .. }| *epoch).collect()
}

#[test]
fn the_end_of_an_epoch_is_asked_for_when_the_leader_changes_until_it_is_answered() {
    let mut history = History::default();
    Asked::at(0).poll(&mut history);
    Asked::at(1).poll(&mut history);
    assert_eq!(epochs(&history), [] as [i32; 0]);
    Asked { leader_epoch: 6, ..Asked::at(2) }.poll(&mut history);
    assert_eq!(epochs(&history), [5]);
    let timeout = Err(Unknown::Failed(ProblemKind::Timeout));
    Asked { leader_epoch: 6, epochs: vec![(5, timeout)], ..Asked::at(3) }.poll(&mut history);
    assert_eq!(epochs(&history), [5], "a failure is no answer");
    let sound = Asked { leader_epoch: 6, epochs: vec![(5, Ok(Some(950)))], ..Asked::at(4) }.poll(&mut history);
    assert_eq!(epochs(&history), [] as [i32; 0]);
    assert_ne!(sound.status, Status::Truncated, "the log holds all that was read");
    // What is never answered is given up.
    Asked { leader_epoch: 7, ..Asked::at(5) }.poll(&mut history);
    let asked = (6..20).filter(|round| {
        Asked { leader_epoch: 7, ..Asked::at(*round) }.poll(&mut history);
        !epochs(&history).is_empty()
    });
    assert_eq!(asked.count(), 4);
}

#[test]
fn a_log_that_was_cut_below_the_commit_and_grew_again_is_truncated() {
    let mut history = History::default();
    Asked::at(0).poll(&mut history);
    Asked { leader_epoch: 6, ..Asked::at(1) }.poll(&mut history);
    // By the time of the answer the consumer has read on, in the new epoch.
    let answer = vec![(5, Ok(Some(850)))];
    let moved = Asked { commit: 1000, epoch: Some(6), leader_epoch: 6, epochs: answer, ..Asked::at(2) };
    let report = moved.poll(&mut history);
    assert_eq!((report.status, report.partitions[0].because), (Status::Truncated, Because::Condition));
    let later = Asked { commit: 1000, epoch: Some(6), leader_epoch: 6, ..Asked::at(40) }.poll(&mut history);
    assert_eq!(later.status, Status::Truncated);
    let statuses: Vec<_> = (43..47)
        .map(|round| {
            Asked { commit: 1000, epoch: Some(6), leader_epoch: 6, ..Asked::at(round) }.poll(&mut history).status
        })
        .collect();
    assert_eq!(statuses, [Status::Truncated, Status::Truncated, Status::Ok, Status::Ok], "it is told for the window");
}

#[test]
fn records_written_after_a_cut_do_not_get_the_age_of_those_before_it() {
    let mut history = History::default();
    // A hundred records with every poll up to 1,000; then the leader is lost, and with it the last two hundred of them.
    for round in 0..10 {
        Asked { end: 100 + 100 * offset(round), commit: 0, ..Asked::at(round) }.poll(&mut history);
    }
    let lost = |round| Asked { leader_epoch: 6, has_leader: false, ..Asked::at(round) };
    for round in 10..20 {
        lost(round).poll(&mut history);
    }
    let regrown = |round| Asked { end: 1200, leader_epoch: 7, ..Asked::at(round) };
    regrown(20).poll(&mut history);
    assert_eq!(epochs(&history), [5]);
    let ages = |asked: Asked, history: &mut History| {
        let (commit, report) = (asked.commit, asked.poll(history));
        let lag = report.partitions[0].time_lag.unwrap_or_else(|| panic!("{commit}: its end is known"));
        (lag.at_least(), lag.at_most())
    };
    // What was appended in the fifteen seconds before the last poll, or at any time since the record before the cut.
    let (youngest, oldest) = ages(Asked { epochs: vec![(5, Ok(Some(800)))], ..regrown(21) }, &mut history);
    assert!(youngest <= 15.0 && oldest >= 30.0 + 10.0 * 15.0, "{youngest} to {oldest}");
    let (youngest, oldest) = ages(Asked { commit: 1150, ..regrown(22) }, &mut history);
    assert!(youngest <= 30.0 && oldest >= 30.0, "{youngest} to {oldest}");
    let (youngest, oldest) = ages(Asked { commit: 750, ..regrown(23) }, &mut history);
    let truth = f64::from(23 - 7) * 15.0;
    assert!(
        youngest <= truth && truth <= oldest && oldest - youngest < 16.0,
        "{youngest} to {oldest}: it is older than the cut"
    );
}

#[test]
fn a_leader_that_lost_nothing_leaves_all_ages_as_they_are() {
    let mut history = History::default();
    for round in 0..10 {
        Asked { end: 100 + 100 * offset(round), commit: 0, ..Asked::at(round) }.poll(&mut history);
    }
    let led = |round| Asked { end: 1200, leader_epoch: 6, ..Asked::at(round) };
    led(10).poll(&mut history);
    let answered = Asked { epochs: vec![(5, Ok(Some(1000)))], ..led(11) }.poll(&mut history);
    let lag = answered.partitions[0].time_lag.expect("its end is known");
    assert!(lag.at_most() - lag.at_least() < 16.0 && lag.at_least() >= 29.0, "{lag:?}");
    // Where the records of an older leader end says nothing of what came since.
    let answered = Asked { epochs: vec![(4, Ok(Some(500)))], ..led(12) }.poll(&mut history);
    let later = answered.partitions[0].time_lag.expect("its end is known");
    assert!(later.at_most() - later.at_least() < 16.0, "{later:?}");
}

fn offset(round: u64) -> i64 {
    i64::try_from(round).expect("it is small")
}

#[test]
fn who_stands_beyond_what_a_log_lost_is_truncated_until_it_moves() {
    let mut history = History::default();
    Asked::at(0).poll(&mut history);
    Asked { leader_epoch: 6, ..Asked::at(1) }.poll(&mut history);
    let answer = vec![(5, Ok(Some(850)))];
    Asked { leader_epoch: 6, epochs: answer, ..Asked::at(2) }.poll(&mut history);
    let stands = |round| Asked { leader_epoch: 6, ..Asked::at(round) };
    let statuses: Vec<_> = (3..200).map(|round| stands(round).poll(&mut history).status).collect();
    assert!(statuses.iter().all(|status| *status == Status::Truncated), "{statuses:?}");
    let moved = |round| Asked { commit: 1000, epoch: Some(6), ..stands(round) };
    let statuses: Vec<_> = (200..204).map(|round| moved(round).poll(&mut history).status).collect();
    assert_eq!(statuses.last(), Some(&Status::Ok), "{statuses:?}");
}

#[test]
fn a_commit_beyond_the_end_is_asked_about_once_and_one_without_epoch_never() {
    let mut history = History::default();
    let beyond = |round| Asked { commit: 1100, ..Asked::at(round) };
    assert_eq!(beyond(0).poll(&mut history).status, Status::Ahead);
    assert_eq!(epochs(&history), [5]);
    let truncated = Asked { epochs: vec![(5, Ok(Some(1000)))], ..beyond(1) }.poll(&mut history);
    assert_eq!(truncated.status, Status::Truncated);
    beyond(2).poll(&mut history);
    assert_eq!(epochs(&history), [] as [i32; 0]);

    let mut history = History::default();
    let blind = |round| Asked { epoch: None, leader_epoch: 5 + i32::try_from(round).expect("small"), ..beyond(round) };
    for round in 0..5 {
        assert_eq!(blind(round).poll(&mut history).status, Status::Ahead);
        assert_eq!(epochs(&history), [] as [i32; 0]);
    }
}

#[test]
fn last_stable_offsets_are_asked_of_all_now_and_then_and_of_some_always() {
    let mut history = History::default();
    let wishes = (0..25).map(|round| {
        let last_stable = if round == 11 { Ok(950) } else { Err(Unknown::NotAsked) };
        Asked { last_stable, ..Asked::at(round) }.poll(&mut history);
        history.wishes().last_stable.clone()
    });
    for (round, wish) in (0..).zip(wishes) {
        let expected = match round {
            0 | 10 | 20 => LastStable::All,
            0..11 => LastStable::None,
            _ => LastStable::Of(vec!["t".into()]),
        };
        assert_eq!(wish, expected, "poll {round}");
    }
    for round in 25..300 {
        Asked { last_stable: Ok(1000), ..Asked::at(round) }.poll(&mut history);
    }
    assert_eq!(history.wishes().last_stable, LastStable::None, "forgotten after an hour without one");
}

fn marker_wishes(history: &History) -> Vec<i64> {
    history.wishes().markers.iter().map(|MarkerWish { from, .. }| *from).collect()
}

#[test]
fn markers_are_asked_for_once_nothing_moves_and_then_count_for_nothing() {
    let mut history = History::default();
    let quiet = |round| Asked { commit: 999, ..Asked::at(round) };
    for round in 0..2 {
        quiet(round).poll(&mut history);
        assert_eq!(marker_wishes(&history), [] as [i64; 0], "poll {round}");
    }
    quiet(2).poll(&mut history);
    assert_eq!(marker_wishes(&history), [999]);
    let report = Asked { markers: vec![(999, Ok(1000))], ..quiet(3) }.poll(&mut history);
    assert_eq!(marker_wishes(&history), [] as [i64; 0]);
    let found = &report.partitions[0];
    assert_eq!((found.lag(), found.time_lag), (Ok(1), Some(TimeLag::ZERO)), "the number stays");
    assert_eq!((found.status, found.because), (Status::Ok, Because::OnlyMarkers));
    // One more record: that is not a marker.
    let report = Asked { commit: 999, end: 1001, ..Asked::at(4) }.poll(&mut history);
    assert_ne!(report.partitions[0].because, Because::OnlyMarkers);
    assert_ne!(report.partitions[0].time_lag, Some(TimeLag::ZERO));
}

#[test]
fn an_aborted_transaction_is_passed_over_answer_by_answer() {
    let mut history = History::default();
    Asked { commit: 400, last_stable: Ok(400), ..Asked::at(0) }.poll(&mut history);
    let quiet = |round| Asked { commit: 400, last_stable: Ok(1000), ..Asked::at(round) };
    for round in 1..4 {
        quiet(round).poll(&mut history);
    }
    assert_eq!(marker_wishes(&history), [400]);
    // Half of it had room.
    let half = Asked { markers: vec![(400, Ok(700))], ..quiet(4) }.poll(&mut history);
    assert_ne!(half.partitions[0].because, Because::OnlyMarkers);
    assert_eq!(marker_wishes(&history), [700]);
    let whole = Asked { markers: vec![(700, Ok(1000))], ..quiet(5) }.poll(&mut history);
    assert_eq!(marker_wishes(&history), [] as [i64; 0]);
    let found = &whole.partitions[0];
    assert_eq!((found.lag(), found.time_lag), (Ok(600), Some(TimeLag::ZERO)), "the number stays");
    for round in 6..100 {
        let found = quiet(round).poll(&mut history);
        assert_eq!(marker_wishes(&history), [] as [i64; 0], "poll {round}");
        assert_eq!((found.status, found.partitions[0].because), (Status::Ok, Because::OnlyMarkers), "poll {round}");
    }
    // A record after the first half ends the questions.
    let mut history = History::default();
    Asked { commit: 400, last_stable: Ok(400), ..Asked::at(0) }.poll(&mut history);
    for round in 1..4 {
        quiet(round).poll(&mut history);
    }
    Asked { markers: vec![(400, Ok(700))], ..quiet(4) }.poll(&mut history);
    let rest = Asked { markers: vec![(700, Ok(700))], ..quiet(5) }.poll(&mut history);
    assert_ne!(rest.partitions[0].because, Because::OnlyMarkers);
    assert_eq!(marker_wishes(&history), [] as [i64; 0]);
}

#[test]
fn an_unanswered_question_for_markers_is_put_three_times() {
    let mut history = History::default();
    let asked = (0..20).filter(|round| {
        Asked { commit: 999, ..Asked::at(*round) }.poll(&mut history);
        !marker_wishes(&history).is_empty()
    });
    assert_eq!(asked.count(), 3);
    // Ten unread records may be markers only where there are transactions.
    let mut history = History::default();
    for round in 0..20 {
        Asked { commit: 990, ..Asked::at(round) }.poll(&mut history);
        assert_eq!(marker_wishes(&history), [] as [i64; 0]);
    }
    for round in 20..23 {
        Asked { commit: 990, last_stable: Ok(995), ..Asked::at(round) }.poll(&mut history);
    }
    assert_eq!(marker_wishes(&history), [990]);
}

#[test]
fn where_markers_may_not_be_read_one_record_of_a_topic_with_transactions_is_taken_for_one() {
    let mut history = History::default();
    let denied = Err(Unknown::Failed(ProblemKind::TopicAuthorization));
    Asked { last_stable: Ok(999), ..Asked::at(0) }.poll(&mut history);
    let quiet = |round| Asked { commit: 999, last_stable: Ok(1000), ..Asked::at(round) };
    for round in 1..4 {
        quiet(round).poll(&mut history);
    }
    assert_eq!(marker_wishes(&history), [999]);
    let open = Asked { last_stable: Ok(999), markers: vec![(999, denied)], ..quiet(4) }.poll(&mut history);
    assert_ne!(open.partitions[0].because, Because::OnlyMarkers, "a transaction is open");
    let report = quiet(5).poll(&mut history);
    assert_eq!(report.partitions[0].because, Because::OnlyMarkers);
    assert_eq!(report.partitions[0].time_lag, Some(TimeLag::ZERO));
    // For hours nothing is written, the topic is not known for its transactions any more, and now and then it has no leader.
    for round in 6..600 {
        let last_stable = match &history.wishes().last_stable {
            LastStable::None => Err(Unknown::NotAsked),
            LastStable::All | LastStable::Of(_) => Ok(1000),
        };
        let has_leader = round % 100 != 0;
        let report = Asked { last_stable, has_leader, ..quiet(round) }.poll(&mut history);
        let expected = has_leader.then_some(TimeLag::ZERO);
        assert_eq!(report.partitions[0].time_lag, expected, "poll {round}");
    }
    assert_eq!(history.wishes().last_stable, LastStable::None);
    // What is written then is no marker.
    let written = Asked { end: 1002, ..quiet(600) }.poll(&mut history);
    assert!(written.partitions[0].time_lag.is_some_and(|lag| lag.at_most() <= 15.1), "{written:?}");
}
