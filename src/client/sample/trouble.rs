//! What librdkafka has to say beside what it is asked.
//!
//! Not what ends a sample; whoever asks decides that.
//! Invariant: only the last trouble is kept, in words that are the same each time it happens.

use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use tracing::debug;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    last: Mutex<Heard>,
}

#[derive(Clone, Debug, Default)]
struct Heard {
    reason: Option<String>,
    is_all_down: bool,
}

impl Trouble {
    /// The last trouble with a broker.
    pub(super) fn reason(&self) -> Option<String> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).reason.clone()
    }

    /// Whether no broker could be reached.
    pub(super) fn is_all_down(&self) -> bool {
        self.last.lock().unwrap_or_else(PoisonError::into_inner).is_all_down
    }
}

impl ClientContext for Trouble {
    fn log(&self, _: RDKafkaLogLevel, facility: &str, message: &str) {
        debug!(facility, message, "librdkafka says");
    }

    fn error(&self, error: KafkaError, reason: &str) {
        debug!(error = %error, reason, "librdkafka has trouble");
        let mut heard = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::AllBrokersDown) => heard.is_all_down = true,
            // A group is not needed for anything but to satisfy librdkafka.
            Some(RDKafkaErrorCode::GroupAuthorizationFailed) => {}
            _ => heard.reason = Some(steady(reason).to_owned()),
        }
    }
}

impl ConsumerContext for Trouble {}

/// Without how long it took, which is of no use.
fn steady(reason: &str) -> &str {
    reason.split_once(" (after ").map_or(reason, |(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_trouble_is_told_without_its_time() {
        let trouble = Trouble::default();
        assert_eq!((trouble.reason(), trouble.is_all_down()), (None, false));
        let refused = "b:1/bootstrap: Connect to ipv4#b:1 failed: Connection refused (after 3ms in state CONNECT)";
        trouble.error(KafkaError::Global(RDKafkaErrorCode::BrokerTransportFailure), refused);
        trouble.error(KafkaError::Global(RDKafkaErrorCode::GroupAuthorizationFailed), "no right");
        trouble.error(KafkaError::Global(RDKafkaErrorCode::AllBrokersDown), "1/1 brokers are down");
        let reason = "b:1/bootstrap: Connect to ipv4#b:1 failed: Connection refused";
        assert_eq!((trouble.reason().as_deref(), trouble.is_all_down()), (Some(reason), true));
    }
}
