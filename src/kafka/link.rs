//! The line to one broker: connects when there is something to ask, and knows when to leave it alone.
//!
//! It neither polls nor retries on its own; whoever asks waits for one deadline at most.
//! Invariant: a broker that did not answer in a poll is not asked again in that poll.

use crate::config::BrokerAddress;
use crate::model::{ProblemKind, Question};

use super::ask::Ask;
use super::backoff::Backoff;
use super::connection::{Answered, Connection};
use super::error::Error;
use super::poll::{Poll, now};
use super::stream;

/// What was answered to each of several requests, in their order.
pub(super) type Answers<A> = Vec<Result<Answered<<A as Ask>::Answer>, Error>>;

/// A broker's address and, while it lasts, the connection to it.
pub(super) struct Link {
    address: BrokerAddress,
    connection: Option<Connection>,
    connected_in_poll: u64,
    backoff: Backoff,
    last_failure: Option<(u64, Error)>,
}

impl Link {
    pub(super) fn new(address: BrokerAddress) -> Self {
        Self { address, connection: None, connected_in_poll: 0, backoff: Backoff::default(), last_failure: None }
    }

    pub(super) fn address(&self) -> &BrokerAddress {
        &self.address
    }

    /// Whether a connection is open, as far as is known.
    pub(super) fn is_connected(&self) -> bool {
        self.connection.is_some()
    }

    /// Whether an answer was waited for in vain in this poll.
    pub(super) fn fell_silent(&self, poll: &Poll) -> bool {
        let failure = self.last_failure.as_ref();
        failure.is_some_and(|(number, error)| *number == poll.number && error.kind == ProblemKind::Timeout)
    }

    /// Gives up the connection, if there is one.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Whether the broker serves a question; `false` while there is no connection.
    pub(super) fn serves(&self, question: Question) -> bool {
        self.connection.as_ref().is_some_and(|connection| connection.versions().version(question).is_ok())
    }

    /// Connects, unless that is done; a failure counts as one of `question`, which it was wanted for.
    pub(super) async fn open(&mut self, question: Question, poll: &Poll) -> Result<(), Error> {
        let opened = self.connected(poll).await.map(|_| ());
        if let Err(error) = &opened {
            count_failure(question, error, poll);
        }
        opened
    }

    /// Asks what `build` makes of the negotiated version. The outer error is of the broker as a
    /// whole, the inner ones of single answers; both are counted here.
    pub(super) async fn ask_all<A: Ask>(
        &mut self,
        poll: &Poll,
        build: impl Fn(i16) -> Vec<A> + Send + Sync,
    ) -> Result<(i16, Answers<A>), Error> {
        let asked = self.try_ask_all(poll, &build).await;
        // A broker closes connections that were idle for long, and all of them when it restarts.
        // The first question after that finds out, and deserves a new connection.
        let asked = match asked {
            Ok((_, answers)) if self.was_closed_while_idle(&answers, poll) => self.try_ask_all(poll, &build).await,
            asked => asked,
        };
        match &asked {
            Err(error) => count_failure(A::QUESTION, error, poll),
            Ok((_, answers)) => {
                for error in answers.iter().filter_map(|answer| answer.as_ref().err()) {
                    poll.failed(A::QUESTION, error.kind);
                }
                if let Some(Err(error)) = answers.last()
                    && self.connection.is_none()
                {
                    self.failed(error.clone(), poll);
                }
            }
        }
        asked
    }

    /// Asks one question.
    pub(super) async fn ask<A: Ask>(
        &mut self,
        poll: &Poll,
        build: impl Fn(i16) -> A + Send + Sync,
    ) -> Result<Answered<A::Answer>, Error> {
        let (_, mut answers) = self.ask_all(poll, |version| vec![build(version)]).await?;
        answers.pop().unwrap_or_else(|| Err(Error::new(ProblemKind::Missing, "there is no answer")))
    }

    async fn try_ask_all<A: Ask>(
        &mut self,
        poll: &Poll,
        build: &(impl Fn(i16) -> Vec<A> + Send + Sync),
    ) -> Result<(i16, Answers<A>), Error> {
        // Asked too late, a connection would be given up that has nothing wrong with it.
        poll.next_deadline()?;
        let connection = self.connected(poll).await?;
        let version = connection.versions().version(A::QUESTION)?;
        let requests = build(version);
        let answers = connection.ask_all(version, requests, poll).await;
        if !connection.is_usable() {
            self.connection = None;
        }
        Ok((version, answers))
    }

    fn was_closed_while_idle<T>(&self, answers: &[Result<T, Error>], poll: &Poll) -> bool {
        let is_disconnected =
            |answer: &Result<T, Error>| matches!(answer, Err(error) if error.kind == ProblemKind::Disconnected);
        self.connection.is_none()
            && self.connected_in_poll < poll.number
            && !answers.is_empty()
            && answers.iter().all(is_disconnected)
    }

    async fn connected(&mut self, poll: &Poll) -> Result<&mut Connection, Error> {
        if self.connection.is_none() {
            self.check_whether_to_try(poll)?;
            match connect(&self.address, poll).await {
                Ok(connection) => {
                    self.backoff.succeeded();
                    self.connected_in_poll = poll.number;
                    self.connection = Some(connection);
                }
                Err(error) => {
                    self.failed(error.clone(), poll);
                    return Err(error);
                }
            }
        }
        self.connection.as_mut().ok_or_else(|| Error::new(ProblemKind::Connect, "there is no connection"))
    }

    fn check_whether_to_try(&self, poll: &Poll) -> Result<(), Error> {
        match &self.last_failure {
            Some((number, error)) if *number == poll.number || self.backoff.is_waiting(now()) => {
                Err(Error::new(ProblemKind::BackingOff, format!("left alone for a while after this: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Remembers a failure that is the broker's rather than the answer's.
    fn failed(&mut self, error: Error, poll: &Poll) {
        if error.is_out_of_reach() && error.kind != ProblemKind::BackingOff {
            self.backoff.failed(now());
            self.last_failure = Some((poll.number, error));
        }
    }
}

/// While a broker is left alone nothing is sent, so nothing fails that is not counted already.
fn count_failure(question: Question, error: &Error, poll: &Poll) {
    if error.kind != ProblemKind::BackingOff {
        poll.failed(question, error.kind);
    }
}

async fn connect(address: &BrokerAddress, poll: &Poll) -> Result<Connection, Error> {
    let stream = stream::open(address, poll.next_deadline()?, poll).await?;
    Connection::handshake(stream, poll).await
}
