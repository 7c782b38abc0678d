//! Each story gets the status it tells of, in time, and what is no trouble gets none. It is NOT about single rules, which
//! are tested where they are.
//! Invariant: statuses are read off the report of polls every 15 seconds, in time that passes in leaps.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use highwater::config::PollSettings;
use highwater::model::{ClusterReport, GroupReport, Severity, Status};
use highwater::simulator::world::{BrokerState, World};
use highwater::simulator::{ClusterSettings, Scenario, scenario};

use super::lab::{INTERVAL, Lab};

/// What was seen of one story, poll by poll.
pub(super) struct Watched {
    pub(super) polls: Vec<(Duration, Arc<ClusterReport>)>,
    /// What nobody could see when each poll was over.
    hidden: Vec<Partitions>,
}

type Partitions = BTreeSet<(String, i32)>;

pub(super) async fn watch(story: &str, time: Duration) -> Watched {
    watch_scenario(scenario::find(story).expect("the story is built in"), time).await
}

pub(super) async fn watch_scenario(scenario: Scenario, time: Duration) -> Watched {
    let brokers = scenario.brokers.max(3);
    let settings = ClusterSettings { seed: 7, brokers, history: Duration::from_hours(1), has_offsets_log: false };
    let mut lab = Lab::at_speed(1.0, &settings, scenario, PollSettings::default()).await;
    let (mut polls, mut hidden) = (Vec::new(), Vec::new());
    let mut passed = Duration::ZERO;
    while passed < time {
        lab.poll().await;
        passed += INTERVAL;
        polls.push((passed, lab.report()));
        hidden.push(lab.simulator.with_world(|world| unseen(world)));
    }
    Watched { polls, hidden }
}

/// Partitions of which nobody tells: none leads them, or none that answers, or we may not know of them.
fn unseen(world: &World) -> Partitions {
    let is_up = |broker: i32| world.broker(broker).is_some_and(|broker| broker.state == BrokerState::Up);
    let of_topics = world.topics().flat_map(|topic| {
        let unseen = (0_i32..).zip(&topic.partitions);
        let unseen = unseen.filter(|(_, partition)| topic.is_hidden || !partition.leader.is_some_and(is_up));
        unseen.map(|(number, _)| (topic.name.clone(), number))
    });
    of_topics.collect()
}

impl Watched {
    pub(super) fn group<'a>(&'a self, id: &'a str) -> impl Iterator<Item = (Duration, &'a GroupReport)> {
        let found = move |report: &'a ClusterReport| report.groups.iter().find(|group| group.id.as_str() == id);
        self.polls.iter().map(move |(at, report)| (*at, found(report).expect("the group is listed")))
    }

    /// The statuses of a group over time, for whoever reads a failure.
    fn told(&self, id: &str) -> String {
        let mut told = String::new();
        let mut last = None;
        for (at, group) in self.group(id) {
            let statuses: Vec<_> = each(group).collect();
            if last.as_ref() != Some(&statuses) {
                let mut counts = BTreeMap::<_, Vec<_>>::new();
                for (topic, partition, status) in &statuses {
                    counts.entry(status.word()).or_default().push(format!("{topic}-{partition}"));
                }
                writeln!(told, "{at:?}: {} {counts:?}", group.status.word()).expect("a String takes all");
                last = Some(statuses);
            }
        }
        told
    }

    /// The group has this status at some poll until `latest`, and none that is worse before.
    #[track_caller]
    fn gets(&self, id: &str, status: Status, latest: Duration) {
        let first = self.group(id).find(|(_, group)| group.status == status);
        let Some((at, _)) = first else { panic!("{id} never is {}:\n{}", status.word(), self.told(id)) };
        assert!(at <= latest, "{id} is {} after {at:?} only:\n{}", status.word(), self.told(id));
        for (at, group) in self.group(id).take_while(|(before, _)| *before < at) {
            let is_worse = group.status.severity() >= status.severity();
            assert!(!is_worse, "{id} is {} at {at:?}:\n{}", group.status.word(), self.told(id));
        }
    }

    /// Every partition is ok at every poll and the group is in no storm. How much is produced, and so what is noise, the
    /// second poll tells; what is just above that there is judged from the third on.
    #[track_caller]
    fn is_well(&self, id: &str) {
        self.is_never(id, Severity::Warning);
        for (at, group) in self.group(id).skip(2) {
            let is_ok = group.status == Status::Ok && each(group).all(|(.., status)| status == Status::Ok);
            assert!(is_ok, "{id} at {at:?}:\n{}", self.told(id));
            let storm = group.rebalances.as_ref().and_then(|rebalances| rebalances.storm);
            assert!(storm.is_none(), "{id} at {at:?}: {storm:?}");
        }
    }

    /// Nothing was found wrong with the cluster, at any poll and however little it matters.
    #[track_caller]
    fn finds_nothing(&self) {
        for (at, report) in &self.polls {
            assert_eq!(report.findings, [], "at {at:?}");
        }
    }

    /// Exactly what cannot be seen is unknown and all else is ok, but for the time in which that is found out; gives
    /// what was unknown.
    #[track_caller]
    fn is_unknown_where_unseen(&self, id: &str) -> Partitions {
        let polls_in_time = usize::try_from(IN_TIME.as_secs() / INTERVAL.as_secs()).expect("a few");
        let mut unknown = Partitions::new();
        for ((at, group), hidden) in self.group(id).skip(polls_in_time).zip(self.hidden.windows(polls_in_time + 1)) {
            let (last, before) = hidden.split_last().expect("there are some");
            if before.iter().any(|before| before != last) {
                continue;
            }
            for (topic, partition, status) in each(group) {
                let place = (topic.to_owned(), partition);
                let expected = if last.contains(&place) { Status::Unknown } else { Status::Ok };
                assert_eq!(status, expected, "{place:?} at {at:?}:\n{}", self.told(id));
                unknown.extend(Some(place).filter(|_| status == Status::Unknown));
            }
            let worst =
                if each(group).any(|(.., status)| status == Status::Unknown) { Status::Unknown } else { Status::Ok };
            assert_eq!(group.status, worst, "{id} at {at:?}:\n{}", self.told(id));
        }
        unknown
    }

    /// Nothing of this group is ever as bad as this.
    #[track_caller]
    fn is_never(&self, id: &str, severity: Severity) {
        for (at, group) in self.group(id) {
            let worst = each(group).map(|(.., status)| status.severity()).max().unwrap_or(Severity::Ok);
            assert!(worst < severity && group.status.severity() < severity, "{id} at {at:?}:\n{}", self.told(id));
        }
    }
}

fn each(group: &GroupReport) -> impl Iterator<Item = (&str, i32, Status)> {
    group.topics.iter().flat_map(|topic| {
        let partitions = group.partitions_of(topic).iter();
        partitions.map(|partition| (topic.topic.as_str(), partition.partition.0, partition.status))
    })
}

pub(super) const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(60 * minutes)
}

/// Two intervals after it could be known.
const IN_TIME: Duration = Duration::from_secs(2 * INTERVAL.as_secs());
/// A commit that does not move is noticed after so long, and the last one was made up to five seconds before.
const STALLED: Duration = Duration::from_secs(125);
/// It falls behind by 30 records a second where 90 are produced: so long that is no more than comes between two commits.
const NOISE: Duration = Duration::from_secs(15);
/// A trend is believed where the group was not at the end for so long.
const WINDOW: Duration = minutes(10);
/// Half a window, before which nothing is said of what is behind from the beginning.
const HALF_A_WINDOW: Duration = minutes(5);

#[tokio::test(start_paused = true)]
async fn healthy_groups_raise_nothing_in_an_hour() {
    let seen = watch("healthy", minutes(60)).await;
    seen.finds_nothing();
    for group in &seen.polls[0].1.groups {
        seen.is_well(group.id.as_str());
    }
}

#[tokio::test(start_paused = true)]
async fn deploys_raise_nothing_in_an_hour() {
    let seen = watch("rolling-deploy", minutes(60)).await;
    seen.finds_nothing();
    for group in ["cart-service", "cart-analytics"] {
        seen.is_well(group);
    }
}

#[tokio::test(start_paused = true)]
async fn one_stuck_partition_is_stalled_and_no_other() {
    let seen = watch("stuck-consumer", minutes(12)).await;
    seen.gets("invoice-printer", Status::Stalled, minutes(1) + STALLED + IN_TIME);
    for (at, group) in seen.group("invoice-printer") {
        let others = each(group).filter(|(_, partition, _)| *partition != 17);
        for (_, partition, status) in others {
            let is_told = at > INTERVAL;
            assert!(status == Status::Ok || (!is_told && status == Status::Unknown), "partition {partition} at {at:?}");
        }
    }
    let (_, last) = seen.group("invoice-printer").last().expect("there were polls");
    assert_eq!(last.status_counts.of(Status::Stalled), 1, "{}", seen.told("invoice-printer"));
}

#[tokio::test(start_paused = true)]
async fn a_dead_group_is_stopped() {
    let seen = watch("dead-consumer", minutes(8)).await;
    seen.gets("notification-sender", Status::Stopped, minutes(1) + STALLED + IN_TIME);
    let (_, last) = seen.group("notification-sender").last().expect("there were polls");
    assert_eq!(last.status, Status::Stopped, "{}", seen.told("notification-sender"));
}

#[tokio::test(start_paused = true)]
async fn a_slow_group_falls_behind() {
    let seen = watch("slow-consumer", minutes(15)).await;
    seen.gets("shipment-tracking", Status::FallingBehind, minutes(1) + NOISE + WINDOW + IN_TIME);
}

#[tokio::test(start_paused = true)]
async fn a_backlog_that_shrinks_is_caught_up_with() {
    let seen = watch("producer-stopped", minutes(12)).await;
    seen.is_never("sensor-warehouse", Severity::Warning);
    let mut statuses = seen.group("sensor-warehouse");
    let found = statuses.find(|(_, group)| group.status == Status::CatchingUp);
    let (at, _) = found.unwrap_or_else(|| panic!("{}", seen.told("sensor-warehouse")));
    // Eight polls tell how old the backlog is, and half a window whether it grows.
    assert!(at <= 8 * INTERVAL + HALF_A_WINDOW + IN_TIME, "{}", seen.told("sensor-warehouse"));
}

#[tokio::test(start_paused = true)]
async fn retention_that_overtakes_is_data_loss() {
    let seen = watch("retention-loss", minutes(25)).await;
    let lost = |group: &GroupReport| group.topics.iter().map(|topic| topic.trend.records_lost).sum::<u64>();
    let first_loss = seen.group("log-indexer").find(|(_, group)| lost(group) > 0);
    let (at, _) = first_loss.unwrap_or_else(|| panic!("nothing is lost:\n{}", seen.told("log-indexer")));
    let found = seen.group("log-indexer").find(|(_, group)| group.status == Status::DataLoss);
    assert_eq!(found.map(|(at, _)| at), Some(at), "{}", seen.told("log-indexer"));
    // It was told before: first that the group falls behind, then how long there is left.
    let warned = seen.group("log-indexer").take_while(|(before, _)| *before < at);
    let warned = warned.filter(|(_, group)| group.topics.iter().any(|topic| topic.trend.loss_eta.is_some()));
    assert!(warned.count() >= 4, "{}", seen.told("log-indexer"));
}

#[tokio::test(start_paused = true)]
async fn who_reads_only_committed_records_is_blocked_by_an_open_transaction() {
    let seen = watch("open-transaction", minutes(20)).await;
    // Whether anybody uses transactions is looked at in every tenth poll; then it takes three.
    let latest = minutes(1) + 10 * INTERVAL + 3 * INTERVAL + IN_TIME;
    seen.gets("ledger-balance", Status::TxnBlocked, latest);
    seen.is_never("ledger-monitor", Severity::Warning);
}

#[tokio::test(start_paused = true)]
async fn commits_of_a_former_topic_are_told() {
    let seen = watch("topic-recreated", minutes(10)).await;
    seen.gets("price-export", Status::Recreated, minutes(2) + IN_TIME);
    seen.is_never("price-cache", Severity::Critical);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_was_truncated_is_told() {
    let seen = watch("unclean-election", minutes(10)).await;
    let mut statuses = seen.group("stock-report");
    let found = statuses.find(|(_, group)| group.status == Status::Truncated);
    let (at, _) = found.unwrap_or_else(|| panic!("{}", seen.told("stock-report")));
    assert!(at <= minutes(2) + IN_TIME, "{}", seen.told("stock-report"));
}

#[tokio::test(start_paused = true)]
async fn a_hot_partition_that_nobody_keeps_up_with_falls_behind_alone() {
    let seen = watch("hot-partition", minutes(15)).await;
    // 63 records a second are 13 more than the member reads; what comes in five seconds is noise.
    let beyond_noise = Duration::from_secs(5 * 63 / 13);
    seen.gets("leaderboard", Status::FallingBehind, minutes(1) + beyond_noise + WINDOW + IN_TIME);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_seen_is_unknown_and_nothing_worse() {
    for (story, group, time, hidden) in [
        ("broker-down", "ticket-router", minutes(11), [("support-attachments", 0..2)].as_slice()),
        (
            "broker-hanging",
            "fleet-map",
            minutes(11),
            [("fleet-positions", 0..4), ("fleet-alerts", 1..2), ("fleet-alerts", 4..5)].as_slice(),
        ),
        ("leaderless-partition", "refund-processor", minutes(15), [("refunds", 3..4)].as_slice()),
        ("hidden-topics", "payroll-run", minutes(15), [("employee-salaries", 0..3)].as_slice()),
    ] {
        let seen = watch(story, time).await;
        seen.is_never(group, Severity::Warning);
        let all = |(topic, numbers): &(&str, Range<i32>)| {
            numbers.clone().map(|number| ((*topic).to_owned(), number)).collect::<Vec<_>>()
        };
        let hidden: Partitions = hidden.iter().flat_map(all).collect();
        assert_eq!(seen.is_unknown_where_unseen(group), hidden, "{story}:\n{}", seen.told(group));
    }
}

/// The new coordinator reads for two seconds, and polls begin a second after the moves: so one poll after each is told
/// that it is not ready.
#[tokio::test(start_paused = true)]
async fn a_coordinator_that_moves_hides_nothing_once_it_has_read() {
    const GROUP: &str = "loyalty-points-booking";
    let seen = watch("coordinator-moving", minutes(15)).await;
    let coordinators: BTreeSet<_> = seen.group(GROUP).map(|(_, group)| group.coordinator).collect();
    assert!(coordinators.len() > 1, "{coordinators:?}");
    // How much is produced, and so what is noise, the second poll tells.
    for (at, group) in seen.group(GROUP).skip(1) {
        let since_move = (at + minutes(2)).as_secs() % minutes(3).as_secs();
        let expected = if since_move == INTERVAL.as_secs() { Status::Unknown } else { Status::Ok };
        let is_expected = group.status == expected && each(group).all(|(.., status)| status == expected);
        assert!(is_expected && group.partitions.len() == 6, "at {at:?}:\n{}", seen.told(GROUP));
    }
}
