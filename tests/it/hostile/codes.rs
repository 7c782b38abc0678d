//! Error codes, question by question: what each costs, and what is asked again. It is NOT about leaders that moved.
//! Invariant: every code is one Kafka has, put into an answer that is otherwise right.

use highwater::model::{GroupKind, GroupState, ProblemKind, Question, Unknown};
use kafka_protocol::messages::ApiKey;

use super::watch::{LAG, Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Rule};

/// Codes with their kinds that no second question helps with.
const FINAL: [(i16, ProblemKind); 6] = [
    (14, ProblemKind::CoordinatorLoading),
    (15, ProblemKind::CoordinatorNotAvailable),
    (30, ProblemKind::GroupAuthorization),
    (35, ProblemKind::UnsupportedVersion),
    (24, ProblemKind::Other),
    (9999, ProblemKind::Other),
];

#[tokio::test]
async fn a_healthy_poll_asks_each_broker_once_and_never_twice() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    for handshakes in [3, 0, 0] {
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!(seen.problems(), []);
        let asked = fake.take_asked();
        let count = |api| asked.count(api);
        assert_eq!(count(ApiKey::ApiVersions), handshakes);
        assert_eq!(count(ApiKey::Metadata), 1);
        assert_eq!(count(ApiKey::ListGroups), 3);
        assert_eq!((count(ApiKey::DescribeGroups), count(ApiKey::ConsumerGroupDescribe)), (2, 1));
        assert_eq!(count(ApiKey::OffsetFetch), 3);
        assert_eq!(count(ApiKey::ListOffsets), 6, "ends and starts of each leader");
        assert_eq!(count(ApiKey::FindCoordinator), 0);
    }
    assert_eq!(watch.failures(), []);
}

#[tokio::test]
async fn codes_of_offset_fetch_cost_that_groups_lag() {
    for version in [7, 9] {
        for (code, kind) in FINAL {
            let fake = FakeCluster::start(3, world().group("neighbour", 1, "orders")).await;
            fake.serves(ApiKey::OffsetFetch, 1, version);
            fake.when(
                Rule::new(ApiKey::OffsetFetch, Reaction::code_for("first", code))
                    .only(|request| format!("{request:?}").contains("first")),
            );
            let mut watch = Watch::of(&fake);
            let seen = watch.poll().await;
            let requests_at_1 = if version < 8 { 2 } else { 1 };
            let asked = fake.take_asked();
            assert_eq!(asked.count_at(1, ApiKey::OffsetFetch), requests_at_1, "{code} is not asked again");
            assert_eq!(asked.count(ApiKey::FindCoordinator), 0, "{code}");
            assert_eq!(seen.lag("first", "orders", 0), Err(Unknown::Failed(kind)), "{code}");
            assert_eq!(seen.group("first").state, GroupState::Stable, "{code} tells nothing about members");
            seen.assert_unharmed(&["second", "third", "neighbour"]);
            assert_eq!(seen.problems(), [(Question::OffsetFetch, Some(1), kind, 1)]);
            assert_eq!(watch.failures(), [("OffsetFetch".to_owned(), kind.word().to_owned(), 1)]);
        }
    }
}

#[tokio::test]
async fn a_code_without_a_kind_of_its_own_is_told_by_its_name() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(Rule::new(ApiKey::OffsetFetch, Reaction::code_for("first", 24)));
    let seen = Watch::of(&fake).poll().await;
    assert_eq!(seen.only_detail(), "OffsetFetch at broker 1 for group `first`: INVALID_GROUP_ID");
    fake.behave();
    fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("payments", 56)).at(2));
    let seen = Watch::of(&fake).poll().await;
    assert_eq!(seen.only_detail(), "ListOffsets at broker 2 for topic `payments`: KAFKA_STORAGE_ERROR");
}

#[tokio::test]
async fn codes_of_the_describing_questions_cost_members_only() {
    let questions = [
        (ApiKey::DescribeGroups, Question::DescribeGroups, "first", 1),
        (ApiKey::ConsumerGroupDescribe, Question::ConsumerGroupDescribe, "third", 3),
    ];
    for (api, question, group, broker) in questions {
        for (code, kind) in FINAL {
            let fake = FakeCluster::start(3, world()).await;
            fake.when(Rule::new(api, Reaction::code_for(group, code)));
            let seen = Watch::of(&fake).poll().await;
            let asked = fake.take_asked();
            assert_eq!(asked.count_at(broker, api), 1, "{code} is not asked again");
            assert_eq!(asked.count(ApiKey::FindCoordinator), 0);
            assert_eq!(seen.group(group).members.as_ref().err(), Some(&Unknown::Failed(kind)));
            assert_eq!(seen.group(group).state, GroupState::Stable, "as it was listed");
            let topic = if group == "first" { "orders" } else { "payments" };
            assert_eq!(seen.lag(group, topic, 0), Ok(LAG), "{api:?} {code}");
            seen.assert_unharmed(&["second"]);
            assert_eq!(seen.problems(), [(question, Some(broker), kind, 1)]);
        }
    }
}

#[tokio::test]
async fn not_coordinator_is_asked_again_once_where_find_coordinator_says() {
    for api in [ApiKey::OffsetFetch, ApiKey::DescribeGroups] {
        let fake = FakeCluster::start(3, world()).await;
        fake.when(Rule::new(api, Reaction::code_for("first", 16)).nth(0).at(1));
        let mut watch = Watch::of(&fake);
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!(seen.problems(), []);
        let asked = fake.take_asked();
        assert_eq!(asked.count(ApiKey::FindCoordinator), 1);
        assert_eq!(asked.count_at(1, api), 2, "{api:?}");

        fake.behave();
        fake.when(Rule::new(api, Reaction::code_for("first", 16)));
        let seen = watch.poll().await;
        let asked = fake.take_asked();
        assert_eq!(asked.count(ApiKey::FindCoordinator), 1);
        assert_eq!(asked.count_at(1, api), 2, "{api:?} is asked again once");
        assert_eq!((asked.count_at(2, api), asked.count_at(3, ApiKey::OffsetFetch)), (1, 1));
        seen.assert_unharmed(&["second", "third"]);
        let question = if api == ApiKey::OffsetFetch { Question::OffsetFetch } else { Question::DescribeGroups };
        assert_eq!(seen.problems(), [(question, Some(1), ProblemKind::NotCoordinator, 1)]);
    }
}

#[tokio::test]
async fn find_coordinator_is_asked_once_for_all_groups_and_its_codes_are_one_problem() {
    let codes = [
        (14, ProblemKind::CoordinatorLoading),
        (15, ProblemKind::CoordinatorNotAvailable),
        (30, ProblemKind::GroupAuthorization),
    ];
    for (version, requests) in [(6, 1), (3, 50)] {
        for (code, kind) in codes {
            let many = (0..50).fold(world(), |world, number| world.group(&format!("many-{number}"), 2, "orders"));
            let fake = FakeCluster::start(3, many).await;
            fake.serves(ApiKey::FindCoordinator, 0, version);
            let only_many = |answer: &mut Answer| {
                if let Answer::OffsetFetch(answer) = answer {
                    let many = answer.groups.iter_mut().filter(|group| group.group_id.starts_with("many"));
                    many.for_each(|group| group.error_code = 16);
                }
            };
            fake.when(Rule::new(ApiKey::OffsetFetch, Reaction::edit(only_many)));
            fake.when(Rule::new(ApiKey::FindCoordinator, Reaction::code(code)));
            let mut watch = Watch::of(&fake);
            let seen = watch.poll().await;
            assert_eq!(fake.take_asked().count(ApiKey::FindCoordinator), requests);
            assert_eq!(seen.problems(), [(Question::FindCoordinator, None, kind, 50)]);
            assert_eq!(seen.lag("many-7", "orders", 0), Err(Unknown::Failed(ProblemKind::NotCoordinator)));
            seen.assert_unharmed(&["first", "second", "third"]);
        }
    }
}

#[tokio::test]
async fn codes_of_list_groups_cost_one_search_for_the_groups_that_were_listed_before() {
    for (code, kind) in [
        (14, ProblemKind::CoordinatorLoading),
        (31, ProblemKind::ClusterAuthorization),
        (30, ProblemKind::GroupAuthorization),
    ] {
        let fake = FakeCluster::start(3, world()).await;
        let mut watch = Watch::of(&fake);
        watch.poll().await.assert_unharmed(&["first", "second", "third"]);
        fake.take_asked();
        let nothing_but = move |answer: &mut Answer| {
            if let Answer::ListGroups(answer) = answer {
                answer.error_code = code;
                answer.groups.clear();
            }
        };
        fake.when(Rule::new(ApiKey::ListGroups, Reaction::edit(nothing_but)).at(2));
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!(seen.problems(), [(Question::ListGroups, Some(2), kind, 1)]);
        let asked = fake.take_asked();
        assert_eq!((asked.count_at(2, ApiKey::ListGroups), asked.count(ApiKey::FindCoordinator)), (1, 1));

        fake.behave();
        watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    }
}

#[tokio::test]
async fn a_coordinator_that_loads_shows_the_groups_it_has() {
    let fake = FakeCluster::start(3, world().group("not loaded", 2, "orders")).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await.assert_unharmed(&["second", "not loaded"]);
    let partly = |answer: &mut Answer| {
        if let Answer::ListGroups(answer) = answer {
            answer.error_code = 14;
            answer.groups.retain(|group| group.group_id.as_str() != "not loaded");
        }
    };
    fake.when(Rule::new(ApiKey::ListGroups, Reaction::edit(partly)).at(2));
    fake.when(Rule::new(ApiKey::DescribeGroups, Reaction::code_for("not loaded", 14)));
    fake.when(Rule::new(ApiKey::OffsetFetch, Reaction::code_for("not loaded", 14)));
    let seen = watch.poll().await;
    seen.assert_unharmed(&["first", "second", "third"]);
    let loading = ProblemKind::CoordinatorLoading;
    assert_eq!(seen.lag("not loaded", "orders", 0), Err(Unknown::Failed(loading)));
    let questions = [Question::ListGroups, Question::DescribeGroups, Question::OffsetFetch];
    assert_eq!(seen.problems(), questions.map(|question| (question, Some(2), loading, 1)));
}

#[tokio::test]
async fn codes_of_metadata_cost_one_topic_or_send_us_to_another_broker() {
    for (code, kind) in
        [(29, ProblemKind::TopicAuthorization), (3, ProblemKind::UnknownTopicOrPartition), (17, ProblemKind::Other)]
    {
        let fake = FakeCluster::start(3, world()).await;
        fake.when(Rule::new(ApiKey::Metadata, Reaction::code_for("orders", code)));
        let seen = Watch::of(&fake).poll().await;
        assert_eq!(seen.lag("first", "orders", 0), Err(Unknown::NotListed));
        assert!(seen.topic("orders").is_some_and(|topic| !topic.is_listed));
        seen.assert_unharmed(&["third"]);
        assert_eq!(seen.problems(), [(Question::Metadata, None, kind, 1)]);
    }
    // A leader that is being elected is no reason to hide the topic.
    let fake = FakeCluster::start(3, world()).await;
    fake.when(Rule::new(ApiKey::Metadata, Reaction::code_for("orders", 5)));
    Watch::of(&fake).poll().await.assert_unharmed(&["first", "second", "third"]);
    // Version 13 can refuse as a whole (KIP-1102).
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.take_asked();
    fake.when(Rule::new(ApiKey::Metadata, Reaction::code(129)).at(1));
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    let asked = fake.take_asked();
    assert_eq!((asked.count_at(1, ApiKey::Metadata), asked.count(ApiKey::Metadata)), (1, 2));
}

#[tokio::test]
async fn a_refused_handshake_costs_that_brokers_share() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(Rule::new(ApiKey::ApiVersions, Reaction::code(58)).at(2));
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first"]);
    assert_eq!(seen.find_group("second"), None);
    assert_eq!(seen.end("orders", 1), Err(Unknown::Failed(ProblemKind::Other)));
    assert!(seen.problems().contains(&(Question::ListGroups, Some(2), ProblemKind::Other, 1)));
}

#[tokio::test]
async fn a_group_of_unsaid_kind_is_asked_about_in_both_protocols() {
    for (list_version, describe_version) in [(4, 5), (4, 6), (0, 0)] {
        let fake = FakeCluster::start(3, world()).await;
        fake.serves(ApiKey::ListGroups, 0, list_version);
        fake.serves(ApiKey::DescribeGroups, 0, describe_version);
        let seen = Watch::of(&fake).poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!(seen.group("third").kind, GroupKind::Consumer);
        assert_eq!(seen.group("first").kind, GroupKind::Unsaid);
        assert_eq!(seen.problems(), []);
        let asked = fake.take_asked();
        assert_eq!((asked.count(ApiKey::DescribeGroups), asked.count(ApiKey::ConsumerGroupDescribe)), (3, 1));
    }
}

#[tokio::test]
async fn a_group_neither_protocol_knows_is_dead_and_keeps_its_kind() {
    let fake = FakeCluster::start(3, world()).await;
    for api in [ApiKey::DescribeGroups, ApiKey::ConsumerGroupDescribe] {
        fake.when(Rule::new(api, Reaction::code(69)));
    }
    let seen = Watch::of(&fake).poll().await;
    for (group, kind) in [("first", GroupKind::Classic), ("third", GroupKind::Consumer)] {
        assert_eq!((seen.group(group).state, &seen.group(group).kind), (GroupState::Dead, &kind));
        assert_eq!(seen.group(group).members, Ok([].into()));
    }
    assert_eq!(seen.lag("first", "orders", 0), Ok(LAG));
}
