//! What was told over time, in JSON.
//!
//! Not what is told now, which is beside it.
//! Invariant: what was not known at a time is `null`.

use serde::{Deserialize, Serialize};

use crate::model::{LagReading, Point, Reading, Trace};

/// How far behind a group was at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LagPoint {
    /// When, in Unix time.
    pub timestamp_seconds: u32,
    /// Unread records, to seven digits; `null` where it was not known of all partitions of which it is at other times.
    pub lag_records: Option<f64>,
    /// Age of the oldest unread record; `null` in the same cases.
    pub lag_seconds: Option<f64>,
}

/// How much was written to a topic at one time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatePoint {
    /// When, in Unix time.
    pub timestamp_seconds: u32,
    /// Records produced per second; `null` where it was not known.
    pub produced_records_per_second: Option<f64>,
}

/// A sum over fewer partitions than at other times would look as if the group had caught up: there it is not known.
pub(super) fn lag_points(history: &Trace<LagReading>) -> Vec<LagPoint> {
    // A point that tells nothing is no measure of how many are unknown where something is told.
    let telling = history.points().map(|point| point.told).filter(|told| told.is_known());
    let fewest_unknown = telling.map(|told| told.unknown_partitions).min().unwrap_or_default();
    let point = |point: Point<LagReading>| {
        let told = Some(point.told).filter(|told| told.unknown_partitions == fewest_unknown);
        LagPoint {
            timestamp_seconds: point.at,
            lag_records: told.and_then(|told| told.records.get()).map(f64::round),
            lag_seconds: told.and_then(|told| told.seconds.get()).map(tenths),
        }
    };
    history.points().map(point).collect()
}

pub(super) fn rate_points(history: &Trace<Reading>) -> Vec<RatePoint> {
    let point = |point: Point<Reading>| RatePoint {
        timestamp_seconds: point.at,
        produced_records_per_second: point.told.get().map(tenths),
    };
    history.points().map(point).collect()
}

/// A line needs no more, and what it costs to send counts.
fn tenths(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}
