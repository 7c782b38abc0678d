//! Time as data: moments to subtract, timestamps to show.
//!
//! Not a clock: the core never asks what time it is, it is told by whoever stood at the edge.
//! Invariant: durations come from moments only, so a stepping wall clock cannot make one negative.

use std::time::Duration;

/// A reading of a monotonic clock: time since an origin that is fixed for the process. In nanoseconds, up to 584 years: a
/// [`Duration`] would take twice the room in each of a hundred thousand ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(u64);

impl Moment {
    /// The moment that lies this long after the origin.
    #[must_use]
    pub const fn from_origin(elapsed: Duration) -> Self {
        let nanos = elapsed.as_secs().saturating_mul(1_000_000_000);
        // Widening; a conversion by trait cannot be had in a constant.
        Self(nanos.saturating_add(elapsed.subsec_nanos() as u64))
    }

    /// How long after the origin this is.
    #[must_use]
    pub const fn since_origin(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }

    /// The same in nanoseconds.
    #[must_use]
    pub const fn nanos_since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// A reading of the wall clock, in time since the Unix epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(Duration);

impl Timestamp {
    /// The timestamp that lies this long after the Unix epoch.
    #[must_use]
    pub const fn from_unix(elapsed: Duration) -> Self {
        Self(elapsed)
    }

    /// Time since the Unix epoch.
    #[must_use]
    pub const fn since_unix(self) -> Duration {
        self.0
    }

    /// Seconds since the Unix epoch, the unit of every `_timestamp_seconds` family.
    #[must_use]
    pub fn unix_seconds(self) -> f64 {
        self.0.as_secs_f64()
    }
}

/// Where time comes from. The product reads the machine's clocks; a simulated world brings its own.
pub trait Clock: Send + Sync {
    /// The monotonic reading.
    fn moment(&self) -> Moment;
    /// The wall clock reading.
    fn timestamp(&self) -> Timestamp;
}
