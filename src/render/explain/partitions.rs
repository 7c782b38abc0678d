//! The partitions of a topic, alike ones in one sentence.
//!
//! Not what holds of the topic as a whole.
//! Invariant: every partition is in exactly one sentence, or counted in the last one.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::mem::{Discriminant, discriminant};

use super::why::{because, deleted, unknown_because, verdict};
use super::words::{age, counted, name, number, partitions as run};
use crate::model::{Because, Condition, GroupTopic, Partition, PartitionLag, Status, Topic, Unknown};

/// Kinds of partitions that are told apart in one topic.
const KINDS_MAX: usize = 12;

/// Partitions that one sentence tells of.
struct Alike<'a> {
    kind: Kind,
    lags: Vec<&'a PartitionLag>,
}

/// What partitions have to share to be alike.
#[derive(PartialEq, Eq)]
struct Kind {
    is_subscribed: bool,
    status: Status,
    because: Discriminant<Because>,
    condition: Discriminant<Condition>,
    unknown: Option<Unknown>,
}

impl Kind {
    fn of(lag: &PartitionLag) -> Self {
        Self {
            is_subscribed: lag.is_subscribed,
            status: lag.status,
            because: discriminant(&lag.because),
            condition: discriminant(&lag.condition),
            unknown: lag.lag().err(),
        }
    }
}

/// Tells of all partitions, the worst first.
pub(super) fn tell(topic: &GroupTopic, lags: &[PartitionLag], listed: Option<&Topic>, sentences: &mut Vec<String>) {
    let mut kinds: Vec<Alike<'_>> = Vec::new();
    for lag in lags {
        let kind = Kind::of(lag);
        match kinds.iter_mut().find(|alike| alike.kind == kind) {
            Some(alike) => alike.lags.push(lag),
            None => kinds.push(Alike { kind, lags: vec![lag] }),
        }
    }
    kinds.sort_by_key(|alike| {
        let most = alike.lags.iter().filter_map(|lag| lag.lag().ok()).max();
        (!alike.kind.is_subscribed, alike.kind.status, Reverse(most))
    });
    for alike in kinds.iter().take(KINDS_MAX) {
        sentences.push(sentence(topic, alike, lags.len(), listed));
    }
    let rest: usize = kinds.iter().skip(KINDS_MAX).map(|alike| alike.lags.len()).sum();
    if rest > 0 {
        sentences.push(format!(
            "{} of {} not told of here.",
            counted(rest, "partition", "partitions"),
            name(&topic.topic)
        ));
    }
}

fn sentence(topic: &GroupTopic, alike: &Alike<'_>, partition_count: usize, listed: Option<&Topic>) -> String {
    let topic_name = name(&topic.topic);
    let Some(worst) = alike.lags.iter().max_by_key(|lag| (lag.lag().ok(), Reverse(lag.partition))) else {
        return String::new();
    };
    let is_one = alike.lags.len() == 1;
    let numbers: Vec<i32> = alike.lags.iter().map(|lag| lag.partition.0).collect();
    let who = match numbers.len() {
        1 => format!("Partition {} of {topic_name}", run(&numbers)),
        count if count == partition_count => format!("All {} partitions of {topic_name}", number(count)),
        count => format!("{} partitions of {topic_name} ({})", number(count), run(&numbers)),
    };
    let unwanted = if worst.is_subscribed {
        ""
    } else if is_one {
        " does not count, since the group's members subscribe to other topics; it"
    } else {
        " do not count, since the group's members subscribe to other topics; they"
    };
    let verdict = verdict(worst.status, is_one);
    let partition = listed.and_then(|listed| listed.partition(worst.partition));
    // Of partitions that nothing is known of, none is further behind and each committed something else.
    let (example, numbers) = match (is_one, worst.lag().is_ok()) {
        (true, _) => (String::new(), told(worst, partition)),
        (false, true) => (format!("; furthest behind is {}", worst.partition.0), told(worst, partition)),
        (false, false) => (String::new(), None),
    };
    let clauses = [Some(because(worst, partition)), numbers, deleted(worst, partition)];
    let clauses: Vec<String> = clauses.into_iter().flatten().collect();
    format!("{who}{unwanted} {verdict}{example}: {}.", clauses.join("; "))
}

/// Where commit and end are, and how far apart.
fn told(lag: &PartitionLag, partition: Option<&Partition>) -> Option<String> {
    let offset = lag.committed_offset().ok()?;
    // What says more has said where they are.
    let is_said = lag.because == Because::Condition && lag.condition != Condition::BelowLogStart;
    if is_said {
        return None;
    }
    let committed = number(offset);
    let end = partition.and_then(|partition| partition.high_watermark.ok());
    let Some(end) = end else { return Some(format!("it committed {committed}")) };
    let both = format!("it committed {committed}, the log ends at {}", number(end.offset));
    let unread = match lag.lag() {
        Ok(unread) => unread,
        Err(_) if lag.because == Because::NotLearned => return Some(both),
        Err(why) => return Some(format!("{both}, and the lag is not known, because {}", unknown_because(why))),
    };
    // What was deleted lies between as well, and never came.
    let first = partition.and_then(|partition| partition.low_watermark.ok()).map_or(offset, |start| start.max(offset));
    let distance = match (unread, lag.time_lag.filter(|lag| lag.seconds() > 0.0)) {
        (0, _) if end.offset > first => "what lies between came after the commit was read".to_owned(),
        (0, _) => "nothing is unread".to_owned(),
        (_, None) => counted(unread, "record is unread", "records are unread"),
        (1, Some(lag)) => format!("1 record is unread, {}", age(lag)),
        (_, Some(lag)) => format!("{} records are unread, the oldest of them {}", number(unread), age(lag)),
    };
    Some(format!("{both}, and {distance}"))
}

/// How many partitions have which status, worst first, in words.
pub(super) fn counts(lags: &[PartitionLag]) -> String {
    let mut counts: BTreeMap<Status, usize> = BTreeMap::new();
    for lag in lags.iter().filter(|lag| lag.is_subscribed) {
        *counts.entry(lag.status).or_default() += 1;
    }
    let words: Vec<String> =
        counts.iter().map(|(status, count)| format!("{} {}", number(count), name(status.word()))).collect();
    super::words::listed(&words)
}
