//! Questions about many groups at one coordinator: so many to a request, answers put beside the groups.
//!
//! Not which question it is, and not what an answer means.
//! Invariant: every group that was asked about gets what was told of it, or a reason.

use std::collections::HashMap;

use kafka_protocol::protocol::StrBytes;

use crate::model::{GroupId, ProblemKind};

use super::super::code::Refusal;
use super::super::connection::Answered;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{Ask, count_failures};

/// What one answer tells, by group id.
pub(super) type Told<T> = Vec<(StrBytes, Result<T, Refusal>)>;

/// Each group with what was told of it.
pub(super) type Found<T> = Vec<(GroupId, Result<T, Refusal>)>;

/// Asks about all of `groups`: `batch` to a request, by version; `request` and `read` are given the
/// groups of one request. Each kind of failure counts once for the request.
pub(super) async fn ask<A: Ask, T>(
    link: &mut Link,
    groups: &[GroupId],
    poll: &Poll,
    batch: impl Fn(i16) -> usize + Send + Sync,
    request: impl Fn(i16, &[GroupId]) -> A + Send + Sync,
    read: impl Fn(i16, &[GroupId], Answered<A::Answer>) -> Told<T> + Send + Sync,
) -> Result<Found<T>, Error> {
    let build = |version| groups.chunks(batch(version)).map(|chunk| request(version, chunk)).collect();
    let (version, answers) = link.ask_all(poll, build).await?;
    let mut found = Vec::with_capacity(groups.len());
    for (chunk, answer) in groups.chunks(batch(version)).zip(answers) {
        match answer {
            Ok(answer) => {
                let matched = matched(chunk, read(version, chunk, answer));
                count_failures(A::QUESTION, matched.iter().filter_map(|(_, outcome)| outcome.as_ref().err()), poll);
                found.extend(matched);
            }
            Err(error) => {
                let refusal = Refusal::from(&error);
                found.extend(chunk.iter().map(|group| (group.clone(), Err(refusal.clone()))));
            }
        }
    }
    Ok(found)
}

/// Puts what was told beside the groups that were asked about; what was not told is missing.
fn matched<T>(asked: &[GroupId], told: Told<T>) -> Found<T> {
    // Mostly they come as they were asked about.
    if told.len() == asked.len() && told.iter().zip(asked).all(|((told, _), asked)| told.as_str() == asked.as_str()) {
        return asked.iter().cloned().zip(told.into_iter().map(|(_, outcome)| outcome)).collect();
    }
    let mut told: HashMap<StrBytes, Result<T, Refusal>> = told.into_iter().collect();
    let missing = || Err(ProblemKind::Missing.into());
    asked.iter().map(|group| (group.clone(), told.remove(group.as_str().as_bytes()).unwrap_or_else(missing))).collect()
}
