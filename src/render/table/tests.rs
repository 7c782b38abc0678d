//! What `highwater lag` shows.
//!
//! Not how the JSON it is made from comes about.
//! Invariant: worst first, and nothing is made up.

use super::*;
use crate::model::{Because, ClusterReport, Unknown};
use crate::render::json::{GroupFilter, groups};
use crate::render::world::{World, aged, judged, small_world, sum_up, unknown_lag, watched_world};

fn table(report: &ClusterReport, filter: GroupFilter<'_>) -> String {
    let mut out = Vec::new();
    lag_table(&groups(report, filter).collect::<Vec<_>>(), &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn all_groups_worst_first() {
    insta::assert_snapshot!(table(&watched_world(), GroupFilter::default()), @r"
    GROUP    TOPIC     PARTITION  COMMITTED  LOG-END  LAG  LAG-SECONDS  STATUS          TREND  NOTE
    billing  orders            1         45       90   40       >1h00m  data_loss       +0.25  below_log_start: 5 records deleted unread
    billing  orders            2          -        -    -            -  no_commit       +0.25  no_commit
    billing  orders            0        100      120   20        2m18s  falling_behind  +0.25
    billing  payments          0          7        7    0            0  ok                  -
    silent   deleted           0          -        -    -            -  unknown             -  unknown: timeout
    archive  -                 -          -        -    -            -  -                   -  no partitions, state Empty
    ");
}

#[test]
fn what_history_does_not_tell_yet_is_a_dash() {
    insta::assert_snapshot!(table(&small_world(), GroupFilter::default()), @r"
    GROUP    TOPIC     PARTITION  COMMITTED  LOG-END  LAG  LAG-SECONDS  STATUS   TREND  NOTE
    billing  orders            1         45       90   40            -  unknown      -  below_log_start: 5 records deleted unread
    billing  orders            0        100      120   20            -  unknown      -
    billing  payments          0          7        7    0            -  unknown      -
    billing  orders            2          -        -    -            -  unknown      -  no_commit
    silent   deleted           0          -        -    -            -  unknown      -  unknown: timeout
    archive  -                 -          -        -    -            -  -            -  no partitions, state Empty
    ");
}

#[test]
fn only_what_was_asked_for() {
    let payments = GroupFilter { group: None, topic: Some("payments"), ..GroupFilter::default() };
    insta::assert_snapshot!(table(&watched_world(), payments), @r"
    GROUP    TOPIC     PARTITION  COMMITTED  LOG-END  LAG  LAG-SECONDS  STATUS  TREND  NOTE
    billing  payments          0          7        7    0            0  ok          -
    ");
    let nobody = GroupFilter { group: Some("nobody"), topic: None, ..GroupFilter::default() };
    let empty = "GROUP  TOPIC  PARTITION  COMMITTED  LOG-END  LAG  LAG-SECONDS  STATUS  TREND  NOTE\n";
    assert_eq!(table(&watched_world(), nobody), empty);
}

#[test]
fn status_goes_before_lag_and_what_is_not_wanted_goes_last() {
    let coarse = Some(aged(100.0, 200.0, 300.0, Quality::Coarse));
    let report = World::new("shop")
        .topic("a", &[(0, 100), (0, 100), (0, 100)])
        .topic("old", &[(0, 100)])
        .group("busy", &[("a", 0, 1), ("a", 1, 50), ("a", 2, 99)])
        .group_facts(|group| {
            judged(&mut group.partitions[0], Status::CatchingUp, Because::NoTrend, coarse);
            judged(&mut group.partitions[1], Status::Ok, Because::CaughtUp, None);
            judged(&mut group.partitions[2], Status::Ok, Because::CaughtUp, None);
            sum_up(group);
        })
        .group("gone", &[("a", 0, 100), ("old", 0, 0)])
        .lag("old", unknown_lag(1, Unknown::NotListed))
        .group_facts(|group| {
            judged(&mut group.partitions[0], Status::Stalled, Because::NoOwner, None);
            for lag in &mut group.partitions[1..] {
                judged(lag, Status::Truncated, Because::Condition, None);
                lag.is_subscribed = false;
            }
            group.topics[0].trend.velocity = Some(-0.001);
            sum_up(group);
        })
        .report();
    insta::assert_snapshot!(table(&report, GroupFilter::default()), @r"
    GROUP  TOPIC  PARTITION  COMMITTED  LOG-END  LAG  LAG-SECONDS  STATUS       TREND  NOTE
    gone   a              0        100      100    0            -  stalled       0.00
    gone   old            0          0      100  100            -  truncated        -  not subscribed
    gone   old            1          -        -    -            -  truncated        -  not subscribed, unknown: topic_not_listed
    busy   a              0          1      100   99       ~3m20s  catching_up      -
    busy   a              1         50      100   50            -  ok               -
    busy   a              2         99      100    1            -  ok               -
    ");
}

#[test]
fn lengths_of_time_are_short() {
    let expected = [
        (0.0, "0"),
        (0.04, "0.0s"),
        (4.25, "4.2s"),
        (9.6, "10s"),
        (59.6, "1m00s"),
        (133.0, "2m13s"),
        (3599.9, "1h00m"),
        (11_045.0, "3h04m"),
        (190_800.0, "2d05h"),
        (-1.0, "0"),
    ];
    for (seconds, text) in expected {
        assert_eq!(short(seconds), text, "{seconds}");
    }
}

#[test]
fn trends_have_a_sign_unless_there_is_none() {
    assert_eq!([0.42, -1.3, 0.001, -0.001, 1.0].map(trend), ["+0.42", "-1.30", "0.00", "0.00", "+1.00"]);
}

#[test]
fn a_word_of_a_newer_exporter_is_shown_as_it_is() {
    let report = small_world();
    let mut found: Vec<_> =
        groups(&report, GroupFilter { group: Some("billing"), topic: None, ..GroupFilter::default() }).collect();
    found[0].topics[0].partitions[0].status = "dancing".into();
    let mut out = Vec::new();
    lag_table(&found, &mut out).expect("a Vec takes all");
    assert!(String::from_utf8(out).expect("UTF-8").contains("  dancing  "));
}
