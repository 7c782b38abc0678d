//! Any snapshots one after the other: nothing panics, sums add up, and what vanished leaves nothing behind.
//!
//! Not what is concluded.
//! Invariant: small worlds, so that the same groups and partitions come and go.

use allocation_counter::measure;
use proptest::prelude::*;

use super::*;
use crate::model::{EpochAnswer, MarkerAnswer, Status, TopicIndex};

/// Start, end, last stable offset and leader epoch.
type AnyPartition = (i64, i64, Option<i64>, Option<i32>);
/// Topic, partition, offset and leader epoch.
type AnyCommit = (u8, i32, i64, Option<i32>);

#[derive(Clone, Debug)]
struct AnyPoll {
    passed: u64,
    topics: Vec<(u8, Vec<AnyPartition>)>,
    groups: Vec<AnyGroup>,
    epochs: Vec<(u32, i32, i32, Option<i64>)>,
    markers: Vec<(u32, i32, i64, i64)>,
}

#[derive(Clone, Debug)]
struct AnyGroup {
    name: u8,
    state: usize,
    is_simple: bool,
    members: Option<Vec<Vec<(u8, i32)>>>,
    commits: Option<Vec<AnyCommit>>,
}

fn any_group() -> impl Strategy<Value = AnyGroup> {
    let members = proptest::collection::vec(proptest::collection::vec((0..4_u8, 0..4), 0..4), 0..3);
    let commits = proptest::collection::vec((0..4_u8, 0..4, 0..60_i64, proptest::option::of(0..3)), 0..8);
    let known = (proptest::option::of(members), proptest::option::of(commits));
    (0..3_u8, 0..9_usize, any::<bool>(), known).prop_map(|(name, state, is_simple, (members, commits))| AnyGroup {
        name,
        state,
        is_simple,
        members,
        commits,
    })
}

fn any_poll() -> impl Strategy<Value = AnyPoll> {
    let partition = (0..40_i64, 0..60_i64, proptest::option::of(0..60_i64), proptest::option::of(0..3));
    let topic = (0..2_u8, proptest::collection::vec(partition, 0..4));
    let epochs = proptest::collection::vec((0..4_u32, 0..4, 0..3, proptest::option::of(0..60_i64)), 0..4);
    let markers = proptest::collection::vec((0..4_u32, 0..4, 0..60_i64, 0..70_i64), 0..4);
    let parts = (proptest::collection::vec(topic, 0..4), proptest::collection::vec(any_group(), 0..4), epochs, markers);
    (0..2000_u64, parts).prop_map(|(passed, (topics, groups, epochs, markers))| AnyPoll {
        passed,
        topics,
        groups,
        epochs,
        markers,
    })
}

fn topic_name(number: u8) -> String {
    format!("topic-{number}")
}

fn scene(second: u64, poll: &AnyPoll) -> Scene {
    let mut scene = Scene::at(second);
    for (number, (id, partitions)) in (0..).zip(&poll.topics) {
        let partitions = (0..).zip(partitions).map(|(number, (start, end, last_stable, epoch))| Partition {
            last_stable: last_stable.ok_or(Unknown::NotAsked),
            leader_epoch: *epoch,
            ..partition(number, *start, Ok(*end), at(second))
        });
        let partitions = partitions.collect();
        scene = scene.found(&topic_name(number), *id, partitions);
    }
    for group in &poll.groups {
        let members = group.members.as_ref().map(|members| {
            let owned = |owned: &Vec<(u8, i32)>| {
                let mut member = scene.member("topic-0", &[]);
                if let Some(assignment) = &mut member.assignment {
                    let place = |(topic, number): &(u8, i32)| {
                        (scene.builder.topic_index(&topic_name(*topic)), PartitionId(*number))
                    };
                    assignment.partitions = owned.iter().map(place).collect();
                }
                member
            };
            members.iter().map(owned).collect()
        });
        let commits = group.commits.as_ref().map(|commits| {
            let commit = |(topic, number, offset, leader_epoch): &AnyCommit| Commit {
                leader_epoch: *leader_epoch,
                ..scene.committed(&topic_name(*topic), *number, *offset)
            };
            let offsets = commits.iter().map(commit).collect();
            Commits { answered: at(second), offsets, unreadable: Vec::new(), filtered_count: 0 }
        });
        scene.builder.found_group(Group {
            state: GroupState::ALL[group.state],
            protocol_type: if group.is_simple { String::new() } else { "consumer".to_owned() },
            members: members.ok_or(Unknown::NoCoordinator),
            commits: commits.ok_or(Unknown::NoCoordinator),
            ..consumers(&format!("group-{}", group.name))
        });
    }
    let topic_count = u32::try_from(scene.builder.topics().len()).expect("there are few");
    let granted = scene.builder.granted();
    let known = |topic: &u32| *topic < topic_count;
    granted.epochs = poll
        .epochs
        .iter()
        .filter(|answer| known(&answer.0))
        .map(|(topic, number, epoch, end)| EpochAnswer {
            topic: TopicIndex(*topic),
            partition: PartitionId(*number),
            epoch: *epoch,
            end: Ok(*end),
        })
        .collect();
    granted.markers = poll
        .markers
        .iter()
        .filter(|answer| known(&answer.0))
        .map(|(topic, number, from, until)| MarkerAnswer {
            topic: TopicIndex(*topic),
            partition: PartitionId(*number),
            from: *from,
            markers_until: Ok(*until),
        })
        .collect();
    scene
}

fn check(report: &ClusterReport) -> Result<(), TestCaseError> {
    for group in &report.groups {
        let counted: u32 = Status::ALL.iter().map(|status| group.status_counts.of(*status)).sum();
        let subscribed = group.partitions.iter().filter(|partition| partition.is_subscribed);
        prop_assert_eq!(usize::try_from(counted), Ok(subscribed.clone().count()));
        prop_assert!(subscribed.clone().all(|partition| partition.status >= group.status));
        for partition in &group.partitions {
            if partition.lag().is_err() && partition.condition != Condition::NoCommit {
                prop_assert_eq!(partition.status, Status::Unknown);
            }
        }
        let ends = group.topics.iter().map(|topic| topic.range.end).next_back();
        prop_assert_eq!(ends.unwrap_or(0), group.partitions.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_polls_can_be_analyzed(polls in proptest::collection::vec(any_poll(), 1..20)) {
        let mut history = History::default();
        let mut second = 0;
        for poll in polls {
            second += poll.passed;
            check(&scene(second, &poll).report(&mut history))?;
        }
    }
}

/// A poll of many groups that are behind, or of nothing.
fn poll_of(second: u64, group_count: u32, history: &mut History) {
    let end = i64::try_from(second).expect("it is small") * 10 + 1000;
    let ends = [(0, Ok(end)); 20];
    let mut scene = Scene::at(second);
    if group_count > 0 {
        scene = scene.topic("t", 1, &ends);
    }
    for group in 0..group_count {
        let commits = (0..20).map(|number| scene.committed("t", number, end / 2)).collect();
        let members = vec![scene.member("t", &(0..20).collect::<Vec<_>>())];
        scene = scene.group(&format!("group-{group}"), GroupState::Stable, Ok(members), Ok(commits));
    }
    scene.report(history);
}

#[test]
fn groups_that_vanish_leave_nothing_behind() {
    let mut history = History::default();
    (0..10).for_each(|round| poll_of(round * 15, 0, &mut history));
    let grown = measure(|| (10..100).for_each(|round| poll_of(round * 15, 100, &mut history)));
    assert!(grown.bytes_current > 100_000, "{} bytes", grown.bytes_current);
    // What was known of partitions is kept for an hour, in which somebody may come back to read them.
    let rest = measure(|| (100..350).for_each(|round| poll_of(round * 15, 0, &mut history)));
    let left = grown.bytes_current + rest.bytes_current;
    assert!(left < 5_000, "{left} bytes");
}
