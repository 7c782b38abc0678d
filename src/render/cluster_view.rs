//! A cluster as lists of clusters show it: its report, or why there is none.
//!
//! Not where ages are computed: whoever holds the clock fills them in.
//! Invariant: a cluster without a report says why.

use std::time::Duration;

use crate::model::ClusterReport;

/// One cluster for the landing page and `/api/v1/clusters`.
#[derive(Clone, Copy, Debug)]
pub struct ClusterView<'a> {
    /// Its configured name.
    pub name: &'a str,
    /// Whether its last poll learned something.
    pub is_up: bool,
    /// How long ago the last poll that learned something was finished; `None` before the first.
    pub age: Option<Duration>,
    /// Why the last poll learned nothing, in a sentence; `None` if it learned something.
    pub last_error: Option<&'a str>,
    /// The latest report.
    pub report: Result<&'a ClusterReport, NoReport>,
}

/// Why there is no report to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReport {
    /// The first poll is not finished.
    NotPolled,
    /// No poll has learned anything yet.
    NothingLearned,
    /// The last report is older than `poll.stale_after`.
    Stale,
}

impl NoReport {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotPolled => "not_polled",
            Self::NothingLearned => "nothing_learned",
            Self::Stale => "stale",
        }
    }

    /// A sentence for people.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::NotPolled => "The first poll is not finished yet.",
            Self::NothingLearned => "No poll has learned anything yet; the log says why.",
            Self::Stale => "No poll has learned anything for longer than poll.stale_after.",
        }
    }
}
