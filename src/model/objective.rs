//! How old the oldest record may be that a group has not read.
//!
//! Not whether it is older: alerts compare that, over time.
//! Invariant: a group has the objective of the first entry that names it, and no other.

use std::sync::Arc;
use std::time::Duration;

use super::filters::{Filters, Verdict};

/// The objectives in the order they are looked up in.
#[derive(Clone, Debug, PartialEq)]
pub struct Objectives(Vec<Objective>);

/// What is promised of some groups.
#[derive(Clone, Debug)]
pub struct Objective {
    /// Says which groups are meant; all where it is `None`.
    pub groups: Option<Arc<dyn Filters>>,
    /// The same as it was written: two that are written alike are alike.
    pub written: Vec<String>,
    /// How old the oldest unread record may be.
    pub lag: Duration,
}

impl PartialEq for Objective {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written && self.lag == other.lag
    }
}

/// Five minutes for all groups: beyond any deploy that goes well, below the patience of whoever waits for data.
impl Default for Objectives {
    fn default() -> Self {
        Self(vec![Objective { groups: None, written: vec![".*".to_owned()], lag: Duration::from_mins(5) }])
    }
}

impl FromIterator<Objective> for Objectives {
    fn from_iter<I: IntoIterator<Item = Objective>>(objectives: I) -> Self {
        Self(objectives.into_iter().collect())
    }
}

impl Objectives {
    /// The objective of a group of this name; `None` where nothing is promised.
    #[must_use]
    pub fn of(&self, group: &str) -> Option<Duration> {
        let names_it = |objective: &&Objective| {
            objective.groups.as_ref().is_none_or(|groups| groups.group(group) == Verdict::Watched)
        };
        self.0.iter().find(names_it).map(|objective| objective.lag)
    }
}
