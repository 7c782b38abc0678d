//! On which partitions a group is slow, and why.

use super::*;
use crate::model::SlowCause;

const POLLS: i64 = 100;

/// How a partition is written and read, in records per second.
#[derive(Clone, Copy)]
struct Lane {
    written: i64,
    read: i64,
}

/// Nobody lags.
const EVEN: Lane = Lane { written: 10, read: 10 };

/// Twenty-five minutes of a group whose members own these partitions; what is said at the end.
fn told(lanes: &[Lane], members: &[&[i32]]) -> Vec<(i32, SlowCause)> {
    let mut history = History::default();
    let mut told = Vec::new();
    for poll in 0..POLLS {
        let second = 15 * poll;
        let ends: Vec<_> = lanes.iter().map(|lane| (0, Ok(1000 + lane.written * second))).collect();
        let mut scene = Scene::at(u64::try_from(second).expect("it is positive")).topic("t", 1, &ends);
        let commits = (0..).zip(lanes).map(|(number, lane)| scene.committed("t", number, 1000 + lane.read * second));
        let commits = commits.collect();
        let members = members.iter().map(|owned| scene.member("t", owned)).collect();
        let group = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut history);
        told = group.topics[0].slow.iter().map(|slow| (slow.partition.0, slow.cause)).collect();
    }
    told
}

fn with(count: usize, others: &[(usize, Lane)]) -> Vec<Lane> {
    let mut lanes = vec![EVEN; count];
    for (place, lane) in others {
        lanes[*place] = *lane;
    }
    lanes
}

const SLOW: Lane = Lane { written: 10, read: 5 };

#[test]
fn a_hot_partition_is_slow_for_its_keys() {
    let hot = Lane { written: 100, read: 40 };
    assert_eq!(told(&with(6, &[(1, hot)]), &[&[0, 1, 2], &[3, 4, 5]]), [(1, SlowCause::KeySkew)]);
}

#[test]
fn a_partition_that_gets_all_records_is_slow_for_its_keys() {
    let (all, none) = (Lane { written: 100, read: 40 }, Lane { written: 0, read: 0 });
    assert_eq!(told(&[none, all, none, none, none, none], &[&[0, 1, 2], &[3, 4, 5]]), [(1, SlowCause::KeySkew)]);
}

#[test]
fn a_partition_of_which_nothing_is_read_is_stuck_also_if_it_is_hot() {
    for written in [10, 100] {
        let stuck = Lane { written, read: 0 };
        assert_eq!(told(&with(6, &[(1, stuck)]), &[&[0, 1, 2], &[3, 4, 5]]), [(1, SlowCause::Stuck)]);
    }
}

#[test]
fn a_member_that_is_slow_with_all_it_reads_is_told() {
    let slow = [(0, SlowCause::SlowMember), (1, SlowCause::SlowMember)];
    assert_eq!(told(&with(6, &[(0, SLOW), (1, SLOW)]), &[&[0, 1], &[2, 3], &[4, 5]]), slow);
    // With a third it keeps pace, and is the only one that is slow with any.
    assert_eq!(told(&with(6, &[(0, SLOW), (1, SLOW)]), &[&[0, 1, 2], &[3, 4, 5]]), slow);
}

#[test]
fn a_partition_that_alone_is_slow_is_nobodys_fault() {
    let cause = SlowCause::SlowPartition;
    assert_eq!(told(&with(6, &[(1, SLOW)]), &[&[0, 1], &[2, 3], &[4, 5]]), [(1, cause)]);
    assert_eq!(told(&with(6, &[(1, SLOW), (3, SLOW)]), &[&[0, 1], &[2, 3], &[4, 5]]), [(1, cause), (3, cause)]);
    assert_eq!(told(&with(2, &[(1, SLOW)]), &[&[0], &[1]]), [(1, cause)], "one of two");
    // A member that reads one partition only is not told from the partition.
    assert_eq!(told(&with(3, &[(1, SLOW)]), &[&[0], &[1], &[2]]), [(1, cause)]);
}

#[test]
fn who_is_behind_on_all_alike_or_hardly_is_slow_on_none() {
    assert_eq!(told(&[SLOW; 6], &[&[0, 1, 2], &[3, 4, 5]]), []);
    assert_eq!(told(&[SLOW], &[&[0]]), [], "one partition has no others");
    assert_eq!(told(&with(6, &[]), &[&[0, 1, 2], &[3, 4, 5]]), []);
    // Less than a minute in the end.
    let hardly = Lane { written: 100, read: 97 };
    assert_eq!(told(&with(6, &[(1, hardly)]), &[&[0, 1, 2], &[3, 4, 5]]), []);
    // Twice as far as the others.
    let twice = Lane { written: 100, read: 60 };
    let others = [Lane { written: 100, read: 80 }; 5];
    let lanes: Vec<_> = [twice].into_iter().chain(others).collect();
    assert_eq!(told(&lanes, &[&[0, 1, 2], &[3, 4, 5]]), []);
}
