//! The architecture and the habits of this code base, as tests: who may name whom, what a pure room may not
//! contain, and how files look.
//!
//! It is NOT a second clippy: what clippy can say is in `Cargo.toml` and `clippy.toml`.
//! Invariant: each rule is a pure function from text to findings, and is shown a text that breaks it.

mod doors;
mod logs;
mod manifest;
mod places;
mod rooms;
mod shape;
mod source;
mod unfinished;
mod words;

use std::fmt;

use crate::support::tree;
use source::Source;

/// One broken rule, where it is broken and why it is a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    file: String,
    line: usize,
    reason: String,
}

impl Finding {
    fn new(file: &str, line: usize, reason: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, reason: reason.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.reason)
    }
}

/// Fails with every finding on a line of its own, the way compilers print them.
fn assert_none(mut findings: Vec<Finding>) {
    findings.sort();
    findings.dedup();
    let lines: Vec<_> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "{} findings\n{}", lines.len(), lines.join("\n"));
}

/// The Rust files of the product and its tests. There is always at least this one.
fn sources() -> Vec<Source> {
    let is_ours = |name: &str| {
        let in_a_crate = ["src/", "tests/", "benches/", "examples/"].iter().any(|folder| name.starts_with(folder));
        in_a_crate && std::path::Path::new(name).extension().is_some_and(|extension| extension == "rs")
    };
    let sources: Vec<_> = tree::texts(is_ours).into_iter().map(|(path, text)| Source::new(path, text)).collect();
    assert!(sources.iter().any(|source| source.path == "tests/it/tidy.rs"), "the check has to see its own file");
    assert!(sources.iter().any(|source| source.path == "src/lib.rs"), "the check has to see the library");
    sources
}

fn each_source(check: impl Fn(&Source) -> Vec<Finding>) {
    assert_none(sources().iter().flat_map(check).collect());
}

#[test]
fn rooms_use_only_what_the_architecture_allows() {
    each_source(rooms::check);
}

#[test]
fn rooms_take_from_others_only_what_stands_at_the_door() {
    each_source(doors::check);
}

#[test]
fn pure_rooms_contain_no_clock_no_io_and_no_async() {
    each_source(words::check_purity);
}

#[test]
fn some_words_belong_to_one_room() {
    each_source(words::check_owners);
}

#[test]
fn files_are_short_and_say_what_they_are() {
    each_source(shape::check_file);
}

#[test]
fn every_file_is_part_of_the_crate() {
    assert_none(shape::check_reachable(&sources()));
}

#[test]
fn log_messages_share_one_style() {
    each_source(logs::check);
}

#[test]
fn nothing_is_unfinished_or_switched_off() {
    each_source(unfinished::check);
}

#[test]
fn every_dependency_says_what_it_is_for() {
    let manifest = std::fs::read_to_string(tree::root().join("Cargo.toml")).expect("Cargo.toml is readable");
    assert_none(manifest::check("Cargo.toml", &manifest));
}

#[test]
fn nothing_names_a_machine_or_a_registry() {
    // The lock file names the registry by design, and the licence is not ours to word.
    let texts = tree::texts(|name| !matches!(name, "Cargo.lock" | "LICENSE"));
    assert_none(texts.iter().flat_map(|(path, text)| places::check(path, text)).collect());
}
