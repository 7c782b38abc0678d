//! What is counted while others are told.
//!
//! Not what they were told.
//! Invariant: a receiver that is no longer told has no series.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use prometheus::{IntCounterVec, Opts, Registry};

/// Why a receiver did not take a message, by the word used as label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotifyError {
    /// Nobody listens there, or the name is not known.
    Connect,
    /// No answer in time.
    Timeout,
    /// What came is no answer of HTTP, or the connection broke.
    Protocol,
    /// It says that it is elsewhere (3xx); that is not followed.
    Redirected,
    /// It did not like the message (4xx).
    Refused,
    /// It failed (5xx, and what no server should say).
    ServerError,
    /// Our own credentials could not be read.
    Credentials,
}

impl NotifyError {
    /// Every word.
    pub const ALL: [Self; 7] = [
        Self::Connect,
        Self::Timeout,
        Self::Protocol,
        Self::Redirected,
        Self::Refused,
        Self::ServerError,
        Self::Credentials,
    ];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Timeout => "timeout",
            Self::Protocol => "protocol",
            Self::Redirected => "redirected",
            Self::Refused => "refused",
            Self::ServerError => "server_error",
            Self::Credentials => "credentials",
        }
    }
}

/// Both families.
#[derive(Clone, Debug)]
pub(super) struct NotifyFamilies {
    taken: IntCounterVec,
    failures: IntCounterVec,
    /// How many count under the same labels: one may come before the other has gone.
    users: Arc<Mutex<BTreeMap<(&'static str, String), usize>>>,
}

impl NotifyFamilies {
    pub(super) fn new(registry: &Registry) -> Result<Self, prometheus::Error> {
        let labels = ["kind", "receiver"];
        let taken = IntCounterVec::new(Opts::new("highwater_notifications_total", super::HELP), &labels)?;
        let with_error = ["kind", "receiver", "error"];
        let failures =
            IntCounterVec::new(Opts::new("highwater_notification_failures_total", super::HELP), &with_error)?;
        registry.register(Box::new(taken.clone()))?;
        registry.register(Box::new(failures.clone()))?;
        Ok(Self { taken, failures, users: Arc::default() })
    }
}

/// The counters of one receiver; its series vanish with it.
#[derive(Debug)]
pub struct ReceiverMetrics {
    families: NotifyFamilies,
    kind: &'static str,
    receiver: String,
}

impl ReceiverMetrics {
    pub(super) fn new(families: &NotifyFamilies, kind: &'static str, receiver: String) -> Self {
        let metrics = Self { families: families.clone(), kind, receiver };
        let mut users = metrics.families.users.lock().unwrap_or_else(PoisonError::into_inner);
        *users.entry((kind, metrics.receiver.clone())).or_default() += 1;
        // A counter that appears at 1 hides its first increase from `rate`.
        metrics.families.taken.with_label_values(&[kind, metrics.receiver.as_str()]);
        for error in NotifyError::ALL {
            metrics.families.failures.with_label_values(&[kind, metrics.receiver.as_str(), error.word()]);
        }
        drop(users);
        metrics
    }

    /// A message was taken.
    pub fn taken(&self) {
        self.families.taken.with_label_values(&[self.kind, self.receiver.as_str()]).inc();
    }

    /// A message was not taken.
    pub fn failed(&self, error: NotifyError) {
        self.families.failures.with_label_values(&[self.kind, self.receiver.as_str(), error.word()]).inc();
    }
}

impl Drop for ReceiverMetrics {
    fn drop(&mut self) {
        let mut users = self.families.users.lock().unwrap_or_else(PoisonError::into_inner);
        let name = (self.kind, self.receiver.clone());
        if let Some(count) = users.get_mut(&name).filter(|count| **count > 1) {
            *count -= 1;
            return;
        }
        users.remove(&name);
        // Only what is not there cannot be removed.
        drop(self.families.taken.remove_label_values(&[self.kind, self.receiver.as_str()]));
        for error in NotifyError::ALL {
            drop(self.families.failures.remove_label_values(&[self.kind, self.receiver.as_str(), error.word()]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(registry: &Registry) -> usize {
        registry.gather().iter().map(|family| family.get_metric().len()).sum()
    }

    #[test]
    fn series_are_there_from_the_start_and_go_with_their_last_user() {
        let registry = Registry::new();
        let families = NotifyFamilies::new(&registry).expect("the families are well formed");
        let first = ReceiverMetrics::new(&families, "webhook", "a:80".to_owned());
        assert_eq!(series(&registry), 1 + NotifyError::ALL.len());
        let second = ReceiverMetrics::new(&families, "webhook", "a:80".to_owned());
        first.failed(NotifyError::Timeout);
        drop(first);
        second.taken();
        assert_eq!(second.families.failures.with_label_values(&["webhook", "a:80", "timeout"]).get(), 1);
        assert_eq!(series(&registry), 1 + NotifyError::ALL.len());
        drop(second);
        assert_eq!(series(&registry), 0);
    }
}
