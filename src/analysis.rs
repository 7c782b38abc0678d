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
mod hot;
mod identity;
mod join;
mod keys;
mod lag;
mod lines;
mod loss;
mod median;
mod membership;
mod outlook;
mod partition;
mod places;
mod rebalances;
mod rhythm;
mod samples;
mod stability;
mod status;
mod steady;
mod story;
mod topic;
mod trace;
mod trend;
mod verdict;
mod watch;
mod wishes;

use std::sync::Arc;

use crate::model::{ClusterReport, ClusterSnapshot, Thresholds};

pub use history::History;
pub use keys::KeyTally;

use group::Scratch;
use history::InPoll;
use partition::Poll;
use rebalances::Seen;

/// Draws the conclusions from one snapshot and takes it into the history.
pub fn analyze(snapshot: ClusterSnapshot, history: &mut History, thresholds: &Thresholds) -> Arc<ClusterReport> {
    let snapshot = Arc::new(snapshot);
    let mut topic_reports = history.observe(&snapshot, thresholds);
    history.hot.tell(&mut topic_reports);
    history.throughput.observe(&snapshot, &mut topic_reports);
    history.inquiries.tell(&snapshot, &mut topic_reports);
    let (last, mut watches) = (history.last(), history.take_groups(&snapshot));
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
    let mut groups = Vec::with_capacity(watches.len());
    let seen = Seen::new(&snapshot, last.as_deref().map(|last| last.snapshot.as_ref()));
    let mut heard = snapshot.followed.groups.iter().peekable();
    for (group, watch) in snapshot.groups.iter().zip(&mut watches) {
        while heard.next_if(|heard| heard.id < group.id).is_some() {}
        let heard = heard.next_if(|heard| heard.id == group.id);
        let last = last.as_deref().zip(watch.last);
        let before = last.and_then(|(last, place)| InPoll::at_place(place, &last.snapshot));
        watch.observe(InPoll { group, snapshot: &snapshot }, before, heard, &seen);
        let last = last.and_then(|(last, place)| last.groups.get(place));
        groups.push(group::report(group, &poll, watch, last, heard, &mut scratch));
    }
    let wanted = scratch.wanted;
    drop(topics);
    let findings = history.findings(&snapshot, thresholds);
    let broker_skew = history.hot.broker_skew();
    let report =
        ClusterReport { topics: topic_reports, findings, broker_skew, ..ClusterReport::of_groups(snapshot, groups) };
    let report = Arc::new(report);
    history.finish(Arc::clone(&report), watches, wanted, thresholds);
    report
}

#[cfg(test)]
mod tests;
