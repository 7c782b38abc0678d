//! What one broker that falls silent costs the others, and what a long line costs, in virtual time. It is NOT a
//! measurement: nothing here takes any time, so that every duration is exact.
//! Invariant: every answer takes five milliseconds, unless it is late by design.

use std::sync::Arc;
use std::time::Duration;

use highwater::config::PollSettings;
use highwater::model::{ClusterReport, Phase};
use highwater::simulator::WireFaults;
use highwater::simulator::spec::Action;

use super::crowd::{cluster, crowd};
use super::lab::Lab;

const ROUND_TRIP: Duration = Duration::from_millis(5);

/// Metadata, ListGroups, both ways of describing, OffsetFetch, ends and starts.
const STEPS: u32 = 7;

/// Times, last stable offsets, ends of epochs, markers and configurations.
const WISHES: u32 = 5;

const STALLED: i32 = 5;

async fn start(groups: u32) -> Lab {
    start_with(groups, PollSettings::default()).await
}

async fn start_with(groups: u32, settings: PollSettings) -> Lab {
    let mut lab = Lab::at_speed(1.0, &cluster(12, 7), crowd(groups), settings).await;
    for broker in 1..=12 {
        lab.spoil(broker, WireFaults { delay: ROUND_TRIP, ..WireFaults::default() });
    }
    for _ in 0..2 {
        lab.poll().await;
    }
    lab
}

fn duration(report: &ClusterReport) -> Duration {
    report.snapshot.finished.since(report.snapshot.started)
}

/// Of which this was for what analysis wished for, at the end.
fn wishing(report: &ClusterReport) -> Duration {
    let phases = report.snapshot.phases.iter();
    phases.filter(|(phase, _)| *phase == Phase::Wishes).map(|(_, took)| *took).sum()
}

/// How old the oldest answer of another broker was when the poll ended: of commits, and of ends.
fn ages(report: &ClusterReport, silent: i32) -> (Duration, Duration) {
    let snapshot = &report.snapshot;
    let groups = snapshot.groups.iter().filter(|group| group.coordinator.0 != silent);
    let commits = groups.filter(|group| group.kind.commits_offsets()).map(|group| {
        let commits = group.commits.as_ref().unwrap_or_else(|error| panic!("{}: {error}", group.id.as_str()));
        snapshot.finished.since(commits.answered)
    });
    let partitions = snapshot.topics.iter().flat_map(|topic| &topic.partitions);
    let others = partitions.filter(|partition| partition.leader.is_some_and(|leader| leader.0 != silent));
    let ends = others.map(|partition| {
        assert!(partition.low_watermark.is_ok(), "the start of {partition:?}");
        snapshot.finished.since(partition.high_watermark.expect("the end is known").answered)
    });
    (commits.max().expect("there are groups"), ends.max().expect("there are partitions"))
}

#[tokio::test(start_paused = true)]
async fn a_round_trip_is_paid_once_per_step_however_many_groups_there_are() {
    let few = PollSettings { groups_per_request: 5, ..PollSettings::default() };
    // By the last of these each coordinator is asked of its groups in seven requests a step.
    for (groups, settings) in [(20, PollSettings::default()), (400, PollSettings::default()), (400, few)] {
        let mut lab = start_with(groups, settings).await;
        lab.poll().await;
        let report = lab.report();
        let wishing = wishing(&report);
        assert_eq!(duration(&report), ROUND_TRIP * STEPS + wishing, "{groups} groups");
        assert_eq!(ages(&report, 0), (ROUND_TRIP * 2 + wishing, ROUND_TRIP + wishing), "{groups} groups");
        assert!(wishing <= ROUND_TRIP * WISHES, "{groups} groups: {wishing:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_broker_that_hangs_costs_the_others_nothing() {
    let mut lab = start(40).await;
    assert!(lab.act(&Action::HangBroker { broker: STALLED }), "it can hang");
    for number in 0..5 {
        lab.poll().await;
        let report = lab.report();
        assert_fresh(&report, &format!("poll {number}"));
    }
}

/// The broker falls silent at a byte, and so in the middle of any step; when it does, that is the same in each poll.
#[tokio::test(start_paused = true)]
async fn a_broker_that_stalls_in_any_step_costs_the_others_nothing() {
    let mut stalled_in = std::collections::BTreeSet::new();
    for bytes in (0..60).map(|number| number * 150) {
        let mut lab = start(40).await;
        lab.cut(STALLED);
        let faults = WireFaults { delay: ROUND_TRIP, stall_after_bytes: Some(bytes), ..WireFaults::default() };
        lab.spoil(STALLED, faults);
        for number in 0..3 {
            lab.poll().await;
            let report = lab.report();
            let waited = report.snapshot.phases.iter().filter(|(_, took)| *took > Duration::from_secs(1));
            stalled_in.extend(waited.map(|(phase, _)| *phase));
            assert_fresh(&report, &format!("after {bytes} bytes, poll {number}"));
        }
    }
    let expected = [Phase::Groups, Phase::Describe, Phase::Commits, Phase::Ends, Phase::Starts];
    assert!(expected.iter().all(|phase| stalled_in.contains(phase)), "{stalled_in:?}");
}

/// Two brokers that fall silent in different steps leave time for the others.
#[tokio::test(start_paused = true)]
async fn two_brokers_that_stall_in_different_steps_leave_time_for_the_others() {
    let mut lab = start(40).await;
    assert!(lab.act(&Action::HangBroker { broker: STALLED }), "it can hang");
    lab.cut(7);
    let faults = WireFaults { delay: ROUND_TRIP, stall_after_bytes: Some(3000), ..WireFaults::default() };
    lab.spoil(7, faults);
    for number in 0..5 {
        let page = lab.poll().await;
        let report = lab.report();
        assert!(duration(&report) < PollSettings::default().timeout, "poll {number}: {:?}", duration(&report));
        assert_eq!(page.get("highwater_up", &[]), Some(1.0));
        let others = |broker: i32| broker != STALLED && broker != 7;
        for group in report.snapshot.groups.iter().filter(|group| others(group.coordinator.0)) {
            assert!(!group.kind.commits_offsets() || group.commits.is_ok(), "poll {number}: {group:?}");
        }
        for partition in report.snapshot.topics.iter().flat_map(|topic| &topic.partitions) {
            let is_healthy = partition.leader.is_some_and(|leader| others(leader.0));
            let is_known = partition.high_watermark.is_ok() && partition.low_watermark.is_ok();
            assert!(!is_healthy || is_known, "poll {number}: {partition:?}");
        }
    }
}

#[track_caller]
fn assert_fresh(report: &Arc<ClusterReport>, when: &str) {
    let (commits, ends) = ages(report, STALLED);
    let (commits_most, ends_most) = (ROUND_TRIP * (3 + WISHES), ROUND_TRIP * (2 + WISHES));
    assert!(commits <= commits_most && ends <= ends_most, "{when}: commits {commits:?}, ends {ends:?} old");
    // Its handshake takes a round trip, and what had grown old meanwhile is asked for once more, in five.
    let most = PollSettings::default().request_timeout + ROUND_TRIP * (STEPS + 6 + WISHES);
    assert!(duration(report) <= most, "{when}: {:?}", duration(report));
}
