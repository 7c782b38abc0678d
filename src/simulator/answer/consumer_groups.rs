//! ConsumerGroupDescribe: groups of KIP-848 with their members.
//!
//! Not classic groups; this question does not find them.
//! Invariant: who may not see a topic is not told who reads it.

use kafka_protocol::messages::consumer_group_describe_response::{
    Assignment, DescribedGroup, Member as DescribedMember, TopicPartitions,
};
use kafka_protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, GroupId, TopicName};

use crate::simulator::world::{Group, Member};

use super::{Desk, coordinating, error, id, text};

/// A member of the new protocol, not a classic one in a group that migrates.
const MEMBER_OF_CONSUMER_GROUP: i8 = 1;

pub(super) fn answer(
    desk: &Desk<'_>,
    version: i16,
    request: ConsumerGroupDescribeRequest,
) -> ConsumerGroupDescribeResponse {
    ConsumerGroupDescribeResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_groups(coordinating::distinct(request.group_ids).map(|group| described(desk, version, group)).collect())
}

fn described(desk: &Desk<'_>, version: i16, name: GroupId) -> DescribedGroup {
    let refused = |name: GroupId, code| DescribedGroup::default().with_group_id(name).with_error_code(code);
    if name.is_empty() {
        return refused(name, error::INVALID_GROUP_ID);
    }
    if let Some(code) = coordinating::refusal(desk, &name) {
        return refused(name, code);
    }
    let missing = |name: GroupId, message: String| {
        refused(name, error::GROUP_ID_NOT_FOUND).with_error_message(Some(text(&message)))
    };
    match desk.world.group(&name) {
        None => {
            let message = format!("Group {} not found.", name.as_str());
            missing(name, message)
        }
        Some(group) if !group.is_consumer() => {
            let message = format!("Group {} is not a consumer group.", name.as_str());
            missing(name, message)
        }
        Some(group) if reads_hidden(desk, group) => {
            let message = "The group has described topic(s) that the client is not authorized to describe.";
            refused(name, error::TOPIC_AUTHORIZATION_FAILED).with_error_message(Some(text(message)))
        }
        Some(group) => alive(desk, version, group, name),
    }
}

fn reads_hidden(desk: &Desk<'_>, group: &Group) -> bool {
    let is_hidden = |place| desk.world.topic_at(place).is_some_and(|topic| topic.is_hidden);
    group.readings.iter().any(|reading| reading.owner.is_some() && is_hidden(reading.topic))
}

fn alive(desk: &Desk<'_>, version: i16, group: &Group, name: GroupId) -> DescribedGroup {
    DescribedGroup::default()
        .with_group_id(name)
        .with_group_state(text(group.state.name()))
        .with_group_epoch(group.generation)
        .with_assignment_epoch(group.assignment_epoch)
        .with_assignor_name(text("uniform"))
        .with_members(group.members.iter().map(|each| member(desk, version, group, each)).collect())
}

fn member(desk: &Desk<'_>, version: i16, group: &Group, member: &Member) -> DescribedMember {
    let owned = coordinating::assigned(desk.world, group, member.process).into_iter();
    let owned = owned.map(|(topic, topic_id, partitions)| {
        TopicPartitions::default()
            .with_topic_id(id(topic_id))
            .with_topic_name(TopicName(text(topic)))
            .with_partitions(partitions)
    });
    // A world does not remember what a member is to get once others gave it up.
    let assignment = Assignment::default().with_topic_partitions(owned.collect());
    let described = DescribedMember::default()
        .with_member_id(text(&member.id))
        .with_instance_id(member.instance.as_deref().map(text))
        .with_member_epoch(member.epoch)
        .with_client_id(text(&member.client_id))
        .with_client_host(text(&member.host))
        .with_subscribed_topic_names(group.spec.topics.iter().map(|topic| TopicName(text(topic))).collect())
        .with_target_assignment(assignment.clone())
        .with_assignment(assignment);
    if version >= 1 { described.with_member_type(MEMBER_OF_CONSUMER_GROUP) } else { described }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::{Action, GroupSpec, GroupType, TopicSpec};

    fn lab() -> Lab {
        let modern = GroupSpec::new("modern", GroupType::Consumer, &["orders"]).members(2);
        let classic = GroupSpec::new("classic", GroupType::Classic, &["orders"]);
        Lab::new(vec![TopicSpec::new("orders", 3).rate(10.0)], vec![modern, classic])
    }

    fn describe_at(lab: &Lab, broker: i32, version: i16, name: &str) -> DescribedGroup {
        let request = ConsumerGroupDescribeRequest::default().with_group_ids(vec![GroupId(text(name))]);
        lab.ask(broker, version, &request).groups.into_iter().next().expect("a group")
    }

    fn describe(lab: &Lab, version: i16, name: &str) -> DescribedGroup {
        describe_at(lab, lab.coordinator(name), version, name)
    }

    #[test]
    fn members_tell_their_epoch_and_what_they_read() {
        let lab = lab();
        for version in 0..=1 {
            let group = describe(&lab, version, "modern");
            assert_eq!((group.error_code, group.group_state.as_str()), (error::NONE, "Stable"));
            assert_eq!((group.group_epoch, group.assignment_epoch, group.assignor_name.as_str()), (1, 1, "uniform"));
            let mut partitions: Vec<i32> = Vec::new();
            for member in &group.members {
                assert_eq!((member.member_epoch, member.subscribed_topic_names[0].as_str()), (1, "orders"));
                assert_eq!(member.assignment, member.target_assignment);
                assert_eq!(member.member_type, if version >= 1 { 1 } else { -1 });
                for topic in &member.assignment.topic_partitions {
                    let known = lab.world.topic("orders").expect("it is there").id;
                    assert_eq!((topic.topic_name.as_str(), topic.topic_id.as_u128()), ("orders", known));
                    partitions.extend(&topic.partitions);
                }
            }
            partitions.sort_unstable();
            assert_eq!(partitions, [0, 1, 2]);
        }
    }

    #[test]
    fn an_epoch_that_members_have_not_reached_shows() {
        let mut lab = lab();
        lab.act(&Action::Scale { group: "modern".to_owned(), members: 3 });
        let group = describe(&lab, 1, "modern");
        assert_eq!((group.group_state.as_str(), group.group_epoch, group.assignment_epoch), ("Assigning", 2, 1));
        assert!(group.members.iter().all(|member| member.member_epoch < 2));
        lab.pass(1000);
        let group = describe(&lab, 1, "modern");
        assert_eq!((group.group_state.as_str(), group.assignment_epoch), ("Reconciling", 2));
        lab.pass(60_000);
        assert_eq!(describe(&lab, 1, "modern").group_state.as_str(), "Stable");
    }

    #[test]
    fn what_is_not_such_a_group_is_not_found() {
        let mut lab = lab();
        for name in ["classic", "absent"] {
            let group = describe(&lab, 1, name);
            assert_eq!((group.error_code, group.members.len()), (error::GROUP_ID_NOT_FOUND, 0));
            assert!(group.error_message.is_some_and(|message| message.contains(name)));
        }
        assert_eq!(describe(&lab, 1, "").error_code, error::INVALID_GROUP_ID);
        let coordinator = lab.coordinator("modern");
        assert_eq!(describe_at(&lab, Lab::other(coordinator), 1, "modern").error_code, error::NOT_COORDINATOR);
        lab.move_coordinator("modern");
        assert_eq!(describe(&lab, 1, "modern").error_code, error::COORDINATOR_LOAD_IN_PROGRESS);
    }

    #[test]
    fn who_reads_a_hidden_topic_is_not_told() {
        let mut lab = lab();
        lab.act(&Action::Hide { topic: "orders".to_owned() });
        let group = describe(&lab, 1, "modern");
        assert_eq!((group.error_code, group.members.len()), (error::TOPIC_AUTHORIZATION_FAILED, 0));
    }
}
