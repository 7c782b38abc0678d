//! Keys with values, taken one by one by those who know them.
//!
//! Not the values, which are judged as [`Entry`].
//! Invariant: every key that was written is either taken by the caller or told to be unknown.

use std::collections::BTreeSet;

use super::complaint::{Complaint, Reading};
use super::entry::Entry;
use super::error::shown;
use super::hint::did_you_mean;
use super::written::Written;

/// The key of what stands above all keys.
pub(super) const TOP: &str = "top level";

/// Keys with values, which are taken one by one.
pub(super) struct Mapping {
    /// The key of the mapping itself.
    pub(super) key: String,
    entries: Vec<(String, Entry)>,
    known: Vec<&'static str>,
}

impl Mapping {
    /// The keys as they were written; of one that is written twice the first counts.
    pub(super) fn new(key: String, written: Vec<(String, Written)>, reading: &mut Reading<'_>) -> Self {
        let mut seen = BTreeSet::new();
        let mut entries = Vec::with_capacity(written.len());
        for (name, value) in written {
            let below = key_below(&key, &name);
            if seen.insert(name.clone()) {
                entries.push((name, Entry { key: below, written: Some(value) }));
            } else {
                reading.note(&below, Complaint::new("written twice"));
            }
        }
        Self { key, entries, known: Vec::new() }
    }

    /// Takes what was written under this name, which is thereby known.
    pub(super) fn take(&mut self, name: &'static str) -> Entry {
        self.known.push(name);
        let position = self.entries.iter().position(|(written, _)| written == name);
        let absent = Entry { key: key_below(&self.key, name), written: None };
        position.map_or(absent, |position| self.entries.remove(position).1)
    }

    /// Puts a flag's value in place of whatever the file says under this name.
    pub(super) fn put(&mut self, name: &str, flag: String, value: &str) {
        self.entries.retain(|(written, _)| written != name);
        let entry = Entry { key: flag, written: Some(Written::Flag(value.to_owned())) };
        self.entries.push((name.to_owned(), entry));
    }

    /// What has not been taken, for mappings whose names the caller looks up.
    pub(super) fn rest(self) -> Vec<(String, Entry)> {
        self.entries
    }

    /// Tells every name that was not taken. `elsewhere` may know where a name belongs.
    pub(super) fn finish(self, reading: &mut Reading<'_>, elsewhere: impl Fn(&str) -> Option<String>) {
        for (name, entry) in &self.entries {
            let hint = elsewhere(name).or_else(|| did_you_mean(name, self.known.iter().copied()));
            let known = || format!("known here: {}", self.known.join(", "));
            reading.note(&entry.key, Complaint::new("unknown key").hint(hint.unwrap_or_else(known)));
        }
    }
}

fn key_below(key: &str, name: &str) -> String {
    let name = shown_name(name);
    if key == TOP { name } else { format!("{key}.{name}") }
}

/// A name as messages show it. What follows `=` in it is left out: it is the value of a line that was
/// copied from a properties file, which may be a secret.
pub(super) fn shown_name(name: &str) -> String {
    match name.split_once('=') {
        Some((before, _)) => format!("{}=…", shown(before)),
        None => shown(name),
    }
}
