//! `analysis.storm`: when rebalances are a storm.
//!
//! Not the windows over which they are counted: those are what the numbers mean.
//! Invariant: each default is the one of [`StormThresholds`], where its reason stands.

use std::time::Duration;

use crate::model::StormThresholds;

use super::super::complaint::{Reading, Reported};
use super::super::entry::Entry;
use super::super::value::{Bounds, count, duration, number};

const JOINS: Bounds<usize> =
    Bounds { least: 2, most: 1000, why: "every deploy joins once, and no member joins more often within 30m" };
const REBALANCES: Bounds<usize> =
    Bounds { least: 2, most: 1000, why: "one rebalance is no storm, and there is hardly time for more within 10m" };
const RATIO: Bounds<f64> = Bounds {
    least: 0.01,
    most: 1.0,
    why: "every rebalance takes some seconds of 10m, and nothing more than all of them",
};
const CALM: Bounds<Duration> = Bounds {
    least: Duration::from_mins(1),
    most: Duration::from_hours(24),
    why: "shorter would tell of one storm as of many, and after a day nobody remembers which one it was",
};

/// Reads the section.
pub(super) fn read(
    entry: Entry,
    defaults: StormThresholds,
    reading: &mut Reading<'_>,
) -> Result<StormThresholds, Reported> {
    let mut keys = entry.mapping(reading)?;
    let mut counts = |name, default: u32, bounds, reading: &mut Reading<'_>| {
        let read = |text: &str| Ok(u32::try_from(count(text, bounds)?).unwrap_or(u32::MAX));
        keys.take(name).value_or(reading, default, read)
    };
    let joins = counts("joins", defaults.joins, &JOINS, reading);
    let without_reason = counts("without_reason", defaults.without_reason, &REBALANCES, reading);
    let excess = counts("excess", defaults.excess, &REBALANCES, reading);
    let while_unstable = counts("while_unstable", defaults.while_unstable, &REBALANCES, reading);
    let aborted = counts("aborted", defaults.aborted, &REBALANCES, reading);
    let ratio = keys.take("unstable_ratio");
    let unstable_ratio = ratio.value_or(reading, defaults.unstable_ratio, |text| number(text, &RATIO));
    let calm_for = keys.take("calm_for").value_or(reading, defaults.calm_for, |text| duration(text, &CALM));
    keys.finish(reading, |_| None);
    Ok(StormThresholds {
        joins: joins?,
        without_reason: without_reason?,
        excess: excess?,
        unstable_ratio: unstable_ratio?,
        while_unstable: while_unstable?,
        aborted: aborted?,
        calm_for: calm_for?,
    })
}
