//! ConsumerGroupDescribe: state and members of KIP-848 groups.
//!
//! Not of classic groups: for those a broker says here that they are not found.
//! Invariant: every group that was asked about gets what was told of it, or a reason.

use kafka_protocol::messages::consumer_group_describe_response::DescribedGroup;
use kafka_protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, GroupId as WireGroupId};

use crate::model::{GroupEpochs, GroupId, GroupState};

use super::super::code::Refusal;
use super::super::connection::Answered;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::groups::{Described, Descriptions, ToldMembers};
use super::{batches, text};

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Descriptions, Error> {
    let request = |_, chunk: &[GroupId]| {
        let ids = chunk.iter().map(|group| WireGroupId(text(group))).collect();
        ConsumerGroupDescribeRequest::default().with_group_ids(ids)
    };
    let read = |_, _: &[GroupId], answer: Answered<ConsumerGroupDescribeResponse>| {
        let told = answer.body.groups.into_iter().map(|group| {
            (group.group_id.0.clone(), Refusal::of(group.error_code).map_or_else(|| Ok(read(group)), Err))
        });
        told.collect()
    };
    batches::ask(link, &groups, poll, |_| poll.groups_per_request, request, read).await
}

fn read(group: DescribedGroup) -> Described {
    Described {
        state: GroupState::from_word(&group.group_state),
        protocol_type: None,
        protocol: group.assignor_name.to_string(),
        epochs: Some(GroupEpochs { group: group.group_epoch, assignment: group.assignment_epoch }),
        members: ToldMembers::Consumer(group.members),
    }
}
