//! How asking a broker can fail.
//!
//! Not how a group or partition can: an error code inside an answer is data, see [`super::code`].
//! Invariant: the kind is a bounded word; text from the peer stays in the sentence.

use crate::model::ProblemKind;

/// A question that got no usable answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{sentence}")]
pub(super) struct Error {
    /// What kind of failure it is.
    pub(super) kind: ProblemKind,
    /// The failure in words, without the broker's address: whoever reports it knows that.
    pub(super) sentence: String,
}

impl Error {
    pub(super) fn new(kind: ProblemKind, sentence: impl Into<String>) -> Self {
        Self { kind, sentence: sentence.into() }
    }

    /// Reading or writing failed; the peer's side is gone.
    pub(super) fn disconnected(error: &std::io::Error) -> Self {
        let sentence = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "the connection was closed before the answer was complete".to_owned(),
            _ => format!("the connection was lost: {error}"),
        };
        Self::new(ProblemKind::Disconnected, sentence)
    }

    /// Whether the broker itself is to be left alone for a while: it is out of reach or silent, as
    /// opposed to one that answers something we cannot use.
    pub(super) fn is_out_of_reach(&self) -> bool {
        matches!(
            self.kind,
            ProblemKind::Connect | ProblemKind::Disconnected | ProblemKind::Timeout | ProblemKind::BackingOff
        )
    }

    /// Whether the broker was asked and answered, if only with an error: what else it is asked may go
    /// well.
    pub(super) fn is_answered(&self) -> bool {
        !self.is_out_of_reach() && self.kind != ProblemKind::PollDeadline
    }
}
