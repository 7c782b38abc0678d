//! From facts to conclusions: lag, its noise, and what is odd about a commit.
//!
//! No clock, no async, no logging; time comes with the facts, the past as an explicit [`History`].
//! Invariant: the same snapshots in the same order give the same reports.

mod ages;
mod answers;
mod capacity;
mod compact;
mod consumed;
mod drain;
mod findings;
mod group;
mod heads;
mod history;
mod identity;
mod join;
mod keys;
mod lag;
mod lines;
mod loss;
mod membership;
mod outlook;
mod partition;
mod places;
mod rhythm;
mod stability;
mod status;
mod steady;
mod story;
mod topic;
mod trend;
mod verdict;
mod watch;
mod wishes;

use std::sync::Arc;

use crate::model::{ClusterReport, ClusterSnapshot, Thresholds};

pub use history::History;
pub use keys::KeyTally;

use group::Scratch;
use history::Remembered;
use partition::Poll;

/// Draws the conclusions from one snapshot and takes it into the history.
pub fn analyze(snapshot: ClusterSnapshot, history: &mut History, thresholds: &Thresholds) -> Arc<ClusterReport> {
    let snapshot = Arc::new(snapshot);
    history.observe(&snapshot, thresholds);
    let (last, remembered) = (history.last(), history.take_groups(&snapshot));
    let topic_reports = topic::reports(&snapshot, &history.ages);
    let topics = history.topics(&snapshot);
    let poll = Poll {
        topics: &topics,
        ages: &history.ages,
        granted: &snapshot.granted,
        transactional: &history.inquiries.transactional,
        thresholds,
        topic_reports: &topic_reports,
        finished: snapshot.finished,
        finished_at: snapshot.finished_at,
        interval: last.as_ref().map(|last| snapshot.finished.since(last.snapshot.finished)).unwrap_or_default(),
    };
    let mut scratch = Scratch::default();
    let mut groups = Vec::with_capacity(remembered.len());
    let mut watches = Vec::with_capacity(remembered.len());
    for Remembered { group, last: place, watch } in remembered {
        let last = last.as_ref().and_then(|last| last.groups.get(place?));
        let (report, watch) = group::report(group, &poll, watch, last, &mut scratch);
        groups.push(report);
        watches.push(watch);
    }
    let wanted = scratch.wanted;
    drop(topics);
    let findings = history.findings(&snapshot);
    let report = ClusterReport { topics: topic_reports, findings, ..ClusterReport::of_groups(snapshot, groups) };
    let report = Arc::new(report);
    history.finish(Arc::clone(&report), watches, wanted, thresholds);
    report
}

#[cfg(test)]
mod tests;
