//! What is worth telling somebody of, in the words of Alertmanager: labels that name it, and sentences about it.
//!
//! Not for how long it has to hold before it is told, nor to whom: that is `notify`'s.
//! Invariant: labels tell one condition from all others and stay the same for as long as it lasts; numbers stand in the
//! description alone.

mod conditions;
mod kind;
mod wire;

use std::collections::BTreeMap;

use crate::model::Timestamp;

pub use conditions::{blind, conditions, stale};
pub use kind::{ALERT_KINDS, AlertKind};
pub use wire::{alertmanager_body, webhook_body};

/// Names and values; no value is empty.
pub type Labels = BTreeMap<&'static str, String>;

/// Something that holds now.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What kind of alert it is, once it has held for long enough.
    pub kind: &'static AlertKind,
    /// What tells it from all others, `alertname` and `severity` among them.
    pub labels: Labels,
    /// What is so now, in sentences.
    pub description: String,
}

/// A condition that is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// The condition as it was last.
    pub condition: Condition,
    /// Since when it is told.
    pub since: Timestamp,
}

impl Alert {
    /// Annotations, by name; `runbooks` is what stands before the name of a runbook.
    #[must_use]
    pub fn annotations(&self, runbooks: &str) -> BTreeMap<&'static str, String> {
        let Condition { kind, description, .. } = &self.condition;
        BTreeMap::from([
            ("summary", kind.summary.to_owned()),
            ("description", format!("{description} {}", kind.advice)),
            ("runbook_url", format!("{runbooks}{}.md", kind.name)),
        ])
    }
}

#[cfg(test)]
mod tests;
