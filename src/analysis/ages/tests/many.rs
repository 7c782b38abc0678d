//! Many partitions: which are remembered, and which are asked about first.
//!
//! Not how old anything is.
//! Invariant: polls every 15 seconds of one topic that 100 records a second are appended to in each partition.

use super::world::{partition, reader};
use super::*;
use crate::model::{Commit, Commits, Moment, SnapshotBuilder, TimeAnswer, TimedOffset, Timestamp, Unknown};
use std::time::Duration;

/// A poll that finds partitions of these numbers and commits to them.
fn poll(
    ages: &mut Ages,
    number: u64,
    partitions: &[i32],
    commits: &[(i32, i64)],
    told: &[TimeAnswer],
) -> ClusterSnapshot {
    let passed = Duration::from_secs(15 * number);
    let now = Moment::from_origin(passed);
    let mut builder = SnapshotBuilder::new("c".into(), now);
    let end = 1_000_000 + i64::try_from(number).expect("it is small") * 1_500;
    let partitions = partitions.iter().map(|number| partition(PartitionId(*number), 0, end, now)).collect();
    let topic = builder.found_topic(Topic { name: "t".into(), id: None, is_listed: true, partitions, config: None });
    let commits = commits.iter().map(|(partition, offset)| Commit {
        topic,
        partition: PartitionId(*partition),
        offset: *offset,
        leader_epoch: None,
    });
    let commits = Commits { answered: now, offsets: commits.collect(), unreadable: Vec::new(), filtered_count: 0 };
    builder.found_group(reader(Ok(commits)));
    builder.granted().times.extend_from_slice(told);
    let snapshot = builder.build(now, Timestamp::from_unix(Duration::from_secs(1_700_000_000) + passed));
    ages.observe(&snapshot, &Thresholds::default());
    snapshot
}

fn known(ages: &Ages) -> Vec<i32> {
    (-1..50).filter(|number| ages.of(TopicIndex(0), PartitionId(*number)).is_some()).collect()
}

#[test]
fn only_partitions_that_are_there_and_read_are_remembered() {
    let mut ages = Ages::default();
    let commits = [(i32::MIN, 1), (-1, 1), (1, 1), (2, 1), (7, 1), (i32::MAX, 1)];
    poll(&mut ages, 1, &[0, 1, 2, 3], &commits, &[]);
    assert_eq!(known(&ages), [1, 2]);
    poll(&mut ages, 2, &[0, 2, 7, 40], &[(2, 1), (7, 1), (41, 1)], &[]);
    assert_eq!(known(&ages), [2, 7], "one is gone, one is new, and numbers have gaps");
}

#[test]
fn what_nobody_reads_any_more_is_given_back_after_a_while() {
    let mut ages = Ages::default();
    poll(&mut ages, 1, &[0, 1], &[(0, 1), (1, 1)], &[]);
    for number in 2..=241 {
        poll(&mut ages, number, &[0, 1], &[(1, 1)], &[]);
        assert_eq!(known(&ages), [0, 1], "its readers may only be out of sight");
    }
    poll(&mut ages, 242, &[0, 1], &[(1, 1)], &[]);
    assert_eq!(known(&ages), [1]);
    assert_eq!(ages.topics[0].partitions.capacity(), 1);
}

#[test]
fn a_partition_without_an_end_says_nothing_and_forgets_nothing() {
    let mut world = World::new(Log::default(), HOUR);
    world.log.steady(0, 2 * HOUR, 1_000, 1);
    world.committed = world.log.end_at(HOUR + MINUTE);
    world.grants = false;
    world.poll_until(HOUR + 10 * MINUTE);
    let lost = |partition: &mut Partition| partition.high_watermark = Err(Unknown::NoLeader);
    world.poll_changed(HOUR + 11 * MINUTE, lost);
    assert!(world.ages.of(TopicIndex(0), PartitionId(0)).is_none());
    assert!(world.wishes.is_empty());
    let lag = world.poll(HOUR + 12 * MINUTE);
    assert!((lag.seconds() - 660.0).abs() < 60.0, "{lag:?}");
}

#[test]
fn the_widest_brackets_are_asked_about_first_and_each_partition_once() {
    let mut ages = Ages::default();
    let numbers: Vec<i32> = (0..5).collect();
    let commits: Vec<_> = numbers.iter().map(|number| (*number, 5)).collect();
    poll(&mut ages, 1, &numbers, &commits, &[]);
    // Something is known of two of them.
    let told = |partition: i32, ago: u64| TimeAnswer {
        topic: TopicIndex(0),
        partition: PartitionId(partition),
        at: Timestamp::from_unix(Duration::from_secs(1_700_000_030 - ago)),
        answered: Moment::from_origin(Duration::from_secs(30)),
        answered_at: Timestamp::from_unix(Duration::from_secs(1_700_000_030)),
        found: Ok(Some(TimedOffset {
            offset: 1_000,
            timestamp: Timestamp::from_unix(Duration::from_secs(1_700_000_030 - ago)),
        })),
    };
    let snapshot = poll(&mut ages, 2, &numbers, &commits, &[told(1, 3_600), told(3, 60)]);
    let asked = |probes_per_poll: usize| {
        let mut plan = Plan::default();
        for (number, offset) in commits.iter().chain(&commits) {
            let place = (TopicIndex(0), PartitionId(*number));
            let (_, wanted) = ages.look(place, *offset, &Thresholds::default());
            plan.extend(wanted.map(|wanted| (place, wanted)));
        }
        let wishes = plan.wishes(&snapshot, probes_per_poll);
        wishes.iter().map(|wish| wish.partition.0).collect::<Vec<_>>()
    };
    assert_eq!(asked(100), [0, 1, 2, 3, 4]);
    assert_eq!(asked(5), [0, 1, 2, 3, 4]);
    assert_eq!(asked(4), [0, 2, 3, 4]);
    assert_eq!(asked(3), [0, 2, 4]);
    assert_eq!(asked(2), [0, 2]);
    assert_eq!(asked(0), [0_i32; 0]);
}
