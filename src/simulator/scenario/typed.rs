//! What the YAML parser says, in words for people who do not write Rust.
//!
//! Not what a scenario means; `check` judges that.
//! Invariant: whatever the parser says, something is told, and where.

use super::error::{Mistake, one_line, shown};
use super::hint::did_you_mean;
use super::missing::REQUIRED;

/// What the parser says of syntax is a sentence, and may repeat what was written.
const SAID_CHARACTERS_MAX: usize = 200;

/// What the parser complained about.
pub(super) fn mistake(error: &serde_yaml::Error) -> Mistake {
    let mut text = error.to_string();
    let location = error.location().map(|location| (location.line(), location.column()));
    if let Some((line, column)) = location {
        text = text.replacen(&format!(" at line {line} column {column}"), "", 1);
    }
    let (key, said) = match text.split_once(": ") {
        Some((key, said)) if !key.contains([' ', '`']) => (key, said),
        _ => ("", text.as_str()),
    };
    let mut mistake = reworded(key, said);
    (mistake.line, mistake.column) = location.unzip();
    mistake
}

fn reworded(key: &str, said: &str) -> Mistake {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    let word = |rest: &str| rest.trim_matches('`').to_owned();
    if let Some((written, hint)) = said.strip_prefix("unknown field ").and_then(nearest) {
        return Mistake::new(below(&shown(written)), "unknown key").hint(hint);
    }
    if let Some((written, hint)) = said.strip_prefix("unknown variant ").and_then(nearest) {
        let message = if key.rsplit('.').next() == Some("do") { "unknown action" } else { "unknown value" };
        return Mistake::new(key, message).got(written).hint(hint);
    }
    if said.contains("expected map with a single key") {
        let hint = "write another event for another action".to_owned();
        return Mistake::new(key, "expected one action with its keys").hint(hint);
    }
    let invalid = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    if let Some((got, wanted)) = invalid.and_then(|rest| rest.rsplit_once(", expected ")) {
        let message = format!("expected {}", kind(wanted));
        return match got.split_once(['`', '"']) {
            Some((_, value)) => Mistake::new(key, message).got(value.trim_end_matches(['`', '"'])),
            None => Mistake::new(key, format!("{message}, got {}", kind(got))),
        };
    }
    if let Some(name) = said.strip_prefix("missing field ") {
        return Mistake::new(below(&word(name)), REQUIRED);
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return Mistake::new(below(&word(name)), "this key is written twice");
    }
    if said.contains("more than one document") {
        return Mistake::new(key, "expected one YAML document, got several");
    }
    Mistake::new(key, one_line(said, SAID_CHARACTERS_MAX))
}

/// What was written, and the nearest of the words that are known, from "`written`, expected one of `a`, `b`".
fn nearest(said: &str) -> Option<(&str, Option<String>)> {
    let mut words = said.split('`').skip(1).step_by(2);
    let written = words.next()?;
    let known: Vec<&str> = words.collect();
    let all = || (!known.is_empty()).then(|| format!("one of {}", known.join(", ")));
    Some((written, did_you_mean(written, known.iter().copied()).or_else(all)))
}

/// The kind of value that is meant by a word of Rust or its parser.
fn kind(word: &str) -> &str {
    match word {
        "f64" => "a number",
        "u16" | "u32" => "a whole number, 0 or more",
        "i32" | "i64" => "a whole number",
        "a string" | "str" => "a text",
        "a sequence" | "sequence" => "a list",
        "a map" | "map" => "a mapping",
        "unit value" => "nothing",
        "unit variant" => "only its name",
        "newtype variant" | "struct variant" | "tuple variant" => "an action with its keys",
        _ if word.starts_with("struct ") => "keys with values",
        _ => word,
    }
}
