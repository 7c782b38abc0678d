//! Settings whose behaviour this version does not have yet.
//!
//! Not ignored: one that asks for anything but what happens anyway is a mistake.
//! Invariant: a configuration that loads gets what it says.

use super::complaint::{Complaint, Reading, Reported};
use super::mapping::Mapping;

const NOT_YET: &str = "not supported yet by this version";

/// The keys at the top that may only be absent or empty.
pub(super) fn top(top: &mut Mapping, reading: &mut Reading<'_>) -> Result<(), Reported> {
    let web_config_file = top.take("web_config_file");
    if web_config_file.is_absent() {
        return Ok(());
    }
    Err(reading.note(&web_config_file.key, Complaint::new(NOT_YET)))
}
