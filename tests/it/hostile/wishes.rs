//! Error codes in answers about offsets by time: what they cost, and which of them are told as problems. It is NOT about
//! right answers; simulated and real clusters give those.
//! Invariant: whatever is answered to wishes, nothing else is lost by it.

use std::time::Duration;

use highwater::model::{
    EpochWish, MarkerWish, PartitionId, ProblemKind, Question, TimeWish, TimedOffset, Timestamp, TopicName, Unknown,
    Wishes,
};
use kafka_protocol::messages::ApiKey;

use super::watch::{Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Request, Rule};

/// Where all partitions of the world start.
const START: i64 = 10;

const WHEN: u64 = 1_700_000_000_000;

fn at() -> Timestamp {
    Timestamp::from_unix(Duration::from_millis(WHEN))
}

/// Partition 0 of `orders` and of `payments`, led by brokers 1 and 2.
fn wishes() -> Wishes {
    let wish = |topic: &str| TimeWish { topic: TopicName::from(topic), partition: PartitionId(0), at: at() };
    Wishes { times: vec![wish("orders"), wish("payments")], ..Wishes::default() }
}

fn is_by_time(request: &Request) -> bool {
    let Request::ListOffsets(request) = request else { return false };
    request.topics.iter().flat_map(|topic| &topic.partitions).any(|partition| partition.timestamp >= 0)
}

fn rule(reaction: Reaction) -> Rule {
    Rule::new(ApiKey::ListOffsets, reaction).only(is_by_time)
}

/// What was told of both.
async fn told(watch: &mut Watch) -> (Vec<Result<Option<TimedOffset>, Unknown>>, Vec<(Question, ProblemKind)>) {
    let seen = watch.poll_wishing(&wishes()).await;
    seen.assert_unharmed(&["first", "second", "third"]);
    let told = seen.snapshot().granted.times.iter().map(|told| told.found).collect();
    (told, seen.problems().into_iter().map(|(question, _, kind, _)| (question, kind)).collect())
}

#[tokio::test]
async fn codes_of_a_wish_cost_its_answer_and_are_told_where_they_are_odd() {
    let found = Ok(Some(TimedOffset { offset: START, timestamp: at() }));
    for (code, kind, is_problem) in [
        (43, ProblemKind::UnsupportedForMessageFormat, false),
        (6, ProblemKind::NotLeader, false),
        (74, ProblemKind::FencedLeaderEpoch, false),
        (3, ProblemKind::UnknownTopicOrPartition, false),
        (78, ProblemKind::OffsetNotAvailable, false),
        (56, ProblemKind::Other, true),
        (29, ProblemKind::TopicAuthorization, true),
    ] {
        let fake = FakeCluster::start(3, world()).await;
        fake.when(rule(Reaction::code_for("orders", code)));
        let mut watch = Watch::of(&fake);
        let problems = if is_problem { vec![(Question::ListOffsets, kind)] } else { Vec::new() };
        assert_eq!(told(&mut watch).await, (vec![Err(Unknown::Failed(kind)), found], problems), "{code}");
        assert_eq!(watch.failures(), [("ListOffsets".to_owned(), kind.word().to_owned(), 1)]);
        assert_eq!(fake.take_asked().of(ApiKey::ListOffsets).count(), 8, "nothing is asked again");
    }
}

#[tokio::test]
async fn a_wish_that_is_not_answered_is_told_as_missing() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(rule(Reaction::edit(|answer| {
        if let Answer::ListOffsets(answer) = answer {
            answer.topics.retain(|topic| topic.name.as_str() != "orders");
        }
    })));
    let (told, problems) = told(&mut Watch::of(&fake)).await;
    assert_eq!(told[0], Err(Unknown::Failed(ProblemKind::Missing)));
    assert_eq!(problems, [(Question::ListOffsets, ProblemKind::Missing)]);
}

#[tokio::test]
async fn an_answer_that_is_none_costs_that_brokers_wishes() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(rule(Reaction::Body(vec![0xff; 40])).at(1));
    let (told, problems) = told(&mut Watch::of(&fake)).await;
    assert_eq!(told, [Ok(Some(TimedOffset { offset: START, timestamp: at() }))]);
    assert_eq!(problems, [(Question::ListOffsets, ProblemKind::Malformed)]);
}

/// Of brokers that cannot be asked something it is not asked, and that is no problem.
#[tokio::test]
async fn what_a_broker_does_not_serve_is_left_out() {
    let fake = FakeCluster::start(3, world()).await;
    let topic = TopicName::from("orders");
    let wishes = Wishes {
        epochs: vec![EpochWish { topic: topic.clone(), partition: PartitionId(0), epoch: 0 }],
        markers: vec![MarkerWish { topic, partition: PartitionId(0), from: 90 }],
        ..wishes()
    };
    let mut watch = Watch::of(&fake);
    let seen = watch.poll_wishing(&wishes).await;
    assert_eq!((seen.snapshot().granted.epochs.len(), seen.snapshot().granted.markers.len()), (0, 0));
    assert_eq!(seen.snapshot().granted.times.len(), 2);
    assert_eq!((seen.problems(), watch.failures()), (Vec::new(), Vec::new()));
}
