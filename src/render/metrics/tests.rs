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
use crate::model::{Check, GroupKind, GroupReport, Status, TimeLag};
use crate::render::world::{World, small_world, watched_world};

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
    let off = FAMILIES.iter().filter(|family| !family.is_on_by_default).map(|family| family.name.to_owned());
    RenderOptions { kafka_exporter_sums: true, included_families: off.collect(), ..RenderOptions::default() }
}

#[test]
fn a_small_world_in_text() {
    let page = body(&[&watched_world()], &everything(), Format::Text);
    let golden = include_str!("golden.prom");
    for (written, expected) in page.lines().zip(golden.lines()) {
        assert_eq!(written, expected);
    }
    assert_eq!(page.lines().count(), golden.lines().count());
}

#[test]
fn the_formats_differ_only_in_the_name_of_a_counter_and_how_the_page_ends() {
    let report = watched_world();
    let [mut text, openmetrics] =
        [Format::Text, Format::OpenMetrics].map(|format| families(&[&report], &everything(), format));
    let counters = text.keys().filter(|name| name.starts_with("kafka_") && name.ends_with("_total"));
    for counter in counters.cloned().collect::<Vec<_>>() {
        let family = text.remove(&counter).expect("it is there");
        let name = counter.trim_end_matches("_total").to_owned();
        text.insert(name.clone(), Parsed { name, ..family });
    }
    assert!(text.contains_key("kafka_consumergroup_records_lost"));
    assert_eq!(text, openmetrics);
}

#[test]
fn families_have_exactly_the_labels_kind_and_help_of_the_catalogue() {
    for format in [Format::Text, Format::OpenMetrics] {
        let written = families(&[&watched_world()], &everything(), format);
        let name = |family: &Family| text::family_name(family.name, family.kind.word(), format);
        let reported = || FAMILIES.iter().filter(|family| family.origin() == Origin::Report);
        assert_eq!(written.keys().map(String::as_str).collect::<BTreeSet<_>>(), reported().map(name).collect());
        for family in reported() {
            let parsed = &written[name(family)];
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
fn what_is_only_known_from_below_says_so() {
    let page = families(&[&watched_world()], &everything(), Format::Text);
    let of = |partition| [("consumergroup", "billing"), ("topic", "orders"), ("partition", partition)];
    let age = |partition| value(&page, "kafka_consumergroup_lag_seconds", &of(partition));
    let uncertainty = |partition| value(&page, "kafka_consumergroup_lag_uncertainty_seconds", &of(partition));
    assert_eq!((age("0"), uncertainty("0")), (Some("137.5"), Some("7.5")));
    assert_eq!((age("1"), uncertainty("1")), (Some("3600"), Some("+Inf")));
    assert_eq!((age("2"), uncertainty("2")), (None, None));
    assert_eq!(value(&page, "kafka_consumergroup_topic_lag_seconds", &of("0")[..2]), Some("3600"));
    let payments = [("consumergroup", "billing"), ("topic", "payments"), ("partition", "0")];
    assert_eq!(value(&page, "kafka_consumergroup_lag_seconds", &payments), Some("0"), "caught up");
}

#[test]
fn what_no_history_tells_yet_is_absent() {
    let page = families(&[&small_world()], &everything(), Format::Text);
    for absent in [
        "lag_seconds",
        "lag_uncertainty_seconds",
        "topic_lag_seconds",
        "lag_velocity",
        "drain_eta_seconds",
        "loss_eta_seconds",
        "retention_used_ratio",
        "last_progress_timestamp_seconds",
        "members_needed",
        "member_partitions",
    ] {
        assert!(!page.contains_key(&format!("kafka_consumergroup_{absent}")), "{absent}");
    }
    assert_eq!(value(&page, "kafka_consumergroup_records_lost_total", &[("topic", "orders")]), Some("0"));
}

#[test]
fn statuses_are_one_hot_and_counted() {
    let page = families(&[&watched_world()], &everything(), Format::Text);
    let of_group = |family: &str, group: &str| -> Vec<(String, String)> {
        let samples = page[family].samples.iter().filter(|sample| sample.label("consumergroup") == Some(group));
        let of_status = |sample: &parse::Sample| (sample.label("status").map(str::to_owned), sample.value.clone());
        samples.map(of_status).map(|(status, value)| (status.expect("it has the label"), value)).collect()
    };
    let above_zero = |family: &str, group: &str| -> Vec<(String, String)> {
        let all = of_group(family, group);
        let statuses: Vec<_> = all.iter().map(|(status, _)| status.as_str()).collect();
        assert_eq!(statuses, Status::ALL.map(Status::word), "every status, worst first");
        all.into_iter().filter(|(_, value)| value != "0").collect()
    };
    let one = |status: &str| (status.to_owned(), "1".to_owned());
    assert_eq!(above_zero("kafka_consumergroup_status", "billing"), [one("data_loss")]);
    assert_eq!(above_zero("kafka_consumergroup_status", "archive"), [one("ok")]);
    let counted = ["data_loss", "no_commit", "falling_behind", "ok"].map(one);
    assert_eq!(above_zero("kafka_consumergroup_partitions", "billing"), counted);
    assert_eq!(above_zero("kafka_consumergroup_partitions", "archive"), []);

    let mut share = watched_world();
    share.groups[0].kind = GroupKind::Share;
    let page = families(&[&share], &everything(), Format::Text);
    for family in ["kafka_consumergroup_status", "kafka_consumergroup_partitions"] {
        assert_eq!(value(&page, family, &[("consumergroup", "archive")]), None, "{family}");
    }
}

#[test]
fn every_check_is_there_at_every_severity() {
    let page = families(&[&watched_world()], &everything(), Format::Text);
    let samples = &page["kafka_cluster_findings"].samples;
    assert_eq!(samples.len(), Check::ALL.len() * 3);
    let found: Vec<_> = samples
        .iter()
        .filter(|sample| sample.value != "0")
        .map(|sample| (sample.label("check"), sample.label("severity"), sample.value.as_str()))
        .collect();
    assert_eq!(found, [(Some("under_replicated"), Some("warning"), "1")]);
    assert_eq!(value(&page, "kafka_cluster_offline_partitions", &[]), Some("1"));
    assert_eq!(value(&page, "kafka_cluster_under_replicated_partitions", &[]), Some("1"));
}

#[test]
fn members_that_look_alike_are_one_series() {
    let page = families(&[&watched_world()], &everything(), Format::Text);
    let members: Vec<_> = page["kafka_consumergroup_member_partitions"]
        .samples
        .iter()
        .map(|sample| (sample.label("client_id").expect("it has the label"), sample.value.as_str()))
        .collect();
    assert_eq!(members, [("spare", "0"), ("worker", "3")]);
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
        let aged = |group: &mut GroupReport| {
            group
                .partitions
                .iter_mut()
                .for_each(|lag| lag.time_lag = Some(TimeLag::new(1.5, (1.5, 1.5), crate::model::Quality::Exact)));
        };
        let world = World::new("shop").topic("orders", &vec![(0, 9); partitions]).group("billing", &commits);
        let report = world.group_facts(aged).report();
        let render = || {
            metrics(&[&report], &everything(), Format::Text, &mut io::sink()).expect("a sink takes all");
        };
        allocation_counter::measure(render).count_total
    };
    assert_eq!(allocation_count(10), allocation_count(1000));
}
