//! Settings whose behaviour this version does not have yet.
//!
//! Not ignored: one that asks for anything but what happens anyway is a mistake.
//! Invariant: a configuration that loads gets what it says.

use std::time::Duration;

use crate::model::Thresholds;

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::mapping::Mapping;
use super::value::{Bounds, duration};

const NOT_YET: &str = "not supported yet by this version";

const COMMIT_INTERVAL: Bounds<Duration> = Bounds {
    least: Duration::from_millis(1),
    most: Duration::from_hours(24),
    why: "it is the time between two commits of a consumer, usually 5s",
};

/// Reads `analysis`, of which only `commit_interval_default` can be changed yet.
pub(super) fn analysis(entry: Entry, reading: &mut Reading<'_>) -> Result<Thresholds, Reported> {
    let defaults = Thresholds::default();
    let mut analysis = entry.mapping(reading)?;
    let commit_interval_default =
        analysis
            .take("commit_interval_default")
            .value_or(reading, defaults.commit_interval_default, |text| duration(text, &COMMIT_INTERVAL));
    let window = only_default(&analysis.take("window"), "10m", same_duration, reading);
    let time_lag = time_lag(analysis.take("time_lag"), reading);
    let empty = ["status", "storm", "hot"].map(|name| no_keys(analysis.take(name), reading));
    analysis.finish(reading, |_| None);
    window?;
    time_lag?;
    empty.into_iter().collect::<Result<(), _>>()?;
    Ok(Thresholds { commit_interval_default: commit_interval_default?, ..defaults })
}

fn time_lag(entry: Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let mut time_lag = entry.mapping(reading)?;
    let checked = [
        only_default(&time_lag.take("precision"), "0.1", same::<f64>, reading),
        only_default(&time_lag.take("horizon"), "7d", same_duration, reading),
        only_default(&time_lag.take("probes_per_poll"), "2000", same::<u64>, reading),
    ];
    time_lag.finish(reading, |_| None);
    checked.into_iter().collect()
}

/// `offsets_topic`: it is not read yet, so `off` is what happens, and `auto` settles for it.
pub(super) fn offsets_topic(entry: &Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    entry.value_or(reading, (), |text| match text {
        "auto" | "off" => Ok(()),
        "on" => Err(Complaint::new(NOT_YET).hint("write `auto` or `off`".to_owned())),
        _ => Err(Complaint::new("expected one of `auto`, `on`, `off`")),
    })
}

/// The keys at the top that may only be absent or empty.
pub(super) fn top(top: &mut Mapping, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let web_config_file = top.take("web_config_file");
    let mut checked = Vec::new();
    if !web_config_file.is_absent() {
        checked.push(Err(reading.note(&web_config_file.key, Complaint::new(NOT_YET))));
    }
    checked.push(no_items(top.take("objectives"), reading));
    checked.push(notify(top.take("notify"), reading));
    checked.into_iter().collect()
}

fn notify(entry: Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let mut notify = entry.mapping(reading)?;
    let checked = ["alertmanagers", "webhooks"].map(|name| no_items(notify.take(name), reading));
    notify.finish(reading, |_| None);
    checked.into_iter().collect()
}

fn no_items(entry: Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let key = entry.key.clone();
    match entry.list(reading)? {
        Some(items) if !items.is_empty() => Err(reading.note(&key, Complaint::new(NOT_YET))),
        _ => Ok(()),
    }
}

fn no_keys(entry: Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let keys = entry.mapping(reading)?.rest();
    if keys.is_empty() {
        return Ok(());
    }
    Err(reading.note_all(keys.into_iter().map(|(_, entry)| (entry.key, Complaint::new(NOT_YET)))))
}

fn only_default(
    entry: &Entry,
    default: &str,
    same: impl Fn(&str, &str) -> bool,
    reading: &mut Reading<'_>,
) -> Result<(), Reported> {
    entry.value_or(reading, (), |text| {
        if same(text, default) {
            return Ok(());
        }
        let hint = format!("leave it out, or write its default `{default}`");
        Err(Complaint::new(NOT_YET).hint(hint))
    })
}

fn same<T: PartialEq + std::str::FromStr>(text: &str, default: &str) -> bool {
    matches!((text.parse::<T>(), default.parse()), (Ok(text), Ok(default)) if text == default)
}

fn same_duration(text: &str, default: &str) -> bool {
    let parse = humantime::parse_duration;
    matches!((parse(text), parse(default)), (Ok(text), Ok(default)) if text == default)
}
