//! DescribeGroups: classic groups with their members.
//!
//! Not groups of KIP-848; to this question they are as good as dead.
//! Invariant: what members want is told only while the group is stable; what they own also while it is not, as the
//! coordinator of Kafka 4 does.

use bytes::Bytes;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId};

use crate::simulator::world::{Group, GroupState, Member};

use super::{Desk, assignment, coordinating, error, text};

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: DescribeGroupsRequest) -> DescribeGroupsResponse {
    DescribeGroupsResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_groups(coordinating::distinct(request.groups).map(|group| described(desk, version, group)).collect())
}

fn described(desk: &Desk<'_>, version: i16, name: GroupId) -> DescribedGroup {
    if let Some(code) = coordinating::refusal(desk, &name) {
        return DescribedGroup::default().with_group_id(name).with_error_code(code);
    }
    match desk.world.group(&name) {
        None => dead(version, &format!("Group {} not found.", name.as_str()), name),
        Some(group) if group.is_consumer() => {
            dead(version, &format!("Group {} is not a classic group.", name.as_str()), name)
        }
        Some(group) => alive(desk, version, group, name),
    }
}

/// A group that is not there was dead to the older versions, and is an error to the newer ones.
fn dead(version: i16, message: &str, name: GroupId) -> DescribedGroup {
    let answer = DescribedGroup::default().with_group_id(name).with_group_state(text("Dead"));
    if version < 6 {
        return answer;
    }
    answer.with_error_code(error::GROUP_ID_NOT_FOUND).with_error_message(Some(text(message)))
}

fn alive(desk: &Desk<'_>, version: i16, group: &Group, name: GroupId) -> DescribedGroup {
    let answer = DescribedGroup::default()
        .with_group_id(name)
        .with_group_state(text(group.state.name()))
        .with_protocol_type(text(group.protocol_type()))
        .with_members(group.members.iter().map(|each| member(desk, version, group, each)).collect());
    match group.state {
        GroupState::Stable => answer.with_protocol_data(text(group.protocol_name())),
        _ => answer,
    }
}

fn member(desk: &Desk<'_>, version: i16, group: &Group, member: &Member) -> DescribedGroupMember {
    let (metadata, assigned) = match group.state {
        GroupState::Stable => (assignment::metadata(group, member), assignment::assignment(desk.world, group, member)),
        _ if group.assigned(member.process).next().is_none() => (Bytes::new(), Bytes::new()),
        _ => (Bytes::new(), assignment::assignment(desk.world, group, member)),
    };
    DescribedGroupMember::default()
        .with_member_id(text(&member.id))
        .with_group_instance_id(member.instance.as_deref().filter(|_| version >= 4).map(text))
        .with_client_id(text(&member.client_id))
        .with_client_host(text(&member.host))
        .with_member_metadata(metadata)
        .with_member_assignment(assigned)
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::{Action, GroupSpec, GroupType, MemberOf, TopicSpec};

    const VERSIONS: std::ops::RangeInclusive<i16> = 0..=6;

    fn lab() -> Lab {
        let group = |(name, kind): (&str, GroupType)| GroupSpec::new(name, kind, &["orders"]).members(2);
        let groups = [
            ("classic", GroupType::Classic),
            ("sticky", GroupType::Cooperative),
            ("fixed", GroupType::Static),
            ("modern", GroupType::Consumer),
            ("simple", GroupType::Simple),
            ("connect", GroupType::Connect),
            ("streams", GroupType::Streams),
        ];
        Lab::new(vec![TopicSpec::new("orders", 3).rate(10.0)], groups.into_iter().map(group).collect())
    }

    fn describe_at(lab: &Lab, broker: i32, version: i16, name: &str) -> DescribedGroup {
        let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text(name))]);
        lab.ask(broker, version, &request).groups.into_iter().next().expect("a group")
    }

    fn describe(lab: &Lab, version: i16, name: &str) -> DescribedGroup {
        describe_at(lab, lab.coordinator(name), version, name)
    }

    #[test]
    fn a_stable_group_tells_its_protocol_and_members() {
        let lab = lab();
        for version in VERSIONS {
            for (name, protocol_type, protocol) in [
                ("classic", "consumer", "range"),
                ("sticky", "consumer", "cooperative-sticky"),
                ("fixed", "consumer", "range"),
                ("connect", "connect", "sessioned"),
                ("streams", "consumer", "stream"),
            ] {
                let group = describe(&lab, version, name);
                let told = (group.group_state.as_str(), group.protocol_type.as_str(), group.protocol_data.as_str());
                assert_eq!(told, ("Stable", protocol_type, protocol), "{name} {version}");
                assert_eq!((group.error_code, group.members.len()), (error::NONE, 2));
                assert!(group.members.iter().all(|member| !member.member_assignment.is_empty()));
                assert!(group.members.iter().all(|member| member.client_host.starts_with('/')));
                let is_static = name == "fixed" && version >= 4;
                assert!(group.members.iter().all(|member| member.group_instance_id.is_some() == is_static));
            }
        }
        let simple = describe(&lab, 5, "simple");
        assert_eq!((simple.group_state.as_str(), simple.members.len()), ("Empty", 0));
    }

    #[test]
    fn a_group_that_rebalances_tells_no_protocol_nor_what_members_want() {
        let mut lab = lab();
        for name in ["classic", "sticky"] {
            lab.act(&Action::Rebalance { group: name.to_owned() });
            let group = describe(&lab, 5, name);
            assert_eq!((group.group_state.as_str(), group.protocol_data.as_str()), ("PreparingRebalance", ""));
            assert!(group.members.iter().all(|member| member.member_metadata.is_empty()));
            // Who does not give up what it has keeps it in its coordinator's eyes too.
            let keeps = name == "sticky";
            assert!(group.members.iter().all(|member| member.member_assignment.is_empty() != keeps), "{name}");
        }
    }

    #[test]
    fn members_that_are_dead_or_stand_still_look_like_others() {
        let mut lab = lab();
        lab.act(&Action::Pause(MemberOf { group: "classic".to_owned(), member: Some(0) }));
        lab.act(&Action::Crash { group: "classic".to_owned(), member: Some(1), back_after: None });
        let group = describe(&lab, 5, "classic");
        assert_eq!((group.group_state.as_str(), group.members.len()), ("Stable", 2));
    }

    #[test]
    fn a_group_that_is_not_there_or_not_classic_is_dead() {
        let lab = lab();
        for version in VERSIONS {
            for name in ["absent", "modern", ""] {
                let group = describe(&lab, version, name);
                let code = if version < 6 { error::NONE } else { error::GROUP_ID_NOT_FOUND };
                assert_eq!((group.group_state.as_str(), group.error_code), ("Dead", code));
                assert_eq!(group.error_message.is_some(), version >= 6);
            }
        }
    }

    #[test]
    fn only_the_coordinator_knows_and_only_when_it_has_read_everything() {
        let mut lab = lab();
        let coordinator = lab.coordinator("classic");
        assert_eq!(describe_at(&lab, Lab::other(coordinator), 5, "classic").error_code, error::NOT_COORDINATOR);
        lab.move_coordinator("classic");
        assert_eq!(describe_at(&lab, coordinator, 5, "classic").error_code, error::NOT_COORDINATOR);
        assert_eq!(describe(&lab, 5, "classic").error_code, error::COORDINATOR_LOAD_IN_PROGRESS);
    }
}
