//! From the two anchors around a record to its age and how well that is known.
//!
//! Not which anchors there are.
//! Invariant: if both anchors are true, the age lies between the bounds.

use crate::model::{Quality, TimeLag};

use super::anchors::Bracket;
use super::rules::Precision;
use super::ticks::{self, Ticks};

/// An anchor may be true up to one tick after its time.
const TICK: Ticks = 1;

impl Bracket {
    /// The age of the record at `offset`, as of `now`. What was told of earlier times may be wrong by `skew`.
    pub(super) fn age(&self, offset: i64, now: Ticks, precision: Precision, skew: Ticks) -> TimeLag {
        let youngest = now - self.after.time;
        let at_least = ticks::seconds(youngest - TICK - if self.after.is_told { skew } else { 0 });
        let Some(before) = self.before else {
            return TimeLag::new(ticks::seconds(youngest), (at_least, f64::INFINITY), Quality::LowerBound);
        };
        let oldest = now - before.time;
        let width = oldest - youngest;
        let age = ticks::seconds(oldest) - ticks::seconds(width) * self.share(before.offset, offset);
        let told = before.is_told || self.after.is_told;
        let is_precise = ticks::seconds(width + if told { skew } else { 0 }) <= precision.limit_seconds(age);
        let at_most = ticks::seconds(oldest + TICK + if before.is_told { skew } else { 0 });
        TimeLag::new(age, (at_least, at_most), if is_precise { Quality::Bracketed } else { Quality::Coarse })
    }

    /// How far into the bracket the record was appended, if records came evenly: the first one soon after the start, and
    /// a single one in the middle.
    #[expect(clippy::cast_precision_loss, reason = "an estimate between bounds that are exact")]
    fn share(&self, first: i64, offset: i64) -> f64 {
        // Anchors of one table are less than 2^41 offsets apart.
        let count = (self.after.offset - first).max(1) as f64;
        (((offset - first) as f64 + 0.5) / count).clamp(0.0, 1.0)
    }

    /// How much time lies between the anchors, for an age of up to `horizon` where there is none before.
    pub(super) fn bounds(&self, now: Ticks, horizon: Ticks) -> (Ticks, Ticks) {
        let youngest = (now - self.after.time).max(0);
        (youngest, self.before.map_or(horizon, |before| now - before.time).max(youngest))
    }
}
