//! The page as a whole, for a small world.
//!
//! What options change, our own counters and hostile names have files of their own.
//! Invariant: every page is read back by a parser that shares nothing with the writer.

mod any_world;
mod options;
mod own_part;

use std::collections::{BTreeMap, BTreeSet};

use super::parse::{Parsed, parse};
use super::*;
use crate::render::world::{World, small_world};

fn body(reports: &[&ClusterReport], options: &RenderOptions, format: Format) -> String {
    let mut out = Vec::new();
    metrics(reports, options, format, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("UTF-8")
}

fn families(reports: &[&ClusterReport], options: &RenderOptions, format: Format) -> BTreeMap<String, Parsed> {
    let mut page = body(reports, options, format).into_bytes();
    own(&[], options, format, &mut page).expect("a Vec takes all");
    let page = String::from_utf8(page).expect("UTF-8");
    let parsed = parse(&page, format == Format::OpenMetrics);
    parsed.map_err(|error| format!("{error}\n{page}")).expect("the page parses")
}

/// The value of a series; `None` where it is absent.
fn value<'a>(families: &'a BTreeMap<String, Parsed>, family: &str, labels: &[(&str, &str)]) -> Option<&'a str> {
    let has = |sample: &&parse::Sample| labels.iter().all(|(name, value)| sample.label(name) == Some(value));
    families.get(family)?.samples.iter().find(has).map(|sample| sample.value.as_str())
}

fn everything() -> RenderOptions {
    RenderOptions { kafka_exporter_sums: true, ..RenderOptions::default() }
}

#[test]
fn a_small_world_in_text() {
    let page = body(&[&small_world()], &RenderOptions::default(), Format::Text);
    let golden = include_str!("golden.prom");
    for (written, expected) in page.lines().zip(golden.lines()) {
        assert_eq!(written, expected);
    }
    assert_eq!(page.lines().count(), golden.lines().count());
}

#[test]
fn the_formats_differ_only_in_how_the_page_ends() {
    let report = small_world();
    let [text, openmetrics] =
        [Format::Text, Format::OpenMetrics].map(|format| families(&[&report], &everything(), format));
    assert_eq!(text, openmetrics, "all families of reports are gauges");
}

#[test]
fn families_have_exactly_the_labels_kind_and_help_of_the_catalogue() {
    for format in [Format::Text, Format::OpenMetrics] {
        let written = families(&[&small_world()], &everything(), format);
        let expected: BTreeSet<_> =
            FAMILIES.iter().filter(|family| family.origin() == Origin::Report).map(|family| family.name).collect();
        assert_eq!(written.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected);
        for family in FAMILIES.iter().filter(|family| family.origin() == Origin::Report) {
            let parsed = &written[family.name];
            assert_eq!((parsed.kind.as_str(), parsed.help.as_str()), (family.kind.word(), family.help));
            for sample in &parsed.samples {
                let labels: Vec<_> = sample.labels.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(labels, family.all_labels().collect::<Vec<_>>(), "{}", family.name);
            }
        }
    }
}

#[test]
fn unknown_is_absent_and_counted() {
    let page = families(&[&small_world()], &everything(), Format::Text);
    let billing = [("consumergroup", "billing"), ("topic", "orders")];
    assert_eq!(value(&page, "kafka_consumergroup_topic_lag", &billing), Some("60"));
    assert_eq!(value(&page, "kafka_consumergroup_topic_unknown_partitions", &billing), Some("1"));
    assert_eq!(value(&page, "kafka_consumergroup_current_offset_sum", &billing), Some("145"));
    assert_eq!(value(&page, "kafka_consumergroup_lag", &[billing[0], billing[1], ("partition", "2")]), None);
    let silent = [("consumergroup", "silent")];
    for absent in ["members", "topic_lag", "lag", "lag_sum", "current_offset", "current_offset_sum", "idle_members"] {
        assert_eq!(value(&page, &format!("kafka_consumergroup_{absent}"), &silent), None, "{absent}");
    }
    assert_eq!(value(&page, "kafka_consumergroup_topic_unknown_partitions", &silent), Some("1"));
    let leaderless = [("topic", "orders"), ("partition", "2")];
    for absent in ["leader", "current_offset", "oldest_offset"] {
        assert_eq!(value(&page, &format!("kafka_topic_partition_{absent}"), &leaderless), None, "{absent}");
    }
    assert_eq!(value(&page, "kafka_topic_partition_under_replicated_partition", &leaderless), Some("1"));
    assert_eq!(value(&page, "kafka_topic_partition_leader_is_preferred", &leaderless), Some("0"));
}

#[test]
fn topics_that_are_not_listed_have_no_series_of_their_own() {
    let mut report = World::new("shop").topic("orders", &[(0, 1)]).report();
    let mut snapshot = (*report.snapshot).clone();
    snapshot.topics[0].is_listed = false;
    snapshot.topics[0].partitions.clear();
    report.snapshot = snapshot.into();
    assert!(!families(&[&report], &everything(), Format::Text).contains_key("kafka_topic_partitions"));
}

#[test]
fn states_are_one_hot() {
    let page = families(&[&small_world()], &RenderOptions::default(), Format::Text);
    for (group, state) in [("archive", "Empty"), ("billing", "Stable"), ("silent", "Unknown")] {
        let of_group: Vec<_> = page["kafka_consumergroup_state"]
            .samples
            .iter()
            .filter(|sample| sample.label("consumergroup") == Some(group))
            .collect();
        assert_eq!(of_group.len(), 9);
        let hot: Vec<_> = of_group.iter().filter(|sample| sample.value == "1").collect();
        assert_eq!(hot.len(), 1);
        assert_eq!(hot[0].label("state"), Some(state));
    }
}

#[test]
fn clusters_share_each_family_whatever_order_they_come_in() {
    let (shop, other) = (small_world(), World::new("bank").broker(7, "b:9092", None).report());
    let page = body(&[&shop, &other], &everything(), Format::Text);
    assert_eq!(page, body(&[&other, &shop, &other], &everything(), Format::Text));
    let parsed = families(&[&shop, &other], &everything(), Format::Text);
    let brokers: Vec<_> =
        parsed["kafka_brokers"].samples.iter().map(|sample| (sample.label("cluster_name"), &*sample.value)).collect();
    assert_eq!(brokers, [(Some("bank"), "1"), (Some("shop"), "2")]);
}

#[test]
fn no_report_makes_an_empty_body() {
    assert_eq!(body(&[], &everything(), Format::OpenMetrics), "");
}

#[test]
fn a_report_that_breaks_its_promise_still_makes_a_page_without_duplicates() {
    let mut report = small_world();
    let twice = report.groups.clone();
    report.groups.extend(twice);
    let mut snapshot = (*report.snapshot).clone();
    snapshot.topics.push(snapshot.topics[0].clone());
    snapshot.brokers.push(snapshot.brokers[0].clone());
    report.snapshot = snapshot.into();
    let page = body(&[&report], &everything(), Format::Text);
    let expected = body(&[&small_world()], &everything(), Format::Text)
        .replace("kafka_brokers{cluster_name=\"shop\"} 2", "kafka_brokers{cluster_name=\"shop\"} 3");
    assert_eq!(page, expected, "only the count of brokers differs");
}

#[test]
fn content_types_are_what_prometheus_negotiates() {
    assert_eq!(Format::Text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(Format::OpenMetrics.content_type(), "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

#[test]
fn a_sink_that_fails_is_told_to_the_caller() {
    let mut full = [0_u8; 100];
    let result = metrics(&[&small_world()], &RenderOptions::default(), Format::Text, &mut full.as_mut_slice());
    assert_eq!(result.expect_err("100 bytes are too few").kind(), io::ErrorKind::WriteZero);
}

#[test]
fn a_series_allocates_nothing() {
    let allocation_count = |partitions: usize| {
        let commits: Vec<_> = (0..).zip(0..partitions).map(|(partition, _)| ("orders", partition, 4)).collect();
        let report = World::new("shop").topic("orders", &vec![(0, 9); partitions]).group("billing", &commits).report();
        let render = || {
            metrics(&[&report], &everything(), Format::Text, &mut io::sink()).expect("a sink takes all");
        };
        allocation_counter::measure(render).count_total
    };
    assert_eq!(allocation_count(10), allocation_count(1000));
}
