//! ListGroups: the groups one broker coordinates, with their types and states where it tells.
//!
//! Not their members. Which broker listed a group is also who coordinates it.
//! Invariant: a list that came with an error is never taken for all the groups there are.

use kafka_protocol::messages::ListGroupsRequest;

use crate::model::{GroupKind, GroupState, Question};

use super::super::code;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::GROUP_ID_BYTES_MAX;

/// One line of the list.
#[derive(Clone, Debug)]
pub(in super::super) struct ListedGroup {
    /// The group's id.
    pub(in super::super) id: String,
    /// `consumer`, `connect`, …; empty for groups that only commit.
    pub(in super::super) protocol_type: String,
    /// The state, from version 4 on.
    pub(in super::super) state: GroupState,
    /// The kind, from version 5 on.
    pub(in super::super) kind: GroupKind,
}

/// What one broker told.
#[derive(Debug)]
pub(in super::super) struct Listed {
    /// The groups it listed.
    pub(in super::super) groups: Vec<ListedGroup>,
    /// Why there may be others: a coordinator that loads some of its groups tells those it has.
    pub(in super::super) incomplete: Option<Error>,
    /// Ids that were left out for their length.
    pub(in super::super) left_out_count: usize,
}

/// Asks one broker.
pub(in super::super) async fn ask(link: &mut Link, poll: &Poll) -> Result<Listed, Error> {
    let answer = link.ask(poll, |_| ListGroupsRequest::default()).await?.body;
    let incomplete = code::problem_kind(answer.error_code).map(|kind| {
        poll.failed(Question::ListGroups, kind);
        Error::new(kind, code::name(answer.error_code))
    });
    let listed_count = answer.groups.len();
    let fitting = answer.groups.into_iter().filter(|group| group.group_id.0.len() <= GROUP_ID_BYTES_MAX);
    let groups = fitting.map(|group| ListedGroup {
        id: group.group_id.0.to_string(),
        protocol_type: group.protocol_type.to_string(),
        state: GroupState::from_word(&group.group_state),
        kind: GroupKind::from_word(&group.group_type),
    });
    let groups: Vec<_> = groups.collect();
    let left_out_count = listed_count - groups.len();
    Ok(Listed { groups, incomplete, left_out_count })
}
