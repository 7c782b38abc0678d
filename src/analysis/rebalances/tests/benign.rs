//! What is no storm, however often the group rebalances.
//!
//! Not storms.
//! Invariant: each is played to every source, at two intervals.

use super::coordinator::{Coordinator, Op};
use super::watched::{By, MINUTE, SECOND, Watched, deploy, flap};

const SOURCES: [By; 3] = [By::Poll, By::Epoch, By::Log];

/// It is no storm to anybody; in how many polls it is a rollout to those who miss nothing.
#[track_caller]
fn stays_calm(name: &str, coordinator: &Coordinator, protocol: &'static str, ops: &[(u64, Op)], until: u64) -> usize {
    let mut rollouts = usize::MAX;
    for by in SOURCES {
        for interval in [15, 30] {
            let mut watched = Watched::new(coordinator.clone());
            watched.protocol = protocol;
            watched.play(ops, until, interval * SECOND, by);
            assert_eq!(watched.found, None, "{name} by {by:?} every {interval} s");
            if by != By::Poll {
                rollouts = rollouts.min(watched.rollouts);
            }
        }
    }
    rollouts
}

#[test]
fn deploys_are_rollouts() {
    for (members, step) in [(3, 20), (3, 90), (10, 20), (10, 60), (40, 20), (40, 90)] {
        let ops = deploy(2 * MINUTE, members, step * SECOND, 8 * SECOND);
        let until = 12 * MINUTE + u64::from(members) * step * SECOND;
        let name = format!("{members} members every {step} s");
        let protocol = if members == 10 { "cooperative-sticky" } else { "range" };
        assert!(stays_calm(&name, &Coordinator::new(members), protocol, &ops, until) > 0, "{name}");
    }
}

#[test]
fn processes_that_start_while_the_leader_computes_are_a_deploy() {
    let mut slow = Coordinator::new(10);
    slow.takes = (2 * SECOND, 3 * SECOND);
    let ops = deploy(2 * MINUTE, 10, 20 * SECOND, 16 * SECOND);
    let mut watched = Watched::new(slow);
    let told = watched.play(&ops, 12 * MINUTE, 15 * SECOND, By::Log);
    assert!(told.aborted >= Some(3), "{told:?}");
    assert_eq!(watched.found, None);
}

#[test]
fn two_deploys_within_half_an_hour_are_no_storm() {
    for gap in [6, 12, 24] {
        let mut ops = deploy(2 * MINUTE, 3, MINUTE, 20 * SECOND);
        ops.extend(deploy((2 + gap) * MINUTE, 3, MINUTE, 20 * SECOND));
        stays_calm("a second deploy", &Coordinator::new(3), "range", &ops, 60 * MINUTE);
    }
}

#[test]
fn twenty_threads_of_one_name_are_twenty_members() {
    let mut host = Coordinator::new(20);
    host.is_one_host = true;
    let restart: Vec<_> = (0..20)
        .flat_map(|thread| {
            let at = 3 * MINUTE + u64::from(thread) * 100;
            [(at, Op::Leave(thread)), (at + 20 * SECOND, Op::Join(thread))]
        })
        .collect();
    stays_calm("a restart", &host, "range", &restart, 30 * MINUTE);
}

#[test]
fn restarts_probes_moves_and_new_topics_are_no_storm() {
    let group = Coordinator::new(6);
    stays_calm("one restart", &group, "range", &flap(3, 3 * MINUTE, 0, 50 * SECOND, 1), 30 * MINUTE);
    let probing: Vec<_> = (0..6).map(|time| ((3 + 10 * time) * MINUTE, Op::Rejoin)).collect();
    stays_calm("probing", &group, "stream", &probing, 65 * MINUTE);
    let connect = [(3 * MINUTE, Op::Leave(2)), (4 * MINUTE, Op::Join(2)), (9 * MINUTE, Op::Rejoin)];
    stays_calm("a delayed rebalance", &group, "sessioned", &connect, 30 * MINUTE);
    let failover = [(3 * MINUTE, Op::Move), (3 * MINUTE + 10 * SECOND, Op::Rejoin), (8 * MINUTE, Op::Move)];
    stays_calm("a coordinator that moves and comes back", &group, "range", &failover, 30 * MINUTE);
    let topics: Vec<_> = (0..6).map(|time| ((3 + 6 * time) * MINUTE, Op::Grow)).collect();
    stays_calm("topics that grow", &group, "range", &topics, 50 * MINUTE);
    let scale: Vec<_> = (6..12).map(|process| ((3 + u64::from(process) / 2) * MINUTE, Op::Join(process))).collect();
    stays_calm("more members", &group, "range", &scale, 40 * MINUTE);
}

#[test]
fn a_group_is_told_of_whatever_its_name() {
    let mut watched = Watched::new(Coordinator::new(2));
    watched.id = "highwater-consumers";
    assert!(watched.poll(0, By::Poll, 0).is_some());
}

#[test]
fn threads_of_one_name_may_be_deployed_twice_within_minutes() {
    let mut host = Coordinator::new(6);
    host.is_one_host = true;
    for apart in [3, 4, 8] {
        let mut ops = deploy(2 * MINUTE, 6, 20 * SECOND, 8 * SECOND);
        ops.extend(deploy((2 + apart) * MINUTE, 6, 20 * SECOND, 8 * SECOND));
        stays_calm("a second deploy of one name", &host, "range", &ops, 40 * MINUTE);
    }
}
