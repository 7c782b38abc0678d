//! What is wrong with a value, and the list it is noted in.
//!
//! Not the words for a single value, which its judge chooses.
//! Invariant: whoever holds a [`Reported`] has noted a mistake, so nothing fails without a reason.

use super::error::{Mistake, shown};
use super::secret::Secret;
use super::substitute::Surroundings;

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
        let mistake = Mistake { key: key.to_owned(), message, got, hint };
        // A flag speaks for every cluster, but is wrong only once.
        if !key.starts_with("--") || !self.mistakes.contains(&mistake) {
            self.mistakes.push(mistake);
        }
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

impl Scalar {
    /// A value that may be shown.
    pub(super) fn open(value: String) -> Self {
        Self { value: value.into(), shown_instead: None }
    }

    /// A value that came from a file; `written` is what referred to it.
    pub(super) fn from_file(value: String, written: &str) -> Self {
        Self { value: value.into(), shown_instead: Some(written.to_owned()) }
    }

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

#[cfg(test)]
mod tests {
    use super::{Complaint, Scalar};

    #[test]
    fn what_came_from_a_file_is_not_repeated() {
        let complaint = || Complaint::new("wrong").about("hunter2").hint("not `hunter2`".to_owned());
        let scalar = Scalar::from_file("hunter2,b".to_owned(), "${file:/secret},b");
        assert_eq!(scalar.quoted(complaint()), Complaint::new("wrong").about("${file:/secret},b"));
        assert!(!format!("{scalar:?}").contains("hunter2"));
        assert_eq!(Scalar::open("hunter2,b".to_owned()).quoted(complaint()), complaint());
    }

    #[test]
    fn a_complaint_without_a_value_stays_so() {
        let complaint = || Complaint::new("wrong").without_value();
        assert_eq!(Scalar::open("alice".to_owned()).quoted(complaint()), complaint());
        assert_eq!(Scalar::from_file("alice".to_owned(), "${file:/a}").quoted(complaint()), complaint());
    }
}
