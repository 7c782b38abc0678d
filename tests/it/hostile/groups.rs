//! Groups that are listed twice, nowhere, or by somebody else than before. It is NOT about error codes.
//! Invariant: each group is shown once, and gone only when a healthy list lacks it.

use std::time::Duration;

use highwater::model::{BrokerId, GroupState, ProblemKind, Question, Unknown};
use kafka_protocol::messages::ApiKey;

use super::watch::{LAG, Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Request, Rule};

#[tokio::test]
async fn a_group_listed_twice_is_shown_once_and_counted() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    assert_eq!(watch.poll().await.snapshot().duplicate_listing_count, 0);
    fake.change(|world| {
        let first = world.of("first");
        (first.coordinator, first.also_listed_by) = (2, vec![1, 3]);
    });
    for _ in 0..4 {
        let seen = watch.poll().await;
        assert_eq!(seen.snapshot().duplicate_listing_count, 2);
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!((seen.group("first").coordinator, seen.problems()), (BrokerId(2), vec![]));
    }
}

#[tokio::test]
async fn a_cut_off_coordinator_is_believed_at_most_until_another_lists_its_groups() {
    // Before 2.6 lists tell no state, so nothing but the past tells who is right.
    for list_version in [3, 5] {
        let fake = FakeCluster::start(3, world()).await;
        fake.serves(ApiKey::ListGroups, 0, list_version);
        let mut watch = Watch::of(&fake);
        watch.poll().await.assert_unharmed(&["first"]);
        fake.isolate(1);
        fake.change(|world| {
            world.of("first").coordinator = 3;
            world.of("first").commits.insert(("orders".to_owned(), 1), 95);
        });
        for poll in 0..4 {
            let seen = watch.poll().await;
            assert_eq!(seen.lag("first", "orders", 1), Ok(5), "poll {poll} with ListGroups {list_version}");
            assert_eq!(seen.snapshot().duplicate_listing_count, 1);
        }
        let asked = fake.take_asked();
        assert_eq!(asked.count(ApiKey::FindCoordinator), 0);
    }
}

#[tokio::test]
async fn a_group_that_moved_and_is_listed_there_needs_no_search() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.change(|world| world.of("second").coordinator = 3);
    fake.take_asked();
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
    assert_eq!(fake.take_asked().count(ApiKey::FindCoordinator), 0);
}

#[tokio::test]
async fn groups_nobody_lists_are_searched_for_together_and_told_apart() {
    let many = (0..20).fold(world(), |world, number| world.group(&format!("gone-{number}"), 2, "orders"));
    let fake = FakeCluster::start(3, many.group("moved", 2, "orders")).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await.assert_unharmed(&["moved", "gone-7"]);
    fake.change(|world| {
        world.groups.retain(|name, _| !name.starts_with("gone"));
        world.of("moved").coordinator = 3;
    });
    let unlisted = |answer: &mut Answer| {
        if let Answer::ListGroups(answer) = answer {
            answer.groups.retain(|group| group.group_id.as_str() != "moved");
        }
    };
    fake.when(Rule::new(ApiKey::ListGroups, Reaction::edit(unlisted)));
    fake.take_asked();
    let seen = watch.poll().await;
    let asked = fake.take_asked();
    assert_eq!(asked.count(ApiKey::FindCoordinator), 1);
    let searched = asked.of(ApiKey::FindCoordinator).next().expect("there is one");
    let Request::FindCoordinator(request) = &searched.request else { panic!("{searched:?}") };
    assert_eq!(request.coordinator_keys.len(), 21, "all in one");
    seen.assert_unharmed(&["moved", "first", "second", "third"]);
    assert_eq!(seen.group("moved").coordinator, BrokerId(3));
    assert_eq!((seen.find_group("gone-7"), seen.problems()), (None, vec![]));
    // What is gone is not searched for again, and what was found is asked where it is.
    fake.behave();
    watch.poll().await.assert_unharmed(&["moved"]);
    assert_eq!(fake.take_asked().count(ApiKey::FindCoordinator), 0);
}

#[tokio::test]
async fn a_deleted_group_is_gone_also_where_its_id_belongs_to_another_coordinator_now() {
    for describe_version in [5, 6] {
        let fake = FakeCluster::start(3, world()).await;
        fake.serves(ApiKey::DescribeGroups, 0, describe_version);
        let mut watch = Watch::of(&fake);
        watch.poll().await;
        fake.change(|world| {
            world.groups.remove("second");
            world.coordinator_of_unknown = 3;
        });
        let seen = watch.poll().await;
        assert_eq!((seen.find_group("second"), seen.problems()), (None, vec![]), "DescribeGroups {describe_version}");
    }
}

#[tokio::test]
async fn a_group_whose_coordinator_is_gone_is_unknown_until_it_is_stale() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.stop(2).await;
    let seen = watch.poll().await;
    assert_eq!(seen.lag("second", "orders", 0), Err(Unknown::NoCoordinator));
    assert_eq!(seen.group("second").state, GroupState::Unknown);
    seen.assert_unharmed(&["first"]);
    watch.wait(Duration::from_secs(50));
    assert!(watch.poll().await.find_group("second").is_some());
    watch.wait(Duration::from_secs(20));
    assert!(watch.poll().await.find_group("second").is_none());
    // Another broker takes over.
    fake.change(|world| world.of("second").coordinator = 3);
    watch.poll().await.assert_unharmed(&["second"]);
}

#[tokio::test]
async fn a_moved_group_whose_new_coordinator_loads_is_unknown_and_not_gone() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.change(|world| world.of("second").coordinator = 3);
    for api in [ApiKey::ListGroups, ApiKey::DescribeGroups, ApiKey::OffsetFetch] {
        let loading = |answer: &mut Answer| {
            answer.refuse(Some("second"), 14);
            if let Answer::ListGroups(answer) = answer {
                answer.groups.retain(|group| group.group_id.as_str() != "second");
            }
        };
        fake.when(Rule::new(api, Reaction::edit(loading)).at(3));
    }
    let seen = watch.poll().await;
    assert_eq!(seen.lag("second", "orders", 0), Err(Unknown::Failed(ProblemKind::CoordinatorLoading)));
    seen.assert_unharmed(&["first", "third"]);
    let loading = |question| (question, Some(3), ProblemKind::CoordinatorLoading, 1);
    let questions = [Question::ListGroups, Question::DescribeGroups, Question::OffsetFetch];
    assert_eq!(seen.problems(), questions.map(loading));
    fake.behave();
    watch.poll().await.assert_unharmed(&["first", "second", "third"]);
}

#[tokio::test]
async fn many_groups_are_asked_about_a_hundred_at_a_time() {
    let many = (0..250).fold(world(), |world, number| world.group(&format!("many-{number}"), 2, "orders"));
    let fake = FakeCluster::start(3, many).await;
    let seen = Watch::of(&fake).poll().await;
    let asked = fake.take_asked();
    assert_eq!((asked.count_at(2, ApiKey::OffsetFetch), asked.count_at(2, ApiKey::DescribeGroups)), (3, 3));
    for asked in asked.of(ApiKey::OffsetFetch) {
        let Request::OffsetFetch(request) = &asked.request else { panic!("{asked:?}") };
        assert!(request.groups.len() <= 100 && !request.require_stable);
        assert!(request.groups.iter().all(|group| group.topics.is_none()), "all of each group's commits");
    }
    assert_eq!(seen.lag("many-249", "orders", 0), Ok(LAG));

    fake.serves(ApiKey::OffsetFetch, 1, 7);
    let mut watch = Watch::of(&fake);
    watch.poll().await.assert_unharmed(&["many-7", "many-249", "second"]);
    assert_eq!(fake.take_asked().count_at(2, ApiKey::OffsetFetch), 251, "one group per request");
}
