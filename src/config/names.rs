//! `groups` and `topics` of a cluster: which names are watched.
//!
//! Not the matching itself, which is [`NameFilter`]'s.
//! Invariant: a list that is not written has its default, whatever the other list says.

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::filter::{NameFilter, PatternError, check_pattern};

/// Patterns where none are written.
#[derive(Clone, Copy)]
pub(super) struct Defaults {
    pub(super) include: &'static [&'static str],
    pub(super) exclude: &'static [&'static str],
}

/// All groups.
pub(super) const GROUPS: Defaults = Defaults { include: &[".*"], exclude: &[] };
/// All topics but Kafka's own.
pub(super) const TOPICS: Defaults = Defaults { include: &[".*"], exclude: &["__.*"] };

/// Reads `{include: […], exclude: […]}`.
pub(super) fn read(entry: Entry, defaults: Defaults, reading: &mut Reading<'_>) -> Result<NameFilter, Reported> {
    let mut filter = entry.mapping(reading)?;
    let include = include(filter.take("include"), defaults.include, reading);
    let exclude = patterns(filter.take("exclude"), defaults.exclude, reading);
    let key = filter.key.clone();
    filter.finish(reading, |_| None);
    NameFilter::new(&include?, &exclude?).map_err(|errors| {
        let complaint = |error: PatternError| (key.clone(), Complaint::new(error.to_string()));
        reading.note_all(errors.into_iter().map(complaint))
    })
}

/// Some would read an empty list as all names and some as none, so it is refused.
pub(super) fn include(entry: Entry, default: &[&str], reading: &mut Reading<'_>) -> Result<Vec<String>, Reported> {
    let key = entry.key.clone();
    let include = patterns(entry, default, reading)?;
    if include.is_empty() {
        let hint = "`.*` includes every name; to watch none, exclude `.*`".to_owned();
        return Err(reading.note(&key, Complaint::new("expected at least one pattern").hint(hint)));
    }
    Ok(include)
}

/// The patterns of a list, or the default if it is absent.
fn patterns(entry: Entry, default: &[&str], reading: &mut Reading<'_>) -> Result<Vec<String>, Reported> {
    let Some(items) = entry.list(reading)? else {
        return Ok(default.iter().map(|&pattern| pattern.to_owned()).collect());
    };
    // All are judged before the first that failed ends it.
    let patterns: Vec<_> = items.iter().map(|item| pattern(item, reading)).collect();
    patterns.into_iter().filter_map(Result::transpose).collect()
}

fn pattern(item: &Entry, reading: &mut Reading<'_>) -> Result<Option<String>, Reported> {
    let Some(text) = item.text(reading)? else { return Ok(None) };
    let judge = |text: &str| check_pattern(text).map(|()| text.to_owned()).map_err(Complaint::new);
    item.judged(reading, &text, judge).map(Some)
}
