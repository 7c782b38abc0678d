//! What is wrong with a configuration, in words for the person who wrote it.
//!
//! Not a log event and not an exit code: whoever starts the program prints it and chooses the code.
//! Invariant: a mistake holds no secret, so it can be shown to anybody.

use std::fmt;
use std::io;

/// Longer values are cut in messages: who wrote the value knows it from its beginning.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read at all.
    #[error("cannot read config `{name}`: {}{}", reason(error), unreadable_hint(error))]
    Unreadable {
        /// The file, as it was named.
        name: String,
        /// What the operating system said.
        error: io::Error,
    },
    /// What was written has mistakes; these are all of them.
    #[error("{}", describe(name.as_deref(), mistakes))]
    Invalid {
        /// The file, as it was named; none if there were only flags.
        name: Option<String>,
        /// At least one.
        mistakes: Vec<Mistake>,
    },
}

/// One thing to put right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Where: a key such as `clusters[1].name`, a flag such as `--listen`, or a line and column.
    pub key: String,
    /// What is wrong, without the value.
    pub message: String,
    /// The value that was written, unless it is secret or not a single value.
    pub got: Option<String>,
    /// What to do about it, where that can be guessed.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.key, self.message)?;
        if let Some(got) = &self.got {
            write!(formatter, ", got `{got}`")?;
        }
        if let Some(hint) = &self.hint {
            write!(formatter, "\n    hint: {hint}")?;
        }
        Ok(())
    }
}

fn describe(name: Option<&str>, mistakes: &[Mistake]) -> String {
    let subject = name.map_or_else(|| "the command line".to_owned(), |name| format!("config `{name}`"));
    let plural = if mistakes.len() == 1 { "" } else { "s" };
    let headline = format!("{subject} has {} problem{plural}", mistakes.len());
    mistakes.iter().fold(headline, |text, mistake| text + &format!("\n  {mistake}"))
}

/// What the operating system said, without the error number, which helps nobody.
pub(super) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.split_once(" (os error") {
        Some((reason, _)) => reason.to_owned(),
        None => text,
    }
}

fn unreadable_hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::NotFound => "\n  hint: `--bootstrap HOST:PORT` starts without a file",
        io::ErrorKind::PermissionDenied => "\n  hint: the user who runs this program has to be allowed to read it",
        _ => "",
    }
}

/// Text as it may appear within one line of a message: control characters escaped, long text cut.
pub(super) fn shown(text: &str) -> String {
    let mut line = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == SHOWN_CHARACTERS_MAX {
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

#[cfg(test)]
mod tests {
    use std::io;

    use super::{ConfigError, Mistake, shown};

    fn mistake(key: &str, message: &str, got: Option<&str>, hint: Option<&str>) -> Mistake {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Mistake { key: key.to_owned(), message: message.to_owned(), got: owned(got), hint: owned(hint) }
    }

    #[test]
    fn mistakes_read_as_a_list_with_hints_below() {
        let error = ConfigError::Invalid {
            name: Some("kafkas.yml".to_owned()),
            mistakes: vec![
                mistake("clusters[1].properties.bootstrap.servers", "expected `host:port`", Some("kafka-2"), None),
                mistake("poll.intervall", "unknown key", None, Some("did you mean `interval`?")),
            ],
        };
        insta::assert_snapshot!(error, @r"
        config `kafkas.yml` has 2 problems
          clusters[1].properties.bootstrap.servers: expected `host:port`, got `kafka-2`
          poll.intervall: unknown key
            hint: did you mean `interval`?
        ");
    }

    #[test]
    fn one_mistake_is_one_problem_and_flags_have_no_file() {
        let error =
            ConfigError::Invalid { name: None, mistakes: vec![mistake("--listen", "expected more", Some(""), None)] };
        insta::assert_snapshot!(error, @r"
        the command line has 1 problem
          --listen: expected more, got ``
        ");
    }

    #[test]
    fn an_unreadable_file_says_why_without_numbers() {
        let error = ConfigError::Unreadable { name: "x.yml".to_owned(), error: io::Error::from_raw_os_error(2) };
        insta::assert_snapshot!(error, @r"
        cannot read config `x.yml`: No such file or directory
          hint: `--bootstrap HOST:PORT` starts without a file
        ");
    }

    #[test]
    fn values_stay_on_one_line_and_are_cut() {
        assert_eq!(shown("a\nb\u{7}"), "a\\nb\\u{7}");
        let cut = shown(&"x".repeat(1000));
        assert_eq!(cut.chars().count(), 81);
    }
}
