//! Which keys of a scenario are missing that have to be there.
//!
//! Not those of actions: which they are depends on the action, so they are told once it is known.
//! Invariant: all that are missing are found at once, whatever else is wrong with the text.

use serde_yaml::Value;

use super::error::Mistake;

/// What is said of each of them.
pub(super) const REQUIRED: &str = "this key is required";

/// Keys at the top.
const TOP: [&str; 2] = ["name", "story"];

/// Keys of each entry of a list.
const ENTRIES: [(&str, &[&str]); 3] = [("topics", &["name"]), ("groups", &["name"]), ("events", &["at", "do"])];

/// The keys that are missing from a text; none if it cannot be read at all.
pub(super) fn keys(text: &str) -> Vec<Mistake> {
    let Ok(whole) = serde_yaml::from_str::<Value>(text) else { return Vec::new() };
    let mut mistakes = of_mapping(&whole, "", &TOP);
    for (list, keys) in ENTRIES {
        let entries = whole.get(list).and_then(Value::as_sequence).into_iter().flatten();
        // What is no mapping is another mistake.
        for (place, entry) in entries.enumerate().filter(|(_, entry)| entry.is_mapping()) {
            mistakes.extend(of_mapping(entry, &format!("{list}[{place}]."), keys));
        }
    }
    mistakes
}

fn of_mapping(mapping: &Value, path: &str, keys: &[&str]) -> Vec<Mistake> {
    let missing = keys.iter().filter(|key| mapping.get(**key).is_none());
    missing.map(|key| Mistake::new(format!("{path}{key}"), REQUIRED)).collect()
}
