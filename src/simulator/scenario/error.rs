//! What is wrong with a scenario, in words for the person who wrote it.
//!
//! Not an exit code: whoever starts the program chooses that.
//! Invariant: a message stays as short as a screen, however much is wrong.

use std::fmt;
use std::io;

/// Longer values are cut in messages: who wrote the value knows it from its beginning.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// So many mistakes are told; who has put these right asks again.
pub(super) const MISTAKES_SHOWN_MAX: usize = 50;

/// Why there is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Neither a built-in scenario nor a file has this name.
    #[error("there is no scenario `{name}`, and no file of this name\n  hint: {hint}")]
    Unknown {
        /// What was asked for.
        name: String,
        /// What may have been meant.
        hint: String,
    },
    /// The file could not be read at all.
    #[error("cannot read scenario `{name}`: {reason}")]
    Unreadable {
        /// The file, as it was named.
        name: String,
        /// What the operating system said.
        reason: String,
    },
    /// What was written has mistakes.
    #[error("{}", describe(name, mistakes, *more))]
    Invalid {
        /// Where it was written: a file, or a built-in name.
        name: String,
        /// At least one, in the order of the file.
        mistakes: Vec<Mistake>,
        /// How many there are beside these.
        more: usize,
    },
}

/// One thing to put right.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1, if the scenario was written in a text.
    pub line: Option<usize>,
    /// The column, from 1.
    pub column: Option<usize>,
    /// The key, such as `topics[1].partitions`.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// The value that was written, if it is a single value.
    pub got: Option<String>,
    /// What to do about it, where that can be guessed.
    pub hint: Option<String>,
}

impl Mistake {
    /// What is wrong with a key.
    pub(super) fn new(key: impl Into<String>, message: impl Into<String>) -> Self {
        Self { key: key.into(), message: message.into(), ..Self::default() }
    }

    /// With the value that was written.
    pub(super) fn got(mut self, value: impl fmt::Display) -> Self {
        self.got = Some(shown(&value.to_string()));
        self
    }

    /// With a hint, if there is one.
    pub(super) fn hint(mut self, hint: impl Into<Option<String>>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = if self.key.is_empty() { "top level" } else { &self.key };
        write!(formatter, "{key}: {}", self.message)?;
        if let Some(got) = &self.got {
            write!(formatter, ", got `{got}`")?;
        }
        if let Some(hint) = &self.hint {
            write!(formatter, "\n    hint: {hint}")?;
        }
        Ok(())
    }
}

fn describe(name: &str, mistakes: &[Mistake], more: usize) -> String {
    let count = mistakes.len() + more;
    let plural = if count == 1 { "" } else { "s" };
    let headline = format!("scenario `{name}` has {count} problem{plural}");
    let told = mistakes.iter().fold(headline, |text, mistake| match (mistake.line, mistake.column) {
        (Some(line), Some(column)) => text + &format!("\n  {name}:{line}:{column}: {mistake}"),
        _ => text + &format!("\n  {mistake}"),
    });
    if more > 0 { format!("{told}\n  and {more} more") } else { told }
}

/// What the operating system said, without the error number, which helps nobody.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split_once(" (os error").map_or_else(|| text.clone(), |(reason, _)| reason.to_owned())
}

/// Text as it may appear within one line of a message: control characters escaped, long text cut.
pub(super) fn shown(text: &str) -> String {
    one_line(text, SHOWN_CHARACTERS_MAX)
}

/// Control characters escaped, and no more than so many characters.
pub(super) fn one_line(text: &str, characters_max: usize) -> String {
    let mut line = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == characters_max {
            line.push('…');
            break;
        }
        if character.is_control() {
            line.extend(character.escape_debug());
        } else {
            line.push(character);
        }
    }
    line
}
