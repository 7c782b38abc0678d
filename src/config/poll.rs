//! `poll`: the rhythm and the bounds of asking Kafka.
//!
//! Not the polling. The bounds here keep settings out that could not work or would harm the brokers.
//! Invariant: an answer may not take longer than its poll, and numbers stand until the next poll.

use std::time::Duration;

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::meaning::PollSettings;
use super::value::{Bounds, count, duration, size};

const INTERVAL: Bounds<Duration> = Bounds {
    least: Duration::from_millis(10),
    most: Duration::from_hours(24),
    why: "shorter only loads the brokers, longer only shows the past",
};
const TIMEOUT: Bounds<Duration> = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_hours(1),
    why: "brokers need some time to answer, and one that is dead has to be noticed",
};
const STALE_AFTER: Bounds<Duration> =
    Bounds { least: Duration::from_millis(10), most: Duration::from_hours(7 * 24), why: "older numbers would mislead" };
const GROUPS_PER_REQUEST: Bounds<usize> =
    Bounds { least: 1, most: 10_000, why: "one answer should not keep a broker busy for long" };
const FRAME_BYTES_MAX: Bounds<usize> =
    Bounds { least: 64 << 10, most: 1 << 30, why: "less holds no real answer, more could exhaust memory" };

/// Reads the settings of polling; `interval_flag` is `--poll.interval`.
pub(super) fn read(
    entry: Entry,
    interval_flag: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<PollSettings, Reported> {
    let defaults = PollSettings::default();
    let mut poll = entry.mapping(reading)?;
    let interval = poll.take("interval").or_flag("--poll.interval", interval_flag);
    let interval = interval.value_or(reading, defaults.interval, |text| duration(text, &INTERVAL));
    let timeout = poll.take("timeout").value_or(reading, defaults.timeout, |text| duration(text, &TIMEOUT));
    let request_timeout = request_timeout(&poll.take("request_timeout"), timeout.ok(), reading);
    let stale_after = stale_after(&poll.take("stale_after"), interval.ok(), reading);
    let groups_per_request = poll
        .take("groups_per_request")
        .value_or(reading, defaults.groups_per_request, |text| count(text, &GROUPS_PER_REQUEST));
    let frame_bytes_max =
        poll.take("frame_bytes_max").value_or(reading, defaults.frame_bytes_max, |text| size(text, &FRAME_BYTES_MAX));
    poll.finish(reading, |_| None);
    Ok(PollSettings {
        interval: interval?,
        timeout: timeout?,
        request_timeout: request_timeout?,
        stale_after: stale_after?,
        groups_per_request: groups_per_request?,
        frame_bytes_max: frame_bytes_max?,
    })
}

/// At most the timeout of the poll, to which the default is lowered.
fn request_timeout(
    entry: &Entry,
    poll_timeout: Option<Duration>,
    reading: &mut Reading<'_>,
) -> Result<Duration, Reported> {
    let most = poll_timeout.unwrap_or(TIMEOUT.most);
    let default = PollSettings::default().request_timeout.min(most);
    entry.value_or(reading, default, |text| {
        let request_timeout = duration(text, &TIMEOUT)?;
        if request_timeout <= most {
            return Ok(request_timeout);
        }
        let most = humantime::format_duration(most);
        let hint = "no answer is waited for longer than its poll may take".to_owned();
        Err(Complaint::new(format!("expected at most `poll.timeout`, which is {most}")).hint(hint))
    })
}

/// At least the interval; four of them unless written, and never less than the default.
fn stale_after(entry: &Entry, interval: Option<Duration>, reading: &mut Reading<'_>) -> Result<Duration, Reported> {
    let interval = interval.unwrap_or(STALE_AFTER.least);
    let default = PollSettings::default().stale_after.max(interval.saturating_mul(4));
    entry.value_or(reading, default, |text| {
        let stale_after = duration(text, &STALE_AFTER)?;
        if stale_after >= interval {
            return Ok(stale_after);
        }
        let least = humantime::format_duration(interval);
        let hint = "numbers have to stand until the next poll can replace them".to_owned();
        Err(Complaint::new(format!("expected at least `poll.interval`, which is {least}")).hint(hint))
    })
}
