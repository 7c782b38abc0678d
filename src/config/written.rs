//! The tree of a YAML file, as it was written.
//!
//! Not yet judged: any key and any shape is held here, and keys that are written twice are still two.
//! Invariant: reading a file fails only where it is not YAML, so that all other mistakes are seen together.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::error::Mistake;

/// A value as it was written. It has no `Debug`, since it may hold secrets.
pub(super) enum Written {
    /// Nothing after the key, or `null`.
    Nothing,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// Any other number.
    Float(f64),
    /// Text, in which `${…}` is still to be replaced.
    Text(String),
    /// Text of a flag, which the shell has already expanded.
    Flag(String),
    /// A list.
    List(Vec<Written>),
    /// Keys with values, in the order of the file.
    Mapping(Vec<(String, Written)>),
}

impl Written {
    /// What kind of value it is, in words that fit after "got".
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Bool(_) => "true or false",
            Self::Integer(_) | Self::Float(_) => "a number",
            Self::Text(_) | Self::Flag(_) => "a text",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// Reads YAML. The mistake names line and column, since there are no keys yet.
pub(super) fn read(yaml: &str) -> Result<Written, Mistake> {
    serde_yaml::from_str(yaml).map_err(|error| not_yaml(&error))
}

fn not_yaml(error: &serde_yaml::Error) -> Mistake {
    let text = error.to_string();
    let (key, mut message) = match error.location() {
        Some(location) => {
            let (line, column) = (location.line(), location.column());
            let place = format!(" at line {line} column {column}");
            (format!("line {line}, column {column}"), text.replacen(&place, "", 1))
        }
        None => ("top level".to_owned(), text),
    };
    // The parser quotes the value if a tag such as `!!int` does not fit it; it may be a secret.
    if message.contains("invalid value") || message.contains("invalid type") {
        "a value does not fit its YAML tag".clone_into(&mut message);
    }
    if message.contains("more than one document") {
        "expected one YAML document, got several".clone_into(&mut message);
    }
    Mistake { key, message, got: None, hint: None }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Written, E> {
        Ok(Written::Nothing)
    }

    fn visit_none<E>(self) -> Result<Written, E> {
        Ok(Written::Nothing)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Written, E> {
        Ok(Written::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Written, E> {
        Ok(Written::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Written, E> {
        Ok(Written::Integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Written, E> {
        Ok(Written::Integer(value))
    }

    fn visit_u128<E: de::Error>(self, value: u128) -> Result<Written, E> {
        i128::try_from(value).map(Written::Integer).map_err(|_| E::custom("a number is too large"))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Written, E> {
        Ok(Written::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Written, E> {
        Ok(Written::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Written, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Written::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Written, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = access.next_key()? {
            let key = match key {
                Written::Text(text) | Written::Flag(text) => text,
                Written::Bool(value) => value.to_string(),
                Written::Integer(value) => value.to_string(),
                Written::Float(value) => value.to_string(),
                Written::Nothing => "null".to_owned(),
                Written::List(_) | Written::Mapping(_) => return Err(de::Error::custom("a key has to be a text")),
            };
            entries.push((key, access.next_value()?));
        }
        Ok(Written::Mapping(entries))
    }

    fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Written, A::Error> {
        Err(de::Error::custom("YAML tags have no meaning here"))
    }
}

#[cfg(test)]
mod tests {
    use super::{Written, read};

    #[track_caller]
    fn check_refused(yaml: &str, key: &str, message: &str) {
        let mistake = read(yaml).err().expect("not YAML for us");
        assert_eq!((mistake.key.as_str(), mistake.message.as_str()), (key, message));
    }

    #[test]
    fn keys_written_twice_are_kept_twice() {
        let written = read("a: 1\na: 2\n").map_err(|mistake| mistake.message);
        assert!(matches!(written, Ok(Written::Mapping(entries)) if entries.len() == 2));
    }

    const TAB: &str =
        "found a tab character that violates indentation, while scanning a plain scalar at line 1 column 4";

    #[test]
    fn syntax_errors_name_their_place() {
        check_refused(
            "a: [1\nb: 2\n",
            "line 2, column 2",
            "did not find expected ',' or ']', while parsing a flow sequence at line 1 column 4",
        );
        check_refused("a: 1\n\tb: 2\n", "line 2, column 1", TAB);
        check_refused("? [1]\n: 2\n", "line 1, column 1", "a key has to be a text");
        check_refused("a: 1\n---\nb: 2\n", "top level", "expected one YAML document, got several");
        check_refused("a:\n  - b: !env X\n", "line 2, column 8", "a[0].b: YAML tags have no meaning here");
    }

    #[test]
    fn a_value_is_not_quoted_by_the_parser() {
        check_refused("sasl.password: !!int hunter2\n", "line 1, column 16", "a value does not fit its YAML tag");
    }

    #[test]
    fn aliases_cannot_blow_up() {
        let mut lines = vec!["a0: &a0 [x, x, x, x, x, x, x, x, x]".to_owned()];
        for level in 1..30 {
            let below = vec![format!("*a{}", level - 1); 9].join(", ");
            lines.push(format!("a{level}: &a{level} [{below}]"));
        }
        let bomb = lines.join("\n");
        check_refused(&bomb, "top level", "repetition limit exceeded");
    }

    #[test]
    fn an_empty_file_is_nothing() {
        for yaml in ["", "\n", "# only a comment\n", "---\n"] {
            assert!(matches!(read(yaml), Ok(Written::Nothing)), "{yaml:?}");
        }
    }
}
