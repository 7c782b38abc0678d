//! How long a broker that failed is left alone.
//!
//! Not a retry loop: it only says when the next attempt is allowed; the poll is the loop.
//! Invariant: the wait grows to a cap and carries jitter, so that many exporters do not knock together.

use std::time::Duration;

use tokio::time::Instant;

/// The first wait.
const FIRST: Duration = Duration::from_millis(200);
/// The cap: a broker that is back is noticed within this and one poll interval.
const CAP: Duration = Duration::from_secs(5);

/// The failures of one broker in a row.
#[derive(Debug, Default)]
pub(super) struct Backoff {
    failure_count: u32,
    until: Option<Instant>,
}

impl Backoff {
    /// Notes a failure at `now`.
    pub(super) fn failed(&mut self, now: Instant) {
        let wait = FIRST.saturating_mul(1 << self.failure_count.min(8)).min(CAP);
        self.failure_count = self.failure_count.saturating_add(1);
        // Between half and the whole of the wait, so that the cap stays one.
        self.until = Some(now + wait.mul_f64(0.5 + 0.5 * fastrand::f64()));
    }

    /// Forgets the failures.
    pub(super) fn succeeded(&mut self) {
        *self = Self::default();
    }

    /// Whether the broker is to be left alone at `now`.
    pub(super) fn is_waiting(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn waits_grow_to_the_cap_and_end_with_a_success() {
        let mut backoff = Backoff::default();
        let now = tokio::time::sleep(Duration::ZERO).deadline();
        assert!(!backoff.is_waiting(now));
        backoff.failed(now);
        assert!(backoff.is_waiting(now + FIRST / 3));
        assert!(!backoff.is_waiting(now + FIRST));
        for _ in 0..1000 {
            backoff.failed(now);
        }
        assert!(backoff.is_waiting(now + CAP / 3));
        assert!(!backoff.is_waiting(now + CAP));
        backoff.succeeded();
        assert!(!backoff.is_waiting(now));
    }
}
