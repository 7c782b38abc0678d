//! Polls of a group in a row, by what describing told in each.
//!
//! Not the collector around it.
//! Invariant: whatever was remembered, members own what they told.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::DescribeGroupsResponse;
use kafka_protocol::messages::consumer_group_describe_response::{Assignment as ConsumerAssignment, TopicPartitions};
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::protocol::{Encodable, StrBytes};
use proptest::prelude::*;

use super::*;
use crate::model::{BrokerId, ClusterName, Group, GroupKind, GroupState, Moment, Timestamp, Topic, Unknown};

/// How a group tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Classic,
    /// In bytes that say nothing to us.
    Foreign,
    Consumer,
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

/// Partitions 0 and 1 of these topics.
fn in_bytes_of(topics: &[&str]) -> Bytes {
    let mut owned = BytesMut::new();
    owned.put_slice(&[0, 0, 0, 0, 0, u8::try_from(topics.len()).expect("few")]);
    for topic in topics {
        owned.put_slice(&[0, u8::try_from(topic.len()).expect("a short name")]);
        owned.put_slice(topic.as_bytes());
        owned.put_slice(&[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
    }
    owned.freeze()
}

/// The one member, who owns partitions 0 and 1 of these topics.
fn told(kind: Kind, topics: &[&str]) -> ToldMembers {
    if kind == Kind::Consumer {
        let part =
            |topic: &&str| TopicPartitions::default().with_topic_name(text(topic).into()).with_partitions(vec![0, 1]);
        let assignment = ConsumerAssignment::default().with_topic_partitions(topics.iter().map(part).collect());
        return ToldMembers::Consumer(vec![ConsumerMember::default().with_assignment(assignment)]);
    }
    let member = DescribedGroupMember::default().with_member_id(text("m")).with_member_assignment(in_bytes_of(topics));
    let answer =
        DescribeGroupsResponse::default().with_groups(vec![DescribedGroup::default().with_members(vec![member])]);
    let mut bytes = BytesMut::new();
    answer.encode(&mut bytes, 5).expect("it can be written");
    let mut groups = wire::described_groups(5, &bytes.freeze()).expect("it can be read");
    ToldMembers::Classic { told: groups.pop().expect("a group").members, is_consumer: kind == Kind::Classic }
}

fn listed(name: &str) -> Topic {
    Topic { name: name.into(), id: None, is_listed: true, partitions: Vec::new(), config: None }
}

fn stable(id: &str, members: Arc<[Member]>) -> Group {
    Group {
        epochs: None,
        id: GroupId::from(id),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state: GroupState::Stable,
        coordinator: BrokerId(1),
        members: Ok(members),
        commits: Err(Unknown::NotAsked),
    }
}

/// One poll of a cluster with these topics, in which groups tell these, one after the other; what is told last counts.
fn poll(memory: &mut Memory, topics: &[&str], groups: &[(&str, Vec<ToldMembers>)]) -> ClusterSnapshot {
    let mut builder = SnapshotBuilder::new(ClusterName::from("c"), Moment::default());
    for topic in topics {
        builder.found_topic(listed(topic));
    }
    memory.begin(&mut builder);
    for (id, told) in groups {
        let filter = NameFilter::new::<&str>(&[".*"], &[]).expect("all pass");
        let mut naming = Naming { filter: &filter, builder: &mut builder };
        let mut members = Arc::default();
        for told in told {
            members = memory.members(GroupId::from(*id), told, &mut naming);
        }
        builder.found_group(stable(id, members));
    }
    let mut snapshot = builder.build(Moment::default(), Timestamp::default());
    memory.finish(&mut snapshot);
    snapshot
}

/// The same, where each group owns partitions of one topic.
fn poll_of(memory: &mut Memory, topics: &[&str], groups: &[(&'static str, &str)]) -> ClusterSnapshot {
    let groups: Vec<_> = groups.iter().map(|(id, topic)| (*id, vec![told(Kind::Classic, &[topic])])).collect();
    poll(memory, topics, &groups)
}

/// The partitions that each group owns, by name; `None` if its member does not tell.
fn owned(snapshot: &ClusterSnapshot) -> Vec<Option<Vec<(String, i32)>>> {
    let named = |(topic, partition): &(TopicIndex, PartitionId)| {
        (snapshot.topic(*topic).map(|topic| topic.name.to_string()).unwrap_or_default(), partition.0)
    };
    let of_group = |group: &Group| Some(group.assignments().next()?.partitions.iter().map(named).collect());
    snapshot.groups.iter().map(of_group).collect()
}

/// Both partitions of each topic, in order.
fn both<'a>(topics: impl IntoIterator<Item = &'a str>) -> Vec<(String, i32)> {
    let mut all: Vec<_> = topics.into_iter().flat_map(|topic| [(topic.to_owned(), 0), (topic.to_owned(), 1)]).collect();
    all.sort();
    all.dedup();
    all
}

fn are_shared(before: &ClusterSnapshot, now: &ClusterSnapshot) -> Vec<bool> {
    let is_shared = |(before, now): (&Group, &Group)| {
        Arc::ptr_eq(before.members.as_ref().expect("told"), now.members.as_ref().expect("told"))
    };
    before.groups.iter().zip(&now.groups).map(is_shared).collect()
}

#[test]
fn what_is_told_again_is_kept_and_what_changed_is_not() {
    let mut memory = Memory::default();
    let first = poll_of(&mut memory, &["b", "a"], &[("one", "a"), ("two", "b")]);
    let second = poll_of(&mut memory, &["a", "b"], &[("one", "a"), ("two", "a")]);
    assert_eq!(are_shared(&first, &second), [true, false]);
    let third = poll_of(&mut memory, &["a", "b"], &[("one", "a"), ("two", "a")]);
    assert_eq!(are_shared(&second, &third), [true, true]);
}

#[test]
fn a_topic_that_nobody_lists_keeps_nothing_from_being_kept() {
    let mut memory = Memory::default();
    let first = poll_of(&mut memory, &["b", "c"], &[("one", "c"), ("two", "b")]);
    // It comes before the others.
    let second = poll_of(&mut memory, &["b", "c"], &[("one", "c"), ("two", "a")]);
    assert_eq!(are_shared(&first, &second), [false, false]);
    let third = poll_of(&mut memory, &["b", "c"], &[("one", "c"), ("two", "a")]);
    assert_eq!(are_shared(&second, &third), [true, true]);
    let last = poll_of(&mut memory, &["b", "c"], &[("one", "c"), ("two", "b")]);
    assert_eq!(owned(&last), owned(&first));
    assert_eq!(last.topics.len(), 2, "nobody speaks of it any more");
}

#[test]
fn what_is_gone_or_too_long_is_not_kept() {
    let mut memory = Memory::default();
    poll_of(&mut memory, &["a"], &[("one", "a"), ("two", "a")]);
    let long = "a".repeat(100);
    let many: Vec<&str> = vec![&long; 250];
    let often = (0..12).map(|_| DescribedGroupMember::default().with_member_assignment(in_bytes_of(&many)));
    let answer = DescribedGroup::default().with_members(often.collect());
    let mut bytes = BytesMut::new();
    DescribeGroupsResponse::default().with_groups(vec![answer]).encode(&mut bytes, 5).expect("it can be written");
    let mut groups = wire::described_groups(5, &bytes.freeze()).expect("it can be read");
    let told = ToldMembers::Classic { told: groups.pop().expect("a group").members, is_consumer: true };
    let seen = poll(&mut memory, &["a"], &[("two", vec![told])]);
    assert_eq!(seen.groups.first().map(|group| group.known_members().len()), Some(12));
    assert!(memory.groups.is_empty());
}

const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

fn some_names() -> impl Strategy<Value = Vec<&'static str>> {
    proptest::sample::subsequence(&NAMES[..], 0..=5).prop_shuffle()
}

fn some_telling() -> impl Strategy<Value = (Kind, Vec<&'static str>)> {
    let kinds = [Kind::Classic, Kind::Classic, Kind::Classic, Kind::Foreign, Kind::Consumer];
    (proptest::sample::select(kinds.to_vec()), some_names())
}

proptest! {
    #[test]
    fn members_own_what_they_told(
        polls in proptest::collection::vec(
            // Mostly neither topics nor members change.
            (proptest::option::weighted(0.3, some_names()), proptest::collection::vec(
                (0..3_usize, proptest::collection::vec(some_telling(), 1..3)), 0..2,
            )),
            1..12,
        ),
    ) {
        let ids = ["one", "two", "three"];
        let mut memory = Memory::default();
        let mut topics = vec!["b", "c", "d"];
        let mut telling = vec![vec![(Kind::Classic, vec!["d", "c"])]; ids.len()];
        for (new, changes) in polls {
            topics = new.unwrap_or(topics);
            for (place, told) in changes {
                telling[place] = told;
            }
            let all = |of: &Vec<(Kind, Vec<&str>)>| of.iter().map(|(kind, topics)| told(*kind, topics)).collect();
            let groups: Vec<_> = ids.iter().copied().zip(telling.iter().map(all)).collect();
            let snapshot = poll(&mut memory, &topics, &groups);
            let mut expected: Vec<_> = ids.iter().zip(&telling).collect();
            expected.sort_by_key(|(id, _)| **id);
            let expected: Vec<_> = expected.into_iter().map(|(_, of)| {
                let (kind, topics) = of.last().expect("it told");
                (*kind != Kind::Foreign).then(|| both(topics.iter().copied()))
            }).collect();
            prop_assert_eq!(owned(&snapshot), expected);
        }
    }
}
