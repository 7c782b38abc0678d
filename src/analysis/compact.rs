//! Moments and offsets in few bytes: the past of a consumer on a partition is kept half a million times.
//!
//! Not exact time: tenths of a second, for thirteen years of one process.
//! Invariant: what comes out is what went in, within a tenth of a second.

use std::num::{NonZeroU32, NonZeroU64};
use std::time::Duration;

use crate::model::Moment;

/// A moment in tenths of a second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(NonZeroU32);

impl Stamp {
    /// The stamp of a moment.
    pub(super) fn of(moment: Moment) -> Self {
        let tenths = u32::try_from(moment.since_origin().as_millis() / 100).unwrap_or(u32::MAX);
        Self(NonZeroU32::MIN.saturating_add(tenths))
    }

    /// Seconds since `earlier`; 0 if it is not earlier.
    pub(super) fn since(self, earlier: Self) -> f64 {
        f64::from(self.0.get().saturating_sub(earlier.0.get())) / 10.0
    }

    /// How many such periods passed since the origin.
    pub(super) fn periods(self, period: Duration) -> u32 {
        let tenths = u32::try_from(period.as_millis() / 100).unwrap_or(u32::MAX).max(1);
        self.0.get() / tenths
    }
}

/// An offset, which is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offset(NonZeroU64);

impl Offset {
    /// `None` for what is no offset.
    pub(super) fn of(offset: i64) -> Option<Self> {
        u64::try_from(offset).ok().map(|offset| Self(NonZeroU64::MIN.saturating_add(offset)))
    }

    pub(super) fn get(self) -> i64 {
        i64::try_from(self.0.get() - 1).unwrap_or(i64::MAX)
    }
}

/// A leader epoch, which is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch(NonZeroU32);

impl Epoch {
    /// `None` for what is no epoch.
    pub(super) fn of(epoch: i32) -> Option<Self> {
        u32::try_from(epoch).ok().map(|epoch| Self(NonZeroU32::MIN.saturating_add(epoch)))
    }

    pub(super) fn is(self, epoch: i32) -> bool {
        Self::of(epoch) == Some(self)
    }
}

/// A count of records to compute with.
#[expect(
    clippy::cast_precision_loss,
    reason = "rates and times are estimates; beyond 2^53 the last records do not matter"
)]
pub(super) fn real(records: u64) -> f64 {
    records as f64
}

/// A number to be kept or told with seven digits.
#[expect(clippy::cast_possible_truncation, reason = "seven digits are more than any estimate has")]
pub(super) fn short(number: f64) -> f32 {
    number as f32
}

/// A whole count, rounded up; `None` where it is not finite.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
pub(super) fn whole(number: f64) -> Option<usize> {
    let up = number.ceil();
    (up.is_finite() && up >= 0.0).then(|| up.min(1e15) as usize)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_goes_in_comes_out(offset in 0..i64::MAX, epoch in 0..i32::MAX, millis in 0..u64::from(u32::MAX)) {
            prop_assert_eq!(Offset::of(offset).map(Offset::get), Some(offset));
            prop_assert!(Epoch::of(epoch).is_some_and(|kept| kept.is(epoch)));
            let (start, later) = (Moment::default(), Moment::from_origin(Duration::from_millis(millis)));
            let passed = Stamp::of(later).since(Stamp::of(start));
            prop_assert!((passed - later.since(start).as_secs_f64()).abs() <= 0.1);
        }
    }

    #[test]
    fn what_is_negative_is_neither_an_offset_nor_an_epoch() {
        assert_eq!(Offset::of(-1), None);
        assert_eq!(Epoch::of(-1), None);
        assert_eq!(whole(-0.5), Some(0));
        assert_eq!(whole(f64::NAN), None);
        assert_eq!(whole(f64::INFINITY), None);
    }
}
