//! Whole polls through `analyze`: two or three snapshots and what must be concluded from the last.

mod any;
mod asked;
mod churn;
mod lost;
mod outlook;
mod questions;
mod slow;
mod statuses;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::model::{
    Assignment, BrokerId, Commit, Commits, Condition, EndOffset, Group, GroupKind, GroupReport, GroupState, Known,
    Member, Moment, Partition, PartitionId, PartitionLag, ProblemKind, Replicas, SnapshotBuilder, Status, Timestamp,
    Topic, TopicId, Unknown,
};

const BROKER: BrokerId = BrokerId(1);

fn at(seconds: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(seconds))
}

/// A snapshot in the making, taken at one second of the process.
struct Scene {
    builder: SnapshotBuilder,
    second: u64,
}

impl Scene {
    fn at(second: u64) -> Self {
        Self { builder: SnapshotBuilder::new("test".into(), at(second)), second }
    }

    /// A topic by the start and end of its partitions.
    fn topic(self, name: &str, id: u8, partitions: &[(i64, Known<i64>)]) -> Self {
        let answered = at(self.second);
        let partitions = (0..).zip(partitions).map(|(number, (start, end))| partition(number, *start, *end, answered));
        let partitions = partitions.collect();
        self.found(name, id, partitions)
    }

    fn found(mut self, name: &str, id: u8, partitions: Vec<Partition>) -> Self {
        self.builder.found_topic(Topic {
            name: name.into(),
            id: Some(TopicId([id; 16])),
            is_listed: true,
            partitions,
            config: None,
        });
        self
    }

    fn group(mut self, id: &str, state: GroupState, members: Known<Vec<Member>>, commits: Known<Vec<Commit>>) -> Self {
        let answered = at(self.second);
        let commits = commits.map(|offsets| Commits { answered, offsets, unreadable: Vec::new(), filtered_count: 0 });
        let group = Group { state, members: members.map(Arc::from), commits, ..consumers(id) };
        self.builder.found_group(group);
        self
    }

    fn committed(&mut self, topic: &str, partition: i32, offset: i64) -> Commit {
        let topic = self.builder.topic_index(topic);
        Commit { topic, partition: PartitionId(partition), offset, leader_epoch: None }
    }

    fn member(&mut self, topic: &str, partitions: &[i32]) -> Member {
        let topic = self.builder.topic_index(topic);
        let partitions: Vec<_> = partitions.iter().map(|partition| (topic, PartitionId(*partition))).collect();
        let partition_count = partitions.len();
        Member {
            member_id: String::new(),
            client_id: String::new(),
            client_host: String::new(),
            group_instance_id: None,
            assignment: Some(Assignment { partitions, partition_count, subscribed: vec![topic] }),
        }
    }

    fn analyze(self, history: &mut History) -> GroupReport {
        self.report(history).groups.first().expect("the scene has a group").clone()
    }

    fn report(self, history: &mut History) -> Arc<ClusterReport> {
        let finished_at = Timestamp::from_unix(Duration::from_secs(self.second));
        analyze(self.builder.build(at(self.second), finished_at), history, &Thresholds::default())
    }
}

fn partition(number: i32, start: i64, end: Known<i64>, answered: Moment) -> Partition {
    Partition {
        id: PartitionId(number),
        leader: end.is_ok().then_some(BROKER),
        leader_epoch: None,
        replicas: Replicas { preferred_leader: Some(BROKER), assigned_count: 1, in_sync_count: 1 },
        last_stable: Err(Unknown::NotAsked),
        high_watermark: end.map(|offset| EndOffset { offset, answered }),
        low_watermark: end.map(|_| start),
    }
}

/// A group of consumers that has no members and of whose commits nothing is known.
fn consumers(id: &str) -> Group {
    Group {
        epochs: None,
        id: id.into(),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state: GroupState::Empty,
        coordinator: BROKER,
        members: Ok(Arc::default()),
        commits: Err(Unknown::NotAsked),
    }
}

fn lags(report: &GroupReport) -> Vec<Known<u64>> {
    report.partitions.iter().map(crate::model::PartitionLag::lag).collect()
}

#[test]
fn a_group_is_the_union_of_what_it_committed_and_what_it_owns() {
    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10)), (0, Ok(10)), (0, Ok(10))]);
    let commits = vec![scene.committed("a", 0, 4), scene.committed("a", 1, 10)];
    let members = vec![scene.member("a", &[1, 2]), scene.member("a", &[])];
    let report = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut History::default());
    assert_eq!(lags(&report), [Ok(6), Ok(0), Err(Unknown::NoCommit)]);
    assert_eq!(report.partitions[2].condition, Condition::NoCommit);
    assert_eq!(report.topics[0].lag, Some(6));
    assert_eq!(report.topics[0].committed_offset, Some(14));
    assert_eq!(report.topics[0].unknown_partition_count, 1);
    assert_eq!(report.uncommitted_partition_count, Some(1));
    assert_eq!(report.unassigned_partition_count, Some(1));
    assert_eq!(report.idle_member_count, Some(1));
}

#[test]
fn where_nothing_was_ever_written_nobody_has_to_mind() {
    let mut history = History::default();
    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10)), (0, Ok(0)), (7, Ok(7))]);
    let (commits, members) = (vec![scene.committed("a", 0, 10)], vec![scene.member("a", &[0, 1, 2])]);
    let report = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut history);
    assert_eq!(lags(&report), [Ok(0), Err(Unknown::NoCommit), Err(Unknown::NoCommit)], "nobody committed there");
    let minded = |report: &GroupReport| {
        report.partitions.iter().filter(|lag| lag.lag().is_err() && !lag.is_empty_without_commit()).count()
    };
    assert_eq!((report.status, report.topics[0].unknown_partition_count, minded(&report)), (Status::Ok, 2, 0));
    // Once there are records it is not known whether they were read.
    let mut scene = Scene::at(16).topic("a", 1, &[(0, Ok(10)), (0, Ok(1)), (7, Ok(7))]);
    let (commits, members) = (vec![scene.committed("a", 0, 10)], vec![scene.member("a", &[0, 1, 2])]);
    scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut history);
    let mut scene = Scene::at(31).topic("a", 1, &[(0, Ok(10)), (0, Ok(1)), (7, Ok(7))]);
    let (commits, members) = (vec![scene.committed("a", 0, 10)], vec![scene.member("a", &[0, 1, 2])]);
    let report = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut history);
    assert_eq!((report.status, report.topics[0].unknown_partition_count, minded(&report)), (Status::NoCommit, 2, 1));
}

#[test]
fn a_topic_that_nobody_reads_any_more_counts_in_no_sum_of_the_group() {
    let mut history = History::default();
    let scene = |second| {
        let mut scene = Scene::at(second).topic("a", 1, &[(0, Ok(10))]).topic("b", 2, &[(0, Ok(1000))]);
        let (commits, members) =
            (vec![scene.committed("a", 0, 4), scene.committed("b", 0, 1)], vec![scene.member("a", &[0])]);
        scene.group("g", GroupState::Stable, Ok(members), Ok(commits))
    };
    scene(1).analyze(&mut history);
    let report = scene(16).analyze(&mut history);
    assert_eq!(report.topics.iter().map(|topic| topic.lag).collect::<Vec<_>>(), [Some(6), Some(999)]);
    assert_eq!((report.lag(), report.topics[1].is_subscribed), (Some(6), false));
}

#[test]
fn a_group_that_is_there_for_commits_that_nobody_shows_is_unknown() {
    let analyzed = |group: Group| {
        let mut scene = Scene::at(1);
        scene.builder.found_group(group);
        scene.analyze(&mut History::default()).status
    };
    let commits =
        |filtered_count| Ok(Commits { answered: at(1), offsets: Vec::new(), unreadable: Vec::new(), filtered_count });
    let empty =
        || Group { state: GroupState::Empty, members: Ok(Arc::default()), commits: commits(0), ..consumers("g") };
    assert_eq!(analyzed(empty()), Status::Unknown);
    assert_eq!(analyzed(Group { commits: commits(3), ..empty() }), Status::Ok, "the filters hide them");
    assert_eq!(analyzed(Group { protocol_type: "connect".to_owned(), ..empty() }), Status::Ok, "it commits nothing");
    assert_eq!(analyzed(Group { state: GroupState::Stable, ..empty() }), Status::Ok, "it may not have begun");
}

#[test]
fn who_owns_what_is_taken_anew_when_it_changes() {
    let mut history = History::default();
    for (second, owned) in [(1, [0]), (16, [0]), (31, [1]), (46, [0])] {
        let mut scene = Scene::at(second).topic("a", 1, &[(0, Ok(10)), (0, Ok(10))]);
        let members = vec![scene.member("a", &owned)];
        let report = scene.group("g", GroupState::Stable, Ok(members), Ok(vec![])).analyze(&mut history);
        let shown: Vec<i32> = report.partitions.iter().map(|partition| partition.partition.0).collect();
        assert_eq!(shown, owned, "at {second} s");
    }
}

#[test]
fn nothing_is_said_of_commits_to_a_topic_that_is_not_listed() {
    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10))]);
    let members = vec![scene.member("a", &[0]), scene.member("hidden", &[0, 1])];
    let commits = vec![scene.committed("a", 0, 10)];
    let report = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut History::default());
    assert_eq!(lags(&report), [Ok(0), Err(Unknown::NotListed), Err(Unknown::NotListed)]);
    assert_eq!(report.uncommitted_partition_count, Some(0));
}

#[test]
fn what_members_do_is_told_only_of_a_settled_group() {
    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10)), (0, Ok(10))]);
    let members = vec![scene.member("a", &[0]), scene.member("a", &[])];
    let report = scene.group("g", GroupState::PreparingRebalance, Ok(members), Ok(vec![]));
    let report = report.analyze(&mut History::default());
    assert_eq!(report.idle_member_count, None);
    assert_eq!(report.unassigned_partition_count, None);

    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10))]);
    let opaque = Member { assignment: None, ..scene.member("a", &[]) };
    let report = scene.group("g", GroupState::Stable, Ok(vec![opaque]), Ok(vec![])).analyze(&mut History::default());
    assert_eq!(report.member_count, Ok(1));
    assert_eq!(report.idle_member_count, None);
    assert_eq!(report.uncommitted_partition_count, None);
}

#[test]
fn a_partition_without_an_end_is_unknown_and_costs_no_other() {
    let failed = Unknown::Failed(ProblemKind::Timeout);
    let mut scene = Scene::at(1).topic("a", 1, &[(0, Ok(10)), (0, Err(failed)), (0, Err(Unknown::NoLeader))]);
    let mut commits: Vec<_> = (0..4).map(|partition| scene.committed("a", partition, 3)).collect();
    commits.push(scene.committed("deleted", 0, 3));
    let report = scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits)).analyze(&mut History::default());
    let unlisted = Err(Unknown::NotListed);
    assert_eq!(lags(&report), [Ok(7), Err(failed), Err(Unknown::NoLeader), unlisted, unlisted]);
    assert_eq!(report.topics[0].lag, Some(7));
    assert_eq!(report.topics[0].unknown_partition_count, 3);
    assert_eq!(report.topics[1].lag, None);
    assert!(report.partitions.iter().all(|partition| partition.committed_offset() == Ok(3)));
}

#[test]
fn a_group_whose_coordinator_is_lost_keeps_its_partitions_as_unknown() {
    let mut history = History::default();
    let topic = |second| Scene::at(second).topic("a", 1, &[(0, Ok(10)), (0, Ok(10))]);
    let mut scene = topic(1);
    let commits = vec![scene.committed("a", 0, 4), scene.committed("a", 1, 4)];
    scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits)).analyze(&mut history);
    // Twice, so that what is carried over is carried on.
    for second in 2..4 {
        let lost = Unknown::NoCoordinator;
        let report = topic(second).group("g", GroupState::Unknown, Err(lost), Err(lost)).analyze(&mut history);
        assert_eq!(lags(&report), [Err(lost), Err(lost)]);
        assert_eq!(report.topics[0].unknown_partition_count, 2);
        assert_eq!(report.topics[0].lag, None);
        assert_eq!(report.member_count, Err(lost));
    }
    let mut scene = topic(4);
    let commits = vec![scene.committed("a", 0, 10), scene.committed("a", 1, 4)];
    let report = scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits)).analyze(&mut history);
    assert_eq!(lags(&report), [Ok(0), Ok(6)]);
}

#[test]
fn a_commit_beyond_the_end_of_a_recreated_topic_is_told_apart() {
    let mut history = History::default();
    let poll = |second, id, end, history: &mut History| {
        let mut scene = Scene::at(second).topic("a", id, &[(0, Ok(end))]);
        let commits = vec![scene.committed("a", 0, 100)];
        let report = scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits)).analyze(history);
        (report.partitions[0].lag(), report.partitions[0].condition)
    };
    assert_eq!(poll(1, 1, 100, &mut history), (Ok(0), Condition::Normal));
    assert_eq!(poll(2, 1, 90, &mut history), (Ok(0), Condition::Ahead));
    assert_eq!(poll(3, 2, 5, &mut history), (Ok(0), Condition::Recreated));
    // The ends of the old topic say nothing about the new one.
    assert_eq!(poll(4, 2, 120, &mut history), (Ok(20), Condition::Normal));
}

#[test]
fn a_busy_partition_has_a_noise_floor_and_an_idle_one_only_that_of_markers() {
    let mut history = History::default();
    let poll = |second, end, committed, history: &mut History| {
        let mut scene = Scene::at(second).topic("a", 1, &[(0, Ok(end))]);
        let commits = vec![scene.committed("a", 0, committed)];
        scene.group("g", GroupState::Empty, Ok(vec![]), Ok(commits)).analyze(history).partitions[0]
    };
    assert_eq!(poll(0, 1000, 1000, &mut history).noise_floor, 2);
    let busy = poll(10, 2000, 1600, &mut history);
    assert_eq!(busy.noise_floor, 502, "100 records a second for the default commit interval of 5 s");
    assert!(busy.is_caught_up());
    let idle = poll(20, 2000, 1600, &mut history);
    assert_eq!(idle.noise_floor, 2);
    assert!(!idle.is_caught_up());
}
