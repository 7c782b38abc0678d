//! `analysis.hot`: when a partition is hot, and when one is slow.
//!
//! Not the judgement itself.
//! Invariant: each default is the one of [`HotThresholds`], where its reason stands.

use std::time::Duration;

use crate::model::HotThresholds;

use super::super::complaint::{Complaint, Reading, Reported};
use super::super::entry::Entry;
use super::super::mapping::Mapping;
use super::super::value::{Bounds, count, duration, number};

const WINDOW: Bounds<Duration> = Bounds {
    least: Duration::from_secs(10),
    most: Duration::from_hours(24),
    why: "it is cut into a dozen pieces that are compared, and each takes a poll",
};
const RATIO: Bounds<f64> = Bounds {
    least: 1.5,
    most: 1000.0,
    why: "hashing makes some partitions busier than others by itself, often by twice",
};
const Z: Bounds<f64> =
    Bounds { least: 2.0, most: 10.0, why: "2 is wrong in one of forty, 10 hides all but steady traffic" };
const RATE: Bounds<f64> = Bounds { least: 0.0, most: 1e9, why: "it is a number of records per second" };
const SCORE: Bounds<usize> =
    Bounds { least: 1, most: 20, why: "each takes a twelfth of the window, and what is hot should be told meanwhile" };
const SLOW_LAG: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(7 * 24),
    why: "partitions differ by some seconds all the time",
};

const LONGER: &str = "it is for topics of which the shorter one tells too little";
const HIGHER: &str = "what is critical is hot too";

/// Reads the section.
pub(super) fn read(entry: Entry, reading: &mut Reading<'_>) -> Result<HotThresholds, Reported> {
    let defaults = HotThresholds::default();
    let mut keys = entry.mapping(reading)?;
    let window = keys.take("window").value_or(reading, defaults.window, |text| duration(text, &WINDOW));
    // Unless they are written, the greater ones follow the smaller ones.
    let longer = defaults.window_long.max(window.as_ref().copied().unwrap_or_default());
    let window_long = keys.take("window_long").value_or(reading, longer, |text| duration(text, &WINDOW));
    let ratio = keys.take("ratio").value_or(reading, defaults.ratio, |text| number(text, &RATIO));
    let higher = defaults.ratio_critical.max(ratio.as_ref().copied().unwrap_or_default());
    let ratio_critical = keys.take("ratio_critical").value_or(reading, higher, |text| number(text, &RATIO));
    let z = keys.take("z").value_or(reading, defaults.z, |text| number(text, &Z));
    let rate_min = keys.take("rate_min").value_or(reading, defaults.rate_min, |text| number(text, &RATE));
    let score = keys.take("score").value_or(reading, defaults.score, |text| {
        count(text, &SCORE).map(|score| u8::try_from(score).unwrap_or(u8::MAX))
    });
    let slow_lag = keys.take("slow_lag").value_or(reading, defaults.slow_lag, |text| duration(text, &SLOW_LAG));
    let broker_rate = keys.take("broker_rate_min");
    let broker_rate_min = broker_rate.value_or(reading, defaults.broker_rate_min, |text| number(text, &RATE));
    let windows = (window.as_ref(), window_long.as_ref());
    let windows = in_order(&keys, ("window", "window_long"), windows, LONGER, reading, |window| {
        humantime::format_duration(*window).to_string()
    });
    let ratios = (ratio.as_ref(), ratio_critical.as_ref());
    let ratios = in_order(&keys, ("ratio", "ratio_critical"), ratios, HIGHER, reading, f64::to_string);
    keys.finish(reading, |_| None);
    windows.and(ratios)?;
    Ok(HotThresholds {
        window: window?,
        window_long: window_long?,
        ratio: ratio?,
        ratio_critical: ratio_critical?,
        z: z?,
        rate_min: rate_min?,
        score: score?,
        slow_lag: slow_lag?,
        broker_rate_min: broker_rate_min?,
    })
}

/// The second value is not below the first, where both are right by themselves.
fn in_order<T: PartialOrd>(
    keys: &Mapping,
    names: (&str, &str),
    values: (Result<&T, &Reported>, Result<&T, &Reported>),
    why: &str,
    reading: &mut Reading<'_>,
    shown: impl Fn(&T) -> String,
) -> Result<(), Reported> {
    let (Ok(low), Ok(high)) = values else { return Ok(()) };
    if high >= low {
        return Ok(());
    }
    let message = format!("expected at least `{}.{}`, which is {}", keys.key, names.0, shown(low));
    Err(reading.note(&format!("{}.{}", keys.key, names.1), Complaint::new(message).hint(why.to_owned())))
}
