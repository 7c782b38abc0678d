//! Lag in time: how old the oldest unread record is, and how well that is known.
//!
//! Not how it is found; see `analysis`.
//! Invariant: the lower bound is not above the estimate, nor that above the upper bound; all are at least 0.

use std::cmp::Ordering;

/// The age of the oldest unread record of a consumer on a partition, in 64ths of a second up to two years: half a million
/// of them are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeLag {
    estimate: u32,
    at_least: u32,
    /// [`NO_BOUND`] for a lower bound.
    at_most: u32,
    /// How good the estimate is.
    pub quality: Quality,
    /// Whether it goes by producers' timestamps of which nobody could see yet whether they are those of appending: if they
    /// are not, neither estimate nor bounds hold.
    pub is_untested: bool,
}

/// How good an estimate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Caught up.
    Exact,
    /// Within the precision that `analysis.time_lag.precision` asks for.
    Bracketed,
    /// Within bounds that are wider than that, or that go by timestamps which may be wrong.
    Coarse,
    /// Older than everything known.
    LowerBound,
}

const PER_SECOND: f64 = 64.0;
const NO_BOUND: u32 = u32::MAX;

impl TimeLag {
    /// Caught up.
    pub const ZERO: Self = Self { estimate: 0, at_least: 0, at_most: 0, quality: Quality::Exact, is_untested: false };

    /// An estimate between its bounds, in seconds; bounds are rounded apart, and the estimate is held between them.
    #[must_use]
    pub fn new(seconds: f64, (at_least, at_most): (f64, f64), quality: Quality) -> Self {
        let at_least = rounded_down(at_least * PER_SECOND);
        let at_most = if at_most.is_finite() { rounded_up(at_most * PER_SECOND) } else { NO_BOUND };
        let at_most = at_most.max(at_least);
        // Rounded up, what is not caught up does not look as if it were.
        let estimate = rounded_up(seconds * PER_SECOND).clamp(at_least, at_most);
        Self { estimate, at_least, at_most, quality, is_untested: false }
    }

    /// The same in 64ths of a second; without an upper bound where `at_most` is `None`.
    #[must_use]
    pub fn of_ticks(estimate: i64, at_least: i64, at_most: Option<i64>, quality: Quality) -> Self {
        let held = |ticks: i64| u32::try_from(ticks.max(0)).unwrap_or(NO_BOUND - 1).min(NO_BOUND - 1);
        let at_least = held(at_least);
        let at_most = at_most.map_or(NO_BOUND, held).max(at_least);
        let estimate = held(estimate).clamp(at_least, at_most);
        Self { estimate, at_least, at_most, quality, is_untested: false }
    }

    /// The same by timestamps that were not compared with anything yet: coarse at best.
    #[must_use]
    pub fn untested(self) -> Self {
        Self { quality: self.quality.max(Quality::Coarse), is_untested: true, ..self }
    }

    /// The best estimate, in seconds; 0 when caught up.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        f64::from(self.estimate) / PER_SECOND
    }

    /// By how long they are estimated to be.
    #[must_use]
    pub fn by_length(&self, other: &Self) -> Ordering {
        self.estimate.cmp(&other.estimate)
    }

    /// Certainly not less, in seconds, unless it is untested.
    #[must_use]
    pub fn at_least(&self) -> f64 {
        f64::from(self.at_least) / PER_SECOND
    }

    /// Certainly not more, in seconds, unless it is untested; infinite for a lower bound.
    #[must_use]
    pub fn at_most(&self) -> f64 {
        if self.at_most == NO_BOUND { f64::INFINITY } else { f64::from(self.at_most) / PER_SECOND }
    }

    /// Half the width of the bracket in seconds; infinite for a lower bound.
    #[must_use]
    pub fn uncertainty(&self) -> f64 {
        (self.at_most() - self.at_least()) / 2.0
    }
}

/// Held within what can be told.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates")]
fn rounded_down(ticks: f64) -> u32 {
    (ticks as u32).min(NO_BOUND - 1)
}

/// The same; `ceil` would be a call for each commit of each poll.
fn rounded_up(ticks: f64) -> u32 {
    let down = rounded_down(ticks);
    if f64::from(down) < ticks { down.saturating_add(1).min(NO_BOUND - 1) } else { down }
}

impl Quality {
    /// The word shown for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Bracketed => "bracketed",
            Self::Coarse => "coarse",
            Self::LowerBound => "lower_bound",
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bounds_stay_bounds(least in 0.0..4e7_f64, share in 0.0..=1.0_f64, width in 0.0..1e7_f64) {
            let (estimate, most) = (least + share * width, least + width);
            let lag = TimeLag::new(estimate, (least, most), Quality::Coarse);
            prop_assert!(lag.at_least() <= least && lag.at_most() >= most, "{lag:?}");
            prop_assert!(lag.at_least() <= lag.seconds() && lag.seconds() <= lag.at_most(), "{lag:?}");
            prop_assert!((lag.seconds() - estimate).abs() <= 1.0 / PER_SECOND, "{lag:?}");
            prop_assert_eq!(lag.seconds() > 0.0, estimate > 0.0);
        }
    }

    #[test]
    fn what_has_no_upper_bound_or_is_no_number_is_told_as_such() {
        let open = TimeLag::new(5.0, (5.0, f64::INFINITY), Quality::LowerBound);
        assert!(open.at_most().is_infinite() && open.uncertainty().is_infinite());
        let ages = TimeLag::new(1e12, (f64::NAN, 1e12), Quality::Coarse);
        assert_eq!(ages.at_least().to_bits(), 0.0_f64.to_bits());
        assert!(ages.seconds() <= ages.at_most() && ages.at_most().is_finite());
        assert_eq!(TimeLag::new(0.0, (0.0, 0.0), Quality::Exact), TimeLag::ZERO);
    }
}
