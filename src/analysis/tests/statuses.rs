//! What is shown of a group over many polls, where lag in seconds plays no part.
//!
//! Not the rules one by one; see `status`.
//! Invariant: polls are 15 seconds apart.

use super::*;
use crate::model::{Because, Status};

const POLL: u64 = 15;

/// How the group `g` is at a second, on a topic of some partitions.
struct World<'a> {
    /// The ends of the partitions.
    ends: &'a dyn Fn(u64) -> Vec<i64>,
    /// The commits.
    commits: &'a dyn Fn(u64) -> Vec<i64>,
    /// Its state and what its members own, if it has any.
    members: &'a dyn Fn(u64) -> (GroupState, Vec<Vec<i32>>),
    protocol_type: &'a str,
}

impl World<'_> {
    fn poll(&self, second: u64, history: &mut History) -> GroupReport {
        let partitions = (self.ends)(second).into_iter();
        let partitions = (0..).zip(partitions).map(|(number, end)| partition(number, 0, Ok(end), at(second)));
        let mut scene = Scene::at(second).found("t", 1, partitions.collect());
        let offsets = (0..).zip((self.commits)(second)).map(|(number, offset)| scene.committed("t", number, offset));
        let offsets = offsets.collect();
        let (state, members) = (self.members)(second);
        let members = members.iter().map(|owned| scene.member("t", owned)).collect();
        let commits = Commits { answered: at(second), offsets, unreadable: Vec::new(), filtered_count: 0 };
        let protocol_type = self.protocol_type.to_owned();
        scene.builder.found_group(Group {
            protocol_type,
            state,
            members: Ok(members),
            commits: Ok(commits),
            ..consumers("g")
        });
        scene.analyze(history)
    }

    /// The reports of the polls up to a second.
    fn until(&self, end: u64) -> Vec<GroupReport> {
        let mut history = History::default();
        (0..=end)
            .step_by(usize::try_from(POLL).expect("it is small"))
            .map(|second| self.poll(second, &mut history))
            .collect()
    }
}

fn offset(second: u64) -> i64 {
    i64::try_from(second).expect("it is small")
}

/// Of one partition: from when on it is shown.
fn first(reports: &[GroupReport], status: Status) -> Option<u64> {
    let place = reports.iter().position(|report| report.status == status)?;
    Some(u64::try_from(place).expect("it is small") * POLL)
}

fn one_member(_: u64) -> (GroupState, Vec<Vec<i32>>) {
    (GroupState::Stable, vec![vec![0]])
}

const IDLE: World<'_> =
    World { ends: &|_| vec![1000], commits: &|_| vec![500], members: &one_member, protocol_type: "consumer" };

#[test]
fn a_stuck_consumer_on_an_idle_topic_is_stalled_after_its_time() {
    let reports = IDLE.until(600);
    assert_eq!(reports[0].status, Status::Unknown, "after a restart nothing is known of one that is behind");
    assert_eq!(first(&reports, Status::Stalled), Some(120));
    assert_eq!(first(&reports, Status::Ok), None);
}

#[test]
fn one_poison_partition_of_fifty_is_the_only_one_that_is_stalled() {
    let ends = |second| vec![10_000 + 10 * offset(second); 50];
    let commits = |second| {
        let mut commits = ends(second);
        commits[17] = 4_000;
        commits
    };
    let members = |_| (GroupState::Stable, vec![(0..25).collect(), (25..50).collect()]);
    let reports = World { ends: &ends, commits: &commits, members: &members, ..IDLE }.until(300);
    let last = reports.last().expect("there are polls");
    assert_eq!(last.status, Status::Stalled);
    assert_eq!((last.status_counts.of(Status::Stalled), last.status_counts.of(Status::Ok)), (1, 49));
    assert_eq!(last.partitions[17].status, Status::Stalled);
    assert!(matches!(last.partitions[17].because, Because::NotMoved { .. }));
}

#[test]
fn a_partition_that_its_owner_paused_is_stalled_until_it_goes_on_and_the_others_are_ok() {
    const RESUMED: u64 = 1_200;
    // One member owns all three, keeps polling, and commits where it stands on each, as automatic commits do.
    let ends = |second| vec![10_000 + 10 * offset(second); 3];
    let commits = |second| {
        let mut commits = ends(second);
        // Paused after five minutes; then it reads four times as fast as is written.
        commits[1] = match second {
            0..300 => commits[1],
            300..RESUMED => commits[1].min(10_000 + 10 * 300),
            _ => commits[1].min(13_000 + 40 * offset(second - RESUMED)),
        };
        commits
    };
    let members = |_| (GroupState::Stable, vec![vec![0, 1, 2]]);
    let reports = World { ends: &ends, commits: &commits, members: &members, ..IDLE }.until(2 * RESUMED);
    let poll_at = |second: u64| usize::try_from(second / POLL).expect("it is small");
    // It moved last in the poll at 300 s; where two polls have to agree it takes one more.
    assert_eq!(first(&reports, Status::Stalled), Some(300 + 120 + POLL));
    for report in &reports[poll_at(435)..poll_at(RESUMED)] {
        let statuses: Vec<_> = report.partitions.iter().map(|partition| partition.status).collect();
        assert_eq!(statuses, [Status::Ok, Status::Stalled, Status::Ok]);
        assert!(matches!(report.partitions[1].because, Because::NotMoved { .. }));
        assert_eq!((report.status, report.unassigned_partition_count), (Status::Stalled, Some(0)));
    }
    assert!(reports[poll_at(RESUMED) + 3..].iter().all(|report| report.status != Status::Stalled), "it reads on");
    assert_eq!(reports.last().map(|report| report.status), Some(Status::Ok));
}

#[test]
fn more_members_than_partitions_are_idle_and_no_trouble() {
    let ends = |second| vec![10_000 + 10 * offset(second); 2];
    let members = |_| (GroupState::Stable, vec![vec![0], vec![1], vec![], vec![]]);
    let reports = World { ends: &ends, commits: &ends, members: &members, ..IDLE }.until(900);
    for report in &reports {
        assert_eq!((report.status, report.member_count), (Status::Ok, Ok(4)));
        assert_eq!((report.idle_member_count, report.unassigned_partition_count), (Some(2), Some(0)));
    }
}

#[test]
fn a_group_whose_members_left_is_stopped_sooner_than_one_that_never_had_any() {
    let never = World { members: &|_| (GroupState::Empty, vec![]), ..IDLE }.until(900);
    assert_eq!(first(&never, Status::Stopped), Some(600));
    let left = |second| if second < 60 { one_member(second) } else { (GroupState::Empty, vec![]) };
    let left = World { members: &left, ..IDLE }.until(900);
    assert_eq!(first(&left, Status::Stopped), Some(120));
    assert!(matches!(left[8].because(), Because::NotMoved { .. }));
}

impl GroupReport {
    fn because(&self) -> Because {
        self.partitions[0].because
    }
}

#[test]
fn a_partition_that_nobody_owns_is_unassigned_once_the_group_is_stable() {
    let ends = |_| vec![1000, 1000];
    let commits = |_| vec![1000, 500];
    let members = |second| match second {
        0..30 => (GroupState::PreparingRebalance, vec![vec![], vec![]]),
        _ => one_member(second),
    };
    let reports = World { ends: &ends, commits: &commits, members: &members, ..IDLE }.until(120);
    assert_eq!(first(&reports, Status::Unassigned), Some(45), "stable in two polls");
    let last = reports.last().expect("there are polls");
    assert_eq!(last.partitions[0].status, Status::Ok);
    assert_eq!(last.partitions[1].because, Because::NoOwner);
}

#[test]
fn a_rebalance_excuses_a_commit_that_does_not_move_but_not_for_ever() {
    // Moving until 75 s, then rebalancing for good: the first two minutes of that do not count.
    let commits = |second: u64| vec![500 + offset(second.min(75))];
    let members = |second| if second < 90 { one_member(second) } else { (GroupState::PreparingRebalance, vec![]) };
    let members = |second| (members(second).0, vec![vec![0]]);
    let reports = World { commits: &commits, members: &members, ..IDLE }.until(900);
    assert_eq!(first(&reports, Status::Stalled), Some(75 + 120 + 120));
    let steady = World { commits: &commits, ..IDLE }.until(900);
    assert_eq!(first(&steady, Status::Stalled), Some(75 + 120));
}

#[test]
fn a_stall_stays_shown_while_the_group_is_rebalancing() {
    let members = |second| match second {
        300..400 => (GroupState::PreparingRebalance, vec![]),
        _ => one_member(second),
    };
    let reports = World { members: &members, ..IDLE }.until(600);
    assert!(reports[10..].iter().all(|report| report.status == Status::Stalled));
}

#[test]
fn a_batch_job_without_members_is_well_once_its_rhythm_is_known_and_stopped_when_it_breaks_it() {
    // It reads everything once an hour, and breaks down after the tenth time.
    let ends = |second| vec![10 * offset(second)];
    let commits = |second: u64| vec![10 * offset((second / 3600).min(10) * 3600)];
    let world = World { ends: &ends, commits: &commits, members: &|_| (GroupState::Empty, vec![]), protocol_type: "" };
    let reports = world.until(20 * 3600);
    let hours = |from: usize, to: usize| &reports[from * 240..to * 240];
    assert!(hours(0, 13).iter().all(|report| !matches!(report.status, Status::Stopped | Status::Stalled)));
    assert!(hours(4, 11).iter().all(|report| report.status == Status::Ok));
    assert_eq!(reports.last().map(|report| report.status), Some(Status::Stopped));
}

#[test]
fn a_batch_job_with_members_is_well_once_its_rhythm_is_known_and_stalled_when_it_breaks_it() {
    // A member that is always there reads everything once an hour, and reads nothing any more after the tenth time.
    let ends = |second| vec![10 * offset(second)];
    let commits = |second: u64| vec![10 * offset((second / 3600).min(10) * 3600)];
    let reports = World { ends: &ends, commits: &commits, ..IDLE }.until(20 * 3600);
    let hours = |from: usize, to: usize| &reports[from * 240..to * 240];
    assert!(reports.iter().all(|report| report.status != Status::Stopped), "somebody is there to read");
    // Until it has read twice, nobody can tell it from one that is stuck.
    assert!(hours(0, 3).iter().any(|report| report.status == Status::Stalled));
    assert!(hours(4, 11).iter().all(|report| report.status == Status::Ok));
    assert_eq!(reports.last().map(|report| report.status), Some(Status::Stalled));
}

#[test]
fn a_group_that_commits_without_members_is_not_stopped_while_it_does() {
    // Flink: checkpoints every minute on both partitions, but one of them stands still from some time on.
    let ends = |second| vec![100_000 + 10 * offset(second); 2];
    let commits =
        |second: u64| vec![99_000 + 10 * offset(second / 60 * 60), 99_000 + 10 * offset(second.min(120) / 60 * 60)];
    let members = |_| (GroupState::Empty, vec![]);
    for protocol_type in ["", "consumer"] {
        let world = World { ends: &ends, commits: &commits, members: &members, protocol_type };
        let reports = world.until(1800);
        assert_eq!(first(&reports, Status::Stopped), None, "{protocol_type}");
        let last = reports.last().expect("there are polls");
        assert_eq!(last.partitions[1].status, Status::Stalled, "{protocol_type}");
        assert_ne!(last.partitions[0].status, Status::Stalled, "{protocol_type}");
    }
}

#[test]
fn what_a_stable_group_does_not_subscribe_to_counts_for_nothing() {
    let mut history = History::default();
    let poll = |second, names_topic: bool, history: &mut History| {
        let mut scene = Scene::at(second).topic("new", 1, &[(0, Ok(1000))]).topic("old", 2, &[(0, Ok(1000))]);
        let commits = vec![scene.committed("new", 0, 1000), scene.committed("old", 0, 10)];
        let mut member = scene.member("new", &[0]);
        if !names_topic && let Some(assignment) = &mut member.assignment {
            assignment.subscribed.clear();
        }
        scene.group("g", GroupState::Stable, Ok(vec![member]), Ok(commits)).analyze(history)
    };
    let mut last = None;
    for round in 0..60 {
        last = Some(poll(round * POLL, true, &mut history));
    }
    let last = last.expect("there are polls");
    assert_eq!((last.status, last.status_counts.of(Status::Ok)), (Status::Ok, 1));
    assert_eq!(Status::ALL.iter().map(|status| last.status_counts.of(*status)).sum::<u32>(), 1);
    let is_subscribed: Vec<_> = last.partitions.iter().map(|partition| partition.is_subscribed).collect();
    assert_eq!(is_subscribed, [true, false]);
    assert_eq!(last.topics[1].lag, Some(990), "its own line stays");
    assert_eq!(last.topics[1].trend.retention_used, None);
    // Whoever subscribes by pattern may want it.
    let last = poll(60 * POLL, false, &mut history);
    assert!(last.partitions.iter().all(|partition| partition.is_subscribed));
}

#[test]
fn a_group_without_partitions_is_well_if_its_commits_are_known() {
    let mut scene = Scene::at(0);
    let workers = scene.member("t", &[]);
    let commits = Commits { answered: at(0), offsets: Vec::new(), unreadable: Vec::new(), filtered_count: 0 };
    let connect = Group { protocol_type: "connect".to_owned(), members: Ok([workers].into()), ..consumers("connect") };
    scene.builder.found_group(Group { commits: Ok(commits), state: GroupState::Stable, ..connect });
    scene.builder.found_group(consumers("unknown"));
    let report = scene.report(&mut History::default());
    let statuses: Vec<_> = report.groups.iter().map(|group| group.status).collect();
    assert_eq!(statuses, [Status::Ok, Status::Unknown]);
}

#[test]
fn rules_that_need_no_past_hold_from_the_first_poll() {
    let mut scene = Scene::at(0).topic("t", 1, &[(0, Ok(10)), (0, Ok(10)), (0, Ok(10)), (7, Ok(7)), (0, Ok(900))]);
    let commits = vec![scene.committed("t", 0, 10), scene.committed("t", 1, 11), scene.committed("t", 4, 1)];
    let members = vec![scene.member("t", &[0, 1, 2, 3, 4])];
    let report = scene.group("g", GroupState::Stable, Ok(members), Ok(commits)).analyze(&mut History::default());
    let statuses: Vec<_> = report.partitions.iter().map(|partition| partition.status).collect();
    // The fourth is empty: who has read nothing from it missed nothing.
    assert_eq!(statuses, [Status::Ok, Status::Ahead, Status::NoCommit, Status::Ok, Status::Unknown]);
    assert_eq!(report.status, Status::Ahead);
}

#[test]
fn one_poll_that_learns_nothing_of_a_group_forgets_nothing() {
    let mut history = History::default();
    let mut statuses = Vec::new();
    for round in 0..30 {
        let second = round * POLL;
        if round == 15 {
            let lost = Err(Unknown::NoCoordinator);
            let scene = Scene::at(second).topic("t", 1, &[(0, Ok(1000))]);
            let report = scene.group("g", GroupState::Unknown, Err(Unknown::NoCoordinator), lost).analyze(&mut history);
            statuses.push(report.status);
        } else {
            statuses.push(IDLE.poll(second, &mut history).status);
        }
    }
    assert_eq!(statuses[15], Status::Unknown);
    assert!(statuses[9..].iter().enumerate().all(|(place, status)| place == 6 || *status == Status::Stalled));
}
