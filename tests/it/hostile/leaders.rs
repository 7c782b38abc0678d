//! Leaders that are not where metadata says: what is asked again, and of whom. It is NOT about coordinators.
//! Invariant: at most two rounds of metadata and of each partition's end in a poll.

use highwater::model::{ProblemKind, Question, Unknown};
use kafka_protocol::messages::ApiKey;

use super::watch::{Watch, world};
use crate::support::fake_broker::{FakeCluster, Reaction, Request, Rule};

/// Codes that fresh metadata may help with.
const ASKED_AGAIN: [(i16, ProblemKind); 4] = [
    (6, ProblemKind::NotLeader),
    (74, ProblemKind::FencedLeaderEpoch),
    (75, ProblemKind::UnknownLeaderEpoch),
    (3, ProblemKind::UnknownTopicOrPartition),
];

const FINAL: [(i16, ProblemKind); 4] = [
    (29, ProblemKind::TopicAuthorization),
    (78, ProblemKind::OffsetNotAvailable),
    (35, ProblemKind::UnsupportedVersion),
    (56, ProblemKind::Other),
];

fn asks_for_ends(request: &Request) -> bool {
    let Request::ListOffsets(request) = request else { return false };
    request.topics.iter().flat_map(|topic| &topic.partitions).all(|partition| partition.timestamp == -1)
}

#[tokio::test]
async fn codes_of_a_wrong_leader_are_asked_again_once() {
    for (code, kind) in ASKED_AGAIN {
        let fake = FakeCluster::start(3, world()).await;
        fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("orders", code)).at(2).nth(0));
        let mut watch = Watch::of(&fake);
        let seen = watch.poll().await;
        seen.assert_unharmed(&["first", "second", "third"]);
        assert_eq!((seen.end("orders", 1), seen.problems()), (Ok(100), vec![]), "{code}");
        let asked = fake.take_asked();
        assert_eq!(asked.count(ApiKey::Metadata), 2);
        assert_eq!(asked.count_at(2, ApiKey::ListOffsets), 3, "ends, the refused end again, starts");
        let again = asked.of(ApiKey::ListOffsets).filter(|asked| asked.broker == 2).nth(1).expect("asked again");
        let Request::ListOffsets(again) = &again.request else { panic!("{again:?}") };
        assert_eq!(again.topics.len(), 1, "only what was refused");

        fake.behave();
        fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("orders", code)).at(2));
        let seen = watch.poll().await;
        let asked = fake.take_asked();
        assert_eq!((asked.count(ApiKey::Metadata), asked.count_at(2, ApiKey::ListOffsets)), (2, 3), "{code}");
        assert_eq!(seen.end("orders", 1), Err(Unknown::Failed(kind)));
        assert_eq!(seen.start("orders", 1), Err(Unknown::Failed(kind)));
        assert_eq!((seen.end("orders", 0), seen.end("payments", 0)), (Ok(100), Ok(100)));
        assert_eq!(seen.problems(), [(Question::ListOffsets, Some(2), kind, 1)]);
    }
}

#[tokio::test]
async fn other_codes_are_not_asked_again() {
    for (code, kind) in FINAL {
        let fake = FakeCluster::start(3, world()).await;
        fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("orders", code)).at(1));
        let seen = Watch::of(&fake).poll().await;
        let asked = fake.take_asked();
        assert_eq!((asked.count(ApiKey::Metadata), asked.count_at(1, ApiKey::ListOffsets)), (1, 1), "{code}");
        assert_eq!(seen.lag("first", "orders", 0), Err(Unknown::Failed(kind)));
        assert_eq!((seen.end("orders", 1), seen.lag("third", "payments", 0)), (Ok(100), Ok(40)));
        assert_eq!(seen.problems(), [(Question::ListOffsets, Some(1), kind, 1)]);
    }
}

#[tokio::test]
async fn a_refused_start_costs_the_start_only() {
    let fake = FakeCluster::start(3, world()).await;
    let only_starts = |request: &Request| !asks_for_ends(request);
    fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("orders", 56)).at(1).only(only_starts));
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first", "second", "third"]);
    assert_eq!(seen.start("orders", 0), Err(Unknown::Failed(ProblemKind::Other)));
    assert_eq!(seen.problems(), [(Question::ListOffsets, Some(1), ProblemKind::Other, 1)]);
}

#[tokio::test]
async fn metadata_of_a_cut_off_broker_is_replaced_by_that_of_another() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.isolate(1);
    fake.change(|world| {
        world.move_leader("orders", 1, 3);
        world.partition("orders", 1).end = 500;
    });
    fake.take_asked();
    let seen = watch.poll().await;
    assert_eq!((seen.end("orders", 1), seen.problems()), (Ok(500), vec![]));
    let asked = fake.take_asked();
    assert_eq!((asked.count_at(1, ApiKey::Metadata), asked.count(ApiKey::Metadata)), (1, 2));
    // From now on the one that knew better is asked.
    watch.poll().await;
    let asked = fake.take_asked();
    assert_eq!((asked.count_at(1, ApiKey::Metadata), asked.count(ApiKey::Metadata)), (0, 1));
}

#[tokio::test]
async fn a_leader_that_does_not_know_it_is_none_is_found_out_by_a_commit_beyond_it() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.isolate(1);
    fake.change(|world| {
        world.move_leader("orders", 0, 2);
        world.partition("orders", 0).end = 500;
        world.of("second").commits.insert(("orders".to_owned(), 0), 300);
    });
    let seen = watch.poll().await;
    assert_eq!(seen.end("orders", 0), Ok(500));
    assert_eq!(seen.problems(), []);
    // Between the readings of two polls lies a line, so the lag is at most the distance to the end.
    assert!(seen.lag("second", "orders", 0).is_ok_and(|lag| lag <= 200));
}

#[tokio::test]
async fn a_leader_behind_our_metadata_is_asked_again_and_not_believed_about_itself() {
    let fake = FakeCluster::start(3, world()).await;
    fake.isolate(2);
    fake.change(|world| world.partition("orders", 1).epoch += 1);
    let mut watch = Watch::of(&fake);
    let seen = watch.poll().await;
    assert_eq!(seen.end("orders", 1), Err(Unknown::Failed(ProblemKind::UnknownLeaderEpoch)));
    assert_eq!(seen.problems(), [(Question::ListOffsets, Some(2), ProblemKind::UnknownLeaderEpoch, 1)]);
    seen.assert_unharmed(&["first", "third"]);
}

#[tokio::test]
async fn a_cut_off_broker_asked_second_takes_nothing_away() {
    let fake = FakeCluster::start(3, world()).await;
    fake.isolate(2);
    fake.change(|world| *world = world.clone().topic("new", &[3]));
    // Broker 2 is asked second, and knows neither the topic nor better.
    fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("new", 6)));
    let mut watch = Watch::of(&fake);
    for _ in 0..2 {
        let seen = watch.poll().await;
        let asked = fake.take_asked();
        assert_eq!((asked.count_at(1, ApiKey::Metadata), asked.count_at(2, ApiKey::Metadata)), (1, 1));
        assert_eq!(seen.end("new", 0), Err(Unknown::Failed(ProblemKind::NotLeader)));
        assert_eq!(seen.problems(), [(Question::ListOffsets, Some(3), ProblemKind::NotLeader, 1)]);
    }
}

#[tokio::test]
async fn without_second_metadata_a_wrong_leader_is_a_problem_all_the_same() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(Rule::new(ApiKey::ListOffsets, Reaction::code_for("orders", 6)).at(2));
    fake.when(Rule::new(ApiKey::Metadata, Reaction::Body(vec![7])).nth(1));
    let seen = Watch::of(&fake).poll().await;
    assert_eq!(seen.end("orders", 1), Err(Unknown::Failed(ProblemKind::NotLeader)));
    assert_eq!(seen.problems(), [(Question::ListOffsets, Some(2), ProblemKind::NotLeader, 1)]);
}

#[tokio::test]
async fn a_commit_that_stays_beyond_the_end_is_asked_about_again_only_when_it_is_new() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.change(|world| world.of("first").commits.extend([(("orders".to_owned(), 0), 5000)]));
    fake.take_asked();
    for (metadata, list_offsets) in [(2, 7), (1, 6), (1, 6)] {
        let seen = watch.poll().await;
        assert_eq!(seen.lag("first", "orders", 0), Ok(0));
        let asked = fake.take_asked();
        assert_eq!((asked.count(ApiKey::Metadata), asked.count(ApiKey::ListOffsets)), (metadata, list_offsets));
    }
}

#[tokio::test]
async fn a_topic_deleted_or_made_anew_in_the_middle_of_a_poll_is_seen_as_it_is_now() {
    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.isolate(1);
    fake.change(|world| drop(world.topics.remove("payments")));
    let seen = watch.poll().await;
    assert_eq!(seen.lag("third", "payments", 0), Err(Unknown::NotListed));
    seen.assert_unharmed(&["first", "second"]);

    let fake = FakeCluster::start(3, world()).await;
    let mut watch = Watch::of(&fake);
    watch.poll().await;
    fake.isolate(1);
    fake.change(|world| {
        let payments = world.topics.get_mut("payments").expect("a topic of the test");
        payments.id = 2;
        for partition in &mut payments.partitions {
            (partition.leader, partition.epoch, partition.start, partition.end) = (3, 0, 0, 70);
        }
    });
    let seen = watch.poll().await;
    assert_eq!((seen.end("payments", 0), seen.end("payments", 1)), (Ok(70), Ok(70)));
    assert_eq!(seen.lag("third", "payments", 0), Ok(10));
}

#[tokio::test]
async fn a_partition_without_a_leader_is_asked_of_nobody() {
    let fake = FakeCluster::start(3, world()).await;
    fake.change(|world| world.partition("orders", 1).leader = -1);
    let seen = Watch::of(&fake).poll().await;
    assert_eq!((seen.end("orders", 1), seen.start("orders", 1)), (Err(Unknown::NoLeader), Err(Unknown::NoLeader)));
    assert_eq!(seen.problems(), []);
    seen.assert_unharmed(&["first", "second", "third"]);
}

#[tokio::test]
async fn the_epoch_of_metadata_goes_with_the_question() {
    let fake = FakeCluster::start(3, world()).await;
    Watch::of(&fake).poll().await;
    let asked = fake.take_asked();
    for asked in asked.of(ApiKey::ListOffsets) {
        let Request::ListOffsets(request) = &asked.request else { panic!("{asked:?}") };
        assert_eq!(request.replica_id.0, -1);
        for partition in request.topics.iter().flat_map(|topic| &topic.partitions) {
            assert_eq!(partition.current_leader_epoch, 5);
        }
    }
}
