//! Groups: who lists them, what they are, who is in them. It is NOT about what they committed.
//! Invariant: members are compared by what they read, not by their names.

use std::collections::BTreeSet;

use bytes::{Buf, Bytes};
use kafka_protocol::messages::consumer_group_describe_response::{Assignment, DescribedGroup as ConsumerGroup};
use kafka_protocol::messages::describe_groups_response::DescribedGroup;
use kafka_protocol::messages::{
    ConsumerGroupDescribeRequest, ConsumerProtocolAssignment, ConsumerProtocolSubscription, DescribeGroupsRequest,
    GroupId, ListGroupsRequest,
};
use kafka_protocol::protocol::Decodable;

use super::Facts;
use super::side::{Side, text};

pub(super) const GROUPS: [&str; 11] =
    ["holding", "readers", "sticky", "fixed", "modern", "gone", "modern-gone", "simple", "connect", "absent", ""];

pub(super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    list(side, facts).await;
    for version in [0, 3, 4, 5, 6] {
        for group in GROUPS {
            let coordinator = side.coordinator(group).await;
            let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text(group))]);
            for (who, broker) in [("its coordinator", coordinator), ("another", Side::other(coordinator))] {
                let answer = side.ask(broker, version, &request).await;
                assert_eq!(answer.groups.len(), 1);
                note(facts, &format!("DescribeGroups {version} {group:?} at {who}"), &answer.groups[0]);
            }
        }
    }
    for version in [0, 1] {
        for group in GROUPS {
            let coordinator = side.coordinator(group).await;
            let request = ConsumerGroupDescribeRequest::default().with_group_ids(vec![GroupId(text(group))]);
            for (who, broker) in [("its coordinator", coordinator), ("another", Side::other(coordinator))] {
                let answer = side.ask(broker, version, &request).await;
                assert_eq!(answer.groups.len(), 1);
                note_consumer(facts, &format!("ConsumerGroupDescribe {version} {group:?} at {who}"), &answer.groups[0]);
            }
        }
    }
}

async fn list(side: &Side<'_>, facts: &mut Facts) {
    let none: &[&str] = &[];
    let filters: [(i16, &[&str], &[&str]); 14] = [
        (0, none, none),
        (1, none, none),
        (3, none, none),
        (4, none, none),
        (5, none, none),
        (4, &["Stable"], none),
        (4, &["stable", "EMPTY"], none),
        (4, &["nonsense"], none),
        (5, &["Empty"], none),
        (5, none, &["consumer"]),
        (5, none, &["Classic"]),
        (5, none, &["nonsense"]),
        (5, &["Stable"], &["consumer", "classic"]),
        (5, &[" Stable "], &[" consumer"]),
    ];
    for (version, states, types) in filters {
        let texts = |names: &[&str]| names.iter().copied().map(text).collect();
        let request = ListGroupsRequest::default().with_states_filter(texts(states)).with_types_filter(texts(types));
        let (mut listed, mut errors) = (BTreeSet::new(), Vec::new());
        for broker in 1..=3 {
            let answer = side.ask(broker, version, &request).await;
            errors.push(answer.error_code);
            for group in answer.groups {
                let fields = [group.group_id.0, group.protocol_type, group.group_state, group.group_type];
                assert!(listed.insert(fields.map(|field| field.to_string())), "a group is listed once");
            }
        }
        facts.note(format!("ListGroups {version} {states:?} {types:?}"), &(errors, listed));
    }
}

fn note(facts: &mut Facts, of: &str, group: &DescribedGroup) {
    let message = group.error_message.as_deref().map(ToString::to_string);
    facts.note(format!("{of}: error"), &(group.error_code, message, group.authorized_operations));
    facts.note(format!("{of}: group"), &[group.group_id.as_str(), &group.group_state, &group.protocol_type]);
    let is_connect = group.protocol_type.as_str() == "connect";
    // What stands in for Connect in the tests has protocols and assignments of its own.
    if !is_connect {
        facts.note(format!("{of}: protocol"), &group.protocol_data.as_str());
    }
    let mut members = Vec::new();
    for member in &group.members {
        let known = [&member.member_id, &member.client_id, &member.client_host].map(|field| !field.is_empty());
        let host = member.client_host.starts_with('/');
        let instance = member.group_instance_id.is_some();
        let told = if is_connect {
            format!("{} {}", member.member_metadata.is_empty(), member.member_assignment.is_empty())
        } else {
            format!("{:?} {}", subscribed(&member.member_metadata), owned(&member.member_assignment).len())
        };
        members.push(format!("{known:?} {host} {instance} {told}"));
    }
    members.sort();
    facts.note(format!("{of}: members"), &members);
    if !is_connect {
        let all = group.members.iter().flat_map(|member| owned(&member.member_assignment));
        facts.note(format!("{of}: assigned"), &all.collect::<BTreeSet<_>>());
    }
}

/// The topics of a subscription.
fn subscribed(bytes: &Bytes) -> Option<BTreeSet<String>> {
    let mut bytes = bytes.clone();
    if bytes.is_empty() {
        return None;
    }
    let version = bytes.get_i16();
    let message = ConsumerProtocolSubscription::decode(&mut bytes, version.min(3)).expect("a subscription");
    Some(message.topics.iter().map(ToString::to_string).collect())
}

/// Topics and partitions of an assignment.
fn owned(bytes: &Bytes) -> Vec<(String, i32)> {
    let mut bytes = bytes.clone();
    if bytes.is_empty() {
        return Vec::new();
    }
    let version = bytes.get_i16();
    let message = ConsumerProtocolAssignment::decode(&mut bytes, version.min(3)).expect("an assignment");
    let topics = message.assigned_partitions.iter();
    let each = topics.flat_map(|topic| topic.partitions.iter().map(|partition| (topic.topic.to_string(), *partition)));
    each.collect()
}

fn note_consumer(facts: &mut Facts, of: &str, group: &ConsumerGroup) {
    let message = group.error_message.as_deref().map(ToString::to_string);
    facts.note(format!("{of}: error"), &(group.error_code, message, group.authorized_operations));
    let names = [group.group_id.as_str(), &group.group_state, &group.assignor_name];
    facts.note(format!("{of}: group"), &names);
    let epochs = (group.group_epoch > 0, group.assignment_epoch == group.group_epoch);
    facts.note(format!("{of}: epochs"), &epochs);
    let topics = |assignment: &Assignment| -> BTreeSet<(String, Vec<i32>)> {
        let topics = assignment.topic_partitions.iter();
        topics.map(|topic| (topic.topic_name.to_string(), topic.partitions.clone())).collect()
    };
    let members = group.members.iter().map(|member| {
        let known = [&member.member_id, &member.client_id, &member.client_host].map(|field| !field.is_empty());
        let wanted: Vec<_> = member.subscribed_topic_names.iter().map(|topic| topic.as_str().to_owned()).collect();
        let count: usize = topics(&member.assignment).iter().map(|(_, partitions)| partitions.len()).sum();
        let settled = topics(&member.assignment) == topics(&member.target_assignment);
        let place = (member.instance_id.is_some(), member.rack_id.is_some(), member.member_type);
        let epoch = member.member_epoch == group.group_epoch;
        format!("{known:?} {wanted:?} {count} {settled} {place:?} {epoch}")
    });
    let mut members: Vec<String> = members.collect();
    members.sort();
    facts.note(format!("{of}: members"), &members);
    let all = group.members.iter().flat_map(|member| topics(&member.assignment));
    let mut all: Vec<(String, i32)> =
        all.flat_map(|(topic, partitions)| partitions.into_iter().map(move |each| (topic.clone(), each))).collect();
    all.sort();
    facts.note(format!("{of}: assigned"), &all);
}
