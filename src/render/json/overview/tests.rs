//! What the overview holds, and in which order.

use std::sync::Arc;

use super::*;
use crate::model::{Known, LagReading, Point, Reading, Trace, Unknown};
use crate::render::world::{World, unknown_lag};

fn report() -> ClusterReport {
    let is =
        |status: Status| move |group: &mut GroupReport| (group.status, group.severity) = (status, status.severity());
    let unknown = LagReading { records: Reading::UNKNOWN, seconds: Reading::UNKNOWN, unknown_partitions: 0 };
    let known =
        LagReading { records: Reading::of(Some(90.0)), seconds: Reading::of(Some(12.34)), unknown_partitions: 0 };
    World::new("shop")
        .topic("orders", &[(0, 100)])
        .group("archive", &[("orders", 0, 100)])
        .group("billing", &[("orders", 0, 10)])
        .group_facts(is(Status::Stalled))
        .group_facts(|group| {
            let past = Arc::new(vec![Point { at: 1_700_000_000, told: unknown }]);
            group.history = Trace { past, now: Some(Point { at: 1_700_000_015, told: known }) };
        })
        .group("silent", &[])
        .lag("orders", unknown_lag(0, Unknown::NotAsked))
        .group_facts(is(Status::Unknown))
        .group_facts(|group| group.member_count = Known::Err(Unknown::NotAsked))
        .report()
}

fn names(overview: &Overview<'_>) -> Vec<String> {
    overview.items.iter().map(|line| line.group.clone().into_owned()).collect()
}

#[test]
fn the_worst_comes_first_and_what_is_unknown_says_why() {
    let report = report();
    let all = overview(&report, GroupFilter::default(), GroupSort::Worst, Paging::default()).expect("no cursor");
    assert_eq!(names(&all), ["billing", "silent", "archive"]);
    assert_eq!((all.total, all.before, all.next.as_deref()), (3, 0, None));
    let silent = &all.items[1];
    assert_eq!((silent.lag_records, silent.members), (None, None));
    assert!(silent.lag_reason.is_some() && silent.members_reason.is_some() && silent.lag_seconds_reason.is_some());
    let history = serde_json::to_string(&all.items[0].history).expect("plain values");
    assert_eq!(
        history,
        r#"[{"timestamp_seconds":1700000000,"lag_records":null,"lag_seconds":null},{"timestamp_seconds":1700000015,"lag_records":90.0,"lag_seconds":12.3}]"#
    );
}

#[test]
fn pieces_and_filters_count_what_they_leave_out() {
    let report = report();
    let first = Paging { after: None, limit: 1 };
    let ask = |filter, paging| overview(&report, filter, GroupSort::Worst, paging).expect("our own cursor");
    let piece = ask(GroupFilter::default(), first);
    assert_eq!(names(&piece), ["billing"]);
    let next = ask(GroupFilter::default(), Paging { after: piece.next.as_deref(), limit: 1 });
    assert_eq!((names(&next), next.before, next.total), (vec!["silent".to_owned()], 1, 3));
    let found = ask(GroupFilter { search: Some("I"), severity: Some("ok"), ..GroupFilter::default() }, first);
    assert_eq!((names(&found), found.total), (vec!["archive".to_owned()], 1));
    assert_eq!(found.groups_by_severity.values().sum::<usize>(), 3, "all of them have an i");
    let stalled = ask(GroupFilter { status: Some("stalled"), ..GroupFilter::default() }, first);
    assert_eq!((names(&stalled), stalled.next), (vec!["billing".to_owned()], None));
    let wrong = Paging { after: Some("billing"), limit: 1 };
    assert!(overview(&report, GroupFilter::default(), GroupSort::Worst, wrong).is_err());
}

#[test]
fn what_is_of_fewer_partitions_than_at_other_times_is_a_gap() {
    let told = |at, records, unknown_partitions| {
        let (records, seconds) = (Reading::of(Some(records)), Reading::of(Some(records)));
        Point { at, told: LagReading { records, seconds, unknown_partitions } }
    };
    let records = |history: &[Point<LagReading>]| {
        let history = Trace { past: Arc::new(history.to_vec()), now: None };
        lag_points(&history).into_iter().map(|point| point.lag_records).collect::<Vec<_>>()
    };
    assert_eq!(records(&[told(1, 900.0, 0), told(2, 0.0, 1), told(3, 950.0, 0)]), [Some(900.0), None, Some(950.0)]);
    assert_eq!(records(&[told(1, 9.0, 1), told(2, 8.0, 1)]), [Some(9.0), Some(8.0)], "it is like that all the time");
    let nothing = Point { at: 0, told: LagReading::UNKNOWN };
    assert_eq!(records(&[nothing, told(1, 9.0, 1)]), [None, Some(9.0)], "a poll that told nothing hides no other");
}
