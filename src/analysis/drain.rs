//! When a consumer that catches up will have caught up.
//!
//! Not for how many members that takes; see `capacity`.
//! Invariant: absent where neither seconds nor records of lag become fewer.

use super::compact::real;

/// Lag that shrinks by less than this, in seconds per second, is taken to stand still.
const VELOCITY_LEAST: f64 = 0.01;

/// How a consumer on a partition moves. What is not known is absent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// Lag in seconds.
    pub(super) time_lag: f64,
    /// Seconds of lag gained per second.
    pub(super) velocity: Option<f64>,
    /// Lag in records.
    pub(super) lag: u64,
    /// Records read per second.
    pub(super) consumed: Option<f64>,
    /// Records produced per second.
    pub(super) produced: Option<f64>,
}

/// Seconds until caught up: the larger of what seconds and records of lag tell, since the one assumes records that are
/// spread evenly over time, the other a production that stays as it is. Where nothing is produced any more records alone
/// count: the last one grows older all the while, so seconds would have to be made up for that never come.
pub(super) fn eta(pace: &Pace) -> Option<f64> {
    let by_time =
        pace.velocity.filter(|velocity| *velocity < -VELOCITY_LEAST).map(|velocity| pace.time_lag / -velocity);
    let gained = pace.consumed.zip(pace.produced).map(|(consumed, produced)| consumed - produced);
    let by_records = gained.filter(|gained| *gained > 0.0).map(|gained| real(pace.lag) / gained);
    let is_produced = pace.produced.is_none_or(|produced| produced > 0.0);
    let eta = match (by_time, by_records) {
        (Some(by_time), Some(by_records)) if is_produced => Some(by_time.max(by_records)),
        (by_time, by_records) => by_records.or(by_time),
    };
    eta.filter(|eta| eta.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_larger_counts_and_standing_still_counts_for_nothing() {
        let pace =
            |velocity, consumed, produced| eta(&Pace { time_lag: 600.0, velocity, lag: 1000, consumed, produced });
        assert_eq!(pace(Some(-2.0), Some(30.0), Some(20.0)), Some(300.0));
        assert_eq!(pace(Some(-2.0), Some(21.0), Some(20.0)), Some(1000.0));
        assert_eq!(pace(Some(-2.0), Some(10.0), Some(20.0)), Some(300.0));
        assert_eq!(pace(Some(-0.01), Some(30.0), Some(20.0)), Some(100.0));
        assert_eq!(pace(Some(-0.01), Some(20.0), Some(20.0)), None);
        assert_eq!(pace(Some(1.0), Some(0.0), Some(0.0)), None);
        assert_eq!(pace(Some(-0.5), Some(10.0), Some(0.0)), Some(100.0), "the producer stopped");
        assert_eq!(pace(None, Some(30.0), None), None);
        assert_eq!(pace(None, None, None), None);
        assert_eq!(pace(Some(f64::NAN), None, None), None);
    }
}
