//! DescribeGroups: state and members of groups of the classic protocol.
//!
//! Not of KIP-848 groups: for those a broker says here that they are dead or not found.
//! Invariant: a member whose bytes we cannot read is a member all the same.

use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse, GroupId as WireGroupId};

use crate::model::{GroupId, GroupState};
use crate::wire;

use super::super::code::Refusal;
use super::super::connection::Answered;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{batches, text};

/// What describing tells of a group, of either protocol.
#[derive(Clone, Debug)]
pub(in super::super) struct Described {
    /// Its state.
    pub(in super::super) state: GroupState,
    /// Its protocol type, where the answer has one.
    pub(in super::super) protocol_type: Option<String>,
    /// Its assignor.
    pub(in super::super) protocol: String,
    /// Its members.
    pub(in super::super) members: Vec<DescribedMember>,
}

/// A member, with topics by name.
#[derive(Clone, Debug)]
pub(in super::super) struct DescribedMember {
    pub(in super::super) member_id: String,
    pub(in super::super) client_id: String,
    pub(in super::super) client_host: String,
    pub(in super::super) group_instance_id: Option<String>,
    /// Topics and partitions it owns; `None` where they cannot be read.
    pub(in super::super) owned: Option<Vec<(String, Vec<i32>)>>,
    /// Topics it subscribed to by name.
    pub(in super::super) subscribed: Vec<String>,
}

/// Each group with what describing it gave; a kind where it failed.
pub(in super::super) type Descriptions = Vec<(GroupId, Result<Described, Refusal>)>;

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Descriptions, Error> {
    let request = |_, chunk: &[GroupId]| {
        let ids = chunk.iter().map(|group| WireGroupId(text(group))).collect();
        DescribeGroupsRequest::default().with_groups(ids)
    };
    let read = |_, _: &[GroupId], answer: Answered<DescribeGroupsResponse>| {
        let told = answer.body.groups.iter().map(|group| {
            let outcome = Refusal::of(group.error_code).map_or_else(|| Ok(read(group)), Err);
            (group.group_id.0.to_string(), outcome)
        });
        told.collect()
    };
    batches::ask(link, &groups, poll, |_| poll.groups_per_request, request, read).await
}

fn read(group: &DescribedGroup) -> Described {
    let is_consumer = group.protocol_type.is_empty() || group.protocol_type.as_str() == "consumer";
    Described {
        state: GroupState::from_word(&group.group_state),
        protocol_type: Some(group.protocol_type.to_string()),
        protocol: group.protocol_data.to_string(),
        members: group.members.iter().map(|member| read_member(member, is_consumer)).collect(),
    }
}

fn read_member(member: &DescribedGroupMember, is_consumer: bool) -> DescribedMember {
    let owned = if is_consumer { wire::assignment(&member.member_assignment) } else { None };
    let subscribed = if is_consumer { wire::subscribed_topics(&member.member_metadata) } else { None };
    DescribedMember {
        member_id: member.member_id.as_str().to_owned(),
        client_id: member.client_id.as_str().to_owned(),
        client_host: member.client_host.as_str().to_owned(),
        group_instance_id: member.group_instance_id.as_ref().map(|id| id.as_str().to_owned()),
        owned: owned.map(|owned| owned.into_iter().map(|part| (part.topic.to_owned(), part.partitions)).collect()),
        subscribed: subscribed.into_iter().flatten().map(str::to_owned).collect(),
    }
}
