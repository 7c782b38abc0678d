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
        Some(group) if coordinating::is_consumer(group) => {
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
        .with_group_state(text(coordinating::state_name(group)))
        .with_protocol_type(text(coordinating::protocol_type(group)))
        .with_members(group.members.iter().map(|each| member(desk, version, group, each)).collect());
    match group.state {
        GroupState::Stable => answer.with_protocol_data(text(coordinating::protocol_name(group))),
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
