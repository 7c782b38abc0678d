//! Logs that were cut and grew again before anybody saw how short they were. It is NOT about cuts that were seen.
//! Invariant: what is known of a partition goes with its topic.

use std::collections::{BTreeMap, BTreeSet};

use highwater::simulator::Truth;
use highwater::simulator::spec::Action;

use crate::support::page::Page;

/// A topic and the number of a partition.
type Log = (String, u32);

/// What ends do not tell of cuts: ages in such logs may be those of records that are gone, until the ends of the epochs of
/// commits tell it, which they do not for every group.
#[derive(Default)]
pub(super) struct Regrown {
    /// Ends as they were shown last.
    seen: BTreeMap<Log, i64>,
    /// The shortest that logs were since then.
    cut: BTreeMap<Log, i64>,
    pub(super) logs: BTreeSet<Log>,
}

impl Regrown {
    /// Something happened, and this is true after it.
    pub(super) fn happened(&mut self, action: &Action, truth: &Truth) {
        match action {
            Action::Truncate { topic: name, .. } => {
                let Some(topic) = truth.topic(name) else { return };
                for partition in &topic.partitions {
                    let least = self.cut.entry((name.clone(), partition.id)).or_insert(partition.end);
                    *least = partition.end.min(*least);
                }
            }
            Action::DeleteTopic { topic } | Action::Recreate { topic } => {
                let is_other = |log: &Log| log.0 != *topic;
                self.seen.retain(|log, _| is_other(log));
                self.cut.retain(|log, _| is_other(log));
                self.logs.retain(is_other);
            }
            _ => {}
        }
    }

    /// A poll showed ends.
    pub(super) fn shown(&mut self, page: &Page) {
        for ((_, topic, partition), end) in page.by_partition("kafka_topic_partition_current_offset") {
            let log = (topic, u32::try_from(partition).expect("a partition's number"));
            let before = self.seen.insert(log.clone(), end);
            let cut = self.cut.remove(&log);
            if cut.zip(before).is_some_and(|(cut, before)| cut < before && cut < end) {
                self.logs.insert(log);
            }
        }
    }
}
