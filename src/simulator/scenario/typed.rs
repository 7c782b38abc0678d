//! What the YAML parser says, in words for people who do not write Rust.
//!
//! Not what a scenario means; `check` judges that.
//! Invariant: whatever the parser says, something is told, and where.

use super::error::{Mistake, shown};
use super::hint::did_you_mean;

/// What the parser complained about.
pub(super) fn mistake(error: &serde_yaml::Error) -> Mistake {
    let mut text = error.to_string();
    let location = error.location().map(|location| (location.line(), location.column()));
    if let Some((line, column)) = location {
        text = text.replacen(&format!(" at line {line} column {column}"), "", 1);
    }
    let (key, said) = match text.split_once(": ") {
        Some((key, said)) if !key.contains([' ', '`']) => (key.to_owned(), said.to_owned()),
        _ => (String::new(), text),
    };
    let mut mistake = reworded(key, &said);
    (mistake.line, mistake.column) = location.unzip();
    mistake
}

fn reworded(key: String, said: &str) -> Mistake {
    let unknown = said.strip_prefix("unknown field ").map(|rest| ("unknown key", rest));
    if let Some((message, rest)) =
        unknown.or_else(|| said.strip_prefix("unknown variant ").map(|rest| ("there is no such", rest)))
    {
        let mut words = rest.split('`').skip(1).step_by(2);
        let written = words.next().unwrap_or_default();
        let known: Vec<&str> = words.collect();
        let hint = did_you_mean(written, known.iter().copied())
            .or_else(|| (!known.is_empty()).then(|| format!("one of {}", known.join(", "))));
        return Mistake::new(key, message).got(written).hint(hint);
    }
    let invalid = said.strip_prefix("invalid type: ").or_else(|| said.strip_prefix("invalid value: "));
    if let Some((got, wanted)) = invalid.and_then(|rest| rest.rsplit_once(", expected ")) {
        let mistake = Mistake::new(key, format!("expected {}", kind(wanted)));
        return match got.split_once('`').or_else(|| got.split_once('"')) {
            Some((_, value)) => mistake.got(value.trim_end_matches(['`', '"'])),
            None => mistake
                .got(got.replace("unit value", "nothing").replace("map", "a mapping").replace("sequence", "a list")),
        };
    }
    if let Some(name) = said.strip_prefix("missing field ") {
        return Mistake::new(key, format!("the key {name} is missing"));
    }
    if let Some(name) = said.strip_prefix("duplicate field ") {
        return Mistake::new(key, format!("the key {name} is written twice"));
    }
    Mistake::new(key, shown(said))
}

/// The kind of value a Rust type stands for.
fn kind(wanted: &str) -> String {
    let known = match wanted {
        "f64" => "a number",
        "u16" | "u32" => "a whole number, 0 or more",
        "i32" | "i64" => "a whole number",
        "a string" | "str" => "a text",
        "a sequence" => "a list",
        "a map" => "a mapping",
        _ if wanted.starts_with("struct ") => "keys with values",
        _ => wanted,
    };
    known.to_owned()
}
