//! From the two anchors around a record to its age and how well that is known.
//!
//! Not which anchors there are.
//! Invariant: if both anchors are true, the age lies between the bounds.

use crate::model::{Quality, TimeLag};

use super::anchors::Bracket;
use super::rules::Precision;
use super::ticks::Ticks;

/// An anchor may be true up to one tick after its time.
const TICK: Ticks = 1;

impl Bracket {
    /// The age of the record at `offset`, as of `now`. What was told of earlier times may be wrong by `skew`.
    pub(super) fn age(&self, offset: i64, now: Ticks, precision: Precision, skew: Ticks) -> TimeLag {
        let youngest = now - self.after.time;
        let at_least = youngest - TICK - if self.after.is_told { skew } else { 0 };
        let Some(before) = self.before else {
            return TimeLag::of_ticks(youngest, at_least, None, Quality::LowerBound);
        };
        let oldest = now - before.time;
        let width = oldest - youngest;
        // The share is rounded down and so the age up: what is not caught up does not look as if it were.
        let age = (oldest - self.share(before.offset, offset, width)).max(TICK);
        let told = before.is_told || self.after.is_told;
        let is_precise = width + if told { skew } else { 0 } <= precision.limit(age);
        let at_most = oldest + TICK + if before.is_told { skew } else { 0 };
        let quality = if is_precise { Quality::Bracketed } else { Quality::Coarse };
        TimeLag::of_ticks(age, at_least, Some(at_most), quality)
    }

    /// Whether one of its ends goes by what was told of earlier times.
    pub(super) fn uses_told(&self) -> bool {
        self.after.is_told || self.before.is_some_and(|before| before.is_told)
    }

    /// How far into the bracket of this width the record was appended, if records came evenly: the first one soon after the
    /// start, and a single one in the middle.
    #[expect(clippy::cast_precision_loss, reason = "an estimate between bounds that are exact")]
    #[expect(clippy::cast_possible_truncation, reason = "at most the width")]
    fn share(&self, first: i64, offset: i64, width: Ticks) -> Ticks {
        // Anchors of one table are less than 2^41 offsets apart.
        let count = (self.after.offset - first).max(1) as f64;
        let share = (((offset - first) as f64 + 0.5) / count).clamp(0.0, 1.0);
        (share * width as f64) as Ticks
    }

    /// How much time lies between the anchors, for an age of up to `horizon` where there is none before.
    pub(super) fn bounds(&self, now: Ticks, horizon: Ticks) -> (Ticks, Ticks) {
        let youngest = (now - self.after.time).max(0);
        (youngest, self.before.map_or(horizon, |before| now - before.time).max(youngest))
    }
}
