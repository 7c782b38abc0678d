//! DescribeGroups: state and members of groups of the classic protocol.
//!
//! Not of KIP-848 groups: for those a broker says here that they are dead or not found.
//! Invariant: every group that was asked about gets what was told of it, or a reason; members stay as they were written.

use kafka_protocol::messages::consumer_group_describe_response::Member;
use kafka_protocol::messages::{DescribeGroupsRequest, GroupId as WireGroupId};

use crate::model::{GroupEpochs, GroupId, GroupState};
use crate::wire::{self, DescribedGroup};

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
    /// Its epochs, where the answer has them.
    pub(in super::super) epochs: Option<GroupEpochs>,
    /// Its members.
    pub(in super::super) members: ToldMembers,
}

/// Members, as the two protocols tell them.
#[derive(Clone, Debug)]
pub(in super::super) enum ToldMembers {
    /// What they want and own is in the bytes of the `consumer` protocol, if that is what they speak.
    Classic { told: wire::DescribedMembers, is_consumer: bool },
    /// KIP-848: what they want and own is told by name.
    Consumer(Vec<Member>),
}

/// Each group with what describing it gave; a kind where it failed.
pub(in super::super) type Descriptions = Vec<(GroupId, Result<Described, Refusal>)>;

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Descriptions, Error> {
    let request = |_, chunk: &[GroupId]| {
        let ids = chunk.iter().map(|group| WireGroupId(text(group))).collect();
        DescribeGroupsRequest::default().with_groups(ids)
    };
    let read = |_, _: &[GroupId], answer: Answered<Vec<DescribedGroup>>| {
        let told = answer
            .body
            .into_iter()
            .map(|group| (group.group.clone(), Refusal::of(group.error_code).map_or_else(|| Ok(read(group)), Err)));
        told.collect()
    };
    batches::ask(link, &groups, poll, |_| poll.groups_per_request, request, read).await
}

fn read(group: DescribedGroup) -> Described {
    let is_consumer = group.protocol_type.is_empty() || group.protocol_type.as_str() == "consumer";
    Described {
        state: GroupState::from_word(&group.state),
        protocol_type: Some(group.protocol_type.to_string()),
        protocol: group.protocol.to_string(),
        epochs: None,
        members: ToldMembers::Classic { told: group.members, is_consumer },
    }
}
