//! Which names are watched: patterns to include, patterns to exclude.
//!
//! Not a search: a pattern has to match the whole name.
//! Invariant: a name passes if some include pattern matches and no exclude pattern does.

use regex::Regex;

/// Include and exclude patterns, each anchored at both ends.
#[derive(Clone, Debug)]
pub struct NameFilter {
    include: Vec<Regex>,
    exclude: Vec<Regex>,
    literals: Option<Vec<String>>,
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
    /// Whether this name is watched.
    #[must_use]
    pub fn passes(&self, name: &str) -> bool {
        self.include.iter().any(|pattern| pattern.is_match(name))
            && !self.exclude.iter().any(|pattern| pattern.is_match(name))
    }

    /// The names that can pass, if every include pattern is plain text; without those excluded.
    #[must_use]
    pub fn literals(&self) -> Option<&[String]> {
        self.literals.as_deref()
    }
}
