//! What a topic's configuration adds to the words about its readers.
//!
//! Not what is asked or not for it; see `analysis`.
//! Invariant: what concerns nobody's lag is not said.

use std::time::Duration;

use super::*;

/// A group that is 40 records behind on one of two partitions, by so long.
fn told_of(age: Option<TimeLag>, is_remote_unasked: bool, config: Option<TopicConfig>) -> String {
    let world = World::new("shop").topic("orders", &[(0, 100), (0, 100)]);
    let committed = |offset| if age.is_some() { offset } else { 100 };
    let world = world.group("billing", &[("orders", 0, committed(60)), ("orders", 1, 100)]);
    let mut report = world
        .group_facts(|group| {
            judged(&mut group.partitions[0], Status::LaggingSteady, Because::NoTrend, age);
            sum_up(group);
        })
        .report();
    report.topics[0].is_remote_unasked = is_remote_unasked;
    let mut snapshot = (*report.snapshot).clone();
    snapshot.topics[0].config = config.map(Into::into);
    report.snapshot = snapshot.into();
    told(&report, "billing")
}

fn config() -> TopicConfig {
    TopicConfig {
        retention: None,
        retention_bytes: None,
        segment: None,
        is_deleted: false,
        is_compacted: false,
        has_append_times: true,
        local_for: None,
    }
}

fn line<'a>(told: &'a str, words: &str) -> Option<&'a str> {
    told.lines().find(|line| line.contains(words))
}

#[test]
fn on_a_compacted_topic_lag_in_records_is_an_upper_bound() {
    let old = Some(aged(3000.0, 3600.0, 4000.0, Quality::Bracketed));
    let compacted = Some(TopicConfig { is_compacted: true, ..config() });
    let told = told_of(old, false, compacted.clone());
    insta::assert_snapshot!(line(&told, "compacted").unwrap_or_default(), @"`orders` is compacted: of the records between a commit and the end some may be removed, so its lag in records is an upper bound.");
    for (age, config) in [(old, Some(config())), (old, None), (None, compacted)] {
        let told = told_of(age, false, config);
        assert_eq!(line(&told, "upper bound"), None, "{told}");
    }
}

#[test]
fn why_nothing_is_asked_about_remote_storage_is_said_where_it_makes_ages_worse() {
    let tiered = |hours| Some(TopicConfig { local_for: Some(Duration::from_hours(hours)), ..config() });
    let open = Some(aged(5000.0, 5000.0, f64::INFINITY, Quality::LowerBound));
    let told = told_of(open, true, tiered(1));
    insta::assert_snapshot!(line(&told, "remote storage").unwrap_or_default(), @"Records of `orders` that are older than 1 h may lie in remote storage only; brokers are not asked about their times, which would take reads from there, so their age is known no better than by what was watched. `analysis.time_lag.ask_remote_storage` allows it.");
    let told = told_of(open, true, tiered(0));
    insta::assert_snapshot!(line(&told, "remote storage").unwrap_or_default(), @"Any records of `orders` but the newest may lie in remote storage only; brokers are not asked about their times, which would take reads from there, so their age is known no better than by what was watched. `analysis.time_lag.ask_remote_storage` allows it.");
    let wide = Some(aged(3000.0, 3600.0, 8000.0, Quality::Coarse));
    assert!(line(&told_of(wide, true, tiered(1)), "`analysis.time_lag.ask_remote_storage`").is_some());
    let known = Some(aged(7000.0, 7200.0, 7500.0, Quality::Bracketed));
    // It is asked about, by the key or since nobody knows of remote storage; it is known; it is local.
    let others = [
        (open, false, tiered(1)),
        (open, true, None),
        (known, true, tiered(1)),
        (None, true, tiered(1)),
        (wide, true, tiered(9)),
    ];
    for (age, is_unasked, config) in others {
        let told = told_of(age, is_unasked, config);
        assert_eq!(line(&told, "remote storage"), None, "{told}");
    }
}
