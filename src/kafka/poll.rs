//! What every question of one poll shares: deadlines, bounds, counters, the clock.
//!
//! Not the poller: it neither starts polls nor repeats them.
//! Invariant: no deadline handed out here lies beyond the poll's own.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::model::{Clock, Moment, ProblemKind, Question, Timestamp};
use crate::telemetry::ClusterMetrics;

use super::error::Error;
use super::stream::Dial;

/// The frame of one poll.
#[derive(Clone)]
pub(super) struct Poll {
    /// No answer is waited for beyond this.
    pub(super) deadline: Instant,
    /// What one answer may take, unless little time is left.
    pub(super) request_timeout: Duration,
    /// The largest answer that is read, in bytes.
    pub(super) frame_bytes_max: usize,
    /// Groups per request.
    pub(super) groups_per_request: usize,
    /// Which poll of this cluster it is.
    pub(super) number: u64,
    /// Our `client.id`.
    pub(super) client_id: Arc<str>,
    /// How connections are opened.
    pub(super) dial: Arc<dyn Dial>,
    /// Our own counters.
    pub(super) metrics: ClusterMetrics,
    /// Where answers get their time stamp from.
    pub(super) clock: Arc<dyn Clock>,
}

impl Poll {
    /// Until when the next answer may take; an error once the poll itself is over.
    pub(super) fn next_deadline(&self) -> Result<Instant, Error> {
        let now = now();
        if now >= self.deadline {
            return Err(Error::new(ProblemKind::PollDeadline, "the poll's time was up before this could be asked"));
        }
        // Half of what is left, so that those who do not answer, however many steps they do it in, leave time to ask
        // the others.
        Ok(now + self.request_timeout.min((self.deadline - now) / 2))
    }

    /// Whether enough time is left to ask for things once more without losing what is known already.
    pub(super) fn has_time_to_ask_anew(&self) -> bool {
        self.deadline.saturating_duration_since(now()) >= self.request_timeout / 4
    }

    /// Whether enough time is left to ask for what can be done without. An answer that is late then leaves time to ask
    /// the others anew.
    pub(super) fn has_time_for_wishes(&self) -> bool {
        self.deadline.saturating_duration_since(now()) >= self.request_timeout / 2
    }

    /// What the wall clock showed at a moment that has just passed.
    pub(super) fn timestamp_of(&self, moment: Moment) -> Timestamp {
        let passed = self.clock.moment().since(moment);
        Timestamp::from_unix(self.clock.timestamp().since_unix().saturating_sub(passed))
    }

    /// Counts a question that failed.
    pub(super) fn failed(&self, question: Question, kind: ProblemKind) {
        self.metrics.request_failed(question, kind);
    }
}

/// The runtime's time, for deadlines only.
#[expect(clippy::disallowed_methods, reason = "deadlines are the runtime's business, and this is their only source")]
pub(super) fn now() -> Instant {
    Instant::now()
}
