//! The table of `highwater lag`, after Kafka's own `kafka-consumer-groups --describe`.
//!
//! It is made from the JSON shapes, so that it looks the same whether this process polled or another
//! exporter was asked.
//! Invariant: `-` stands for what is not known, and a NOTE says why.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::io::{self, Write};

use super::columns::{self, Cells, Column};
use super::json::{Group, GroupPartition};

const COLUMNS: [Column; 7] = [
    Column { title: "GROUP", is_number: false },
    Column { title: "TOPIC", is_number: false },
    Column { title: "PARTITION", is_number: true },
    Column { title: "COMMITTED", is_number: true },
    Column { title: "LOG-END", is_number: true },
    Column { title: "LAG", is_number: true },
    Column { title: "NOTE", is_number: false },
];

/// Writes all groups, those with the most unread records first; within a group topics by name and
/// partitions by number. Errors are those of the sink.
pub fn lag_table(groups: &[Group<'_>], out: &mut impl Write) -> io::Result<()> {
    let mut sorted: Vec<&Group<'_>> = groups.iter().collect();
    sorted.sort_by_key(|group| (Reverse(group.lag_records), &group.group));
    columns::write(&COLUMNS, out, |row| sorted.iter().try_for_each(|group| each_row(group, row)))
}

fn each_row(group: &Group<'_>, row: &mut dyn FnMut(Cells<'_, 7>) -> io::Result<()>) -> io::Result<()> {
    let mut is_empty = true;
    for topic in &group.topics {
        for partition in &topic.partitions {
            is_empty = false;
            row([
                Cow::Borrowed(&group.group),
                Cow::Borrowed(&topic.topic),
                partition.partition.to_string().into(),
                number(partition.committed_offset),
                number(partition.log_end_offset),
                number(partition.lag_records),
                note(partition),
            ])?;
        }
    }
    if is_empty {
        let dash = || Cow::Borrowed("-");
        row([Cow::Borrowed(&group.group), dash(), dash(), dash(), dash(), dash(), state(group)])?;
    }
    Ok(())
}

fn number<T: ToString>(known: Option<T>) -> Cow<'static, str> {
    known.map_or(Cow::Borrowed("-"), |number| number.to_string().into())
}

fn note(partition: &GroupPartition) -> Cow<'_, str> {
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
mod tests {
    use super::*;
    use crate::render::json::{GroupFilter, groups};
    use crate::render::world::small_world;

    fn table(filter: GroupFilter<'_>) -> String {
        let report = small_world();
        let mut out = Vec::new();
        lag_table(&groups(&report, filter).collect::<Vec<_>>(), &mut out).expect("a Vec takes all");
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn all_groups_worst_first() {
        insta::assert_snapshot!(table(GroupFilter::default()), @r"
        GROUP    TOPIC     PARTITION  COMMITTED  LOG-END  LAG  NOTE
        billing  orders            0        100      120   20
        billing  orders            1         45       90   40  below_log_start: 5 records deleted unread
        billing  orders            2          -        -    -  no_commit
        billing  payments          0          7        7    0
        archive  -                 -          -        -    -  no partitions, state Empty
        silent   deleted           0          -        -    -  unknown: timeout
        ");
    }

    #[test]
    fn only_what_was_asked_for() {
        let payments = GroupFilter { group: None, topic: Some("payments") };
        insta::assert_snapshot!(table(payments), @r"
        GROUP    TOPIC     PARTITION  COMMITTED  LOG-END  LAG  NOTE
        billing  payments          0          7        7    0
        ");
        let nobody = GroupFilter { group: Some("nobody"), topic: None };
        assert_eq!(table(nobody), "GROUP  TOPIC  PARTITION  COMMITTED  LOG-END  LAG  NOTE\n");
    }
}
