//! Each rule with a case where it holds and one where it just does not, and each cause.
//!
//! Not what is no storm at all.
//! Invariant: the two cases of a rule differ by one event.

use super::coordinator::{Coordinator, Op};
use super::watched::{By, MINUTE, SECOND, Watched, deploy, flap};
use crate::model::{Severity, StormCause, StormRule};

const T: u64 = 15 * SECOND;

fn seen(coordinator: Coordinator, ops: &[(u64, Op)], until: u64, by: By) -> Watched {
    let mut watched = Watched::new(coordinator);
    watched.play(ops, until, T, by);
    watched
}

fn rules(watched: &Watched) -> Vec<StormRule> {
    let told = watched.report.as_ref().and_then(|report| report.groups[0].rebalances.clone()).expect("it is told of");
    told.storm.map(|storm| storm.rules.iter().collect()).unwrap_or_default()
}

#[test]
fn a_member_that_joins_three_times_is_a_storm_and_one_that_does_twice_is_none() {
    for by in [By::Poll, By::Log] {
        let storm = seen(Coordinator::new(6), &flap(2, 2 * MINUTE, 2 * MINUTE, 10 * SECOND, 3), 10 * MINUTE, by);
        assert_eq!(rules(&storm), [StormRule::Flapping], "{by:?}");
        let calm = seen(Coordinator::new(6), &flap(2, 2 * MINUTE, 2 * MINUTE, 10 * SECOND, 2), 10 * MINUTE, by);
        assert_eq!(calm.found, None, "{by:?}");
    }
}

#[test]
fn rebalances_without_reason_are_a_storm_from_the_fifth_on() {
    let rejoins = |count: u64| (0..count).map(|time| (MINUTE + time * 60 * SECOND, Op::Rejoin)).collect::<Vec<_>>();
    for by in [By::Log, By::Epoch] {
        let storm = seen(Coordinator::new(2), &rejoins(5), 8 * MINUTE, by);
        assert_eq!(storm.found.map(|(_, cause)| cause), Some(StormCause::RejoinLoop), "{by:?}");
        assert!(rules(&storm).contains(&StormRule::WithoutReason), "{by:?}");
        assert_eq!(seen(Coordinator::new(2), &rejoins(4), 8 * MINUTE, by).found, None, "{by:?}");
    }
    // Short ones that change nothing leave no trace in polls.
    let mut short = Coordinator::new(1);
    short.takes = (20, 5);
    let quick: Vec<_> = (0..60).map(|time| (MINUTE + time * 7 * SECOND, Op::Rejoin)).collect();
    assert_eq!(seen(short.clone(), &quick, 9 * MINUTE, By::Poll).found, None);
    assert!(seen(short, &quick, 9 * MINUTE, By::Log).found.is_some());
}

#[test]
fn more_than_members_account_for_is_a_storm() {
    // One member comes; every further rebalance is near it, and so has its reason, but not five of them.
    let ops = |more: u64| {
        let near = (1..=more).map(|time| (2 * MINUTE + time * 4 * SECOND, Op::Rejoin));
        [(2 * MINUTE, Op::Join(9))].into_iter().chain(near).collect::<Vec<_>>()
    };
    let storm = seen(Coordinator::new(3), &ops(5), 6 * MINUTE, By::Log);
    assert!(rules(&storm).contains(&StormRule::Excess));
    // It came once and stays: not it is the cause, but that members rejoin.
    assert_eq!(storm.found.map(|(_, cause)| cause), Some(StormCause::RejoinLoop));
    assert_eq!(seen(Coordinator::new(3), &ops(4), 6 * MINUTE, By::Log).found, None);
}

#[test]
fn a_group_that_cannot_work_for_a_third_of_the_time_is_in_a_critical_storm() {
    let mut slow = Coordinator::new(4);
    slow.takes = (50 * SECOND, SECOND);
    let ops: Vec<_> = (0..4).map(|time| (MINUTE + time * 2 * MINUTE, Op::Rejoin)).collect();
    let storm = seen(slow.clone(), &ops, 9 * MINUTE, By::Poll);
    assert_eq!(rules(&storm), [StormRule::Unavailable]);
    assert_eq!(storm.report.expect("there were polls").groups[0].severity, Severity::Critical);
    // One long rebalance is none, nor are four short ones.
    let mut longest = slow;
    longest.takes = (6 * MINUTE, SECOND);
    assert_eq!(seen(longest, &ops[..1], 9 * MINUTE, By::Poll).found, None);
    assert_eq!(seen(Coordinator::new(4), &ops, 9 * MINUTE, By::Poll).found, None);
}

#[test]
fn rebalances_that_overtake_each_other_are_a_storm() {
    let mut slow = Coordinator::new(3);
    slow.takes = (2 * SECOND, 10 * SECOND);
    // Each comes while the leader still computes what the one before led to.
    let ops = |more: u64| {
        let joins =
            (0..=more).map(|time| (2 * MINUTE + time * 6 * SECOND, Op::Join(10 + u32::try_from(time).expect("few"))));
        joins.collect::<Vec<_>>()
    };
    let storm = seen(slow.clone(), &ops(3), 5 * MINUTE, By::Log);
    assert_eq!(rules(&storm), [StormRule::Aborted]);
    assert_eq!(seen(slow, &ops(2), 5 * MINUTE, By::Log).found, None);
}

#[test]
fn causes_are_told_apart() {
    let cause = |coordinator: Coordinator, ops: &[(u64, Op)], by| {
        let watched = seen(coordinator, ops, 40 * MINUTE, by);
        let report = watched.report.expect("there were polls");
        let storm = report.groups[0].rebalances.as_ref().and_then(|told| told.storm);
        storm.map(|storm| storm.cause)
    };
    for by in [By::Poll, By::Log] {
        let max_poll = flap(2, 2 * MINUTE, 5 * MINUTE, 10 * SECOND, 6);
        assert_eq!(cause(Coordinator::new(6), &max_poll, by), Some(StormCause::MaxPollExceeded), "{by:?}");
        let mut crashes = Vec::new();
        let mut at = MINUTE;
        for away in [10, 20, 40, 80, 160, 300, 300, 300] {
            crashes.extend([(at, Op::Leave(1)), (at + away * SECOND, Op::Join(1))]);
            at += (away + 25) * SECOND;
        }
        assert_eq!(cause(Coordinator::new(4), &crashes, by), Some(StormCause::CrashLoop), "{by:?}");
        let again: Vec<_> = (0..3)
            .flat_map(|time| deploy((2 + time * 9) * MINUTE + time * 70 * SECOND, 3, MINUTE, 20 * SECOND))
            .collect();
        let told = cause(Coordinator::new(3), &again, by);
        assert!(
            told == Some(StormCause::RolloutRepeated) || told == Some(StormCause::MaxPollExceeded),
            "{by:?} {told:?}"
        );
        let irregular = [100, 500, 160, 290, 70, 240].into_iter().scan(2 * MINUTE, |at, tenure| {
            let left = *at;
            *at += (tenure + 20) * SECOND;
            Some([(left, Op::Leave(5)), (left + 20 * SECOND, Op::Join(5))])
        });
        let irregular: Vec<_> = irregular.flatten().collect();
        assert_eq!(cause(Coordinator::new(6), &irregular, by), Some(StormCause::SingleMember), "{by:?}");
    }
    let moves: Vec<_> = (0..20).map(|time| (MINUTE + time * 100 * SECOND, Op::Move)).collect();
    assert_eq!(cause(Coordinator::new(3), &moves, By::Log), Some(StormCause::CoordinatorChanged));
    let grows: Vec<_> = (0..20).map(|time| (MINUTE + time * 100 * SECOND, Op::Grow)).collect();
    assert_eq!(cause(Coordinator::new(3), &grows, By::Log), Some(StormCause::MetadataChange));
}

#[test]
fn a_storm_takes_two_evaluations_to_be_found_and_ten_calm_minutes_to_be_over() {
    let ops = flap(2, 2 * MINUTE, 2 * MINUTE, 20 * SECOND, 3);
    let mut watched = Watched::new(Coordinator::new(6));
    watched.play(&ops, 7 * MINUTE + 15 * SECOND, T, By::Poll);
    let (found, _) = watched.found.expect("it is found");
    // The third join is at 7:00 and so in the poll at 7:15 or before, and the next one says so.
    assert!(found <= 7 * MINUTE + 30 * SECOND, "{found}");
    let mut over = None;
    let mut now = 7 * MINUTE + 30 * SECOND;
    while over.is_none() && now < 90 * MINUTE {
        let told = watched.poll(now, By::Poll, 0).expect("it is told of");
        over = told.storm.is_none().then_some(now);
        now += T;
    }
    // Two joins within half an hour are half of three; when they are past, ten minutes more.
    let over = over.expect("it ends");
    assert!((44 * MINUTE..46 * MINUTE).contains(&over), "{over}");
}

#[test]
fn the_member_at_fault_is_named_also_while_it_is_away() {
    for by in [By::Poll, By::Log] {
        let mut watched = Watched::new(Coordinator::new(6));
        // Out for the third and the fourth time when it is looked at.
        let ops = flap(2, 2 * MINUTE, 5 * MINUTE, 60 * SECOND, 4);
        let told = watched.play(&ops, 20 * MINUTE + 30 * SECOND, T, by);
        assert!(!watched.coordinator.members.contains_key(&2), "it is away");
        let named = told.at_fault.clone().expect("it is named");
        assert_eq!((named.client_id.as_str(), named.client_host.as_str()), ("worker-2", "/10.0.0.2"), "{by:?}");
        assert_eq!((named.others, named.member_id.is_empty()), (0, false));
        // Where the storm is over, nobody is at fault.
        let times = (20 * MINUTE / T + 3..).map(|poll| poll * T).take_while(|now| *now < 90 * MINUTE);
        let calm = times.filter_map(|now| watched.poll(now, by, 0)).last().expect("it is told of");
        assert_eq!((calm.storm, calm.at_fault.clone()), (None, None));
    }
    let moves: Vec<_> = (0..20).map(|time| (MINUTE + time * 100 * SECOND, Op::Move)).collect();
    let told = Watched::new(Coordinator::new(3)).play(&moves, 30 * MINUTE, T, By::Log);
    assert!(told.storm.is_some() && told.at_fault.is_none(), "{told:?}");
}
