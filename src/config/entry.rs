//! Reading what was written at one key, while noting every mistake.
//!
//! Not what any single key means: the caller brings the judgement of a value.
//! Invariant: a value is returned, or a mistake has been noted, or the key is absent.

use super::complaint::{Complaint, Reading, Reported, Scalar};
use super::mapping::Mapping;
use super::substitute::substitute;
use super::written::Written;

/// A key and what was written there.
pub(super) struct Entry {
    /// The key from the top, such as `clusters[1].name`; or the flag that speaks instead.
    pub(super) key: String,
    /// What was written; none if the key is absent.
    pub(super) written: Option<Written>,
}

impl Entry {
    /// The flag's value instead of what the file says, if the flag was given.
    pub(super) fn or_flag(self, flag: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => Self { key: flag.to_owned(), written: Some(Written::Flag(value.to_owned())) },
            None => self,
        }
    }

    /// Whether there is nothing to read.
    pub(super) fn is_absent(&self) -> bool {
        matches!(self.written, None | Some(Written::Nothing))
    }

    /// Whether one value stands here, not keys or items.
    pub(super) fn is_single(&self) -> bool {
        !self.is_absent() && !matches!(self.written, Some(Written::Mapping(_) | Written::List(_)))
    }

    /// The keys below; none if this one is absent or empty.
    pub(super) fn mapping(self, reading: &mut Reading<'_>) -> Result<Mapping, Reported> {
        let written = match self.written {
            None | Some(Written::Nothing) => Vec::new(),
            Some(Written::Mapping(entries)) => entries,
            Some(other) => {
                // Usually lines copied from a properties file.
                let is_text = matches!(other, Written::Text(_));
                let hint = is_text.then(|| "write one `key: value` on each line".to_owned());
                let complaint = Complaint::new(format!("expected keys with values, got {}", other.kind()));
                return Err(reading.note(&self.key, complaint.hint(hint)));
            }
        };
        Ok(Mapping::new(self.key, written, reading))
    }

    /// The items below; none if the key is absent, or empty.
    pub(super) fn list(self, reading: &mut Reading<'_>) -> Result<Option<Vec<Entry>>, Reported> {
        match self.written {
            None | Some(Written::Nothing) => Ok(None),
            Some(Written::List(items)) => {
                let entry = |(index, item)| Self { key: format!("{}[{index}]", self.key), written: Some(item) };
                Ok(Some(items.into_iter().enumerate().map(entry).collect()))
            }
            Some(other) => {
                let message = format!("expected a list, got {}", other.kind());
                Err(reading.note(&self.key, Complaint::new(message)))
            }
        }
    }

    /// The single value after substitution; none if the key is absent.
    pub(super) fn scalar(&self, reading: &mut Reading<'_>) -> Result<Option<Scalar>, Reported> {
        let open = |value: String| Ok(Some(Scalar::open(value)));
        match &self.written {
            None => Ok(None),
            Some(Written::Bool(value)) => open(value.to_string()),
            Some(Written::Integer(value)) => open(value.to_string()),
            Some(Written::Float(value)) => open(value.to_string()),
            Some(Written::Flag(value)) => open(value.clone()),
            Some(Written::Text(text)) => match substitute(text, reading.surroundings) {
                Ok(result) if result.from_file => Ok(Some(Scalar::from_file(result.text, text))),
                Ok(result) => open(result.text),
                Err(messages) => {
                    let complaints = messages.into_iter().map(|message| (self.key.clone(), Complaint::new(message)));
                    Err(reading.note_all(complaints))
                }
            },
            Some(other) => {
                let message = format!("expected one value, got {}", other.kind());
                Err(reading.note(&self.key, Complaint::new(message)))
            }
        }
    }

    /// The single value as a text; none if the key is absent.
    pub(super) fn text(&self, reading: &mut Reading<'_>) -> Result<Option<Scalar>, Reported> {
        if let Some(Written::Float(_)) = self.written {
            // YAML has already made 1.1 of what was written as 1.10.
            let complaint = Complaint::new("expected a text, got a number with a fraction");
            return Err(reading.note(&self.key, complaint.hint("write it in quotes".to_owned())));
        }
        self.scalar(reading)
    }

    /// What `judge` makes of the single value; the default if the key is absent.
    pub(super) fn value_or<T>(
        &self,
        reading: &mut Reading<'_>,
        default: T,
        judge: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Result<T, Reported> {
        match self.scalar(reading)? {
            Some(scalar) => self.judged(reading, &scalar, judge),
            None => Ok(default),
        }
    }

    /// What `judge` makes of a scalar that was read here.
    pub(super) fn judged<T>(
        &self,
        reading: &mut Reading<'_>,
        scalar: &Scalar,
        judge: impl FnOnce(&str) -> Result<T, Complaint>,
    ) -> Result<T, Reported> {
        judge(scalar.value()).map_err(|complaint| reading.note(&self.key, scalar.quoted(complaint)))
    }
}
