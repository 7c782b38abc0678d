//! Our own counters beside the body.

use std::collections::BTreeSet;

use prometheus::core::Collector;
use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, IntGaugeVec, Opts, Registry};

use super::super::parse::parse;
use super::super::{FAMILIES, Format, own};
use super::{body, everything, value};
use crate::model::RenderOptions;
use crate::render::world::small_world;

fn registry() -> Registry {
    let registry = Registry::new();
    let requests = IntCounterVec::new(Opts::new("highwater_requests_total", "other words"), &["cluster_name", "api"]);
    let requests = requests.expect("valid names");
    requests.with_label_values(&["shop \"1\"\\\n", "Metadata"]).inc_by(3);
    let up = IntGaugeVec::new(Opts::new("highwater_up", "other words"), &["cluster_name"]).expect("valid names");
    up.with_label_values(&["shop"]).set(1);
    let took = HistogramOpts::new("highwater_test_seconds", "A \"quoted\" help.").buckets(vec![0.25, 1.0, 10.0]);
    let took = HistogramVec::new(took, &["path"]).expect("valid names");
    for seconds in [0.2, 0.9, 99.0] {
        took.with_label_values(&["/"]).observe(seconds);
    }
    let collectors: [Box<dyn Collector>; 3] = [Box::new(requests), Box::new(up), Box::new(took)];
    for collector in collectors {
        registry.register(collector).expect("registered once");
    }
    registry
}

fn own_page(format: Format) -> String {
    let mut out = Vec::new();
    own(&registry().gather(), &RenderOptions::default(), format, &mut out).expect("a Vec takes all");
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn own_counters_in_text() {
    insta::assert_snapshot!(own_page(Format::Text), @r#"
    # HELP highwater_requests_total Requests sent to brokers, by Kafka's name of the API.
    # TYPE highwater_requests_total counter
    highwater_requests_total{api="Metadata",cluster_name="shop \"1\"\\\n"} 3
    # HELP highwater_test_seconds A "quoted" help.
    # TYPE highwater_test_seconds histogram
    highwater_test_seconds_bucket{path="/",le="0.25"} 1
    highwater_test_seconds_bucket{path="/",le="1"} 2
    highwater_test_seconds_bucket{path="/",le="10"} 2
    highwater_test_seconds_bucket{path="/",le="+Inf"} 3
    highwater_test_seconds_sum{path="/"} 100.1
    highwater_test_seconds_count{path="/"} 3
    # HELP highwater_up 1 while the last poll of the cluster learned something, else 0.
    # TYPE highwater_up gauge
    highwater_up{cluster_name="shop"} 1
    "#);
}

#[test]
fn own_counters_in_openmetrics() {
    insta::assert_snapshot!(own_page(Format::OpenMetrics), @r#"
    # HELP highwater_requests Requests sent to brokers, by Kafka's name of the API.
    # TYPE highwater_requests counter
    highwater_requests_total{api="Metadata",cluster_name="shop \"1\"\\\n"} 3
    # HELP highwater_test_seconds A \"quoted\" help.
    # TYPE highwater_test_seconds histogram
    highwater_test_seconds_bucket{path="/",le="0.25"} 1
    highwater_test_seconds_bucket{path="/",le="1.0"} 2
    highwater_test_seconds_bucket{path="/",le="10.0"} 2
    highwater_test_seconds_bucket{path="/",le="+Inf"} 3
    highwater_test_seconds_sum{path="/"} 100.1
    highwater_test_seconds_count{path="/"} 3
    # HELP highwater_up 1 while the last poll of the cluster learned something, else 0.
    # TYPE highwater_up gauge
    highwater_up{cluster_name="shop"} 1
    # EOF
    "#);
}

#[test]
fn body_and_own_counters_make_one_page() {
    for format in [Format::Text, Format::OpenMetrics] {
        let page = body(&[&small_world()], &everything(), format) + &own_page(format);
        let families = parse(&page, format == Format::OpenMetrics).expect("one page");
        assert_eq!(value(&families, "highwater_up", &[("cluster_name", "shop")]), Some("1"));
        let requests = if format == Format::OpenMetrics { "highwater_requests" } else { "highwater_requests_total" };
        assert_eq!(value(&families, requests, &[("cluster_name", "shop \"1\"\\\n")]), Some("3"));
    }
}

#[test]
fn a_family_of_the_body_is_never_repeated_by_our_own() {
    let registry = Registry::new();
    let series = IntGaugeVec::new(Opts::new("highwater_series", "registered by mistake"), &["family"]).expect("valid");
    series.with_label_values(&["kafka_brokers"]).set(1);
    registry.register(Box::new(series)).expect("registered once");
    let mut page = body(&[&small_world()], &RenderOptions::default(), Format::Text).into_bytes();
    own(&registry.gather(), &RenderOptions::default(), Format::Text, &mut page).expect("a Vec takes all");
    let families = parse(&String::from_utf8(page).expect("UTF-8"), false).expect("one page");
    assert_eq!(value(&families, "highwater_series", &[("family", "kafka_brokers")]), Some("1"));
    assert_ne!(families["highwater_series"].help, "registered by mistake");
}

#[test]
fn what_is_excluded_is_not_shown_of_us_either() {
    let excluded_families = BTreeSet::from(["highwater_requests_total".to_owned()]);
    let options = RenderOptions { excluded_families, ..RenderOptions::default() };
    for format in [Format::Text, Format::OpenMetrics] {
        let mut page = Vec::new();
        own(&registry().gather(), &options, format, &mut page).expect("a Vec takes all");
        let page = String::from_utf8(page).expect("UTF-8");
        let families = parse(&page, format == Format::OpenMetrics).expect("one page");
        assert_eq!(families.keys().collect::<Vec<_>>(), ["highwater_test_seconds", "highwater_up"]);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn the_catalogue_lists_what_the_process_collector_gathers() {
    let gathered = prometheus::process_collector::ProcessCollector::for_self().collect();
    for format in [Format::Text, Format::OpenMetrics] {
        let mut page = Vec::new();
        own(&gathered, &RenderOptions::default(), format, &mut page).expect("a Vec takes all");
        let page = String::from_utf8(page).expect("UTF-8");
        let families = parse(&page, format == Format::OpenMetrics).expect("one page");
        let listed = FAMILIES.iter().filter(|family| family.name.starts_with("process_"));
        let mut count = 0;
        for family in listed {
            let name = match format {
                Format::Text => family.name,
                Format::OpenMetrics => family.name.trim_end_matches("_total"),
            };
            assert_eq!((&*families[name].kind, &*families[name].help), (family.kind.word(), family.help));
            assert!(families[name].samples[0].labels.is_empty(), "{name}");
            count += 1;
        }
        assert_eq!(families.len(), count, "{page}");
    }
}
