//! `${NAME}` and `${file:/path}` in a text, replaced by what the environment and the files hold.
//!
//! Not a template language: no defaults, no nesting, and what was put in is not looked at again.
//! Invariant: it works on one scalar after YAML is parsed, so no content can become a key or a list.

use std::env::VarError;
use std::io;
use std::path::Path;

use super::error::{reason, shown};

/// What is outside the text and may be put into it. Tests bring maps.
pub trait Surroundings {
    /// The environment variable of this name.
    fn variable(&self, name: &str) -> Result<String, VarError>;
    /// The content of this file.
    fn file(&self, path: &Path) -> io::Result<String>;
}

/// A text with everything put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Substituted {
    /// The text.
    pub(super) text: String,
    /// Whether part of it came from a file, as secrets do.
    pub(super) from_file: bool,
}

/// Puts in what is referred to. The errors are messages about every reference that failed.
pub(super) fn substitute(text: &str, surroundings: &dyn Surroundings) -> Result<Substituted, Vec<String>> {
    let mut result = Substituted { text: String::with_capacity(text.len()), from_file: false };
    let mut messages = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        result.text.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            result.text.push('$');
            rest = after;
        } else if let Some(after) = after.strip_prefix('{') {
            let Some((reference, after)) = after.split_once('}') else {
                messages.push("`${` without `}` (write `$${` for these two characters)".to_owned());
                return Err(messages);
            };
            match look_up(reference, surroundings) {
                Ok(value) => result.text.push_str(&value),
                Err(message) => messages.push(message),
            }
            result.from_file |= reference.starts_with(FILE);
            rest = after;
        } else {
            // A dollar alone ends a regular expression, or is part of a password.
            result.text.push('$');
            rest = after;
        }
    }
    result.text.push_str(rest);
    if messages.is_empty() { Ok(result) } else { Err(messages) }
}

const FILE: &str = "file:";

fn look_up(reference: &str, surroundings: &dyn Surroundings) -> Result<String, String> {
    if let Some(path) = reference.strip_prefix(FILE) {
        return read_file(Path::new(path), surroundings);
    }
    if !is_variable_name(reference) {
        return Err(format!("expected `${{NAME}}` or `${{file:/path}}`, got `${{{}}}`", shown(reference)));
    }
    surroundings.variable(reference).map_err(|error| match error {
        VarError::NotPresent => format!("environment variable `{reference}` is not set"),
        VarError::NotUnicode(_) => format!("environment variable `{reference}` is not UTF-8"),
    })
}

fn read_file(path: &Path, surroundings: &dyn Surroundings) -> Result<String, String> {
    let name = shown(&path.to_string_lossy());
    // A relative path would mean another file wherever the program is started.
    if !path.is_absolute() {
        return Err(format!("expected an absolute path after `file:`, got `{name}`"));
    }
    let mut content =
        surroundings.file(path).map_err(|error| format!("cannot read file `{name}`: {}", reason(&error)))?;
    if content.ends_with('\n') {
        content.pop();
        if content.ends_with('\r') {
            content.pop();
        }
    }
    Ok(content)
}

fn is_variable_name(name: &str) -> bool {
    let starts_well = name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    starts_well && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use std::env::VarError;
    use std::io;
    use std::path::Path;

    use super::{Substituted, Surroundings, substitute};

    struct Fixed;

    impl Surroundings for Fixed {
        fn variable(&self, name: &str) -> Result<String, VarError> {
            match name {
                "USER" => Ok("alice".to_owned()),
                "TRICKY" => Ok("a: ${USER} $$".to_owned()),
                "BYTES" => Err(VarError::NotUnicode("?".into())),
                _ => Err(VarError::NotPresent),
            }
        }

        fn file(&self, path: &Path) -> io::Result<String> {
            match path.to_str() {
                Some("/secret") => Ok("s3cret\n".to_owned()),
                Some("/dos") => Ok("dos\r\n".to_owned()),
                Some("/lines") => Ok("one\n\n".to_owned()),
                _ => Err(io::Error::from_raw_os_error(13)),
            }
        }
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let substituted = substitute(text, &Fixed).map(|result| result.text);
        assert_eq!(substituted.as_deref(), Ok(expected));
    }

    #[track_caller]
    fn check_refused(text: &str, expected: &[&str]) {
        assert_eq!(substitute(text, &Fixed), Err(expected.iter().map(|&message| message.to_owned()).collect()));
    }

    #[test]
    fn variables_files_and_dollars() {
        check("plain", "plain");
        check("${USER}", "alice");
        check("<${USER}${USER}>", "<alicealice>");
        check("$${USER}", "${USER}");
        check("$$$$", "$$");
        check("orders-.*$", "orders-.*$");
        check("pa$word", "pa$word");
        check("${file:/secret}", "s3cret");
        check("${file:/dos}", "dos");
        check("${file:/lines}", "one\n");
    }

    #[test]
    fn what_is_put_in_is_not_looked_at_again() {
        check("${TRICKY}", "a: ${USER} $$");
    }

    #[test]
    fn text_from_files_is_marked() {
        let from_file = |text| substitute(text, &Fixed).map(|result: Substituted| result.from_file);
        assert_eq!(from_file("x${file:/secret}"), Ok(true));
        assert_eq!(from_file("${USER}"), Ok(false));
    }

    #[test]
    fn every_reference_that_fails_is_told() {
        check_refused(
            "${MISSING} ${BYTES} ${file:/other}",
            &[
                "environment variable `MISSING` is not set",
                "environment variable `BYTES` is not UTF-8",
                "cannot read file `/other`: Permission denied",
            ],
        );
        check_refused("a${USER", &["`${` without `}` (write `$${` for these two characters)"]);
        check_refused("${USER:-bob}", &["expected `${NAME}` or `${file:/path}`, got `${USER:-bob}`"]);
        check_refused("${}", &["expected `${NAME}` or `${file:/path}`, got `${}`"]);
        check_refused("${file:secret}", &["expected an absolute path after `file:`, got `secret`"]);
    }
}
