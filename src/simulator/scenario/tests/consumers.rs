//! Stories of groups that are slow, stuck, dead or robbed.
//!
//! Not of rebalances.
//! Invariant: what is asserted is what an operator would be told.

use super::told::{MINUTE, Told};
use crate::simulator::world::GroupState;

#[test]
fn healthy_groups_keep_pace_for_hours() {
    let mut told = Told::new("healthy");
    let groups: Vec<_> = told.world.groups().map(|group| group.spec.clone()).collect();
    let generations = |told: &Told| -> Vec<i32> { told.world.groups().map(|group| group.generation).collect() };
    let at_first = generations(&told);
    told.look(MINUTE, 180 * MINUTE, |told| {
        for group in &groups {
            for topic in &group.topics {
                // No more than what arrives between two commits.
                let rate = told.world.topic(topic).expect("it is there").spec.rate;
                let lag = told.lag(&group.name, topic);
                let most = i32::try_from(lag).map_or(f64::INFINITY, f64::from);
                assert!((0.0..=rate * 8.0).contains(&most), "{} lags by {lag} on {topic}", group.name);
            }
        }
    });
    assert_eq!(generations(&told), at_first, "nothing rebalances");
}

#[test]
fn the_slow_consumer_falls_behind_on_every_partition() {
    let mut told = Told::new("slow-consumer");
    let lags = told.until(MINUTE).look(5 * MINUTE, 121 * MINUTE, |told| told.lags("shipment-tracking", "shipments"));
    for pair in lags.windows(2) {
        assert!(pair[0].iter().all(|(partition, lag)| pair[1][partition] > *lag), "{pair:?}");
    }
    // A third of 90 records a second over two hours.
    assert!((190_000..240_000).contains(&told.lag("shipment-tracking", "shipments")));
}

#[test]
fn one_partition_of_the_stuck_consumer_stands_still() {
    let mut told = Told::new("stuck-consumer");
    let mut before = told.until(2 * MINUTE).committed("invoice-printer", "invoices");
    let at = before[&17];
    told.look(MINUTE, 60 * MINUTE, |told| {
        let now = told.committed("invoice-printer", "invoices");
        let still: Vec<u32> = now.keys().copied().filter(|partition| now[partition] == before[partition]).collect();
        assert_eq!(still, [17]);
        let lags = told.lags("invoice-printer", "invoices");
        assert!(lags.iter().all(|(partition, lag)| *partition == 17 || *lag < 150), "{lags:?}");
        before = now;
    });
    assert_eq!(before[&17], at);
    assert!(told.lags("invoice-printer", "invoices")[&17] > 30_000);
    assert!(told.is_stable("invoice-printer"));
}

#[test]
fn the_dead_consumer_leaves_an_empty_group() {
    let mut told = Told::new("dead-consumer");
    told.until(2 * MINUTE + 10);
    let committed = told.committed("notification-sender", "notifications");
    let lags = told.look(MINUTE, 60 * MINUTE, |told| {
        assert_eq!(told.group("notification-sender").state, GroupState::Empty);
        assert_eq!(told.members("notification-sender").len(), 0);
        told.lag("notification-sender", "notifications")
    });
    assert_eq!(told.committed("notification-sender", "notifications"), committed);
    assert!(lags.is_sorted() && lags[18] > 40_000, "{lags:?}");
}

#[test]
fn the_producer_stops_while_the_consumer_is_behind() {
    let mut told = Told::new("producer-stopped");
    let ends = |told: &Told| (0..3).map(|partition| told.end("sensor-readings", partition)).sum::<i64>();
    assert_eq!(told.lag("sensor-warehouse", "sensor-readings"), 45_000);
    let end = ends(told.until(MINUTE));
    for hour in 0..5 {
        let from = hour * 60 + 2;
        let lags = told
            .until(from * MINUTE)
            .look(MINUTE, (from + 20) * MINUTE, |told| told.lag("sensor-warehouse", "sensor-readings"));
        assert!(lags.is_sorted_by(|left, right| left > right), "it catches up: {lags:?}");
        assert!(lags.iter().all(|lag| *lag > 100), "hour {hour}: {lags:?}");
        if hour == 0 {
            assert_eq!(ends(&told), end, "nothing is produced");
        }
    }
}

#[test]
fn retention_deletes_what_was_not_read() {
    let mut told = Told::new("retention-loss");
    let losing = |told: &Told| {
        let committed = told.committed("log-indexer", "access-logs");
        committed.iter().filter(|(partition, at)| told.start("access-logs", partition.cast_signed()) > **at).count()
    };
    assert!(told.look(10, 8 * MINUTE, losing).iter().all(|count| *count == 0));
    told.until(20 * MINUTE);
    for _ in 0..3 {
        let until = told.world.now() / 1000 - 1_700_000_000 + 30 * MINUTE;
        let seen = told.look(10, until, losing);
        assert!(seen.iter().filter(|count| **count > 0).count() > seen.len() / 10, "{seen:?}");
    }
}

#[test]
fn an_open_transaction_stops_only_who_reads_committed_records() {
    let mut told = Told::new("open-transaction");
    told.until(2 * MINUTE);
    let stable = told.last_stable("payments-ledger", 2);
    told.look(MINUTE, 45 * MINUTE, |told| {
        assert_eq!(told.last_stable("payments-ledger", 2), stable);
        let lags = told.lags("ledger-balance", "payments-ledger");
        assert!(lags.iter().all(|(partition, lag)| (*partition == 2) == (*lag > 300)), "{lags:?}");
        assert!(told.lags("ledger-monitor", "payments-ledger").values().all(|lag| *lag < 150));
    });
    assert_eq!(told.committed("ledger-balance", "payments-ledger")[&2], stable);
    assert!(told.until(47 * MINUTE).lag("ledger-balance", "payments-ledger") < 500);
    assert!(told.until(80 * MINUTE).lag("ledger-balance", "payments-ledger") > 5_000, "and again");
}
