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
}

/// Asks one broker.
pub(in super::super) async fn ask(link: &mut Link, poll: &Poll) -> Result<Listed, Error> {
    let answer = link.ask(poll, |_| ListGroupsRequest::default()).await?.body;
    let incomplete = code::problem_kind(answer.error_code).map(|kind| {
        poll.failed(Question::ListGroups, kind);
        Error::new(kind, code::name(answer.error_code))
    });
    let groups = answer.groups.into_iter().map(|group| ListedGroup {
        id: group.group_id.0.to_string(),
        protocol_type: group.protocol_type.to_string(),
        state: GroupState::from_word(&group.group_state),
        kind: GroupKind::from_word(&group.group_type),
    });
    Ok(Listed { groups: groups.collect(), incomplete })
}
