//! The table of `highwater lag`, after Kafka's own `kafka-consumer-groups --describe`.
//!
//! It is made from the JSON shapes, so that it looks the same whether this process polled or another
//! exporter was asked.
//! Invariant: `-` stands for what is not known, and a NOTE says why.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};
use std::time::Duration;

use super::columns::{self, Cells, Column};
use super::json::{Group, GroupPartition, GroupTopic};
use crate::model::{Quality, Status};

const COLUMNS: [Column; 10] = [
    Column { title: "GROUP", is_number: false },
    Column { title: "TOPIC", is_number: false },
    Column { title: "PARTITION", is_number: true },
    Column { title: "COMMITTED", is_number: true },
    Column { title: "LOG-END", is_number: true },
    Column { title: "LAG", is_number: true },
    Column { title: "LAG-SECONDS", is_number: true },
    Column { title: "STATUS", is_number: false },
    Column { title: "TREND", is_number: true },
    Column { title: "NOTE", is_number: false },
];

/// Writes all groups, the worst status first, and of equal status those with the most unread records; the partitions of a
/// group in the same order. TREND is that of the topic: seconds of lag gained per second. Errors are those of the sink.
pub fn lag_table(groups: &[Group<'_>], out: &mut impl Write) -> io::Result<()> {
    let mut sorted: Vec<_> = groups.iter().map(|group| (group, rows(group))).collect();
    sorted.sort_by_key(|(group, rows)| (worst(rows), Reverse(group.lag_records), &group.group));
    columns::write(&COLUMNS, out, |row| sorted.iter().try_for_each(|(group, rows)| each_row(group, rows, row)))
}

/// A partition with its topic.
type Row<'a> = (&'a GroupTopic<'a>, &'a GroupPartition);

/// The partitions of a group, worst first.
fn rows<'a>(group: &'a Group<'_>) -> Vec<Row<'a>> {
    let of_topic = |topic: &'a GroupTopic<'a>| topic.partitions.iter().map(move |partition| (topic, partition));
    let mut rows: Vec<_> = group.topics.iter().flat_map(of_topic).collect();
    rows.sort_by_key(|(topic, partition)| {
        let status = status(partition);
        // The lag of those that are well is noise, and would shuffle them from look to look.
        let lag = partition.lag_records.filter(|_| status != Some(Status::Ok));
        (status.is_none(), status, Reverse(lag), &*topic.topic, partition.partition)
    });
    rows
}

/// The worst status of a group's rows; a group without any is well.
fn worst(rows: &[Row<'_>]) -> Status {
    rows.iter().filter_map(|(_, partition)| status(partition)).min().unwrap_or(Status::Ok)
}

/// How a partition counts; `None` if it does not, because the group does not want its topic any more.
fn status(partition: &GroupPartition) -> Option<Status> {
    // A newer exporter may know more words.
    let known = Status::ALL.into_iter().find(|status| status.word() == partition.status);
    partition.subscribed.then_some(known.unwrap_or(Status::Unknown))
}

fn each_row(
    group: &Group<'_>,
    rows: &[Row<'_>],
    row: &mut dyn FnMut(Cells<'_, 10>) -> io::Result<()>,
) -> io::Result<()> {
    for (topic, partition) in rows {
        row([
            Cow::Borrowed(&group.group),
            Cow::Borrowed(&topic.topic),
            partition.partition.to_string().into(),
            number(partition.committed_offset),
            number(partition.log_end_offset),
            number(partition.lag_records),
            age(partition),
            Cow::Borrowed(&partition.status),
            topic.velocity.map_or(Cow::Borrowed("-"), trend),
            note(partition),
        ])?;
    }
    if rows.is_empty() {
        let dash = || Cow::Borrowed("-");
        let name = Cow::Borrowed(&*group.group);
        row([name, dash(), dash(), dash(), dash(), dash(), dash(), dash(), dash(), state(group)])?;
    }
    Ok(())
}

/// The age of the oldest unread record: `>` where it is only known from below, `~` where it is not known well.
fn age(partition: &GroupPartition) -> Cow<'static, str> {
    let Some(seconds) = partition.lag_seconds else { return Cow::Borrowed("-") };
    let is = |quality: Quality| partition.lag_seconds_quality.as_deref() == Some(quality.word());
    let mark = if is(Quality::LowerBound) {
        ">"
    } else if is(Quality::Coarse) {
        "~"
    } else {
        ""
    };
    format!("{mark}{}", short(seconds)).into()
}

/// A length of time in few letters: `0`, `4.2s`, `12s`, `2m13s`, `3h04m`, `2d05h`.
fn short(seconds: f64) -> String {
    // No time is below 0; what is beyond all bounds stays so.
    let whole = Duration::try_from_secs_f64(seconds.max(0.0).round()).unwrap_or(Duration::MAX).as_secs();
    let (minutes, hours, days) = (whole / 60, whole / 3600, whole / 86_400);
    match whole {
        _ if seconds <= 0.0 => "0".to_owned(),
        0..10 => format!("{seconds:.1}s"),
        10..60 => format!("{whole}s"),
        60..3600 => format!("{minutes}m{:02}s", whole % 60),
        3600..86_400 => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

fn trend(velocity: f64) -> Cow<'static, str> {
    let text = format!("{velocity:+.2}");
    // Neither up nor down.
    let is_zero = !text.contains(|letter: char| ('1'..='9').contains(&letter));
    if is_zero { Cow::Borrowed("0.00") } else { text.into() }
}

fn number<T: ToString>(known: Option<T>) -> Cow<'static, str> {
    known.map_or(Cow::Borrowed("-"), |number| number.to_string().into())
}

fn note(partition: &GroupPartition) -> Cow<'_, str> {
    let condition = condition(partition);
    match (partition.subscribed, condition.is_empty()) {
        (true, _) => condition,
        (false, true) => Cow::Borrowed("not subscribed"),
        (false, false) => format!("not subscribed, {condition}").into(),
    }
}

fn condition(partition: &GroupPartition) -> Cow<'_, str> {
    let condition = &*partition.condition;
    let unknown = partition.lag_reason.as_deref().filter(|reason| *reason != condition);
    match (condition, partition.deleted_unread_records, unknown) {
        ("ok", _, None) => Cow::Borrowed(""),
        ("ok" | "unknown", _, Some(reason)) => format!("unknown: {reason}").into(),
        ("below_log_start", Some(1), None) => "below_log_start: 1 record deleted unread".into(),
        ("below_log_start", Some(deleted), None) => format!("below_log_start: {deleted} records deleted unread").into(),
        (condition, _, None) => condition.into(),
        (condition, _, Some(reason)) => format!("{condition}, lag unknown: {reason}").into(),
    }
}

fn state(group: &Group<'_>) -> Cow<'static, str> {
    let state = &group.state;
    match &group.members_reason {
        Some(reason) => format!("no partitions, state {state}: {reason}").into(),
        None => format!("no partitions, state {state}").into(),
    }
}

#[cfg(test)]
mod tests;
