//! How long there is still time.
//!
//! Not a clock; that is the caller's.
//! Invariant: what is left never grows.

use std::time::Duration;

use crate::model::{Clock, Moment};

/// What one answer may take.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(5);

/// See the module.
pub(super) struct Patience<'a> {
    clock: &'a dyn Clock,
    started: Moment,
    all: Duration,
}

impl<'a> Patience<'a> {
    /// From now on, for so long.
    pub(super) fn new(clock: &'a dyn Clock, all: Duration) -> Self {
        Self { clock, started: clock.moment(), all }
    }

    /// What is left.
    pub(super) fn left(&self) -> Duration {
        self.all.saturating_sub(self.clock.moment().since(self.started))
    }

    /// Whether nothing is.
    pub(super) fn is_over(&self) -> bool {
        self.left().is_zero()
    }

    /// What of it one answer may take; never nothing, which to librdkafka can mean for ever.
    pub(super) fn for_an_answer(&self) -> Duration {
        self.left().clamp(Duration::from_millis(100), ANSWER_TIMEOUT)
    }
}
