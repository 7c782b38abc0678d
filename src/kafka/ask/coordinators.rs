//! FindCoordinator: where groups went that the broker we asked does not coordinate any more.
//!
//! Not asked for groups that a broker lists: whoever lists a group coordinates it.
//! Invariant: one request for all groups where the broker can (KIP-699), else one each, pipelined.

use std::collections::BTreeMap;

use kafka_protocol::messages::FindCoordinatorRequest;

use crate::model::{BrokerId, GroupId, ProblemKind, Question};

use super::super::code;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::text;

/// The first version that takes many keys.
const FIRST_BATCHED: i16 = 4;

/// The coordinator of each group, or why there is none.
pub(in super::super) type Coordinators = BTreeMap<GroupId, Result<BrokerId, ProblemKind>>;

/// Asks one broker where all these groups are.
pub(in super::super) async fn ask(link: &mut Link, groups: &[GroupId], poll: &Poll) -> Result<Coordinators, Error> {
    let build = |version: i16| {
        if version >= FIRST_BATCHED {
            let keys = groups.iter().map(|group| text(group)).collect();
            return vec![FindCoordinatorRequest::default().with_coordinator_keys(keys)];
        }
        groups.iter().map(|group| FindCoordinatorRequest::default().with_key(text(group))).collect()
    };
    let (version, answers) = link.ask_all(poll, build).await?;
    let mut found: Coordinators = groups.iter().map(|group| (group.clone(), Err(ProblemKind::Missing))).collect();
    let mut note = |group: &str, code: i16, broker: i32| {
        let told = code::problem_kind(code).map_or(Ok(BrokerId(broker)), Err);
        if let Err(kind) = told {
            poll.failed(Question::FindCoordinator, kind);
        }
        if let Some(place) = found.get_mut(group) {
            *place = told;
        }
    };
    if version >= FIRST_BATCHED {
        for coordinator in answers.into_iter().flatten().flat_map(|answer| answer.body.coordinators) {
            note(&coordinator.key, coordinator.error_code, coordinator.node_id.0);
        }
    } else {
        for (group, answer) in groups.iter().zip(answers) {
            if let Ok(answer) = answer {
                note(group, answer.body.error_code, answer.body.node_id.0);
            }
        }
    }
    Ok(found)
}
