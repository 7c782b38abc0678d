//! ListGroups: the groups one broker coordinates, with their types and states where it tells.
//!
//! Not their members. Which broker listed a group is also who coordinates it.
//! Invariant: an answer with an error is an error, even if it carries some of the groups.

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

/// Asks one broker.
pub(in super::super) async fn ask(link: &mut Link, poll: &Poll) -> Result<Vec<ListedGroup>, Error> {
    let answer = link.ask(poll, |_| ListGroupsRequest::default()).await?.body;
    if let Some(kind) = code::problem_kind(answer.error_code) {
        poll.failed(Question::ListGroups, kind);
        return Err(Error::new(kind, code::name(answer.error_code)));
    }
    let listed = answer.groups.into_iter().map(|group| ListedGroup {
        id: group.group_id.0.to_string(),
        protocol_type: group.protocol_type.to_string(),
        state: GroupState::from_word(&group.group_state),
        kind: GroupKind::from_word(&group.group_type),
    });
    Ok(listed.collect())
}
