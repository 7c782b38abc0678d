//! A Rust file as tokens, and the paths written in it.
//!
//! It is NOT a parser: no types, no name resolution beyond `crate`, `self` and `super`.
//! Invariant: comments and strings are never mistaken for code, because the compiler's own lexer rules are used.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// One file.
pub(super) struct Source {
    /// Relative to the package, with `/`.
    pub(super) path: String,
    pub(super) text: String,
    pub(super) tokens: TokenStream,
}

/// A path such as `crate::model::Group`; a `use` tree gives one for each of its leaves.
pub(super) struct Path {
    /// As written, except that groups are spelled out. A glob ends in `*`.
    pub(super) segments: Vec<String>,
    /// The modules around it, from the crate root.
    module: Vec<String>,
    pub(super) line: usize,
}

impl Source {
    pub(super) fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        let tokens = text.parse().unwrap_or_else(|error| panic!("{path} is not Rust: {error}"));
        Self { path, text, tokens }
    }

    /// The room the file belongs to: `src/kafka/ask.rs` and `src/kafka.rs` are in `kafka`. `lib` and `main` are the
    /// two roots. `None` outside `src`.
    pub(super) fn room(&self) -> Option<&str> {
        let inside = self.path.strip_prefix("src/")?;
        inside.split('/').next().map(|first| first.trim_end_matches(".rs"))
    }

    /// Every path in the file, in macro calls and attributes too.
    pub(super) fn paths(&self) -> Vec<Path> {
        let inside = self.path.trim_start_matches("src/").trim_end_matches(".rs");
        let module = match inside {
            "lib" | "main" => Vec::new(),
            _ => inside.split('/').map(str::to_owned).collect(),
        };
        let mut paths = Vec::new();
        walk(self.tokens.clone(), &module, &mut paths);
        paths
    }
}

impl Path {
    /// The path from the crate root, if it says where in the crate it starts.
    pub(super) fn in_crate(&self) -> Option<Vec<String>> {
        let first = self.segments.first()?;
        if first == "crate" {
            return Some(self.segments.get(1..)?.to_vec());
        }
        let ups = self.segments.iter().filter(|segment| *segment == "super").count();
        if ups == 0 && first != "self" {
            return None;
        }
        let mut path = self.module.get(..self.module.len().saturating_sub(ups))?.to_vec();
        path.extend(self.segments.iter().filter(|segment| !matches!(segment.as_str(), "super" | "self")).cloned());
        Some(path)
    }

    /// Whether these words stand in the path one after the other.
    pub(super) fn contains(&self, words: &[&str]) -> bool {
        self.segments.windows(words.len()).any(|window| window == words)
    }
}

fn is_punct(token: Option<&TokenTree>, sign: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == sign)
}

fn walk(tokens: TokenStream, module: &[String], paths: &mut Vec<Path>) {
    let tokens: Vec<_> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(ident) if ident == "mod" => {
                if let (Some(TokenTree::Ident(name)), Some(TokenTree::Group(body))) =
                    (tokens.get(at + 1), tokens.get(at + 2))
                {
                    let inner: Vec<_> = module.iter().cloned().chain([name.to_string()]).collect();
                    walk(body.stream(), &inner, paths);
                    at += 2;
                }
            }
            TokenTree::Ident(_) => at = read_path(&tokens, at, &[], module, paths) - 1,
            TokenTree::Group(group) => walk(group.stream(), module, paths),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
}

/// Reads the path that starts at an identifier and returns the place after it.
fn read_path(tokens: &[TokenTree], start: usize, prefix: &[String], module: &[String], paths: &mut Vec<Path>) -> usize {
    let mut segments = prefix.to_vec();
    let mut at = start;
    let line = tokens[start].span().start().line;
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        segments.push(ident.to_string().trim_start_matches("r#").to_owned());
        at += 1;
        if !(is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')) {
            break;
        }
        match tokens.get(at + 2) {
            Some(TokenTree::Ident(_)) => at += 2,
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                read_group(group.stream(), &segments, module, paths);
                return at + 3;
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                segments.push("*".to_owned());
                at += 3;
                break;
            }
            // Generic arguments end the part of a path that matters here.
            _ => break,
        }
    }
    paths.push(Path { segments, module: module.to_vec(), line });
    at
}

/// The leaves of `prefix::{…}`.
fn read_group(group: TokenStream, prefix: &[String], module: &[String], paths: &mut Vec<Path>) {
    let tokens: Vec<_> = group.into_iter().collect();
    for leaf in tokens.split(|token| is_punct(Some(token), ',')) {
        match leaf.first() {
            Some(TokenTree::Ident(_)) => {
                read_path(leaf, 0, prefix, module, paths);
            }
            Some(star) => {
                let segments = prefix.iter().cloned().chain([star.to_string()]).collect();
                paths.push(Path { segments, module: module.to_vec(), line: star.span().start().line });
            }
            None => {}
        }
    }
}

#[test]
fn paths_are_read_from_use_trees_macros_and_nested_modules() {
    let text = "use crate::{model::{Group, ids::*}, wire as w};\n\
                // crate::comment::X\n\
                fn f() { say!(\"crate::text::X\", super::super::render::Y); }\n\
                mod tests { use super::*; use super::super::super::http::Z; }";
    let source = Source::new("src/kafka/ask.rs", text);
    let read: Vec<_> =
        source.paths().iter().filter_map(|path| Some((path.in_crate()?.join("::"), path.line))).collect();
    let expected = [
        ("model::Group", 1),
        ("model::ids::*", 1),
        ("wire", 1),
        ("render::Y", 3),
        ("kafka::ask::*", 4),
        ("http::Z", 4),
    ];
    assert_eq!(read, expected.map(|(path, line)| (path.to_owned(), line)));
}
