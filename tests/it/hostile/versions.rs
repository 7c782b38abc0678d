//! Brokers of every age: each API in each version we speak, and in none. It is NOT the shape of single messages.
//! Invariant: what is shown is the same in every version that has it.

use highwater::config::PollSettings;
use highwater::model::{GroupState, ProblemKind, Question, Unknown};
use kafka_protocol::messages::ApiKey;

use super::watch::{LAG, Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Request, Rule};

const SPOKEN: [(ApiKey, i16, i16); 8] = [
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::Metadata, 1, 13),
    (ApiKey::FindCoordinator, 0, 6),
    (ApiKey::ListGroups, 0, 5),
    (ApiKey::DescribeGroups, 0, 6),
    (ApiKey::ConsumerGroupDescribe, 0, 1),
    (ApiKey::OffsetFetch, 2, 9),
    (ApiKey::ListOffsets, 1, 10),
];

#[tokio::test]
async fn every_version_of_every_question_tells_the_same() {
    for (api, first, last) in SPOKEN {
        for version in first..=last {
            let fake = FakeCluster::start(3, world()).await;
            fake.serves(api, first, version);
            // Somebody to search for.
            let hide = |answer: &mut Answer| {
                if let Answer::DescribeGroups(answer) = answer {
                    answer.groups.iter_mut().for_each(|group| group.error_code = 16);
                }
            };
            fake.when(Rule::new(ApiKey::DescribeGroups, Reaction::edit(hide)).at(1).nth(0));
            let seen = Watch::of(&fake).poll().await;
            seen.assert_unharmed(&["first", "second", "third"]);
            assert_eq!(seen.problems(), [], "{api:?} {version}");
            assert_eq!((seen.end("orders", 2), seen.start("orders", 2)), (Ok(100), Ok(10)));
            assert_eq!(seen.group("second").state, GroupState::Stable);
            let asked = fake.take_asked();
            assert!(asked.of(api).count() > 0, "{api:?}");
            // What a broker serves is asked in the newest version, or else in the oldest (KIP-511).
            let version = if api == ApiKey::ApiVersions && version < last { 0 } else { version };
            assert!(asked.of(api).all(|asked| asked.version == version), "{api:?} {version}");
        }
    }
}

#[tokio::test]
async fn lists_are_of_all_states_and_types_and_a_broker_is_told_who_asks() {
    let fake = FakeCluster::start(1, world()).await;
    Watch::of(&fake).poll().await;
    let asked = fake.take_asked();
    for asked in &asked.0 {
        match &asked.request {
            Request::ListGroups(request) => {
                assert!(request.states_filter.is_empty() && request.types_filter.is_empty(), "{request:?}");
            }
            Request::ApiVersions(request) => assert_eq!(request.client_software_name.as_str(), "highwater"),
            _ => {}
        }
    }
    assert_eq!((asked.count(ApiKey::ListGroups), asked.count(ApiKey::ApiVersions)), (1, 1));
}

#[tokio::test]
async fn each_broker_is_asked_in_the_versions_it_serves() {
    let fake = FakeCluster::start(3, world()).await;
    fake.serves(ApiKey::OffsetFetch, 0, 5);
    let mut watch = Watch::of(&fake);
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    // An upgrade, broker by broker: each is asked anew what it serves when it is back.
    fake.stop(2).await;
    fake.serves(ApiKey::OffsetFetch, 1, 8);
    fake.start_again(2).await;
    fake.take_asked();
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    let asked = fake.take_asked();
    let versions: Vec<(i32, i16)> = asked.of(ApiKey::OffsetFetch).map(|asked| (asked.broker, asked.version)).collect();
    assert!(versions.contains(&(2, 8)) && versions.contains(&(1, 5)) && versions.contains(&(3, 5)), "{versions:?}");
}

#[tokio::test]
async fn an_api_without_a_common_version_costs_what_it_would_have_told() {
    let none = [(100, 101), (-1, -1)];
    for (first, last) in none {
        let fake = FakeCluster::start(3, world()).await;
        fake.serves(ApiKey::OffsetFetch, first, last);
        let seen = Watch::of(&fake).poll().await;
        assert_eq!(seen.lag("first", "orders", 0), Err(Unknown::Failed(ProblemKind::UnsupportedVersion)));
        assert!(seen.group("first").members.is_ok());
        assert_eq!(seen.end("orders", 0), Ok(100));
        let unsupported = |broker| (Question::OffsetFetch, Some(broker), ProblemKind::UnsupportedVersion, 1);
        assert_eq!(seen.problems(), [1, 2, 3].map(unsupported));
        assert_eq!(fake.take_asked().count(ApiKey::OffsetFetch), 0);
    }
    let fake = FakeCluster::start(3, world()).await;
    fake.serves(ApiKey::ConsumerGroupDescribe, -1, -1);
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first", "second"]);
    assert_eq!(seen.lag("third", "payments", 0), Ok(LAG));
    let expected = (Question::ConsumerGroupDescribe, Some(3), ProblemKind::UnsupportedVersion, 1);
    assert_eq!(seen.problems(), [expected]);
}

#[tokio::test]
async fn topics_are_named_only_where_the_filter_does_and_never_created() {
    let filters: [(&[&str], i16, Option<usize>); 5] = [
        (&["orders", "absent"], 13, Some(2)),
        (&["orders", "absent"], 4, Some(2)),
        (&["orders", "absent"], 3, None),
        (&["orders.*"], 13, None),
        (&[".*"], 13, None),
    ];
    for (filter, version, named) in filters {
        let fake = FakeCluster::start(3, world()).await;
        fake.serves(ApiKey::Metadata, 0, version);
        let seen = Watch::with(&fake, PollSettings::default(), filter).poll().await;
        assert_eq!(seen.lag("first", "orders", 0), Ok(LAG));
        let is_literal_list = named.is_some();
        let absent = (Question::Metadata, None, ProblemKind::UnknownTopicOrPartition, 1);
        assert_eq!(seen.problems().contains(&absent), is_literal_list, "what is named and absent is told");
        assert_eq!(seen.topic("payments").is_some(), filter == [".*"]);
        let asked = fake.take_asked();
        for asked in asked.of(ApiKey::Metadata) {
            let Request::Metadata(request) = &asked.request else { panic!("{asked:?}") };
            assert_eq!(request.topics.as_ref().map(Vec::len), named);
            assert!(request.topics.is_none() || !request.allow_auto_topic_creation);
        }
    }
}
