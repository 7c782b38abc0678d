//! From facts to conclusions: lag, its noise, and what is odd about a commit.
//!
//! No clock, no async, no logging; time comes with the facts, the past as an explicit [`History`].
//! Invariant: the same snapshots in the same order give the same reports.

mod ages;
mod findings;
mod group;
mod history;
mod identity;
mod join;
mod lag;
mod rhythm;

use std::sync::Arc;

use crate::model::{ClusterReport, ClusterSnapshot, Thresholds};

pub use history::History;

/// Draws the conclusions from one snapshot and takes it into the history.
pub fn analyze(snapshot: ClusterSnapshot, history: &mut History, thresholds: &Thresholds) -> Arc<ClusterReport> {
    let snapshot = Arc::new(snapshot);
    history.observe(&snapshot);
    let topics = history.topics(&snapshot);
    let mut groups = Vec::with_capacity(snapshot.groups.len());
    for (group, past) in snapshot.groups.iter().zip(history.groups(&snapshot)) {
        groups.push(group::report(group, &topics, &past, thresholds));
    }
    let mut report = ClusterReport::of_groups(snapshot, groups);
    report.findings = history.findings(&report.snapshot);
    let report = Arc::new(report);
    history.finish(Arc::clone(&report));
    report
}

#[cfg(test)]
mod tests;
