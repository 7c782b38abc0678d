//! Settings whose behaviour this version does not have yet.
//!
//! Not ignored: one that asks for anything but what happens anyway is a mistake.
//! Invariant: a configuration that loads gets what it says.

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::mapping::Mapping;

const NOT_YET: &str = "not supported yet by this version";

/// The keys at the top that may only be absent or empty.
pub(super) fn top(top: &mut Mapping, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let web_config_file = top.take("web_config_file");
    let mut checked = Vec::new();
    if !web_config_file.is_absent() {
        checked.push(Err(reading.note(&web_config_file.key, Complaint::new(NOT_YET))));
    }
    checked.push(no_items(top.take("objectives"), reading));
    checked.into_iter().collect()
}

fn no_items(entry: Entry, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let key = entry.key.clone();
    match entry.list(reading)? {
        Some(items) if !items.is_empty() => Err(reading.note(&key, Complaint::new(NOT_YET))),
        _ => Ok(()),
    }
}
