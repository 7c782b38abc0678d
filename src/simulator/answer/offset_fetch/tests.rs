//! Commits, asked for as a client does.
//!
//! Not how they come about.
//! Invariant: every version tells the same commits.

use kafka_protocol::messages::GroupId;
use kafka_protocol::messages::offset_fetch_request::{OffsetFetchRequestTopic, OffsetFetchRequestTopics};

use super::super::testing::Lab;
use super::*;
use crate::simulator::spec::{Action, GroupSpec, GroupType, PartitionOf, TopicSpec};

fn lab() -> Lab {
    let steady = |name: &str, partitions| TopicSpec { wobble: 0.0, ..TopicSpec::new(name, partitions).rate(10.0) };
    let behind = |name: &str, kind, by| GroupSpec { behind: by, ..GroupSpec::new(name, kind, &["orders", "payments"]) };
    let groups = vec![
        behind("classic", GroupType::Classic, 0),
        behind("gone", GroupType::Empty, 500),
        behind("modern", GroupType::Consumer, 0),
        GroupSpec::new("connect", GroupType::Connect, &[]),
    ];
    Lab::new(vec![steady("orders", 2), steady("payments", 1)], groups)
}

fn request(version: i16, group: &str, topics: Option<&[(&str, &[i32])]>) -> OffsetFetchRequest {
    let name = |topic: &str| TopicName(text(topic));
    let group = GroupId(text(group));
    if version >= BATCHED {
        let topic = |(topic, partitions): &(&str, &[i32])| {
            OffsetFetchRequestTopics::default().with_name(name(topic)).with_partition_indexes(partitions.to_vec())
        };
        let topics = topics.map(|topics| topics.iter().map(topic).collect());
        let group = OffsetFetchRequestGroup::default().with_group_id(group).with_topics(topics);
        return OffsetFetchRequest::default().with_topics(Some(Vec::new())).with_groups(vec![group]);
    }
    let topic = |(topic, partitions): &(&str, &[i32])| {
        OffsetFetchRequestTopic::default().with_name(name(topic)).with_partition_indexes(partitions.to_vec())
    };
    let topics = topics.map(|topics| topics.iter().map(topic).collect());
    OffsetFetchRequest::default().with_group_id(group).with_topics(topics)
}

/// Topic, partition, offset, error.
type Told = Vec<(String, i32, i64, i16)>;

fn at(lab: &Lab, broker: i32, version: i16, request: &OffsetFetchRequest) -> (i16, Told) {
    let answer = lab.ask(broker, version, request);
    let mut told = Vec::new();
    for topic in &answer.topics {
        for each in &topic.partitions {
            told.push((topic.name.to_string(), each.partition_index, each.committed_offset, each.error_code));
        }
    }
    for topic in answer.groups.iter().flat_map(|group| &group.topics) {
        for each in &topic.partitions {
            told.push((topic.name.to_string(), each.partition_index, each.committed_offset, each.error_code));
        }
    }
    let code = answer.groups.first().map_or(answer.error_code, |group| group.error_code);
    (code, told)
}

fn fetch(lab: &Lab, version: i16, group: &str, topics: Option<&[(&str, &[i32])]>) -> (i16, Told) {
    at(lab, lab.coordinator(group), version, &request(version, group, topics))
}

fn told(rows: &[(&str, i32, i64, i16)]) -> Told {
    rows.iter().map(|(topic, partition, offset, code)| ((*topic).to_owned(), *partition, *offset, *code)).collect()
}

#[test]
fn all_commits_of_a_group_are_told() {
    let lab = lab();
    let expected = told(&[("orders", 0, 17_500, 0), ("orders", 1, 17_500, 0), ("payments", 0, 35_500, 0)]);
    for version in 2..=9 {
        assert_eq!(fetch(&lab, version, "gone", None), (error::NONE, expected.clone()), "{version}");
        assert_eq!(fetch(&lab, version, "absent", None), (error::NONE, Vec::new()));
        assert_eq!(fetch(&lab, version, "connect", None), (error::NONE, Vec::new()));
    }
}

#[test]
fn what_is_not_committed_is_told_as_such() {
    let lab = lab();
    let asked: &[(&str, &[i32])] = &[("payments", &[0, 7, -1]), ("absent", &[0])];
    let expected = |committed| {
        told(&[("payments", 0, committed, 0), ("payments", 7, -1, 0), ("payments", -1, -1, 0), ("absent", 0, -1, 0)])
    };
    for version in 1..=9 {
        assert_eq!(fetch(&lab, version, "gone", Some(asked)), (error::NONE, expected(35_500)), "{version}");
        assert_eq!(fetch(&lab, version, "absent", Some(asked)), (error::NONE, expected(-1)));
    }
}

#[test]
fn hidden_topics_are_left_out_or_refused() {
    let mut lab = lab();
    lab.act(&Action::Hide { topic: "orders".to_owned() });
    assert_eq!(fetch(&lab, 9, "gone", None).1, told(&[("payments", 0, 35_500, 0)]));
    let asked: &[(&str, &[i32])] = &[("orders", &[0]), ("payments", &[0])];
    let expected = told(&[("payments", 0, 35_500, 0), ("orders", 0, -1, error::TOPIC_AUTHORIZATION_FAILED)]);
    assert_eq!(fetch(&lab, 9, "gone", Some(asked)).1, expected);
}

#[test]
fn the_error_of_a_group_stands_where_the_version_has_it() {
    let mut lab = lab();
    let asked: &[(&str, &[i32])] = &[("orders", &[0])];
    let coordinator = lab.coordinator("gone");
    for version in 2..=9 {
        let request = request(version, "gone", Some(asked));
        assert_eq!(at(&lab, Lab::other(coordinator), version, &request), (error::NOT_COORDINATOR, Vec::new()));
    }
    let oldest = at(&lab, Lab::other(coordinator), 1, &request(1, "gone", Some(asked)));
    assert_eq!(oldest, (error::NONE, told(&[("orders", 0, -1, error::NOT_COORDINATOR)])));
    lab.move_coordinator("gone");
    assert_eq!(fetch(&lab, 9, "gone", None), (error::COORDINATOR_LOAD_IN_PROGRESS, Vec::new()));
}

#[test]
fn commits_follow_what_is_read() {
    let mut lab = lab();
    let before = fetch(&lab, 9, "classic", None).1;
    lab.pass(60_000);
    let after = fetch(&lab, 9, "classic", None).1;
    assert!(before.iter().zip(&after).all(|(before, after)| before.2 < after.2), "{before:?} {after:?}");
}

#[test]
fn a_commit_has_the_epoch_of_the_last_record_that_was_read() {
    let mut lab = lab();
    lab.act(&Action::MoveLeader(PartitionOf { topic: "payments".to_owned(), partition: None }));
    let epoch = |lab: &Lab, group: &str| {
        let answer = lab.ask(lab.coordinator(group), 5, &request(5, group, Some(&[("payments", &[0])])));
        answer.topics[0].partitions[0].committed_leader_epoch
    };
    assert_eq!((epoch(&lab, "classic"), epoch(&lab, "gone")), (0, 0));
    lab.pass(60_000);
    assert_eq!((epoch(&lab, "classic"), epoch(&lab, "gone")), (1, 0));
    assert_eq!(epoch(&lab, "absent"), -1);
}

#[test]
fn members_of_the_new_protocol_are_told_only_if_they_are_up_to_date() {
    let lab = lab();
    let member = lab.world.group("modern").expect("it is there").members[0].id.clone();
    let code = |id: &str, epoch| {
        let mut request = request(9, "modern", None);
        request.groups[0].member_id = Some(text(id));
        request.groups[0].member_epoch = epoch;
        at(&lab, lab.coordinator("modern"), 9, &request).0
    };
    assert_eq!(code(&member, 1), error::NONE);
    assert_eq!(code(&member, 2), error::STALE_MEMBER_EPOCH);
    assert_eq!(code("nobody", 1), error::UNKNOWN_MEMBER_ID);
}

#[test]
fn many_groups_are_answered_at_once_each_once() {
    let lab = lab();
    let coordinator = lab.coordinator("gone");
    let one = |group: &str| request(9, group, None).groups.remove(0);
    let mut all = request(9, "gone", None);
    all.groups.extend([one("gone"), one("absent"), one("classic")]);
    let answer = lab.ask(coordinator, 9, &all);
    let groups: Vec<&str> = answer.groups.iter().map(|group| group.group_id.as_str()).collect();
    assert_eq!(groups, ["gone", "absent", "classic"]);
}
