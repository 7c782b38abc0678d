//! Where in a text a key was written.
//!
//! Not whether it is right.
//! Invariant: the place of a key that was left out is that of the entry it is missing in.

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;

/// Line and column of a key such as `topics[1].hot.3`, both from 1.
///
/// The parser tells places only of errors; so the text is read once more, and reading is made to fail there.
pub(super) fn find(text: &str, key: &str) -> Option<(usize, usize)> {
    let steps: Vec<&str> = key.split(['.', '[']).map(|step| step.trim_end_matches(']')).collect();
    let probe = Probe { steps: if key.is_empty() { &[] } else { &steps } };
    let error = probe.deserialize(serde_yaml::Deserializer::from_str(text)).err()?;
    error.location().map(|location| (location.line(), location.column()))
}

/// Fails where the steps lead to, or where they cannot be followed any further.
struct Probe<'a> {
    steps: &'a [&'a str],
}

impl<'de> DeserializeSeed<'de> for Probe<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

/// A single value fails by itself, since the visitor has no use for any.
impl<'de> Visitor<'de> for Probe<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the place that is looked for")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        if let Some((wanted, rest)) = self.steps.split_first() {
            while let Some(Name(name)) = access.next_key()? {
                if name == *wanted {
                    return access.next_value_seed(Probe { steps: rest });
                }
                access.next_value::<IgnoredAny>()?;
            }
        }
        Err(A::Error::custom("here"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<(), A::Error> {
        if let Some((wanted, rest)) = self.steps.split_first() {
            for _ in 0..wanted.parse::<usize>().unwrap_or(0) {
                access.next_element::<IgnoredAny>()?;
            }
            access.next_element_seed(Probe { steps: rest })?;
        }
        Err(A::Error::custom("here"))
    }
}

/// A key as text, also where it is a number.
struct Name(String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Name;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a key")
    }

    fn visit_str<E>(self, name: &str) -> Result<Name, E> {
        Ok(Name(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::find;

    const TEXT: &str = "\
name: story
topics:
  - name: orders
    hot: { 3: 7 }
  - { name: payments, partitions: 2 }
events:
  - at: 1m
    do:
      poison:
        group: shop
";

    #[test]
    fn keys_are_found_where_they_are_written() {
        for (key, place) in [
            ("name", (1, 7)),
            ("topics[0].name", (3, 11)),
            ("topics[0].hot.3", (4, 15)),
            ("topics[1].partitions", (5, 35)),
            ("events[0].do.poison.group", (10, 16)),
        ] {
            assert_eq!(find(TEXT, key), Some(place), "{key}");
        }
    }

    #[test]
    fn a_key_that_was_left_out_is_missing_in_its_entry() {
        assert_eq!(find(TEXT, "topics[1].rate"), Some((5, 5)));
        assert_eq!(find(TEXT, "events[0].do.poison.topic"), Some((10, 9)));
        assert_eq!(find(TEXT, ""), Some((1, 1)));
        assert_eq!(find("", "name"), Some((1, 1)));
    }
}
