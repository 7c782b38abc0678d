//! Which names are watched: patterns to include, patterns to exclude.
//!
//! Not a search: a pattern has to match the whole name.
//! Invariant: a name passes if some include pattern matches and no exclude pattern does.

use std::collections::BTreeSet;

use regex::{Regex, RegexBuilder};

use crate::model::Verdict;

/// What one compiled pattern may take in memory, in bytes. Generous for any pattern of names, and
/// too little for one that would make the exporter large.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Include and exclude patterns, each anchored at both ends.
#[derive(Clone, Debug)]
pub struct NameFilter {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    literals: Option<Vec<String>>,
}

/// A pattern that is not a regular expression.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} pattern {index}: {message}", if *.excludes { "exclude" } else { "include" })]
pub struct PatternError {
    /// Whether it is among the patterns to exclude.
    pub excludes: bool,
    /// Its place among them, from 0.
    pub index: usize,
    /// The pattern.
    pub pattern: String,
    /// What is wrong with it.
    pub message: String,
}

impl PartialEq for NameFilter {
    fn eq(&self, other: &Self) -> bool {
        fn same(left: &[Regex], right: &[Regex]) -> bool {
            left.iter().map(Regex::as_str).eq(right.iter().map(Regex::as_str))
        }
        same(&self.include, &other.include) && same(&self.exclude, &other.exclude)
    }
}

impl NameFilter {
    /// Compiles the patterns, or tells all that are wrong.
    pub fn new<S: AsRef<str>>(include: &[S], exclude: &[S]) -> Result<Self, Vec<PatternError>> {
        let mut errors = Vec::new();
        let mut compiled = |patterns: &[S], excludes: bool| {
            let mut regexes = Vec::with_capacity(patterns.len());
            for (index, pattern) in patterns.iter().enumerate() {
                let pattern = pattern.as_ref();
                match compile(pattern) {
                    Ok(regex) => regexes.push(regex),
                    Err(message) => {
                        errors.push(PatternError { excludes, index, pattern: pattern.to_owned(), message });
                    }
                }
            }
            regexes
        };
        let (included, excluded) = (compiled(include, false), compiled(exclude, true));
        if !errors.is_empty() {
            return Err(errors);
        }
        let plain: Option<BTreeSet<String>> = include.iter().map(|pattern| literal(pattern.as_ref())).collect();
        let mut filter = Self { include: included, exclude: excluded, literals: None };
        filter.literals = plain.map(|names| names.into_iter().filter(|name| filter.passes(name)).collect());
        Ok(filter)
    }

    /// Whether this name is watched.
    #[must_use]
    pub fn passes(&self, name: &str) -> bool {
        self.include.iter().any(|pattern| pattern.is_match(name))
            && !self.exclude.iter().any(|pattern| pattern.is_match(name))
    }

    /// Whether this name is watched, and what keeps it from being so.
    #[must_use]
    pub fn verdict(&self, name: &str) -> Verdict {
        if self.passes(name) {
            return Verdict::Watched;
        }
        match self.exclude.iter().find(|pattern| pattern.is_match(name)) {
            Some(pattern) => Verdict::Excluded(as_written(pattern).to_owned()),
            None => Verdict::NotIncluded,
        }
    }

    /// The names that can pass, sorted and each once, if every include pattern is plain text; without
    /// those excluded.
    #[must_use]
    pub fn literals(&self) -> Option<&[String]> {
        self.literals.as_deref()
    }
}

/// Whether this is a pattern; the error says what is wrong, without the pattern.
pub(super) fn check_pattern(pattern: &str) -> Result<(), String> {
    compile(pattern).map(drop)
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let build =
        |text: &str| RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).dfa_size_limit(PATTERN_BYTES_MAX).build();
    // Alone first: `a)|(b` is no pattern, but would become one between our brackets.
    // `s`, because a group may have a line feed in its name, and `.*` means any name.
    build(pattern).and_then(|_| build(&format!("{BEGIN}{pattern}{END}"))).map_err(|error| message(&error))
}

/// What anchors a pattern at both ends.
const BEGIN: &str = "^(?s:";
const END: &str = ")$";

/// A pattern without its anchors.
fn as_written(compiled: &Regex) -> &str {
    let text = compiled.as_str();
    text.strip_prefix(BEGIN).and_then(|text| text.strip_suffix(END)).unwrap_or(text)
}

fn message(error: &regex::Error) -> String {
    match error {
        regex::Error::CompiledTooBig(_) => "the pattern takes too much memory".to_owned(),
        error => {
            let text = error.to_string();
            // The last line says what is wrong; those before it draw the pattern again.
            let reason = text.lines().next_back().unwrap_or_default();
            format!("not a regular expression: {}", reason.strip_prefix("error: ").unwrap_or(reason))
        }
    }
}

/// The only name a pattern matches, if it is plain text, in which a backslash may stand before punctuation.
fn literal(pattern: &str) -> Option<String> {
    let mut name = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next()? {
                // `\<` and `\>` are the ends of words.
                escaped if escaped.is_ascii_punctuation() && !matches!(escaped, '<' | '>') => name.push(escaped),
                _ => return None,
            },
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' => return None,
            plain => name.push(plain),
        }
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{NameFilter, Verdict};

    fn filter(include: &[&str], exclude: &[&str]) -> NameFilter {
        NameFilter::new(include, exclude).expect("patterns of the test are valid")
    }

    #[track_caller]
    fn check_literals(include: &[&str], exclude: &[&str], expected: Option<&[&str]>) {
        let literals = filter(include, exclude).literals().map(<[String]>::to_vec);
        assert_eq!(literals, expected.map(|names| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>()));
    }

    #[test]
    fn patterns_match_whole_names() {
        let orders = filter(&["orders", "pay.*"], &["payroll"]);
        for (name, passes) in
            [("orders", true), ("orders-2", false), ("my-orders", false), ("payments", true), ("payroll", false)]
        {
            assert_eq!(orders.passes(name), passes, "{name}");
        }
        assert!(!filter(&["a|b"], &[]).passes("ab"));
        assert!(filter(&[".*"], &[]).passes("two\nlines"));
        assert!(!filter(&["a"], &[]).passes("a\n"));
        assert!(!filter(&[], &[]).passes("a"));
    }

    #[test]
    fn plain_text_is_told_from_patterns() {
        check_literals(&["b", r"a\.b", "b", "with-dash_1"], &[], Some(&["a.b", "b", "with-dash_1"]));
        check_literals(&["a", "b"], &["b"], Some(&["a"]));
        check_literals(&["a.b"], &[], None);
        check_literals(&["a|b"], &[], None);
        check_literals(&["a", "b.*"], &[], None);
        check_literals(&[r"a\d"], &[], None);
        check_literals(&[r"a\<"], &[], None);
        check_literals(&[], &[], Some(&[]));
    }

    #[test]
    fn every_wrong_pattern_is_told() {
        let errors = NameFilter::new(&["ok", "(", "a)|(b"], &[r"\p{Nonsense}", "((a{1000}){1000}){1000}"])
            .expect_err("four patterns are wrong");
        let told: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "include pattern 1: not a regular expression: unclosed group",
                "include pattern 2: not a regular expression: unopened group",
                "exclude pattern 0: not a regular expression: Unicode property not found",
                "exclude pattern 1: the pattern takes too much memory",
            ]
        );
    }

    proptest! {
        #[test]
        fn an_escaped_name_is_a_literal_that_only_it_passes(name in any::<String>(), other in any::<String>()) {
            let escaped = [regex::escape(&name)];
            let only = NameFilter::new(&escaped, &[]).expect("escaped text is a pattern");
            prop_assert_eq!(only.literals(), Some(&[name.clone()][..]));
            prop_assert!(only.passes(&name));
            prop_assert_eq!(only.passes(&other), other == name);
        }

        #[test]
        fn text_taken_for_a_literal_matches_as_one(pattern in r"[a-c.*\\|#&~<> -]{0,6}", name in "[a-c.#&~<> -]{0,4}") {
            if let Ok(any) = NameFilter::new(&[&pattern], &[])
                && let Some([literal]) = any.literals()
            {
                prop_assert!(any.passes(literal));
                prop_assert_eq!(any.passes(&name), &name == literal);
            }
        }

        #[test]
        fn excluding_wins_and_more_includes_only_add(name in "[a-c]{0,4}", first in "[a-c.*]{1,4}", second in "[a-c.*]{1,4}") {
            let one = NameFilter::new(&[&first], &[]);
            let both = NameFilter::new(&[&first, &second], &[]);
            let without = NameFilter::new(&[&first], &[&second]);
            let other = NameFilter::new(&[&second], &[]);
            if let (Ok(one), Ok(both), Ok(without), Ok(other)) = (one, both, without, other) {
                prop_assert_eq!(both.passes(&name), one.passes(&name) || other.passes(&name));
                prop_assert_eq!(without.passes(&name), one.passes(&name) && !other.passes(&name));
            }
        }
    }

    #[test]
    fn a_verdict_names_the_pattern_that_excludes() {
        let filter = NameFilter::new(&["orders.*"], &["x", "orders-(test|tmp)"]).expect("patterns");
        assert_eq!(filter.verdict("orders"), Verdict::Watched);
        assert_eq!(filter.verdict("orders-tmp"), Verdict::Excluded("orders-(test|tmp)".to_owned()));
        assert_eq!(filter.verdict("payments"), Verdict::NotIncluded);
    }
}
