//! The token of a service account, and the file that holds one.
//!
//! Not whom it is shown to.
//! Invariant: no form of it that is printed shows it.

use std::fmt;
use std::io::{self, Read as _};
use std::path::Path;

/// Far longer than any token.
const LENGTH_MAX: usize = 8192;
/// More than any token; it keeps a wrong path from filling the memory.
const FILE_BYTES_MAX: u64 = 64 << 10;

/// A token that can be sent in a header.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

/// Why a text is no token. It does not show the text.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub enum TokenError {
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
    /// Spaces, line ends or letters that no header takes.
    #[error("it is not one word of plain letters, as tokens are")]
    NotAWord,
}

impl Token {
    /// Takes a text for a token; space and line ends around it do not count.
    pub fn new(text: &str) -> Result<Self, TokenError> {
        let word = text.trim();
        if word.is_empty() {
            return Err(TokenError::Empty);
        }
        if word.len() > LENGTH_MAX || !word.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::NotAWord);
        }
        Ok(Self(word.to_owned()))
    }

    /// The text that a file begins with; letters that are no text are no token either. It waits for as long as the file
    /// makes it wait.
    pub fn text_of(file: &Path) -> io::Result<String> {
        let mut text = Vec::new();
        std::fs::File::open(file)?.take(FILE_BYTES_MAX).read_to_end(&mut text)?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }

    /// For the header, and nothing else.
    pub(super) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_word_is_a_token_and_nobody_sees_it() {
        let token = Token::new(" glsa_abc123\n").expect("a token");
        assert_eq!((token.expose(), format!("{token:?}").as_str()), ("glsa_abc123", "[secret]"));
        assert_eq!(Token::new(" \n"), Err(TokenError::Empty));
        for wrong in ["two words", "a\r\nX-Header: b", "ü", "\u{1b}[31m", &"x".repeat(LENGTH_MAX + 1)] {
            let error = Token::new(wrong).expect_err("no token");
            assert!(!error.to_string().contains(wrong), "{error}");
        }
    }
}
