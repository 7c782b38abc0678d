//! ConsumerGroupDescribe: state and members of KIP-848 groups.
//!
//! Not of classic groups: for those a broker says here that they are not found.
//! Invariant: what a member owns is its current assignment, not the target it moves to.

use kafka_protocol::messages::consumer_group_describe_response::{DescribedGroup, Member};
use kafka_protocol::messages::{ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, GroupId as WireGroupId};

use crate::model::{GroupEpochs, GroupId, GroupState};

use super::super::code::Refusal;
use super::super::connection::Answered;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::groups::{Described, DescribedMember, Descriptions, Ownership};
use super::{batches, text};

/// Asks one coordinator about many groups.
pub(in super::super) async fn ask(link: &mut Link, groups: Vec<GroupId>, poll: &Poll) -> Result<Descriptions, Error> {
    let request = |_, chunk: &[GroupId]| {
        let ids = chunk.iter().map(|group| WireGroupId(text(group))).collect();
        ConsumerGroupDescribeRequest::default().with_group_ids(ids)
    };
    let read = |_, _: &[GroupId], answer: Answered<ConsumerGroupDescribeResponse>| {
        let told = answer.body.groups.iter().map(|group| {
            let outcome = Refusal::of(group.error_code).map_or_else(|| Ok(read(group)), Err);
            (group.group_id.0.to_string(), outcome)
        });
        told.collect()
    };
    batches::ask(link, &groups, poll, |_| poll.groups_per_request, request, read).await
}

fn read(group: &DescribedGroup) -> Described {
    Described {
        state: GroupState::from_word(&group.group_state),
        protocol_type: None,
        protocol: group.assignor_name.to_string(),
        epochs: Some(GroupEpochs { group: group.group_epoch, assignment: group.assignment_epoch }),
        members: group.members.iter().map(read_member).collect(),
    }
}

fn read_member(member: &Member) -> DescribedMember {
    let owned = member.assignment.topic_partitions.iter();
    DescribedMember {
        member_id: member.member_id.as_str().to_owned(),
        client_id: member.client_id.as_str().to_owned(),
        client_host: member.client_host.as_str().to_owned(),
        group_instance_id: member.instance_id.as_ref().map(|id| id.as_str().to_owned()),
        ownership: Ownership::Named {
            subscribed: member.subscribed_topic_names.iter().map(|name| name.0.clone()).collect(),
            owned: owned.map(|part| (part.topic_name.0.clone(), part.partitions.clone())).collect(),
        },
    }
}
