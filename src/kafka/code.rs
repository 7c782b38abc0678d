//! Kafka's error codes, sorted by what can be done about them.
//!
//! Not transport failures, see [`super::error`].
//! Invariant: every code has a kind, and the kinds are few.

use std::fmt;
use std::sync::Arc;

use kafka_protocol::ResponseError;

use crate::model::ProblemKind;

use super::error::Error;

/// Why one group, topic or partition was not told.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    /// The kind.
    pub(super) kind: ProblemKind,
    reason: Reason,
}

#[derive(Clone, Debug)]
enum Reason {
    /// The broker's own, by its code.
    Code(i16),
    /// Of the whole answer it was to be in; shared by all that were.
    Sentence(Arc<str>),
    /// None beyond the kind.
    Kind,
}

impl Refusal {
    /// What an error code stands for; `None` for success.
    pub(super) fn of(code: i16) -> Option<Self> {
        problem_kind(code).map(|kind| Self { kind, reason: Reason::Code(code) })
    }
}

impl From<ProblemKind> for Refusal {
    fn from(kind: ProblemKind) -> Self {
        Self { kind, reason: Reason::Kind }
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        Self { kind: error.kind, reason: Reason::Sentence(error.sentence.as_str().into()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            Reason::Code(code) => formatter.write_str(&name(*code)),
            Reason::Sentence(sentence) => formatter.write_str(sentence),
            Reason::Kind => formatter.write_str(self.kind.word()),
        }
    }
}

/// The kind of an error code; `None` for success.
pub(super) fn problem_kind(code: i16) -> Option<ProblemKind> {
    // Nearly always, for every partition there is.
    if code == 0 {
        return None;
    }
    let error = ResponseError::try_from_code(code)?;
    Some(match error {
        ResponseError::UnsupportedVersion => ProblemKind::UnsupportedVersion,
        ResponseError::ClusterAuthorizationFailed => ProblemKind::ClusterAuthorization,
        ResponseError::TopicAuthorizationFailed => ProblemKind::TopicAuthorization,
        ResponseError::GroupAuthorizationFailed => ProblemKind::GroupAuthorization,
        ResponseError::NotCoordinator => ProblemKind::NotCoordinator,
        ResponseError::CoordinatorLoadInProgress => ProblemKind::CoordinatorLoading,
        ResponseError::CoordinatorNotAvailable => ProblemKind::CoordinatorNotAvailable,
        ResponseError::NotLeaderOrFollower => ProblemKind::NotLeader,
        ResponseError::LeaderNotAvailable => ProblemKind::LeaderNotAvailable,
        ResponseError::FencedLeaderEpoch => ProblemKind::FencedLeaderEpoch,
        ResponseError::UnknownLeaderEpoch => ProblemKind::UnknownLeaderEpoch,
        ResponseError::UnknownTopicOrPartition | ResponseError::UnknownTopicId => ProblemKind::UnknownTopicOrPartition,
        ResponseError::OffsetNotAvailable => ProblemKind::OffsetNotAvailable,
        ResponseError::OffsetOutOfRange => ProblemKind::OffsetOutOfRange,
        ResponseError::UnsupportedForMessageFormat => ProblemKind::UnsupportedForMessageFormat,
        ResponseError::GroupIdNotFound => ProblemKind::GroupNotFound,
        ResponseError::RequestTimedOut => ProblemKind::Timeout,
        _ => ProblemKind::Other,
    })
}

/// The name Kafka gives a code, for sentences.
pub(super) fn name(code: i16) -> String {
    match ResponseError::try_from_code(code) {
        None => "no error".to_owned(),
        Some(ResponseError::Unknown(code)) => format!("error code {code}"),
        // The codec names variants as Kafka does, in another case.
        Some(error) => shout(&format!("{error:?}")),
    }
}

fn shout(camel: &str) -> String {
    let mut shouted = String::with_capacity(camel.len() + 8);
    for (place, letter) in camel.char_indices() {
        if place > 0 && letter.is_ascii_uppercase() {
            shouted.push('_');
        }
        shouted.push(letter.to_ascii_uppercase());
    }
    shouted
}

/// Whether asking the leader that fresh metadata names can help.
pub(super) fn wants_fresh_leader(kind: ProblemKind) -> bool {
    matches!(
        kind,
        ProblemKind::NotLeader
            | ProblemKind::FencedLeaderEpoch
            | ProblemKind::UnknownLeaderEpoch
            | ProblemKind::UnknownTopicOrPartition
    )
}

/// Whether it happens in a healthy cluster while leaders move and records are deleted: the next poll finds its way.
pub(super) fn is_passing(kind: ProblemKind) -> bool {
    wants_fresh_leader(kind)
        || matches!(
            kind,
            ProblemKind::LeaderNotAvailable | ProblemKind::OffsetNotAvailable | ProblemKind::OffsetOutOfRange
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_kafka_gives_them() {
        assert_eq!(name(16), "NOT_COORDINATOR");
        assert_eq!(name(74), "FENCED_LEADER_EPOCH");
        assert_eq!(name(9999), "error code 9999");
        assert_eq!(problem_kind(0), None);
        assert_eq!(problem_kind(6), Some(ProblemKind::NotLeader));
        assert_eq!(problem_kind(9999), Some(ProblemKind::Other));
    }
}
