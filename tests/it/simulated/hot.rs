//! Each story of a hot partition becomes hot in time, with its reason where somebody is slow for it, and no other story does.
//! It is NOT about the rules, which are tested where they are.
//! Invariant: all is read off the report of polls every 15 seconds, in time that passes in leaps.

use std::time::Duration;

use highwater::model::{ClusterReport, Skew, SlowCause};

use super::status::{Watched, minutes, watch};

fn skew<'a>(report: &'a ClusterReport, topic: &str) -> Option<&'a Skew> {
    let place = report.snapshot.place_of(topic)?;
    report.topics[place].skew.as_ref()
}

fn hot(report: &ClusterReport, topic: &str) -> Vec<i32> {
    skew(report, topic).map_or_else(Vec::new, |skew| skew.hot.iter().map(|hot| hot.partition.0).collect())
}

/// What is hot of a topic, each time it changes.
fn told(seen: &Watched, topic: &str) -> Vec<(Duration, Vec<i32>)> {
    let mut told: Vec<(Duration, Vec<i32>)> = Vec::new();
    for (at, report) in &seen.polls {
        let hot = hot(report, topic);
        if told.last().map_or(!hot.is_empty(), |(_, last)| *last != hot) {
            told.push((*at, hot));
        }
    }
    told
}

fn slow(report: &ClusterReport, group: &str) -> Vec<(i32, SlowCause)> {
    let group = report.groups.iter().find(|listed| listed.id.as_str() == group).expect("the group is listed");
    group.topics.iter().flat_map(|topic| &topic.slow).map(|slow| (slow.partition.0, slow.cause)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_hot_partition_is_found_and_who_is_slow_for_it() {
    let seen = watch("hot-partition", minutes(30)).await;
    let told = told(&seen, "game-events");
    assert!(matches!(told.as_slice(), [(at, hot)] if *at <= minutes(12) && *hot == [7]), "{told:?}");
    let (_, last) = seen.polls.last().expect("there were polls");
    let skew = skew(last, "game-events").expect("it is known");
    assert!((f64::from(skew.hot[0].ratio) - 10.0).abs() < 2.0, "{skew:?}");
    let slow = slow(last, "leaderboard");
    assert!(slow.contains(&(7, SlowCause::KeySkew)) && slow.len() <= 2, "{slow:?}");
}

#[tokio::test(start_paused = true)]
async fn two_hot_partitions_do_not_hide_each_other() {
    let seen = watch("two-hot-of-six", minutes(20)).await;
    let told = told(&seen, "device-telemetry");
    let (at, last) = told.last().expect("something is hot");
    assert!(*at <= minutes(12) && *last == [1, 4], "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_hot_partition_that_moves_is_followed() {
    let seen = watch("hot-partition-moves", minutes(55)).await;
    let told = told(&seen, "auction-bids");
    let first = |expected: &[i32]| told.iter().find(|(_, hot)| hot == expected).map(|(at, _)| *at);
    assert!(first(&[2]).is_some_and(|at| at <= minutes(12)), "{told:?}");
    // The former one has to be forgotten meanwhile.
    assert!(first(&[5]).is_some_and(|at| at <= minutes(31 + 15)), "{told:?}");
    assert_eq!(told.last().map(|(_, hot)| hot.as_slice()), Some(&[5][..]), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stuck_partition_is_slow_and_not_hot() {
    let seen = watch("stuck-consumer", minutes(12)).await;
    let (_, last) = seen.polls.last().expect("there were polls");
    assert_eq!(slow(last, "invoice-printer"), [(17, SlowCause::Stuck)]);
    assert_eq!(told(&seen, "invoices"), []);
}

#[tokio::test(start_paused = true)]
async fn other_stories_have_no_hot_partitions() {
    for (story, time) in [
        ("healthy", 60),
        ("rolling-deploy", 40),
        ("slow-consumer", 40),
        ("producer-stopped", 40),
        ("broker-down", 40),
        ("broker-hanging", 40),
        ("unclean-election", 60),
        ("topic-recreated", 60),
        ("open-transaction", 40),
    ] {
        let seen = watch(story, minutes(time)).await;
        for (at, report) in &seen.polls {
            for (topic, concluded) in report.snapshot.topics.iter().zip(&report.topics) {
                let is_even =
                    concluded.skew.as_ref().is_none_or(|skew| skew.hot.is_empty() && skew.concentrated.is_none());
                assert!(is_even, "{story} at {at:?}: {}: {concluded:?}", topic.name);
            }
        }
    }
}
