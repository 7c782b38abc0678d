//! ListGroups: the groups the asked broker coordinates.
//!
//! Not their members or offsets.
//! Invariant: while the broker reads one of its partitions it lists nothing, as the coordinator of Kafka 4 does.

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::Group;

use super::{Desk, coordinating, error, text};

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: ListGroupsRequest) -> ListGroupsResponse {
    let answer = ListGroupsResponse::default().with_throttle_time_ms(desk.throttle_ms);
    if desk.world.is_loading_at(desk.broker) {
        return answer.with_error_code(error::COORDINATOR_LOAD_IN_PROGRESS);
    }
    let is_wanted = |group: &&Group| {
        coordinating::is_own(desk, &group.spec.name)
            && matches(&request.states_filter, coordinating::state_name(group))
            && matches(&request.types_filter, coordinating::type_name(group))
    };
    answer.with_groups(desk.world.groups().filter(is_wanted).map(|group| listed(version, group)).collect())
}

/// Whether a filter lets a name pass; one that names nothing lets everything pass.
fn matches(filter: &[StrBytes], name: &str) -> bool {
    filter.is_empty() || filter.iter().any(|wanted| wanted.trim().eq_ignore_ascii_case(name))
}

fn listed(version: i16, group: &Group) -> ListedGroup {
    let listed = ListedGroup::default()
        .with_group_id(GroupId(text(&group.spec.name)))
        .with_protocol_type(text(coordinating::protocol_type(group)));
    let listed = if version >= 4 { listed.with_group_state(text(coordinating::state_name(group))) } else { listed };
    if version >= 5 { listed.with_group_type(text(coordinating::type_name(group))) } else { listed }
}
