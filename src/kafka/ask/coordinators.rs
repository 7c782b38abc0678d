//! FindCoordinator: where groups went that the broker we asked does not coordinate any more.
//!
//! Not asked for groups that a broker lists: whoever lists a group coordinates it.
//! Invariant: one request for all groups where the broker can (KIP-699), else one each, pipelined.

use std::collections::BTreeMap;

use kafka_protocol::messages::FindCoordinatorRequest;

use crate::model::{BrokerId, GroupId, ProblemKind, Question};

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{count_failures, text};

/// The first version that takes many keys.
const FIRST_BATCHED: i16 = 4;

/// The coordinator of each group, or why there is none.
pub(in super::super) type Coordinators = BTreeMap<GroupId, Result<BrokerId, Refusal>>;

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
    let mut found: Coordinators =
        groups.iter().map(|group| (group.clone(), Err(ProblemKind::Missing.into()))).collect();
    if version >= FIRST_BATCHED {
        for answer in answers {
            for coordinator in answer?.body.coordinators {
                if let Some(place) = found.get_mut(coordinator.key.as_str()) {
                    *place = told(coordinator.error_code, coordinator.node_id.0);
                }
            }
        }
        count_failures(Question::FindCoordinator, found.values().filter_map(|told| told.as_ref().err()), poll);
        return Ok(found);
    }
    for (group, answer) in groups.iter().zip(answers) {
        let told = match answer {
            Ok(answer) => {
                let told = told(answer.body.error_code, answer.body.node_id.0);
                count_failures(Question::FindCoordinator, told.as_ref().err().into_iter(), poll);
                told
            }
            Err(error) => Err(Refusal::from(&error)),
        };
        found.insert(group.clone(), told);
    }
    Ok(found)
}

fn told(code: i16, broker: i32) -> Result<BrokerId, Refusal> {
    Refusal::of(code).map_or(Ok(BrokerId(broker)), Err)
}
