//! Time as a whole number of ticks, 64 in a second, counted from the clock's origin.
//!
//! Not wall time: what brokers and producers say of wall time is turned into ticks by how long ago it was.
//! Invariant: turning a time into ticks rounds down, so a tick stands for a time up to one tick later.

use std::num::NonZeroI64;
use std::time::Duration;

use crate::model::{Moment, TimeAnswer, Timestamp};

/// Ticks since the clock's origin, or a number of ticks; what was before the origin is negative.
pub(super) type Ticks = i64;

pub(super) const PER_SECOND: Ticks = 64;
const NANOS_OF_TICK: u32 = 1_000_000_000 / 64;
const NANOS: i128 = NANOS_OF_TICK as i128;
/// A hostile timestamp may be anywhere; differences of two such must still be numbers.
const FARTHEST: Ticks = Ticks::MAX / 4;

/// A time that may be absent without taking more room for it.
#[derive(Clone, Copy, Debug)]
pub(super) struct When(NonZeroI64);

impl When {
    /// `None` for a time that is no time: no clock is that far off.
    pub(super) fn of(ticks: Ticks) -> Option<Self> {
        NonZeroI64::new(ticks ^ Ticks::MIN).map(Self)
    }

    pub(super) fn get(self) -> Ticks {
        self.0.get() ^ Ticks::MIN
    }
}

/// When a moment was.
pub(super) fn of(moment: Moment) -> Ticks {
    // One division: this is done for each commit.
    let ticks = moment.nanos_since(Moment::default()) / u64::from(NANOS_OF_TICK);
    i64::try_from(ticks).unwrap_or(FARTHEST)
}

/// How many ticks a time takes.
pub(super) fn lasting(time: Duration) -> Ticks {
    let seconds = i64::try_from(time.as_secs()).unwrap_or(FARTHEST / PER_SECOND).min(FARTHEST / PER_SECOND);
    seconds * PER_SECOND + i64::from(time.subsec_nanos() / NANOS_OF_TICK)
}

/// When something was that bears this wall time, by the clocks at the moment of the answer.
pub(super) fn told(answer: &TimeAnswer, time: Timestamp) -> Ticks {
    let age = signed(answer.answered_at.since_unix()) - signed(time.since_unix());
    ticks(signed(answer.answered.since_origin()) - age)
}

/// How far the wall clock is ahead of the monotonic one.
pub(super) fn ahead(moment: Moment, timestamp: Timestamp) -> Ticks {
    ticks(signed(timestamp.since_unix()) - signed(moment.since_origin()))
}

/// Ticks as a time; zero if they are negative.
pub(super) fn duration(ticks: Ticks) -> Duration {
    let nanos = i128::from(ticks).max(0) * NANOS;
    Duration::from_nanos_u128(nanos.unsigned_abs())
}

/// Ticks in seconds; 0 if they are negative.
#[expect(clippy::cast_precision_loss, reason = "exact for millions of years")]
pub(super) fn seconds(ticks: Ticks) -> f64 {
    ticks.max(0) as f64 / PER_SECOND as f64
}

fn signed(time: Duration) -> i128 {
    // No duration is longer than 2^64 seconds.
    i128::try_from(time.as_nanos()).unwrap_or(i128::MAX)
}

fn ticks(nanos: i128) -> Ticks {
    i64::try_from(nanos.div_euclid(NANOS))
        .unwrap_or(if nanos < 0 { -FARTHEST } else { FARTHEST })
        .clamp(-FARTHEST, FARTHEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{PartitionId, TopicIndex};

    #[test]
    fn a_time_that_may_be_absent_is_what_it_was() {
        for ticks in [0, 1, -1, FARTHEST, -FARTHEST] {
            assert_eq!(When::of(ticks).map(When::get), Some(ticks));
        }
        assert_eq!(size_of::<Option<When>>(), size_of::<Ticks>());
    }

    #[test]
    fn what_is_older_than_the_process_is_negative_and_rounded_down() {
        let answer = TimeAnswer {
            topic: TopicIndex(0),
            partition: PartitionId(0),
            at: Timestamp::default(),
            answered: Moment::from_origin(Duration::from_secs(10)),
            answered_at: Timestamp::from_unix(Duration::from_secs(1_000)),
            found: Ok(None),
        };
        let told_at = |millis| told(&answer, Timestamp::from_unix(Duration::from_millis(millis)));
        assert_eq!(told_at(1_000_000), 10 * PER_SECOND);
        assert_eq!(told_at(980_000), -10 * PER_SECOND);
        assert_eq!(told_at(979_999), -10 * PER_SECOND - 1);
        assert_eq!(told(&answer, Timestamp::from_unix(Duration::MAX)), i64::MAX / 4);
        assert!((seconds(PER_SECOND / 2) - 0.5).abs() < f64::EPSILON);
    }
}
