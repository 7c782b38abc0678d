//! The documentation, held against what it speaks of: links, metrics, keys, configurations, generated tables.
//!
//! It is NOT where commands are held against the command line: their words are private to `cli`, whose test does that.
//! Invariant: all Markdown of the repository is looked at, whoever adds to it.

mod fences;
mod generated;
mod keys;
mod links;
mod names;
mod words;

use std::path::Path;

use crate::support::tree;

/// All Markdown as (path, text).
fn markdown() -> Vec<(String, String)> {
    let is_markdown = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "md");
    let documents = tree::texts(is_markdown);
    assert!(documents.iter().any(|(name, _)| name == "README.md"), "the README is among them");
    documents
}

/// The lines that are not in a fenced block, with their numbers from 1 on.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut is_fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let is_fence = line.trim_start().starts_with("```");
        is_fenced ^= is_fence;
        (!is_fenced && !is_fence).then_some((index + 1, line))
    })
}

#[test]
fn fenced_lines_are_not_prose() {
    let lines: Vec<_> = prose("a\n```sh\nb\n```\nc").collect();
    assert_eq!(lines, [(1, "a"), (5, "c")]);
}
