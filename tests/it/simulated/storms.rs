//! Which stories are storms, found from polls every 15 seconds, and which stay calm. It is NOT about single rules, which are
//! tested where they are.
//! Invariant: a storm is told with its cause, and what is no storm never is one.

use std::sync::Arc;
use std::time::Duration;

use highwater::model::{RebalanceSource, Rebalances, Severity, StormCause};
use highwater::simulator::spec::GroupType;
use highwater::simulator::{Scenario, scenario};

use super::lab::INTERVAL;
use super::status::{minutes, watch_scenario};

/// What was told of a story's groups, poll by poll.
struct Watched {
    polls: Vec<(Duration, String, Severity, Arc<Rebalances>)>,
}

fn story(name: &str) -> Scenario {
    scenario::find(name).expect("the story is built in")
}

async fn watch(scenario: Scenario, time: Duration) -> Watched {
    let mut polls = Vec::new();
    for (at, report) in watch_scenario(scenario, time).await.polls {
        for group in &report.groups {
            if let Some(told) = &group.rebalances {
                polls.push((at, group.id.as_str().to_owned(), group.severity, Arc::clone(told)));
            }
        }
    }
    Watched { polls }
}

impl Watched {
    /// What was told of one group at the end.
    fn last(&self, group: &str) -> &Rebalances {
        &self.polls.iter().rev().find(|(_, id, ..)| id == group).expect("it is told of").3
    }

    /// When a storm was found, and of what cause it was at the end.
    fn storm(&self, group: &str) -> Option<(Duration, StormCause)> {
        let of_group = self.polls.iter().filter(|(_, id, ..)| id == group);
        let (at, _, severity, _) = of_group.clone().find(|(.., told)| told.storm.is_some())?;
        assert!(*severity >= Severity::Warning, "a storm is worth a look");
        Some((*at, of_group.clone().next_back()?.3.storm?.cause))
    }

    fn stays_calm(&self) {
        for (at, group, _, told) in &self.polls {
            assert_eq!(told.storm, None, "{group} at {at:?}: {told:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_member_that_exceeds_its_time_is_found_within_three_of_its_turns() {
    let seen = watch(story("storm-max-poll"), minutes(20)).await;
    let (at, cause) = seen.storm("thumbnail-maker").expect("it is found");
    assert_eq!(cause, StormCause::MaxPollExceeded);
    // It is out for the first time after three minutes, and each turn takes 140 s; two polls see it and one confirms it.
    assert!(at <= minutes(3) + 3 * Duration::from_secs(140) + 3 * INTERVAL, "{at:?}");
    assert_eq!(seen.last("thumbnail-maker").source, RebalanceSource::Poll);
}

#[tokio::test(start_paused = true)]
async fn a_crash_loop_is_found_though_it_grows_rarer() {
    let seen = watch(story("storm-crash-loop"), minutes(30)).await;
    let (at, cause) = seen.storm("email-dispatcher").expect("it is found");
    assert_eq!(cause, StormCause::CrashLoop);
    // It joins for the third time after 170 s.
    assert!(at <= Duration::from_secs(170) + 3 * INTERVAL, "{at:?}");
}

#[tokio::test(start_paused = true)]
async fn rejoining_for_nothing_is_counted_exactly_where_the_coordinator_numbers_it() {
    let mut by_epochs = story("storm-no-membership-change");
    by_epochs.groups[0].kind = GroupType::Consumer;
    let seen = watch(by_epochs, minutes(12)).await;
    let (at, cause) = seen.storm("clickhouse-loader").expect("it is found");
    assert_eq!(cause, StormCause::RejoinLoop);
    assert!(at <= minutes(1) + 5 * Duration::from_secs(9) + 3 * INTERVAL, "{at:?}");
    let told = seen.last("clickhouse-loader");
    // One every nine seconds since the first minute; when the last poll was is known to a second or so.
    let count = told.count(RebalanceSource::Epoch);
    assert!((72..=74).contains(&count), "{count}");
    assert_eq!(told.total(), count);
}

#[tokio::test(start_paused = true)]
async fn rejoining_for_nothing_leaves_no_trace_in_polls_where_it_is_short() {
    let mut short = story("storm-no-membership-change");
    short.groups[0].rebalance_takes = Duration::from_millis(5);
    let seen = watch(short, minutes(30)).await;
    assert_eq!(seen.storm("clickhouse-loader").map(|(_, cause)| cause), None);
}

#[tokio::test(start_paused = true)]
async fn deploys_are_rollouts_and_no_storm() {
    let seen = watch(story("rolling-deploy"), minutes(90)).await;
    seen.stays_calm();
    for group in ["cart-service", "cart-analytics"] {
        assert!(seen.polls.iter().any(|(_, id, _, told)| id == group && told.is_rollout), "{group} is deployed");
        assert!(!seen.last(group).is_rollout || seen.last(group).total() > 0);
    }
}

#[tokio::test(start_paused = true)]
async fn rejoining_for_nothing_is_a_lower_bound_to_polls() {
    let seen = watch(story("storm-no-membership-change"), minutes(30)).await;
    // It shows because each takes three seconds, and nothing but its like explains so many.
    assert_eq!(seen.storm("clickhouse-loader").map(|(_, cause)| cause), Some(StormCause::RejoinLoop));
    let told = seen.last("clickhouse-loader");
    assert_eq!((told.joined, told.left), (0, 0));
    assert!((1..=193).contains(&told.count(RebalanceSource::Poll)), "{told:?}");
}

#[tokio::test(start_paused = true)]
async fn healthy_groups_stay_calm() {
    watch(story("healthy"), minutes(60)).await.stays_calm();
}
