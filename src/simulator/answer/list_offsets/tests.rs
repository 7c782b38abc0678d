//! Where partitions begin and end, asked as a client does.
//!
//! Not the records in between.
//! Invariant: each error is the one Kafka gives.

use kafka_protocol::messages::{BrokerId, TopicName};

use super::super::testing::{Lab, START};
use super::super::text;
use super::*;
use crate::simulator::spec::{Action, PartitionOf, TopicSpec};

fn lab() -> Lab {
    let steady = TopicSpec { wobble: 0.0, ..TopicSpec::new("orders", 1).rate(10.0) };
    let narrow = TopicSpec { replication: 1, ..TopicSpec::new("narrow", 1) };
    Lab::new(vec![steady, narrow, TopicSpec::new("empty", 1)], Vec::new())
}

fn request(topic: &str, asked: ListOffsetsPartition, isolation: i8) -> ListOffsetsRequest {
    let topic = ListOffsetsTopic::default().with_name(TopicName(text(topic))).with_partitions(vec![asked]);
    ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_isolation_level(isolation).with_topics(vec![topic])
}

/// Error, offset, timestamp, epoch.
fn ask_at(lab: &Lab, broker: i32, version: i16, topic: &str, asked: ListOffsetsPartition) -> (i16, i64, i64, i32) {
    let answer = lab.ask(broker, version, &request(topic, asked, 0));
    let found = &answer.topics[0].partitions[0];
    (found.error_code, found.offset, found.timestamp, found.leader_epoch)
}

fn ask(lab: &Lab, version: i16, topic: &str, timestamp: i64) -> (i16, i64, i64, i32) {
    ask_at(lab, lab.leader(topic, 0), version, topic, ListOffsetsPartition::default().with_timestamp(timestamp))
}

/// The epoch of the first leader, in the versions that tell it.
fn epoch(version: i16) -> i32 {
    if version < 4 { -1 } else { 0 }
}

#[test]
fn ends_have_no_time() {
    let mut lab = lab();
    lab.act(&Action::DeleteRecords { topic: "orders".to_owned(), partition: None, keep: 1000 });
    for version in 1..=10 {
        let epoch = epoch(version);
        assert_eq!(ask(&lab, version, "orders", LATEST), (0, 36_000, -1, epoch), "{version}");
        assert_eq!(ask(&lab, version, "orders", EARLIEST), (0, 35_000, -1, epoch), "{version}");
        assert_eq!(ask(&lab, version, "empty", LATEST), (0, 0, -1, epoch), "{version}");
        assert_eq!(ask(&lab, version, "empty", EARLIEST), (0, 0, -1, epoch), "{version}");
    }
}

#[test]
fn a_time_is_found_in_the_first_record_that_is_not_older() {
    let lab = lab();
    let minute = START - 60_000;
    for version in 1..=10 {
        let epoch = epoch(version);
        assert_eq!(ask(&lab, version, "orders", minute), (0, 35_399, minute, epoch), "{version}");
        assert_eq!(ask(&lab, version, "orders", 0), (0, 0, START - 3_600_000 + 100, epoch), "{version}");
        assert_eq!(ask(&lab, version, "orders", START + 1), (0, -1, -1, -1), "{version}");
    }
    for version in 7..=10 {
        assert_eq!(ask(&lab, version, "orders", MAX_TIMESTAMP), (0, 35_999, START, 0), "{version}");
        assert_eq!(ask(&lab, version, "empty", MAX_TIMESTAMP), (0, -1, -1, -1), "{version}");
    }
}

#[test]
fn an_open_transaction_hides_what_follows() {
    let mut lab = lab();
    lab.act(&Action::OpenTransaction(PartitionOf { topic: "orders".to_owned(), partition: None }));
    lab.pass(10_000);
    let leader = lab.leader("orders", 0);
    let seen = |timestamp, isolation| {
        let asked = ListOffsetsPartition::default().with_timestamp(timestamp);
        lab.ask(leader, 7, &request("orders", asked, isolation)).topics[0].partitions[0].offset
    };
    assert_eq!((seen(LATEST, 0), seen(LATEST, 1)), (36_100, 36_000));
    assert_eq!((seen(START + 5_000, 0), seen(START + 5_000, 1)), (36_049, -1));
    assert_eq!((seen(MAX_TIMESTAMP, 0), seen(MAX_TIMESTAMP, 1)), (36_099, -1));
}

#[test]
fn only_the_leader_answers_and_only_to_who_knows_it() {
    let mut lab = lab();
    let of = PartitionOf { topic: "orders".to_owned(), partition: None };
    lab.act(&Action::MoveLeader(of.clone()));
    let leader = lab.leader("orders", 0);
    let code = |broker, topic: &str, partition, epoch| {
        let asked = ListOffsetsPartition::default()
            .with_partition_index(partition)
            .with_timestamp(LATEST)
            .with_current_leader_epoch(epoch);
        ask_at(&lab, broker, 9, topic, asked).0
    };
    assert_eq!(code(leader, "orders", 0, -1), error::NONE);
    assert_eq!(code(leader, "orders", 0, 1), error::NONE);
    assert_eq!(code(leader, "orders", 0, 0), error::FENCED_LEADER_EPOCH);
    assert_eq!(code(leader, "orders", 0, 2), error::UNKNOWN_LEADER_EPOCH);
    assert_eq!(code(Lab::other(leader), "orders", 0, 1), error::NOT_LEADER_OR_FOLLOWER);
    assert_eq!(code(Lab::other(leader), "orders", 0, 0), error::FENCED_LEADER_EPOCH);
    let narrow = lab.leader("narrow", 0);
    assert_eq!(code(Lab::other(narrow), "narrow", 0, 5), error::NOT_LEADER_OR_FOLLOWER);
    assert_eq!(code(leader, "absent", 0, -1), error::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(code(leader, "orders", 1, -1), error::UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(code(leader, "orders", -1, -1), error::UNKNOWN_TOPIC_OR_PARTITION);
    lab.act(&Action::LoseLeader(of));
    let asked = ListOffsetsPartition::default().with_timestamp(LATEST);
    assert_eq!(ask_at(&lab, leader, 9, "orders", asked), (error::NOT_LEADER_OR_FOLLOWER, -1, -1, -1));
}

#[test]
fn a_hidden_topic_and_a_foreign_time_are_refused() {
    let mut lab = lab();
    assert_eq!(ask(&lab, 7, "orders", EARLIEST_LOCAL).0, error::UNSUPPORTED_VERSION);
    assert_eq!(ask(&lab, 8, "orders", EARLIEST_LOCAL), (0, 0, -1, 0));
    assert_eq!(ask(&lab, 8, "orders", LATEST_TIERED).0, error::UNSUPPORTED_VERSION);
    assert_eq!(ask(&lab, 6, "orders", MAX_TIMESTAMP).0, error::UNSUPPORTED_VERSION);
    assert_eq!(ask(&lab, 10, "orders", -7).0, error::UNSUPPORTED_VERSION);
    lab.act(&Action::Hide { topic: "orders".to_owned() });
    assert_eq!(ask(&lab, 7, "orders", LATEST), (error::TOPIC_AUTHORIZATION_FAILED, -1, -1, -1));
}

#[test]
fn a_partition_asked_about_twice_is_a_mistake() {
    let lab = lab();
    let mut request = request("orders", ListOffsetsPartition::default().with_timestamp(LATEST), 0);
    request.topics.push(request.topics[0].clone());
    let answer = lab.ask(lab.leader("orders", 0), 7, &request);
    let codes: Vec<i16> =
        answer.topics.iter().flat_map(|topic| &topic.partitions).map(|partition| partition.error_code).collect();
    assert_eq!(codes, [error::INVALID_REQUEST]);
}
