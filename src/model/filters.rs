//! Which names are watched, for whoever has to say why one is not there.
//!
//! Not the patterns; those are the configuration's.
//! Invariant: a verdict is the one that a poll goes by.

use std::fmt;

/// Says of names whether they are watched.
pub trait Filters: fmt::Debug + Send + Sync {
    /// Whether groups of this name are watched.
    fn group(&self, name: &str) -> Verdict;
    /// Whether topics of this name are watched.
    fn topic(&self, name: &str) -> Verdict;
}

/// Whether a name is watched, and why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Watched,
    /// No pattern of `include` matches it.
    NotIncluded,
    /// This pattern of `exclude` matches it.
    Excluded(String),
}
