//! Stories of groups that rebalance, with reason or without.
//!
//! Not of lag.
//! Invariant: a storm is what the detector's definitions call one, and a deployment is none.

use std::collections::{BTreeMap, BTreeSet};

use super::told::{MINUTE, Told};

/// What happened to a group from the second minute to the thirtieth, seen every second.
struct Seen {
    /// Generations in ten minutes.
    rebalances: i32,
    /// Rebalances in all.
    in_all: i32,
    /// How often each process joined under a new id.
    joins: BTreeMap<String, usize>,
    /// Seconds in which it was not stable.
    unstable: usize,
}

fn watch(name: &str, group: &str) -> Seen {
    let mut told = Told::new(name);
    told.until(50);
    let mut known: BTreeSet<String> = told.members(group).into_iter().collect();
    let first = told.group(group).generation;
    let mut seen = Seen { rebalances: 0, in_all: 0, joins: BTreeMap::new(), unstable: 0 };
    let looks = told.look(1, 30 * MINUTE, |told| {
        (told.group(group).generation, told.is_stable(group), told.group(group).members.clone())
    });
    for (_, is_stable, members) in &looks {
        seen.unstable += usize::from(!is_stable);
        for member in members {
            if known.insert(member.id.clone()) {
                *seen.joins.entry(format!("{} {}", member.client_id, member.host)).or_default() += 1;
            }
        }
    }
    let generations: Vec<i32> = looks.iter().map(|(generation, ..)| *generation).collect();
    seen.rebalances = generations.windows(600).map(|window| window[599] - window[0]).max().expect("it was long");
    seen.in_all = generations.last().expect("it was long") - first;
    seen
}

#[test]
fn one_member_exceeds_its_poll_interval_again_and_again() {
    let seen = watch("storm-max-poll", "thumbnail-maker");
    assert_eq!(seen.joins.len(), 1, "it is always the same process: {:?}", seen.joins);
    assert!(seen.joins.values().all(|count| *count >= 9), "{:?}", seen.joins);
    assert!(seen.rebalances >= 8, "{}", seen.rebalances);
    // From one time it joined to the next are little more than the two minutes it may take.
    let mut told = Told::new("storm-max-poll");
    let joined = |told: &Told| told.group("thumbnail-maker").member(3).map(|member| member.joined);
    let times: BTreeSet<i64> = told.look(1, 30 * MINUTE, joined).into_iter().flatten().collect();
    let times: Vec<i64> = times.into_iter().skip(1).collect();
    assert!(times.windows(2).all(|pair| pair[1] - pair[0] == 140_000), "{times:?}");
    // In between it is gone for ten seconds: the tenure is 130 s, 1.08 times the interval.
    assert!(told.group("thumbnail-maker").generation > 20);
}

#[test]
fn one_process_crashes_after_each_start() {
    let seen = watch("storm-crash-loop", "email-dispatcher");
    assert_eq!(seen.joins.len(), 1, "{:?}", seen.joins);
    assert!(seen.joins.values().all(|count| (8..=10).contains(count)), "{:?}", seen.joins);
    assert!(seen.rebalances >= 8, "{}", seen.rebalances);
    let mut told = Told::new("storm-crash-loop");
    let is_there = |told: &Told| told.group("email-dispatcher").member(2).is_some_and(|member| !member.is_dead);
    let there = told.look(1, 20 * MINUTE, is_there);
    let gaps: Vec<usize> =
        there.chunk_by(|left, right| left == right).filter(|run| !run[0]).map(<[bool]>::len).collect();
    assert_eq!(gaps[..5], [10, 20, 40, 80, 160]);
    assert!(told.until(125 * MINUTE).group("email-dispatcher").generation > 40, "and so on for hours");
}

#[test]
fn a_group_rebalances_though_nobody_comes_or_goes() {
    let seen = watch("storm-no-membership-change", "clickhouse-loader");
    assert!(seen.joins.is_empty(), "{:?}", seen.joins);
    assert!((64..=68).contains(&seen.rebalances), "{}", seen.rebalances);
    // Seen every second over thirty minutes.
    assert!((500..800).contains(&seen.unstable), "{} s", seen.unstable);
    let mut told = Told::new("storm-no-membership-change");
    told.until(180 * MINUTE);
    assert!(told.group("clickhouse-loader").generation > 1150);
    assert!(told.lag("clickhouse-loader", "clickstream") < 4_000, "it keeps pace meanwhile");
}

#[test]
fn a_deployment_replaces_each_process_once_and_stays_calm() {
    for (group, members, rounds) in [("cart-service", 6, 1), ("cart-analytics", 4, 2)] {
        let seen = watch("rolling-deploy", group);
        assert_eq!(seen.joins.len(), members, "{:?}", seen.joins);
        assert!(seen.joins.values().all(|count| *count == 1), "{:?}", seen.joins);
        let events = i32::try_from(2 * members).expect("few");
        assert!(seen.in_all <= rounds * events, "{group}: {} rebalances", seen.in_all);
        assert!(seen.in_all >= 3, "{group}: {} rebalances", seen.in_all);
        assert!(seen.unstable < 150, "{group}: {} s", seen.unstable);
    }
    let mut told = Told::new("rolling-deploy");
    told.look(MINUTE, 180 * MINUTE, |told| {
        let lag = told.lag("cart-service", "cart-events").max(told.lag("cart-analytics", "cart-events"));
        assert!(lag < 6_000, "{lag}");
    });
    assert!(told.lag("cart-service", "cart-events") < 1_500, "it has recovered");
    assert_eq!(told.members("cart-service").len(), 6);
}
