//! Answers in good form that say what cannot be. It is NOT about bytes.
//! Invariant: a lie is left out or shown as unknown; it never becomes a lag, nor anybody else's loss.

use highwater::model::{ProblemKind, Question, Unknown};
use kafka_protocol::messages::metadata_response::{
    MetadataResponse, MetadataResponseBroker, MetadataResponsePartition,
};
use kafka_protocol::messages::{ApiKey, BrokerId, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::watch::{LAG, Watch, world};
use crate::support::fake_broker::{Answer, FakeCluster, Reaction, Rule};

async fn lied_to(lie: impl Fn(&mut MetadataResponse) + Send + Sync + 'static) -> super::watch::Seen {
    let fake = FakeCluster::start(3, world()).await;
    let edit = move |answer: &mut Answer| {
        if let Answer::Metadata(answer) = answer {
            lie(answer);
        }
    };
    fake.when(Rule::new(ApiKey::Metadata, Reaction::edit(edit)));
    Watch::of(&fake).poll().await
}

fn orders(answer: &mut MetadataResponse) -> &mut Vec<MetadataResponsePartition> {
    let topic =
        answer.topics.iter_mut().find(|topic| topic.name.as_ref().is_some_and(|name| name.as_str() == "orders"));
    &mut topic.expect("orders is listed").partitions
}

#[tokio::test]
async fn brokers_topics_and_partitions_told_twice_are_there_once() {
    let seen = lied_to(|answer| {
        let elsewhere = answer.brokers[0].clone().with_port(1);
        answer.brokers.push(elsewhere);
        answer.topics = [answer.topics.clone(), answer.topics.clone()].concat();
        let again = orders(answer)[0].clone();
        orders(answer).push(again.with_leader_id(BrokerId(9)));
    })
    .await;
    seen.assert_unharmed(&["first", "second", "third"]);
    assert_eq!((seen.snapshot().brokers.len(), seen.snapshot().topics.len(), seen.problems()), (3, 2, vec![]));
}

#[tokio::test]
async fn impossible_partitions_leaders_and_ports_are_left_out_or_unknown() {
    let seen = lied_to(|answer| {
        let like = orders(answer)[0].clone();
        for (index, leader) in [(-1, 1), (i32::MIN, 1), (i32::MAX, 77), (7, -5)] {
            orders(answer).push(like.clone().with_partition_index(index).with_leader_id(BrokerId(leader)));
        }
        for port in [-1, 0x10000] {
            let broker = MetadataResponseBroker::default().with_node_id(BrokerId(50 + port)).with_port(port);
            answer.brokers.push(broker.with_host(StrBytes::from_static_str("nowhere")));
        }
    })
    .await;
    seen.assert_unharmed(&["first", "second", "third"]);
    let orders = seen.topic("orders").expect("orders is shown");
    let ids: Vec<i32> = orders.partitions.iter().map(|partition| partition.id.0).collect();
    assert_eq!(ids, [0, 1, 2, 7, i32::MAX]);
    assert_eq!(seen.end("orders", 7), Err(Unknown::NoLeader));
    assert_eq!(seen.end("orders", i32::MAX), Err(Unknown::Failed(ProblemKind::Connect)));
    assert_eq!(seen.problems(), [(Question::ListOffsets, Some(77), ProblemKind::Connect, 1)]);
}

#[tokio::test]
async fn a_hundred_thousand_leaders_nobody_knows_are_not_a_hundred_thousand_problems() {
    let seen = lied_to(|answer| {
        let like = orders(answer)[0].clone();
        let many = (0..100_000)
            .map(|number| like.clone().with_partition_index(100 + number).with_leader_id(BrokerId(1000 + number)));
        let many: Vec<_> = many.collect();
        orders(answer).extend(many);
    })
    .await;
    seen.assert_unharmed(&["first", "second", "third"]);
    assert!(seen.problems().len() <= 1001, "{}", seen.problems().len());
}

#[tokio::test]
async fn a_topic_name_beyond_all_measure_is_reported_in_few_words() {
    let seen = lied_to(|answer| {
        let like = answer.topics[0].clone();
        let name = TopicName(StrBytes::from_string("ü".repeat(1 << 20)));
        answer.topics.push(like.with_name(Some(name)));
        let replicas = vec![BrokerId(1); 100_000];
        orders(answer)[0].replica_nodes = replicas;
    })
    .await;
    seen.assert_unharmed(&["first", "second", "third"]);
    assert_eq!(seen.problems(), [(Question::Metadata, None, ProblemKind::Invalid, 1)]);
    assert!(seen.only_detail().len() < 200, "{}", seen.only_detail());
}

#[tokio::test]
async fn impossible_offsets_give_no_lag() {
    for offset in [-1, -2, i64::MIN] {
        let fake = FakeCluster::start(3, world()).await;
        fake.change(|world| world.partition("orders", 0).end = offset);
        let seen = Watch::of(&fake).poll().await;
        assert_eq!(seen.lag("first", "orders", 0), Err(Unknown::Failed(ProblemKind::Invalid)), "{offset}");
        assert_eq!(seen.problems(), [(Question::ListOffsets, Some(1), ProblemKind::Invalid, 1)]);
        seen.assert_unharmed(&["third"]);
    }
    let fake = FakeCluster::start(3, world()).await;
    fake.change(|world| {
        let partition = world.partition("orders", 0);
        (partition.start, partition.end) = (i64::MAX, i64::MAX);
        world.of("second").commits.insert(("orders".to_owned(), 1), i64::MAX);
        world.of("third").commits.insert(("payments".to_owned(), 1), i64::MIN);
    });
    let seen = Watch::of(&fake).poll().await;
    assert_eq!((seen.lag("first", "orders", 0), seen.lag("second", "orders", 1)), (Ok(0), Ok(0)));
    assert_eq!(seen.lag("third", "payments", 0), Ok(LAG));
}

#[tokio::test]
async fn commits_and_assignments_on_what_cannot_be_are_left_out() {
    let fake = FakeCluster::start(3, world()).await;
    let long = "t".repeat(250);
    fake.change(|world| {
        let second = world.of("second");
        second.commits.insert((long.clone(), 0), 7);
        second.commits.insert(("orders".to_owned(), -3), 7);
        second.commits.insert(("orders".to_owned(), i32::MAX), 7);
        second.members[0].partitions = vec![0, -1, i32::MAX];
        let mut other = second.members[0].clone();
        other.topic = long.clone();
        second.members.push(other);
    });
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first", "second", "third"]);
    assert_eq!(seen.lag("second", "orders", i32::MAX), Err(Unknown::NotListed));
    assert!(seen.topic(&long).is_none());
    assert_eq!(seen.problems(), [(Question::OffsetFetch, Some(2), ProblemKind::Invalid, 2)]);
}

#[tokio::test]
async fn a_commit_the_coordinator_will_not_tell_is_unknown_and_told() {
    let fake = FakeCluster::start(3, world()).await;
    fake.change(|world| world.of("second").commits.extend([(("orders".to_owned(), 1), 80)]));
    fake.when(Rule::new(
        ApiKey::OffsetFetch,
        Reaction::edit(|answer| {
            if let Answer::OffsetFetch(answer) = answer {
                for group in answer.groups.iter_mut().filter(|group| group.group_id.as_str() == "second") {
                    group.topics[0].partitions[0].error_code = 3;
                }
            }
        }),
    ));
    let mut watch = Watch::of(&fake);
    let seen = watch.poll().await;
    assert!(seen.lag("second", "orders", 0).is_err());
    assert_eq!(seen.lag("second", "orders", 1), Ok(20));
    assert_eq!(seen.problems(), [(Question::OffsetFetch, Some(2), ProblemKind::UnknownTopicOrPartition, 1)]);
    assert_eq!(watch.failures(), [("OffsetFetch".to_owned(), "unknown_topic_or_partition".to_owned(), 1)]);
    seen.assert_unharmed(&["first", "third"]);
}

#[tokio::test]
async fn answers_about_other_groups_than_were_asked_about_are_not_believed() {
    let fake = FakeCluster::start(3, world()).await;
    fake.when(Rule::new(
        ApiKey::OffsetFetch,
        Reaction::edit(|answer| {
            if let Answer::OffsetFetch(answer) = answer {
                for group in answer.groups.iter_mut().filter(|group| group.group_id.as_str() == "second") {
                    group.group_id = kafka_protocol::messages::GroupId(StrBytes::from_static_str("first"));
                    group.topics.clear();
                }
            }
        }),
    ));
    let seen = Watch::of(&fake).poll().await;
    seen.assert_unharmed(&["first", "third"]);
    assert_eq!(seen.lag("second", "orders", 0), Err(Unknown::Failed(ProblemKind::Missing)));
    assert_eq!(seen.problems(), [(Question::OffsetFetch, Some(2), ProblemKind::Missing, 1)]);
}
