//! How a broker misbehaves on the wire, apart from what is true of the cluster.
//!
//! Not how bytes are sent; `server` does that as these say. A broker that is down or hangs is so in the world.
//! Invariant: with the default nothing is changed, and every fault can be switched while connections are open.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::spec::duration;

/// What goes wrong with the answers of one broker. Times are real time, and counts of bytes are per connection, of
/// answers with the lengths before them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is switched by itself")]
pub struct WireFaults {
    /// Every answer waits so long.
    #[serde(with = "duration")]
    pub delay: Duration,
    /// And at most so long more, by chance.
    #[serde(with = "duration")]
    pub jitter: Duration,
    /// After so many bytes nothing more is sent; the rest follows when this is lifted.
    pub stall_after_bytes: Option<u64>,
    /// After so many bytes the connection is closed, in the middle of an answer.
    pub cut_after_bytes: Option<u64>,
    /// Answers have the right length and correlation id, and then anything.
    pub garbage: bool,
    /// Answers announce two gigabytes.
    pub oversized_frame: bool,
    /// Answers belong to a request nobody made.
    pub wrong_correlation_id: bool,
    /// No more than so many bytes are sent in a second.
    pub bytes_per_second: Option<u64>,
    /// What answers say about throttling; nobody is throttled.
    #[serde(with = "duration")]
    pub throttle_time: Duration,
    /// Connections beyond so many are closed when they are made.
    pub connections_max: Option<usize>,
    /// Connections are refused; those there are stay.
    pub refuse: bool,
}

/// Why faults cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Nobody has the number.
    #[error("there is no broker `{0}`")]
    NoBroker(i32),
    /// It would be a stall by another name.
    #[error("`bytes_per_second` is at least 1; `stall_after_bytes` stops a broker altogether")]
    NoRate,
}

impl WireFaults {
    /// Refuses what makes no sense.
    pub(super) fn check(&self) -> Result<(), FaultError> {
        if self.bytes_per_second == Some(0) { Err(FaultError::NoRate) } else { Ok(()) }
    }

    /// What answers say about throttling, in milliseconds.
    pub(super) fn throttle_ms(&self) -> i32 {
        i32::try_from(self.throttle_time.as_millis()).unwrap_or(i32::MAX)
    }

    /// How long the next answer waits.
    pub(super) fn wait(&self) -> Duration {
        let jitter = u64::try_from(self.jitter.as_millis()).unwrap_or(u64::MAX);
        self.delay.saturating_add(Duration::from_millis(fastrand::u64(0..=jitter)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_wrong_unless_said() {
        let none: WireFaults = serde_json::from_str("{}").expect("no faults");
        assert_eq!(none, WireFaults::default());
        assert_eq!((none.wait(), none.throttle_ms()), (Duration::ZERO, 0));
        let written = serde_json::to_string(&WireFaults { delay: Duration::from_millis(1500), ..none }).expect("JSON");
        assert!(written.starts_with(r#"{"delay":"1s 500ms","jitter":"0s","stall_after_bytes":null"#), "{written}");
        let read: WireFaults = serde_json::from_str(&written).expect("it reads what it wrote");
        assert_eq!(read.delay, Duration::from_millis(1500));
    }

    #[test]
    fn slips_are_refused() {
        let error = serde_json::from_str::<WireFaults>(r#"{"dealy": "1s"}"#).expect_err("no such fault").to_string();
        assert!(error.contains("unknown field `dealy`, expected one of `delay`"), "{error}");
        let error = serde_json::from_str::<WireFaults>(r#"{"delay": "soon"}"#).expect_err("no duration").to_string();
        assert!(error.contains(r#""soon", expected a duration such as `90s`"#), "{error}");
        assert_eq!(WireFaults { bytes_per_second: Some(0), ..WireFaults::default() }.check(), Err(FaultError::NoRate));
    }

    #[test]
    fn a_wait_is_the_delay_and_at_most_the_jitter() {
        let faults =
            WireFaults { delay: Duration::from_millis(10), jitter: Duration::from_millis(5), ..WireFaults::default() };
        assert!((0..100).all(|_| (10..=15).contains(&faults.wait().as_millis())));
    }
}
