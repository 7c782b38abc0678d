//! The statuses of a page beside its lags. It is NOT about which status is right: that depends on the past, and each
//! rule has its tests.
//! Invariant: each partition is counted under one status, and one that is not known under none that would need a lag.

use std::collections::{BTreeMap, BTreeSet};

use highwater::model::Status;

use crate::support::page::{Labels, Page, integer};

/// All that is wrong with statuses on a page.
pub(super) fn differences(page: &Page) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut counts: BTreeMap<&str, BTreeMap<&str, i64>> = BTreeMap::new();
    for (labels, count) in page.all("kafka_consumergroup_partitions", &[]) {
        counts.entry(&labels["consumergroup"]).or_default().insert(&labels["status"], integer(count));
    }
    let mut statuses: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (labels, _) in page.all("kafka_consumergroup_status", &[]).into_iter().filter(|(_, value)| *value == 1.0) {
        statuses.entry(&labels["consumergroup"]).or_default().push(&labels["status"]);
    }
    if !statuses.keys().eq(counts.keys()) {
        wrong.push(format!(
            "statuses: {:?} have one, and partitions of {:?} are counted",
            statuses.keys(),
            counts.keys()
        ));
    }
    let partitions = partitions(page);
    for (group, counts) in &counts {
        let on = statuses.get(group).map(Vec::as_slice).unwrap_or_default();
        let worst = Status::ALL.into_iter().find(|status| counts.get(status.word()).is_some_and(|count| *count > 0));
        let worst = worst.map(Status::word);
        // A group of which no partition is known may be well or unknown.
        let expected: &[&str] = worst.as_ref().map_or(&["ok", "unknown"], |worst| std::slice::from_ref(worst));
        if on.len() != 1 || !expected.contains(&on[0]) {
            wrong.push(format!("status of {group}: {on:?} is shown of {counts:?}"));
        }
        let (known, unknown) = partitions.get(group).copied().unwrap_or_default();
        let counted: i64 = counts.values().sum();
        if counted != known + unknown {
            wrong.push(format!("partitions of {group}: {counted} have a status, {known} a lag, {unknown} none"));
        }
        // Where nothing is in a partition it is well without a commit, so without a lag.
        let without_lag = [Status::Unknown, Status::NoCommit, Status::Ok].map(Status::word);
        let judged: i64 = counts.iter().filter(|(word, _)| !without_lag.contains(word)).map(|(_, count)| *count).sum();
        if judged > known {
            wrong.push(format!("partitions of {group}: {counts:?} are shown, and {known} have a lag"));
        }
    }
    wrong
}

/// How many partitions of each group have a lag and how many do not, of the topics it subscribes to.
fn partitions(page: &Page) -> BTreeMap<&str, (i64, i64)> {
    let of_topic = |labels: &'_ Labels| (labels["consumergroup"].clone(), labels["topic"].clone());
    let unsubscribed = page.all("kafka_consumergroup_topic_unsubscribed", &[]).into_iter();
    let unsubscribed: BTreeSet<_> = unsubscribed.map(|(labels, _)| of_topic(labels)).collect();
    let mut found: BTreeMap<&str, (i64, i64)> = BTreeMap::new();
    let lags = page.all("kafka_consumergroup_lag", &[]).into_iter();
    for (labels, _) in lags.filter(|(labels, _)| !unsubscribed.contains(&of_topic(labels))) {
        found.entry(&labels["consumergroup"]).or_default().0 += 1;
    }
    let unknown = page.all("kafka_consumergroup_topic_unknown_partitions", &[]).into_iter();
    for (labels, count) in unknown.filter(|(labels, _)| !unsubscribed.contains(&of_topic(labels))) {
        found.entry(&labels["consumergroup"]).or_default().1 += integer(count);
    }
    found
}
