//! Reading the written tree key by key, while noting every mistake.
//!
//! Not what any single key means: the caller brings the judgement of a value.
//! Invariant: every key that was written is either taken by the caller or told to be unknown.

use std::collections::BTreeSet;

use super::error::{Mistake, shown};
use super::hint::did_you_mean;
use super::secret::Secret;
use super::substitute::{Surroundings, substitute};
use super::written::Written;

/// A mistake has been noted, so there is no value to go on with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reported(());

/// What every part of the reading needs.
pub(super) struct Reading<'a> {
    /// What `${…}` refers to.
    pub(super) surroundings: &'a dyn Surroundings,
    /// All mistakes so far.
    pub(super) mistakes: Vec<Mistake>,
}

impl Reading<'_> {
    /// Notes that something is wrong with this key.
    pub(super) fn note(&mut self, key: &str, complaint: Complaint) -> Reported {
        let Complaint { message, quotes, hint } = complaint;
        let got = match quotes {
            Quotes::Part(text) => Some(shown(&text)),
            Quotes::Whole | Quotes::Nothing => None,
        };
        self.mistakes.push(Mistake { key: key.to_owned(), message, got, hint });
        Reported(())
    }

    /// Notes that several things are wrong, each with its key.
    pub(super) fn note_all(&mut self, complaints: impl IntoIterator<Item = (String, Complaint)>) -> Reported {
        for (key, complaint) in complaints {
            self.note(&key, complaint);
        }
        Reported(())
    }
}

/// What is wrong with a value, before it is known where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    message: String,
    quotes: Quotes,
    hint: Option<String>,
}

/// What a complaint repeats of the value.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Quotes {
    /// All of it, where there is a single value.
    Whole,
    Part(String),
    Nothing,
}

impl Complaint {
    /// A complaint that says what was expected, and repeats the value.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), quotes: Quotes::Whole, hint: None }
    }

    /// Repeats only this part of the value.
    pub(super) fn about(self, part: &str) -> Self {
        Self { quotes: Quotes::Part(part.to_owned()), ..self }
    }

    /// Does not repeat the value.
    pub(super) fn without_value(self) -> Self {
        Self { quotes: Quotes::Nothing, ..self }
    }

    /// With a hint, if there is one.
    pub(super) fn hint(self, hint: impl Into<Option<String>>) -> Self {
        Self { hint: hint.into(), ..self }
    }
}

/// A scalar after substitution.
#[derive(Debug)]
pub(super) struct Scalar {
    value: Secret,
    /// What messages show in place of the value, if it came from a file and thus may be a secret.
    shown_instead: Option<String>,
}

impl From<&str> for Scalar {
    fn from(value: &str) -> Self {
        Self { value: value.to_owned().into(), shown_instead: None }
    }
}

impl AsRef<str> for Scalar {
    fn as_ref(&self) -> &str {
        self.value()
    }
}

impl Scalar {
    /// The text itself.
    pub(super) fn value(&self) -> &str {
        self.value.expose()
    }

    /// The complaint as it may be shown: with the value it repeats, unless part of that came from a file.
    pub(super) fn quoted(&self, complaint: Complaint) -> Complaint {
        match (&self.shown_instead, &complaint.quotes) {
            (Some(written), Quotes::Whole | Quotes::Part(_)) => complaint.about(written).hint(None),
            (None, Quotes::Whole) => complaint.about(self.value()),
            (None, Quotes::Part(_)) | (_, Quotes::Nothing) => complaint,
        }
    }
}

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

    /// The keys below; none if this one is absent or empty.
    pub(super) fn mapping(self, reading: &mut Reading<'_>) -> Result<Mapping, Reported> {
        let written = match self.written {
            None | Some(Written::Nothing) => Vec::new(),
            Some(Written::Mapping(entries)) => entries,
            Some(other) => {
                let message = format!("expected keys with values, got {}", other.kind());
                return Err(reading.note(&self.key, Complaint::new(message)));
            }
        };
        let mut seen = BTreeSet::new();
        let mut entries = Vec::with_capacity(written.len());
        for (name, value) in written {
            let key = if self.key == TOP { shown_name(&name) } else { format!("{}.{}", self.key, shown_name(&name)) };
            if seen.insert(name.clone()) {
                entries.push((name, Self { key, written: Some(value) }));
            } else {
                reading.note(&key, Complaint::new("written twice"));
            }
        }
        Ok(Mapping { key: self.key, entries, known: Vec::new() })
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
        let plain = |value: &str| Ok(Some(Scalar::from(value)));
        match &self.written {
            None => Ok(None),
            Some(Written::Bool(value)) => plain(&value.to_string()),
            Some(Written::Integer(value)) => plain(&value.to_string()),
            Some(Written::Float(value)) => plain(&value.to_string()),
            Some(Written::Flag(value)) => plain(value),
            Some(Written::Text(text)) => match substitute(text, reading.surroundings) {
                Ok(result) => {
                    let shown_instead = result.from_file.then(|| text.clone());
                    Ok(Some(Scalar { value: result.text.into(), shown_instead }))
                }
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
    /// Takes what was written under this name, which is thereby known.
    pub(super) fn take(&mut self, name: &'static str) -> Entry {
        self.known.push(name);
        match self.entries.iter().position(|(written, _)| written == name) {
            Some(position) => self.entries.remove(position).1,
            None => {
                let key = if self.key == TOP { name.to_owned() } else { format!("{}.{name}", self.key) };
                Entry { key, written: None }
            }
        }
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

/// A name as messages show it. What follows `=` in it is left out: it is the value of a line that was
/// copied from a properties file, which may be a secret.
pub(super) fn shown_name(name: &str) -> String {
    match name.split_once('=') {
        Some((before, _)) => format!("{}=…", shown(before)),
        None => shown(name),
    }
}
