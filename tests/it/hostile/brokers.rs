//! Brokers that are silent, gone, slow to come back, or close what was idle. It is NOT about what they answer.
//! Invariant: whoever is silent costs its own share; nothing here asserts how long anything took.

use std::time::Duration;

use highwater::config::PollSettings;
use highwater::model::{ProblemKind, Question, Unknown};
use kafka_protocol::messages::ApiKey;

use super::watch::{Watch, world};
use crate::support::fake_broker::{FakeCluster, Reaction, Rule, World};

/// Long enough for a broker of good will on a busy machine, short enough to wait for a silent one.
fn impatient() -> PollSettings {
    PollSettings {
        request_timeout: Duration::from_secs(2),
        timeout: Duration::from_secs(12),
        ..PollSettings::default()
    }
}

#[tokio::test]
async fn a_stalled_broker_is_asked_one_question_in_a_poll() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::with(&fake, impatient(), &[".*"]);
    watch.poll().await;
    for api in [ApiKey::ListGroups, ApiKey::ApiVersions] {
        fake.when(Rule::new(api, Reaction::Stall).at(2));
    }
    for poll in 0..3 {
        // Beyond any back-off, so that each poll tries.
        tokio::time::sleep(Duration::from_secs(if poll == 0 { 0 } else { 5 })).await;
        fake.take_asked();
        let seen = watch.poll().await;
        let asked = fake.take_asked();
        assert_eq!(asked.0.iter().filter(|asked| asked.broker == 2).count(), 1, "poll {poll}: {asked:?}");
        assert_eq!(seen.lag("second", "orders", 0), Err(Unknown::NoCoordinator));
        assert!(matches!(seen.end("orders", 1), Err(Unknown::Failed(ProblemKind::BackingOff))));
        seen.assert_unharmed(&["first"]);
        assert_eq!(seen.end("orders", 2), Ok(100));
        assert!(seen.problems().contains(&(Question::ListGroups, Some(2), ProblemKind::Timeout, 1)));
    }
    fake.behave();
    watch.poll_until("the broker to be asked again", |seen| seen.lag("second", "orders", 0).is_ok()).await;
}

#[tokio::test]
async fn a_broker_that_stalls_in_the_middle_costs_what_it_had_not_told() {
    for api in [ApiKey::DescribeGroups, ApiKey::OffsetFetch, ApiKey::ListOffsets] {
        let fake = FakeCluster::start(3, world()).await;
        let mut watch = Watch::with(&fake, impatient(), &[".*"]);
        fake.when(Rule::new(api, Reaction::Stall).at(2));
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first"]);
        assert_eq!(fake.take_asked().count_at(2, api), 1, "{api:?}");
        assert_eq!(seen.end("orders", 2), Ok(100));
        assert_eq!(seen.group("second").commits.is_ok(), api == ApiKey::ListOffsets, "{api:?}");
    }
}

#[tokio::test]
async fn an_answer_that_comes_byte_by_byte_is_not_waited_for_beyond_the_deadline_of_one() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::with(&fake, impatient(), &[".*"]);
    fake.when(Rule::new(ApiKey::ListGroups, Reaction::Trickle).at(2));
    let seen = watch.poll().await;
    assert!(seen.problems().contains(&(Question::ListGroups, Some(2), ProblemKind::Timeout, 1)));
    seen.assert_unharmed(&["first"]);
}

#[tokio::test]
async fn what_was_answered_before_a_connection_broke_counts() {
    let many = (0..30).fold(world(), |world, number| world.group(&format!("many-{number:02}"), 2, "orders"));
    let fake = FakeCluster::start(3, many).await;
    fake.serves(ApiKey::OffsetFetch, 1, 7);
    fake.when(Rule::new(ApiKey::OffsetFetch, Reaction::CutAfter(9)).at(2).nth(20));
    let seen = Watch::of(&fake).poll().await;
    let told = (0..30).filter(|number| seen.group(&format!("many-{number:02}")).commits.is_ok());
    let told: Vec<usize> = told.collect();
    // What was on its way when the end came may be lost; what had to be read for the rest to be sent is not.
    assert!((4..=20).contains(&told.len()) && told.iter().copied().eq(0..told.len()), "{told:?}");
    let untold = (Question::OffsetFetch, Some(2), ProblemKind::Disconnected, 31 - told.len());
    assert!(seen.problems().contains(&untold), "{:?}", seen.problems());
    seen.assert_unharmed(&["first"]);
}

#[tokio::test]
async fn a_stalled_broker_leaves_time_for_the_others_however_long_an_answer_may_take() {
    let settings = PollSettings {
        timeout: Duration::from_secs(3),
        request_timeout: Duration::from_hours(1),
        ..PollSettings::default()
    };
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::with(&fake, settings, &[".*"]);
    watch.poll().await;
    fake.when(Rule::new(ApiKey::OffsetFetch, Reaction::Stall).at(2));
    fake.take_asked();
    let seen = watch.poll().await;
    assert!(seen.group("first").commits.is_ok() && seen.group("first").members.is_ok());
    assert!(seen.end("orders", 0).is_ok() && seen.start("orders", 0).is_ok() && seen.end("payments", 1).is_ok());
    assert_eq!(seen.group("second").commits, Err(Unknown::Failed(ProblemKind::Timeout)));
    // Those that answered in time keep their connections.
    fake.behave();
    fake.take_asked();
    watch.poll_until("all to be asked again", |seen| seen.lag("second", "orders", 0).is_ok()).await;
    let asked = fake.take_asked();
    assert_eq!((asked.count_at(1, ApiKey::ApiVersions), asked.count_at(3, ApiKey::ApiVersions)), (0, 0));
}

#[tokio::test]
async fn connections_closed_while_idle_cost_nothing() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    for _ in 0..3 {
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!(seen.problems(), []);
        (1..=3).for_each(|id| fake.close_connections(id));
    }
    assert_eq!(watch.failures(), []);
}

#[tokio::test]
async fn a_broker_that_closes_on_every_question_is_tried_twice_and_left_alone() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.when(Rule::new(ApiKey::ListGroups, Reaction::CutAfter(0)).at(2));
    fake.take_asked();
    let seen = watch.poll().await;
    assert_eq!(fake.take_asked().count_at(2, ApiKey::ListGroups), 2, "once more on a fresh connection");
    assert!(seen.problems().contains(&(Question::ListGroups, Some(2), ProblemKind::Disconnected, 1)));
    seen.assert_unharmed(&["first"]);
}

#[tokio::test]
async fn a_broker_that_refuses_is_knocked_at_ever_more_rarely_and_found_when_it_is_back() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.when(Rule::new(ApiKey::ApiVersions, Reaction::CutAfter(0)).at(2));
    fake.close_connections(2);
    let before = fake.connection_count(2);
    for _ in 0..100 {
        watch.poll().await.assert_unharmed(&["first"]);
    }
    let knocks = fake.connection_count(2) - before;
    assert!((1..50).contains(&knocks), "{knocks} connections in 100 polls");
    fake.behave();
    // The back-off is capped, or this would wait in vain.
    watch.poll_until("the broker to be asked again", |seen| seen.lag("second", "orders", 0).is_ok()).await;
}

#[tokio::test]
async fn silent_bootstrap_addresses_hide_no_living_one() {
    let silent = FakeCluster::start(4, World::default()).await;
    silent.when(Rule::new(ApiKey::ApiVersions, Reaction::Stall));
    let fake = FakeCluster::start(3, world()).await;
    let settings = PollSettings { timeout: Duration::from_secs(4), ..impatient() };
    let ports = [silent.port(1), silent.port(2), silent.port(3), silent.port(4), fake.port(1)];
    Watch::by_way_of(&ports, settings, &[".*"]).poll().await.assert_unharmed(&["first", "second", "third"]);
}

#[tokio::test]
async fn a_cluster_made_anew_behind_its_bootstrap_name_is_found_though_the_old_addresses_are_silent() {
    let old = FakeCluster::start(3, world()).await;
    let new = FakeCluster::start(3, world().group("new", 1, "orders")).await;
    new.stop(1).await;
    let settings = PollSettings { timeout: Duration::from_secs(4), ..impatient() };
    let mut watch = Watch::by_way_of(&[old.port(1), new.port(1)], settings, &[".*"]);
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    old.when(Rule::new(ApiKey::ApiVersions, Reaction::Stall));
    (1..=3).for_each(|id| old.close_connections(id));
    new.start_again(1).await;
    // That the open connections lead nowhere costs a poll at most, however many there are.
    watch.try_poll().await;
    watch.poll().await.assert_unharmed(&["new"]);
}

#[tokio::test]
async fn a_poll_nobody_answers_says_how_each_address_failed() {
    let fake = FakeCluster::start(1, world()).await;
    let absent = FakeCluster::start(1, World::default()).await;
    absent.stop(1).await;
    fake.when(Rule::new(ApiKey::ApiVersions, Reaction::code(58)));
    let mut watch = Watch::by_way_of(&[fake.port(1), absent.port(1)], PollSettings::default(), &[".*"]);
    let told = watch.poll_in_vain().await;
    let kinds: Vec<ProblemKind> = told.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, [ProblemKind::Other, ProblemKind::Connect], "{told}");
    assert!(told.sentence.contains("SASL_AUTHENTICATION_FAILED"), "{told}");
    // All brokers die, and come back.
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    for id in 1..=3 {
        fake.stop(id).await;
    }
    let told = watch.poll_in_vain().await;
    assert_eq!(told.problems.len(), 3, "{told}");
    for id in 1..=3 {
        fake.start_again(id).await;
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
}

#[tokio::test]
async fn a_broker_that_names_nobody_is_not_followed() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.when(
        Rule::new(
            ApiKey::Metadata,
            Reaction::edit(|answer| {
                if let crate::support::fake_broker::Answer::Metadata(answer) = answer {
                    answer.brokers.clear();
                    answer.topics.clear();
                }
            }),
        )
        .at(1),
    );
    fake.take_asked();
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    let asked = fake.take_asked();
    assert_eq!((asked.count(ApiKey::Metadata), asked.count(ApiKey::ApiVersions)), (2, 0));
}
