//! Lag in time: how old the oldest unread record is, and how well that is known.
//!
//! Not how it is found; see `analysis`.
//! Invariant: `at_least <= seconds <= at_most`, all at least 0.

/// The age of the oldest unread record of a consumer on a partition.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TimeLag {
    /// The best estimate, in seconds; 0 when caught up.
    pub seconds: f64,
    /// Certainly not less, in seconds.
    pub at_least: f64,
    /// Certainly not more, in seconds; infinite for a lower bound.
    pub at_most: f64,
    /// How good the estimate is.
    pub quality: Quality,
}

/// How good an estimate is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quality {
    /// Caught up.
    Exact,
    /// Within the precision that `analysis.time_lag.precision` asks for.
    Bracketed,
    /// Within bounds that are wider than that.
    Coarse,
    /// Older than everything known.
    LowerBound,
}

impl TimeLag {
    /// Caught up.
    pub const ZERO: Self = Self { seconds: 0.0, at_least: 0.0, at_most: 0.0, quality: Quality::Exact };

    /// Half the width of the bracket in seconds; infinite for a lower bound.
    #[must_use]
    pub fn uncertainty(&self) -> f64 {
        (self.at_most - self.at_least) / 2.0
    }
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
