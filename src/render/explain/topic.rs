//! A group on a topic: how far behind, how fast, since when, until when.
//!
//! Not its partitions one by one.
//! Invariant: each number is one of the report; what is absent there is not spoken of, or said to be unknown.

use super::why::movement;
use super::words::{age, counted, name, number, rate, time};
use crate::model::{GroupTopic, LossEta, MARKERS_MAX, PartitionLag, Quality, TimeLag, Timestamp, Topic, TopicReport};

/// What is told about the topic.
pub(super) struct About<'a> {
    pub(super) topic: &'a GroupTopic,
    pub(super) partition_count: usize,
    /// The topic as the metadata lists it.
    pub(super) listed: Option<&'a Topic>,
    pub(super) report: TopicReport,
    /// When the poll ended.
    pub(super) now: Timestamp,
}

pub(super) fn tell(about: &About<'_>, sentences: &mut Vec<String>) {
    sentences.push(distance(about));
    sentences.extend(compacted(about));
    sentences.extend(rates(about));
    sentences.extend(progress(about));
    sentences.extend(ends(about));
    sentences.extend(retention(about));
    if about.topic.trend.records_lost > 0 {
        let lost = counted(about.topic.trend.records_lost, "record was", "records were");
        sentences.push(format!("{lost} deleted there before the group read them, since the exporter watches."));
    }
}

/// What is not known for want of READ, where little enough is unread that it may be no more than markers.
pub(super) fn markers(about: &About<'_>, lags: &[PartitionLag]) -> Option<String> {
    let may_be_markers = |lag: &PartitionLag| lag.lag().is_ok_and(|unread| (1..=MARKERS_MAX).contains(&unread));
    (about.report.are_markers_hidden && lags.iter().any(may_be_markers)).then(|| {
        format!(
            "READ on {} is missing, so markers that end transactions cannot be told from records there: one or a few \
             unread offsets may be such markers, and what is said of their age that of the last transactions.",
            name(&about.topic.topic)
        )
    })
}

/// Why ages are not known better than they are, where older records may be in remote storage.
pub(super) fn remote(about: &About<'_>, lags: &[PartitionLag]) -> Option<String> {
    let config = about.listed.and_then(|listed| listed.config.as_ref())?;
    let local = config.local_for.filter(|_| about.report.is_remote_unasked)?.as_secs_f64();
    let is_rough = |age: TimeLag| age.quality > Quality::Bracketed && age.at_most() > local;
    if !lags.iter().any(|lag| lag.time_lag.is_some_and(is_rough)) {
        return None;
    }
    let topic = name(&about.topic.topic);
    let older = if local > 0.0 {
        format!("Records of {topic} that are older than {} may lie in remote storage only", time(local))
    } else {
        // By size, or right after they were written.
        format!("Any records of {topic} but the newest may lie in remote storage only")
    };
    Some(format!(
        "{older}; brokers are not asked about their times, which would take reads from there, so their age is known no \
         better than by what was watched. `analysis.time_lag.ask_remote_storage` allows it."
    ))
}

/// What lag in records means where the log is compacted.
fn compacted(about: &About<'_>) -> Option<String> {
    let config = about.listed.and_then(|listed| listed.config.as_ref())?;
    let is_behind = about.topic.lag.is_some_and(|lag| lag > 0);
    (config.is_compacted && is_behind).then(|| {
        format!(
            "{} is compacted: of the records between a commit and the end some may be removed, so its lag in records is an \
             upper bound.",
            name(&about.topic.topic)
        )
    })
}

fn distance(about: &About<'_>) -> String {
    let GroupTopic { topic, lag, unknown_partition_count, time_lag, .. } = about.topic;
    let on = format!("On {} with {}", name(topic), counted(about.partition_count, "partition", "partitions"));
    let oldest = time_lag.filter(|lag| lag.seconds() > 0.0).map(age);
    let known = match (lag, oldest) {
        (None, _) => "no lag is known".to_owned(),
        (Some(0), _) => "nothing is unread".to_owned(),
        (Some(unread), None) => counted(unread, "record is unread", "records are unread"),
        (Some(1), Some(age)) => format!("1 record is unread, {age}"),
        (Some(unread), Some(age)) => format!("{} records are unread, the oldest {age}", number(unread)),
    };
    let unknown = match unknown_partition_count {
        0 => String::new(),
        _ if lag.is_none() => String::new(),
        count => format!("; the lag of {} is not known and not counted", counted(count, "partition", "partitions")),
    };
    format!("{on}, {known}{unknown}.")
}

fn rates(about: &About<'_>) -> Option<String> {
    let consumed =
        about.topic.trend.consumed_per_second.map(|read| format!("the group reads {} records/s", rate(read)));
    let produced = about.report.produced_per_second.map(|made| format!("{} records/s are produced", rate(made)));
    let moves = about.topic.trend.velocity.map(|velocity| format!("its lag in time {}", movement(velocity)));
    let words: Vec<String> = [consumed, produced, moves].into_iter().flatten().collect();
    match words.as_slice() {
        [] => None,
        words => Some(format!("There {}.", super::words::listed(words))),
    }
}

fn progress(about: &About<'_>) -> Option<String> {
    let moved = about.topic.trend.last_progress?;
    let ago = about.now.since_unix().saturating_sub(moved.since_unix());
    Some(format!("A commit on it was last seen to have moved {} before the poll ended.", time(ago.as_secs_f64())))
}

fn ends(about: &About<'_>) -> Option<String> {
    let drain = about.topic.trend.drain_eta.filter(|seconds| *seconds > 0.0)?;
    Some(format!("As it goes, the group has caught up in {}.", time(drain)))
}

/// When records that are not read are deleted, and how well that is known.
fn retention(about: &About<'_>) -> Vec<String> {
    let trend = &about.topic.trend;
    if about.topic.lag == Some(0) {
        return Vec::new();
    }
    // Of a log that is younger than its retention it is the share of what there is.
    let whole = match about.report.retained_seconds {
        Some(_) => "that all records there span",
        None => "for which records are kept",
    };
    let used = trend.retention_used;
    let used = used.map(|share| format!("What is unread there spans {}% of the time {whole}.", rate(share * 100.0)));
    [used, trend.loss_eta.map(loss), kept(about)].into_iter().flatten().collect()
}

fn kept(about: &About<'_>) -> Option<String> {
    match (about.listed.and_then(|listed| listed.config.as_ref()), about.report.retained_seconds) {
        (Some(config), _) if !config.is_deleted => Some("No record is deleted there for its age.".to_owned()),
        (Some(config), _) => {
            config.retention.map(|kept| format!("Records are kept there for {}.", time(kept.as_secs_f64())))
        }
        (None, Some(oldest)) => Some(format!(
            "How long records are kept there is only measured: the oldest is {} old. The topic's configuration was not \
             told: DESCRIBE_CONFIGS on it is missing, or it was not asked for yet.",
            time(oldest)
        )),
        (None, None) => None,
    }
}

fn loss(eta: LossEta) -> String {
    let at_most =
        if eta.at_most.is_finite() { format!(", and in {} at the latest", time(eta.at_most)) } else { String::new() };
    let when = if eta.at_least > 0.0 {
        format!("Retention deletes unread records in {} at the earliest{at_most}", time(eta.at_least))
    } else {
        format!("Retention may delete unread records at any time{at_most}")
    };
    if eta.is_configured { format!("{when}.") } else { format!("{when}, as far as can be measured.") }
}
