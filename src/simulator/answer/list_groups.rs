//! ListGroups: the groups the asked broker coordinates.
//!
//! Not their members or offsets.
//! Invariant: while the broker reads one of its partitions it lists nothing, as the coordinator of Kafka 4 does.

use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::Group;

use super::{Desk, coordinating, error, text};

#[expect(clippy::needless_pass_by_value, reason = "every API is answered by a function of the same form")]
pub(super) fn answer(desk: &Desk<'_>, version: i16, request: ListGroupsRequest) -> ListGroupsResponse {
    let answer = ListGroupsResponse::default().with_throttle_time_ms(desk.throttle_ms);
    if desk.world.is_loading_at(desk.broker) {
        return answer.with_error_code(error::COORDINATOR_LOAD_IN_PROGRESS);
    }
    let is_wanted = |group: &&Group| {
        coordinating::is_own(desk, &group.spec.name)
            && lets_pass(&request.states_filter, group.state.name(), str::trim)
            && lets_pass(&request.types_filter, group.type_name(), |wanted| wanted)
    };
    answer.with_groups(desk.world.groups().filter(is_wanted).map(|group| listed(version, group)).collect())
}

/// Whether a filter lets a name pass; one that names nothing lets everything pass. Kafka forgives spaces around
/// states, but not around types.
fn lets_pass(filter: &[StrBytes], name: &str, clean: fn(&str) -> &str) -> bool {
    filter.is_empty() || filter.iter().any(|wanted| clean(wanted).eq_ignore_ascii_case(name))
}

fn listed(version: i16, group: &Group) -> ListedGroup {
    let listed = ListedGroup::default()
        .with_group_id(GroupId(text(&group.spec.name)))
        .with_protocol_type(text(group.protocol_type()));
    let listed = if version >= 4 { listed.with_group_state(text(group.state.name())) } else { listed };
    if version >= 5 { listed.with_group_type(text(group.type_name())) } else { listed }
}

#[cfg(test)]
mod tests {
    use super::super::testing::Lab;
    use super::*;
    use crate::simulator::spec::{GroupSpec, GroupType, TopicSpec};

    fn lab() -> Lab {
        let group = |(name, kind): (&str, GroupType)| GroupSpec::new(name, kind, &["orders"]);
        let groups = [
            ("classic", GroupType::Classic),
            ("modern", GroupType::Consumer),
            ("simple", GroupType::Simple),
            ("gone", GroupType::Empty),
            ("connect", GroupType::Connect),
            ("streams", GroupType::Streams),
        ];
        Lab::new(vec![TopicSpec::new("orders", 3)], groups.into_iter().map(group).collect())
    }

    fn request(states: &[&str], types: &[&str]) -> ListGroupsRequest {
        let texts = |names: &[&str]| names.iter().copied().map(text).collect();
        ListGroupsRequest::default().with_states_filter(texts(states)).with_types_filter(texts(types))
    }

    /// Name, protocol type, state and type of all groups of all brokers.
    fn listed(lab: &Lab, version: i16, request: &ListGroupsRequest) -> Vec<[String; 4]> {
        let groups = (1..=3).flat_map(|broker| lab.ask(broker, version, request).groups);
        let fields = |group: ListedGroup| {
            [group.group_id.0, group.protocol_type, group.group_state, group.group_type].map(|field| field.to_string())
        };
        let mut listed: Vec<_> = groups.map(fields).collect();
        listed.sort();
        listed
    }

    #[test]
    fn every_group_is_listed_by_its_coordinator_alone() {
        let lab = lab();
        let expected = [
            ["classic", "consumer", "Stable", "classic"],
            ["connect", "connect", "Stable", "classic"],
            ["gone", "consumer", "Empty", "classic"],
            ["modern", "consumer", "Stable", "consumer"],
            ["simple", "", "Empty", "classic"],
            ["streams", "consumer", "Stable", "classic"],
        ];
        assert_eq!(listed(&lab, 5, &request(&[], &[])), expected);
        for version in 0..=5 {
            assert_eq!(listed(&lab, version, &request(&[], &[])).len(), 6);
        }
        let broker = lab.coordinator("classic");
        let own = lab.ask(broker, 5, &request(&[], &[])).groups;
        assert!(own.iter().any(|group| group.group_id.as_str() == "classic"));
    }

    #[test]
    fn filters_look_at_state_and_type_whatever_their_letters() {
        let lab = lab();
        let names = |version, states: &[&str], types: &[&str]| -> Vec<String> {
            listed(&lab, version, &request(states, types)).into_iter().map(|[name, ..]| name).collect()
        };
        assert_eq!(names(4, &["empty"], &[]), ["gone", "simple"]);
        assert_eq!(names(5, &[], &["Consumer"]), ["modern"]);
        assert_eq!(names(5, &["Stable"], &["classic"]), ["classic", "connect", "streams"]);
        assert_eq!(names(5, &[" Stable "], &["consumer"]), ["modern"]);
        assert!(names(5, &["Assigning"], &[]).is_empty() && names(5, &[], &[" consumer"]).is_empty());
    }

    #[test]
    fn a_broker_that_loads_lists_nothing() {
        let mut lab = lab();
        lab.move_coordinator("classic");
        let broker = lab.coordinator("classic");
        let answer = lab.ask(broker, 5, &request(&[], &[]));
        assert_eq!((answer.error_code, answer.groups.len()), (error::COORDINATOR_LOAD_IN_PROGRESS, 0));
        assert_eq!(lab.ask(Lab::other(broker), 5, &request(&[], &[])).error_code, error::NONE);
        lab.pass(10_000);
        assert_eq!(lab.ask(broker, 5, &request(&[], &[])).error_code, error::NONE);
    }
}
