//! Polls of a group in a row, by what describing told in each.
//!
//! Not the collector around it.
//! Invariant: whatever was remembered, members own what they told.

use bytes::{BufMut, BytesMut};
use kafka_protocol::messages::DescribeGroupsResponse;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::protocol::{Encodable, StrBytes};

use super::*;
use crate::model::{BrokerId, ClusterName, Group, GroupKind, GroupState, Moment, Timestamp, Topic, Unknown};

/// The one member, who owns partitions 0 and 1 of this topic.
fn told(topic: &str) -> DescribedMembers {
    let mut owned = BytesMut::new();
    owned.put_slice(&[0, 0, 0, 0, 0, 1, 0, u8::try_from(topic.len()).expect("a short name")]);
    owned.put_slice(topic.as_bytes());
    owned.put_slice(&[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
    let text = |text: &str| StrBytes::from_string(text.to_owned());
    let member = DescribedGroupMember::default()
        .with_member_id(text("m"))
        .with_client_id(text("c"))
        .with_client_host(text("/h"))
        .with_member_assignment(owned.freeze());
    let answer =
        DescribeGroupsResponse::default().with_groups(vec![DescribedGroup::default().with_members(vec![member])]);
    let mut bytes = BytesMut::new();
    answer.encode(&mut bytes, 5).expect("it can be written");
    let mut groups = wire::described_groups(5, &bytes.freeze()).expect("it can be read");
    DescribedMembers::Classic { told: groups.pop().expect("a group").members, is_consumer: true }
}

fn listed(name: &str) -> Topic {
    Topic { name: name.into(), id: None, is_listed: true, partitions: Vec::new(), config: None }
}

/// One poll of a cluster with these topics, in which each group tells what it owns a part of.
fn poll(memory: &mut Memory, topics: &[&str], groups: &[(&str, &str)]) -> ClusterSnapshot {
    let mut builder = SnapshotBuilder::new(ClusterName::from("c"), Moment::default());
    for topic in topics {
        builder.found_topic(listed(topic));
    }
    memory.begin(&mut builder);
    for (id, topic) in groups {
        let filter = NameFilter::new::<&str>(&[".*"], &[]).expect("all pass");
        let mut naming = Naming { filter: &filter, builder: &mut builder };
        let members = memory.members(GroupId::from(*id), &told(topic), &mut naming);
        builder.found_group(Group {
            epochs: None,
            id: GroupId::from(*id),
            kind: GroupKind::Classic,
            protocol_type: "consumer".to_owned(),
            protocol: "range".to_owned(),
            state: GroupState::Stable,
            coordinator: BrokerId(1),
            members: Ok(members),
            commits: Err(Unknown::NotAsked),
        });
    }
    let mut snapshot = builder.build(Moment::default(), Timestamp::default());
    memory.finish(&mut snapshot);
    snapshot
}

/// The topics that each group owns partitions of, by name.
fn owned(snapshot: &ClusterSnapshot) -> Vec<&str> {
    let topic = |group: &'_ Group| {
        let places = group.assignments().flat_map(|told| &told.partitions);
        let topics: Vec<_> = places.filter_map(|(topic, _)| snapshot.topic(*topic)).collect();
        assert_eq!(topics.len(), 2);
        topics.first().map_or("", |topic| topic.name.as_str())
    };
    snapshot.groups.iter().map(topic).collect()
}

fn are_shared(before: &ClusterSnapshot, now: &ClusterSnapshot) -> Vec<bool> {
    let pairs = before.groups.iter().zip(&now.groups);
    pairs
        .map(|(before, now)| Arc::ptr_eq(before.members.as_ref().expect("told"), now.members.as_ref().expect("told")))
        .collect()
}

#[test]
fn what_is_told_again_is_kept_and_what_changed_is_not() {
    let mut memory = Memory::default();
    let first = poll(&mut memory, &["b", "a"], &[("one", "a"), ("two", "b")]);
    assert_eq!(owned(&first), ["a", "b"]);
    let second = poll(&mut memory, &["a", "b"], &[("one", "a"), ("two", "a")]);
    assert_eq!((owned(&second), are_shared(&first, &second)), (vec!["a", "a"], vec![true, false]));
    let third = poll(&mut memory, &["a", "b"], &[("one", "a"), ("two", "a")]);
    assert_eq!((owned(&third), are_shared(&second, &third)), (vec!["a", "a"], vec![true, true]));
}

#[test]
fn topics_that_come_and_go_give_others_new_numbers() {
    let mut memory = Memory::default();
    for topics in [&["b", "c"][..], &["a", "b", "c"], &["b", "c"], &["a", "c", "b"], &["c", "d"]] {
        let seen = poll(&mut memory, topics, &[("one", "c"), ("two", "b")]);
        assert_eq!(owned(&seen), ["c", "b"], "{topics:?}");
    }
}

#[test]
fn a_topic_that_somebody_speaks_of_later_gives_others_new_numbers_too() {
    let mut memory = Memory::default();
    let first = poll(&mut memory, &["b", "c"], &[("one", "c"), ("two", "b")]);
    // Nobody lists it, and it comes before the others.
    let second = poll(&mut memory, &["b", "c"], &[("one", "c"), ("two", "a")]);
    assert_eq!((owned(&second), are_shared(&first, &second)), (vec!["c", "a"], vec![false, false]));
    let third = poll(&mut memory, &["b", "c"], &[("one", "c"), ("two", "a")]);
    assert_eq!(owned(&third), ["c", "a"]);
    for _ in 0..2 {
        let last = poll(&mut memory, &["b", "c"], &[("one", "c"), ("two", "b")]);
        assert_eq!(owned(&last), ["c", "b"]);
    }
    assert_eq!(owned(&first), ["c", "b"], "what was told before stays as it was told");
}

#[test]
fn a_group_that_is_gone_is_forgotten() {
    let mut memory = Memory::default();
    poll(&mut memory, &["a"], &[("one", "a"), ("two", "a")]);
    poll(&mut memory, &["a"], &[("two", "a")]);
    assert_eq!(memory.groups.keys().map(GroupId::as_str).collect::<Vec<_>>(), ["two"]);
}
