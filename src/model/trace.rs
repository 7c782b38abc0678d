//! What was told over time, for lines that people look at.
//!
//! Not what analysis judges by: numbers here have seven digits and times are whole seconds.
//! Invariant: what was not known at a time is a point without a number, never a zero.

use std::sync::Arc;

/// A number that may be unknown, in four bytes.
#[derive(Clone, Copy, Debug)]
pub struct Reading(f32);

impl Reading {
    /// Not known.
    pub const UNKNOWN: Self = Self(f32::NAN);

    /// Rounded to seven digits; infinite numbers are not known.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, reason = "seven digits are more than any line shows")]
    pub fn of(number: Option<f64>) -> Self {
        number.filter(|number| number.is_finite()).map_or(Self::UNKNOWN, |number| Self(number as f32))
    }

    /// The number, where it is known.
    #[must_use]
    pub fn get(self) -> Option<f64> {
        Some(f64::from(self.0)).filter(|number| number.is_finite())
    }
}

/// Two that are not known are alike.
impl PartialEq for Reading {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

/// What was told at one time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point<V> {
    /// When, in Unix time, whole seconds.
    pub at: u32,
    /// What.
    pub told: V,
}

/// How far behind a group was.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LagReading {
    /// The sum over its topics, in records.
    pub records: Reading,
    /// The greatest of its topics, in seconds.
    pub seconds: Reading,
    /// Partitions of which neither is known: what is told is of the others.
    pub unknown_partitions: u16,
}

impl LagReading {
    /// Nothing is known.
    pub const UNKNOWN: Self = Self { records: Reading::UNKNOWN, seconds: Reading::UNKNOWN, unknown_partitions: 0 };

    /// Whether it tells anything.
    #[must_use]
    pub fn is_known(self) -> bool {
        self.records.get().is_some() || self.seconds.get().is_some()
    }
}

/// Points by time, of which all but the newest are shared by the report and the history that it is from.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace<V> {
    /// What was told before.
    pub past: Arc<Vec<Point<V>>>,
    /// What was told last; `None` before anything was.
    pub now: Option<Point<V>>,
}

impl<V> Default for Trace<V> {
    fn default() -> Self {
        Self { past: Arc::default(), now: None }
    }
}

impl<V: Copy> Trace<V> {
    /// All points, the oldest first.
    pub fn points(&self) -> impl Iterator<Item = Point<V>> + Clone {
        self.past.iter().copied().chain(self.now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_no_number_and_equals_itself() {
        assert_eq!(Reading::of(None), Reading::UNKNOWN);
        assert_eq!(Reading::of(Some(f64::INFINITY)).get(), None);
        assert_eq!(Reading::of(Some(0.0)).get(), Some(0.0));
        assert_ne!(Reading::of(Some(0.0)), Reading::UNKNOWN);
    }
}
