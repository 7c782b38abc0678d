//! `objectives`: how old the oldest record may be that a group has not read.
//!
//! Not an alarm: the objective is exported, and alert rules go by it.
//! Invariant: without the list every group has the default; with it, what is written is all there is.

use std::sync::Arc;
use std::time::Duration;

use crate::model::{Filters, Objective, Objectives, Verdict};

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::filter::NameFilter;
use super::names;
use super::value::{Bounds, duration};

const LAG: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(30 * 24),
    why: "consumers commit every few seconds, and older lag is a lower bound",
};

/// Reads the list.
pub(super) fn read(entry: Entry, reading: &mut Reading<'_>) -> Result<Objectives, Reported> {
    let Some(items) = entry.list(reading)? else { return Ok(Objectives::default()) };
    // All are judged before the first that failed ends it.
    let objectives: Vec<_> = items.into_iter().map(|item| objective(item, reading)).collect();
    objectives.into_iter().collect()
}

fn objective(entry: Entry, reading: &mut Reading<'_>) -> Result<Objective, Reported> {
    let key = entry.key.clone();
    let mut written = entry.mapping(reading)?;
    let groups = names::include(written.take("groups"), names::GROUPS.include, reading);
    let lag = lag(&written.take("lag"), reading);
    written.finish(reading, |_| None);
    let (groups, lag) = (groups?, lag?);
    let filter = NameFilter::new(&groups, &[]).map_err(|errors| {
        reading.note_all(errors.into_iter().map(|error| (key.clone(), Complaint::new(error.to_string()))))
    })?;
    Ok(Objective { groups: Some(Arc::new(OfGroups(filter))), written: groups, lag })
}

fn lag(entry: &Entry, reading: &mut Reading<'_>) -> Result<Duration, Reported> {
    let Some(text) = entry.text(reading)? else {
        let hint = "how old the oldest unread record may be, such as `5m`".to_owned();
        return Err(reading.note(&entry.key, Complaint::new("missing").hint(hint)));
    };
    entry.judged(reading, &text, |text| duration(text, &LAG))
}

/// Patterns that speak of groups alone.
#[derive(Debug)]
struct OfGroups(NameFilter);

impl Filters for OfGroups {
    fn group(&self, name: &str) -> Verdict {
        self.0.verdict(name)
    }

    fn topic(&self, _name: &str) -> Verdict {
        Verdict::NotIncluded
    }
}
