//! Each source counts what it can, and where it changes, nothing twice.

use super::coordinator::{Coordinator, Op};
use super::watched::{By, MINUTE, SECOND, Watched, deploy};
use crate::model::{RebalanceSource, Rebalances, Unheard};

const T: u64 = 15 * SECOND;

fn counts(told: &Rebalances) -> [u64; 3] {
    RebalanceSource::ALL.map(|source| told.count(source))
}

#[test]
fn generations_are_counted_exactly_and_aborted_ones_are_told() {
    let mut group = Coordinator::new(3);
    group.takes = (2 * SECOND, 4 * SECOND);
    // The second comes while the leader computes, so the first is aborted.
    let ops = [(MINUTE, Op::Join(7)), (MINUTE + 3 * SECOND, Op::Join(8)), (3 * MINUTE, Op::Leave(7))];
    let mut watched = Watched::new(group);
    let told = watched.play(&ops, 5 * MINUTE, T, By::Log);
    assert_eq!((counts(&told), told.aborted), ([3, 0, 0], Some(1)));
    assert_eq!((told.joined, told.left, told.epoch), (2, 1, Some(10)));
    assert_eq!((watched.coordinator.truth, watched.coordinator.aborted), (3, 1));
    let last = told.last.expect("there was one").unix_seconds();
    assert!((last - (1_700_000_000.0 + 186.0)).abs() < 1e-6, "the record's own time: {last}");
}

#[test]
fn who_becomes_empty_does_not_rebalance() {
    let ops = [(MINUTE, Op::Leave(0)), (2 * MINUTE, Op::Leave(1)), (4 * MINUTE, Op::Join(0))];
    for (by, expected) in [(By::Log, [2, 0, 0]), (By::Poll, [0, 0, 2])] {
        let told = Watched::new(Coordinator::new(2)).play(&ops, 6 * MINUTE, T, by);
        assert_eq!(counts(&told), expected, "{by:?}");
    }
}

#[test]
fn a_group_that_was_made_anew_starts_over_and_counts_nothing_for_it() {
    let ops = [(MINUTE, Op::Rejoin), (2 * MINUTE + 1, Op::Delete), (2 * MINUTE + 5 * SECOND, Op::Join(1))];
    for (by, expected) in [(By::Log, [1, 0, 0]), (By::Epoch, [0, 1, 0])] {
        let told = Watched::new(Coordinator::new(2)).play(&ops, 5 * MINUTE, T, by);
        assert_eq!(counts(&told), expected, "{by:?}");
    }
}

#[test]
fn epochs_count_what_polls_cannot_see() {
    let ops: Vec<_> = (0..10).map(|time| (MINUTE + time * 4 * SECOND, Op::Rejoin)).collect();
    let told = Watched::new(Coordinator::new(2)).play(&ops, 3 * MINUTE, T, By::Epoch);
    assert_eq!(counts(&told), [0, 10, 0]);
    assert_eq!(told.source, RebalanceSource::Epoch);
}

#[test]
fn a_group_that_changes_its_protocol_counts_nothing_for_it() {
    let mut watched = Watched::new(Coordinator::new(2));
    watched.poll(0, By::Poll, 0);
    watched.poll(T, By::Poll, 0);
    watched.coordinator.generation = 40;
    let told = watched.poll(2 * T, By::Epoch, 0).expect("it is told of");
    assert_eq!(counts(&told), [0, 0, 0]);
    watched.coordinator.act(2 * T + SECOND, Op::Rejoin);
    let told = watched.poll(3 * T, By::Epoch, 0).expect("it is told of");
    assert_eq!(counts(&told), [0, 1, 0]);
    // And back.
    let told = watched.poll(4 * T, By::Poll, 0).expect("it is told of");
    assert_eq!(counts(&told), [0, 1, 0]);
}

#[test]
fn a_gap_of_the_log_is_told_and_its_first_record_counts_nothing() {
    let mut watched = Watched::new(Coordinator::new(2));
    watched.poll(0, By::Log, 0);
    watched.coordinator.act(SECOND, Op::Rejoin);
    assert_eq!(counts(&watched.poll(T, By::Log, 0).expect("told")), [1, 0, 0]);
    watched.coordinator.act(T + SECOND, Op::Rejoin);
    assert_eq!(watched.poll(2 * T, By::Nothing, 0), None, "nobody tells");
    watched.coordinator.act(2 * T + SECOND, Op::Rejoin);
    let told = watched.poll(3 * T, By::Log, 0).expect("told");
    assert_eq!((counts(&told), told.gap_count), ([1, 0, 0], 1));
    watched.coordinator.act(3 * T + SECOND, Op::Rejoin);
    assert_eq!(counts(&watched.poll(4 * T, By::Log, 0).expect("told")), [2, 0, 0]);
}

#[test]
fn what_the_log_does_not_tell_of_one_group_polls_do() {
    let mut watched = Watched::new(Coordinator::new(2));
    watched.poll(0, By::Log, 0);
    watched.poll(T, By::Log, 0);
    watched.has_gap = true;
    watched.poll(2 * T, By::Log, 0);
    watched.coordinator.act(2 * T + 13 * SECOND, Op::Rejoin);
    watched.poll(3 * T, By::Log, 0);
    let told = watched.poll(4 * T, By::Log, 0).expect("told");
    assert_eq!((counts(&told), told.source, told.gap_count), ([0, 0, 1], RebalanceSource::Poll, 1));
    watched.has_gap = false;
    watched.poll(5 * T, By::Log, 0);
    watched.coordinator.act(5 * T + SECOND, Op::Rejoin);
    assert_eq!(counts(&watched.poll(6 * T, By::Log, 0).expect("told")), [0, 0, 1], "it may be what polls have counted");
    watched.coordinator.act(6 * T + SECOND, Op::Rejoin);
    assert_eq!(counts(&watched.poll(7 * T, By::Log, 0).expect("told")), [1, 0, 1]);
}

#[test]
fn the_first_generation_that_is_heard_counts_where_it_was_made_while_the_log_was_heard() {
    let mut group = Coordinator::new(3);
    // What was written before the follower began is not heard.
    group.log.clear();
    let told =
        Watched::new(group.clone()).play(&[(2 * MINUTE, Op::Rejoin), (3 * MINUTE, Op::Rejoin)], 5 * MINUTE, T, By::Log);
    assert_eq!((counts(&told), told.aborted, told.epoch), ([2, 0, 0], Some(0), Some(9)));
    // So soon after the beginning it may be one that polls have counted.
    let told =
        Watched::new(group.clone()).play(&[(SECOND, Op::Rejoin), (3 * MINUTE, Op::Rejoin)], 5 * MINUTE, T, By::Log);
    assert_eq!(counts(&told), [1, 0, 0]);
    // A static member that is replaced has the record written anew, and the generation stays.
    let mut watched = Watched::new(group);
    watched.play(&[], 2 * MINUTE, T, By::Log);
    watched.coordinator.write(2 * MINUTE + SECOND);
    assert_eq!(counts(&watched.poll(2 * MINUTE + T, By::Log, 0).expect("told")), [0, 0, 0]);
    watched.coordinator.act(2 * MINUTE + T + SECOND, Op::Rejoin);
    assert_eq!(counts(&watched.poll(3 * MINUTE, By::Log, 0).expect("told")), [1, 0, 0]);
}

#[test]
fn epochs_that_the_log_does_not_tell_are_counted_by_polls_and_once() {
    let mut group = Coordinator::new(2);
    group.log.clear();
    let mut watched = Watched::new(group);
    let poll = |watched: &mut Watched, now: u64| counts(&watched.poll(now, By::LogAndEpoch, 0).expect("told"));
    watched.coordinator.log.clear();
    assert_eq!(poll(&mut watched, 0), [0, 0, 0]);
    watched.coordinator.act(SECOND, Op::Rejoin);
    watched.coordinator.until(T);
    watched.coordinator.log.clear();
    assert_eq!(poll(&mut watched, T), [0, 0, 0], "the log may yet tell");
    assert_eq!(poll(&mut watched, 2 * T), [0, 1, 0]);
    watched.coordinator.act(2 * T + SECOND, Op::Rejoin);
    assert_eq!(poll(&mut watched, 3 * T), [1, 1, 0], "the log tells in time");
    assert_eq!(poll(&mut watched, 4 * T), [1, 1, 0]);
}

#[test]
fn what_is_told_of_a_quiet_group_is_made_once() {
    for by in [By::Poll, By::Epoch, By::Log, By::LogAndEpoch] {
        let mut watched = Watched::new(Coordinator::new(3));
        let before = watched.play(&[], 2 * MINUTE, T, by);
        let after = watched.poll(2 * MINUTE + T, by, 0).expect("told");
        assert!(std::sync::Arc::ptr_eq(&before, &after), "{by:?}");
    }
}

#[test]
fn a_quiet_group_remembers_nothing() {
    assert!(size_of::<super::super::RebalanceWatch>() <= 48);
    assert!(size_of::<Rebalances>() <= 152, "{}", size_of::<Rebalances>());
    let mut watched = Watched::new(Coordinator::new(3));
    let told = watched.play(&deploy(MINUTE, 3, MINUTE, SECOND), 10 * MINUTE, T, By::Poll);
    assert!(told.unstable_ratio > 0.0 || told.total() > 0);
    let before = watched.poll(3 * 60 * MINUTE, By::Poll, 0).expect("told");
    let after = watched.poll(3 * 60 * MINUTE + T, By::Poll, 0).expect("told");
    assert!(std::sync::Arc::ptr_eq(&before, &after), "what does not change is told by the same words");
    assert!(before.unstable_ratio <= 0.0);
}

#[test]
fn groups_of_a_partition_without_leader_are_told_of_by_polls() {
    let mut watched = Watched::new(Coordinator::new(3));
    // Of one partition each group is, and of another one that does not exist none.
    watched.unheard = Unheard { partition_count: 1, partitions: [7].into() };
    watched.poll(0, By::Log, 0);
    assert_eq!(watched.poll(T, By::Log, 0).map(|told| told.source), Some(RebalanceSource::Offsets));
    watched.unheard.partitions.insert(0);
    let told = watched.poll(2 * T, By::Log, 0).expect("it is told of");
    assert_eq!((told.source, told.gap_count), (RebalanceSource::Poll, 1));
}
