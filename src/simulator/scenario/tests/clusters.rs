//! Stories of topics and brokers: hot, made anew, truncated, lost, hanging, hidden.
//!
//! Not of groups, but for what they see of it.
//! Invariant: what is undisturbed stays so.

use super::told::{MINUTE, Told, hot};
use crate::simulator::world::{BrokerState, Partition};

#[test]
fn one_partition_is_hot_and_its_reader_behind() {
    let mut told = Told::new("hot-partition");
    let produced = told.until(2 * MINUTE).produced("game-events", 7 * MINUTE);
    assert_eq!(hot(&produced, 5), [7], "{produced:?}");
    told.until(60 * MINUTE);
    let lags = told.lags("leaderboard", "game-events");
    let behind: Vec<u32> = lags.iter().filter(|(_, lag)| **lag > 2_000).map(|(partition, _)| *partition).collect();
    assert_eq!(behind, [6, 7], "one member reads both: {lags:?}");
}

#[test]
fn two_partitions_of_six_are_hot() {
    let mut told = Told::new("two-hot-of-six");
    for minute in [7, 30, 120] {
        let produced = told.until((minute - 5) * MINUTE).produced("device-telemetry", minute * MINUTE);
        assert_eq!(hot(&produced, 5), [1, 4], "{produced:?}");
    }
    assert!(told.lag("telemetry-aggregator", "device-telemetry") < 1_500);
}

#[test]
fn the_hot_partition_moves() {
    let mut told = Told::new("hot-partition-moves");
    for (minute, expected) in [(2, 2), (25, 2), (32, 5), (55, 5), (62, 2), (95, 5)] {
        let produced = told.until(minute * MINUTE).produced("auction-bids", (minute + 5) * MINUTE);
        assert_eq!(hot(&produced, 5), [expected], "minute {minute}: {produced:?}");
    }
}

#[test]
fn a_topic_is_made_anew_and_old_offsets_stay() {
    let mut told = Told::new("topic-recreated");
    let id = |told: &Told| told.world.topic("price-list").expect("it is there").id;
    let first = id(&told);
    let old = told.committed("price-export", "price-list");
    let second = id(told.until(3 * MINUTE));
    assert_ne!(first, second);
    told.look(MINUTE, 50 * MINUTE, |told| {
        assert_eq!(told.committed("price-export", "price-list"), old);
        assert!(told.lags("price-export", "price-list").values().all(|lag| *lag < 0), "beyond the end");
        let follower = told.lags("price-cache", "price-list");
        assert!(follower.values().all(|lag| (0..100).contains(lag)), "{follower:?}");
    });
    assert_ne!(id(told.until(53 * MINUTE)), second, "and again");
}

#[test]
fn an_unclean_election_takes_records_back() {
    let mut told = Told::new("unclean-election");
    let before = told.until(2 * MINUTE - 1).end("stock-levels", 1);
    let epoch = told.partition("stock-levels", 1).leader_epoch;
    told.until(2 * MINUTE + 1);
    assert!((11_900..=12_000).contains(&(before - told.end("stock-levels", 1))));
    assert!(told.partition("stock-levels", 1).leader_epoch > epoch);
    assert_eq!(told.partition("stock-levels", 1).in_sync.len(), 1);
    told.until(5 * MINUTE);
    assert_eq!(told.partition("stock-levels", 1).in_sync.len(), 3, "the old leader follows the new one");
    told.look(MINUTE, 30 * MINUTE, |told| {
        let lags = told.lags("stock-report", "stock-levels");
        assert!(lags.iter().all(|(partition, lag)| (*partition == 1) == (*lag < 0)), "{lags:?}");
        assert!(told.lags("warehouse-view", "stock-levels").values().all(|lag| (0..100).contains(lag)));
    });
    let before = told.until(42 * MINUTE - 1).end("stock-levels", 1);
    assert!(told.until(43 * MINUTE).end("stock-levels", 1) < before, "and again");
}

#[test]
fn a_dead_broker_loses_only_what_nobody_else_has() {
    let mut told = Told::new("broker-down");
    let led = |told: &Told, topic: &str| {
        let topic = told.world.topic(topic).expect("it is there");
        topic.partitions.iter().filter(|partition| partition.leader.is_some()).count()
    };
    assert_eq!((led(&told, "support-tickets"), led(&told, "support-attachments")), (6, 2));
    told.until(3 * MINUTE);
    assert_eq!(told.world.broker(4).map(|broker| broker.state), Some(BrokerState::Down));
    assert_eq!((led(&told, "support-tickets"), led(&told, "support-attachments")), (6, 0));
    let tickets = told.world.topic("support-tickets").expect("it is there");
    assert!(tickets.partitions.iter().all(|partition| partition.in_sync.len() == 2 && partition.leader != Some(4)));
    let is_lacking = |partition: &&Partition| partition.in_sync.len() < partition.replicas.len();
    assert_eq!(told.world.topics().flat_map(|topic| &topic.partitions).filter(is_lacking).count(), 6);
    let end = told.end("support-attachments", 0);
    told.until(11 * MINUTE);
    assert_eq!(told.end("support-attachments", 0), end);
    assert!(told.lag("ticket-router", "support-tickets") < 300);
    told.until(13 * MINUTE);
    assert_eq!((led(&told, "support-tickets"), led(&told, "support-attachments")), (6, 2));
    let tickets = told.world.topic("support-tickets").expect("it is there");
    assert!(tickets.partitions.iter().all(|partition| partition.in_sync.len() == 3));
    assert!(tickets.partitions.iter().any(|partition| partition.leader == Some(4)), "it leads again");
    assert!(told.end("support-attachments", 0) > end);
    assert_eq!(led(told.until(23 * MINUTE), "support-attachments"), 0, "and again");
}

#[test]
fn a_hanging_broker_still_leads() {
    let mut told = Told::new("broker-hanging");
    told.until(3 * MINUTE);
    assert_eq!(told.world.broker(5).map(|broker| broker.state), Some(BrokerState::Hanging));
    assert_eq!(told.partition("fleet-positions", 0).leader, Some(5));
    assert!(told.world.listed_brokers().any(|broker| broker.id == 5), "nobody has noticed");
    let produced = told.produced("fleet-positions", 11 * MINUTE);
    assert_eq!(produced, [0; 4]);
    let produced = told.until(13 * MINUTE).produced("fleet-positions", 20 * MINUTE);
    assert!(produced.iter().all(|count| *count > 1_000), "{produced:?}");
    let alerts = told.world.topic("fleet-alerts").expect("it is there");
    assert_eq!(alerts.partitions.iter().filter(|partition| partition.leader == Some(5)).count(), 2);
}

#[test]
fn the_coordinator_moves_and_nobody_elses_does() {
    let mut told = Told::together(&super::all());
    let others: Vec<String> = told.world.groups().map(|group| group.spec.name.clone()).collect();
    let others: Vec<String> = others.into_iter().filter(|name| name != "loyalty-points-booking").collect();
    let of = |told: &Told, name: &str| told.world.coordinator(name);
    let before: Vec<_> = others.iter().map(|name| of(&told, name)).collect();
    let seen = told.look(MINUTE, 60 * MINUTE, |told| of(told, "loyalty-points-booking"));
    let moves = seen.windows(2).filter(|pair| pair[0] != pair[1]).count();
    assert!((18..=20).contains(&moves), "{seen:?}");
    assert!(seen.iter().all(Option::is_some));
    let after: Vec<_> = others.iter().map(|name| of(&told, name)).collect();
    assert_eq!(before, after);
    assert!(told.until(61 * MINUTE + 1).world.is_loading("loyalty-points-booking"));
    assert!(!told.until(61 * MINUTE + 3).world.is_loading("loyalty-points-booking"));
}

#[test]
fn one_partition_has_no_leader() {
    let mut told = Told::new("leaderless-partition");
    told.until(2 * MINUTE);
    let end = told.end("refunds", 3);
    told.look(MINUTE, 40 * MINUTE, |told| {
        let topic = told.world.topic("refunds").expect("it is there");
        let lost: Vec<usize> = (0..6).filter(|place| topic.partitions[*place].leader.is_none()).collect();
        assert_eq!(lost, [3]);
        assert_eq!(told.end("refunds", 3), end);
    });
    assert!(told.until(45 * MINUTE).end("refunds", 3) > end);
    assert!(told.until(62 * MINUTE).partition("refunds", 3).leader.is_none(), "and again");
}

#[test]
fn a_topic_is_hidden_and_goes_on_unseen() {
    let mut told = Told::new("hidden-topics");
    let is_hidden = |told: &Told, topic: &str| told.world.topic(topic).expect("it is there").is_hidden;
    assert!(!is_hidden(&told, "employee-salaries"));
    told.until(2 * MINUTE);
    assert!(is_hidden(&told, "employee-salaries") && !is_hidden(&told, "employee-holidays"));
    let end = told.end("employee-salaries", 0);
    assert!(told.until(20 * MINUTE).end("employee-salaries", 0) > end);
    assert!(!is_hidden(told.until(50 * MINUTE), "employee-salaries"));
    assert!(is_hidden(told.until(62 * MINUTE), "employee-salaries"));
}
