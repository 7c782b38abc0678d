//! `analysis`: what conclusions are drawn from.
//!
//! Not the conclusions. The bounds here keep settings out under which no conclusion could be right.
//! Invariant: each default is the one of [`Thresholds`], where its reason stands.

mod hot;
mod storm;

use std::time::Duration;

use crate::model::{CapacityThresholds, StatusThresholds, Thresholds, TimeLagThresholds};

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::value::{Bounds, count, duration, number, switch};

const COMMIT_INTERVAL: Bounds<Duration> = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_hours(24),
    why: "it is the time between two commits of a consumer, usually 5s",
};
const WINDOW: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(24),
    why: "a trend wants several polls within it, and an alarm should not wait for a day",
};
const PRECISION: Bounds<f64> =
    Bounds { least: 0.01, most: 1.0, why: "finer costs memory and requests for every partition, coarser says nothing" };
const HORIZON: Bounds<Duration> = Bounds {
    least: Duration::from_mins(1),
    most: Duration::from_hours(30 * 24),
    why: "older lag is a lower bound; each doubling costs seven more anchors for every partition",
};
const PROBES: Bounds<usize> =
    Bounds { least: 0, most: 100_000, why: "each costs about 60 bytes, and a look into an index on its broker" };
const STATUS_AFTER: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(7 * 24),
    why: "every consumer pauses for some seconds, and one that stands still for a week is noticed otherwise",
};
const DRAIN_WITHIN: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(7 * 24),
    why: "at once would take members without end, and what is read in a week may be deleted by then",
};
const VELOCITY: Bounds<f64> = Bounds {
    least: 0.001,
    most: 1.0,
    why: "lag in time grows by one second per second at most, which is when nothing is read at all",
};
const TREND_Z: Bounds<f64> =
    Bounds { least: 1.0, most: 5.0, why: "1 is wrong in one of six, 5 wants more samples than a window holds" };
const SAMPLES: Bounds<usize> = Bounds { least: 3, most: 16, why: "fewer show no trend, and no more are kept" };

/// Reads the section; `interval` is that of polls.
pub(super) fn read(
    entry: Entry,
    interval: Option<Duration>,
    reading: &mut Reading<'_>,
) -> Result<Thresholds, Reported> {
    let defaults = Thresholds::default();
    let mut analysis = entry.mapping(reading)?;
    let commit_interval_default =
        analysis
            .take("commit_interval_default")
            .value_or(reading, defaults.commit_interval_default, |text| duration(text, &COMMIT_INTERVAL));
    let interval = interval.unwrap_or_default();
    let window = window(&analysis.take("window"), interval, reading);
    let time_lag = time_lag(analysis.take("time_lag"), defaults.time_lag, reading);
    let samples_most = window.as_ref().map_or(SAMPLES.most, |window| samples_within(*window, interval));
    let status = status(analysis.take("status"), defaults.status, samples_most, reading);
    let capacity = capacity(analysis.take("capacity"), defaults.capacity, reading);
    let storm = storm::read(analysis.take("storm"), defaults.storm, reading);
    let hot = hot::read(analysis.take("hot"), reading);
    analysis.finish(reading, |_| None);
    Ok(Thresholds {
        commit_interval_default: commit_interval_default?,
        window: window?,
        time_lag: time_lag?,
        status: status?,
        capacity: capacity?,
        storm: storm?,
        hot: hot?,
        // Each cluster says it of itself.
        expected_brokers: None,
    })
}

/// It has to hold the samples of a trend, and holds ten polls unless written, however rare they are.
fn window(entry: &Entry, interval: Duration, reading: &mut Reading<'_>) -> Result<Duration, Reported> {
    const POLLS_MIN: u32 = 5;
    let default = Thresholds::default().window.max(interval.saturating_mul(10));
    entry.value_or(reading, default, |text| {
        let window = duration(text, &WINDOW)?;
        if window >= interval.saturating_mul(POLLS_MIN) {
            return Ok(window);
        }
        let interval = humantime::format_duration(interval);
        let message = format!("expected at least {POLLS_MIN} times `poll.interval`, which is {interval}");
        Err(Complaint::new(message).hint("fewer polls show no trend, so every status would be `unknown`".to_owned()))
    })
}

/// How many samples of a trend a window holds for sure: they are taken in polls, and no more often than fits their number.
fn samples_within(window: Duration, interval: Duration) -> usize {
    let most = u32::try_from(SAMPLES.most).unwrap_or(u32::MAX);
    let interval = interval.max(Duration::from_millis(1));
    let polls_between = (window / most).as_millis().div_ceil(interval.as_millis()).max(1);
    usize::try_from(window.as_millis() / (polls_between * interval.as_millis())).unwrap_or(SAMPLES.most)
}

fn time_lag(
    entry: Entry,
    defaults: TimeLagThresholds,
    reading: &mut Reading<'_>,
) -> Result<TimeLagThresholds, Reported> {
    let mut keys = entry.mapping(reading)?;
    let precision = keys.take("precision").value_or(reading, defaults.precision, |text| number(text, &PRECISION));
    let horizon = keys.take("horizon").value_or(reading, defaults.horizon, |text| duration(text, &HORIZON));
    let probes = keys.take("probes_per_poll").value_or(reading, defaults.probes_per_poll, |text| count(text, &PROBES));
    let remote = keys.take("ask_remote_storage").value_or(reading, defaults.asks_remote_storage, switch);
    keys.finish(reading, |_| None);
    Ok(TimeLagThresholds {
        precision: precision?,
        horizon: horizon?,
        probes_per_poll: probes?,
        asks_remote_storage: remote?,
    })
}

fn status(
    entry: Entry,
    defaults: StatusThresholds,
    samples_most: usize,
    reading: &mut Reading<'_>,
) -> Result<StatusThresholds, Reported> {
    let mut keys = entry.mapping(reading)?;
    let mut time = |name, default, reading: &mut Reading<'_>| {
        keys.take(name).value_or(reading, default, |text| duration(text, &STATUS_AFTER))
    };
    let stalled_after = time("stalled_after", defaults.stalled_after, reading);
    let stopped_after = time("stopped_after", defaults.stopped_after, reading);
    let falling_behind_least = time("falling_behind_lag", defaults.falling_behind_least, reading);
    let loss_critical_within = time("loss_critical_within", defaults.loss_critical_within, reading);
    let velocity = keys.take("falling_behind_velocity");
    let velocity_least = velocity.value_or(reading, defaults.velocity_least, |text| number(text, &VELOCITY));
    let trend_z = keys.take("trend_z").value_or(reading, defaults.trend_z, |text| number(text, &TREND_Z));
    let samples = keys.take("samples_min").value_or(reading, defaults.samples_least, |text| {
        let samples = count(text, &SAMPLES)?;
        if samples <= samples_most {
            return Ok(samples);
        }
        let message =
            format!("expected at most {samples_most}: `analysis.window` holds no more, polled as often as it is");
        Err(Complaint::new(message)
            .hint("no trend would ever have as many, and what is behind would be `unknown` for good".to_owned()))
    });
    let order = match (stalled_after, stopped_after) {
        (Ok(stalled), Ok(stopped)) if stopped < stalled => {
            let stalled = humantime::format_duration(stalled);
            let message = format!("expected at least `analysis.status.stalled_after`, which is {stalled}");
            let hint = "a group that nobody reads for is given more time than one that has members".to_owned();
            Err(reading.note(&format!("{}.stopped_after", keys.key), Complaint::new(message).hint(hint)))
        }
        _ => Ok(()),
    };
    keys.finish(reading, |_| None);
    order?;
    Ok(StatusThresholds {
        stalled_after: stalled_after?,
        stopped_after: stopped_after?,
        velocity_least: velocity_least?,
        falling_behind_least: falling_behind_least?,
        trend_z: trend_z?,
        samples_least: samples?,
        loss_critical_within: loss_critical_within?,
    })
}

fn capacity(
    entry: Entry,
    defaults: CapacityThresholds,
    reading: &mut Reading<'_>,
) -> Result<CapacityThresholds, Reported> {
    let mut keys = entry.mapping(reading)?;
    let drain_within =
        keys.take("drain_within").value_or(reading, defaults.drain_within, |text| duration(text, &DRAIN_WITHIN));
    keys.finish(reading, |_| None);
    Ok(CapacityThresholds { drain_within: drain_within? })
}
