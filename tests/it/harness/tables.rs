//! Tables as Kafka's tools print them. It is NOT a run of the tools.

use crate::support::kafka::{ListedGroup, offsets_partition, parse_groups, parse_offsets};

/// Blanks, a line break and letters of two bytes in names and client ids, as 4.3.1 prints them.
const OFFSETS: &str = "
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
live            t               0          20              18              -2              live one-8ce    /127.0.0.1      live one
live            t               2          -               0               -               live one-8ce    /127.0.0.1      live one
live            -               -          -               -               -               idle-1          /127.0.0.1      idle

GROUP                TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
o\"dd\\ na:me
здрав -x t               0          8               20              12              -               -               -
";

#[test]
fn rows_of_several_groups_are_told_apart() {
    let rows = parse_offsets(OFFSETS, None);
    let found: Vec<_> = rows
        .iter()
        .map(|row| (row.group.as_str(), row.partition, row.number("CURRENT-OFFSET"), row.number("LAG")))
        .collect();
    let expected =
        [("live", 0, Some(20), Some(-2)), ("live", 2, None, None), ("o\"dd\\ na:me\nздрав -x", 0, Some(8), Some(12))];
    assert_eq!(found, expected);
}

#[test]
fn a_known_name_may_end_in_blanks() {
    let printed = "\
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG
blank           t               1          3               4               1
";
    let rows = parse_offsets(printed, Some("blank  "));
    let found: Vec<_> = rows.iter().map(|row| (row.group.as_str(), row.topic.as_str(), row.partition)).collect();
    assert_eq!(found, [("blank  ", "t", 1)]);
}

#[test]
#[should_panic(expected = "not a partition")]
fn a_strange_row_is_a_failure() {
    parse_offsets("GROUP TOPIC PARTITION LAG\ng     t     none  3\n", None);
}

#[test]
fn lists_are_read_with_and_without_types() {
    let typed = "GROUP                          TYPE                 STATE               \n\
                 a b                            Classic              Stable              \n\
                 two\nlines                      Consumer             Empty               \n";
    let groups = parse_groups(typed);
    let kind = |name: &str| groups.get(name).cloned();
    assert_eq!(kind("a b"), Some(ListedGroup { kind: Some("Classic".into()), state: "Stable".into() }));
    assert_eq!(kind("two\nlines"), Some(ListedGroup { kind: Some("Consumer".into()), state: "Empty".into() }));
    assert_eq!(groups.len(), 2);

    let untyped = parse_groups("GROUP                STATE\nsimple one           Empty\n");
    assert_eq!(untyped.get("simple one"), Some(&ListedGroup { kind: None, state: "Empty".into() }));
}

#[test]
fn groups_hash_to_partitions_as_in_java() {
    // "polygenelubricants".hashCode() is the least integer, whose sign cannot be turned.
    assert_eq!(offsets_partition("polygenelubricants", 10), 0);
    // "hello".hashCode() is 99162322.
    assert_eq!(offsets_partition("hello", 10), 2);
    assert_eq!(offsets_partition("", 10), 0);
}
