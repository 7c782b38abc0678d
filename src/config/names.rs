//! `groups` and `topics` of a cluster: which names are watched.
//!
//! Not the matching itself, which is [`NameFilter`]'s.
//! Invariant: a list that is not written has its default, whatever the other list says.

use super::entry::{Complaint, Entry, Reading, Reported, Scalar};
use super::filter::NameFilter;

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
    let include = patterns(filter.take("include"), defaults.include, reading);
    let exclude = patterns(filter.take("exclude"), defaults.exclude, reading);
    let key = filter.key.clone();
    filter.finish(reading, |_| None);
    let (include, exclude) = (include?, exclude?);
    if include.is_empty() {
        let complaint = Complaint::new("expected at least one pattern");
        let hint = "`.*` includes every name; to watch none, exclude `.*`".to_owned();
        return Err(reading.note(&format!("{key}.include"), complaint.hint(hint)));
    }
    NameFilter::new(&include, &exclude).map_err(|errors| {
        reading.note_all(errors.into_iter().map(|error| {
            let (list, patterns) = if error.excludes { ("exclude", &exclude) } else { ("include", &include) };
            let complaint = Complaint::new(error.message);
            let quoted = patterns.get(error.index).map(|pattern| pattern.quoted(complaint.clone()));
            (format!("{key}.{list}[{}]", error.index), quoted.unwrap_or(complaint))
        }))
    })
}

/// The patterns of a list, or the default if it is absent.
fn patterns(entry: Entry, default: &[&str], reading: &mut Reading<'_>) -> Result<Vec<Scalar>, Reported> {
    match entry.list(reading)? {
        Some(items) => texts(&items, reading),
        None => Ok(default.iter().map(|&pattern| Scalar::from(pattern)).collect()),
    }
}

/// The texts of a list's items.
pub(super) fn texts(items: &[Entry], reading: &mut Reading<'_>) -> Result<Vec<Scalar>, Reported> {
    let texts: Vec<_> = items.iter().map(|item| item.text(reading)).collect();
    texts.into_iter().filter_map(Result::transpose).collect()
}
