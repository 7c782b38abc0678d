//! What a scrape finds of our own counters, poll by poll.
//!
//! Not how it is written out.
//! Invariant: read through `gather`, the only way out.

use super::*;
use crate::model::{Phase, ProblemKind, Question, Resource, Timestamp};
use crate::telemetry::PollOutcome;
use prometheus::proto::{LabelPair, Metric};
use std::time::Duration;

/// `name{label="value",…} number` for every sample, sorted.
fn lines(metrics: &SelfMetrics) -> Vec<String> {
    let mut lines = Vec::new();
    for family in metrics.gather(None) {
        for metric in family.get_metric() {
            let mut labels: Vec<String> =
                metric.get_label().iter().map(|pair| format!("{}={:?}", pair.name(), pair.value())).collect();
            labels.sort();
            let value = match family.get_field_type() {
                prometheus::proto::MetricType::COUNTER => metric.get_counter().get_value(),
                _ => metric.get_gauge().get_value(),
            };
            lines.push(format!("{}{{{}}} {value}", family.name(), labels.join(",")));
        }
    }
    lines
}

fn starting_with<'a>(lines: &'a [String], prefix: &str) -> Vec<&'a str> {
    lines.iter().filter(|line| line.starts_with(prefix)).map(String::as_str).collect()
}

fn outcome(phases: &[(Phase, Duration)]) -> PollOutcome<'_> {
    PollOutcome {
        is_up: true,
        duration: Duration::from_millis(1500),
        phases,
        finished_at: Timestamp::from_unix(Duration::from_secs(1_700_000_000)),
        skew: Some(Duration::from_millis(250)),
        is_followed: Some(true),
        denied: BTreeMap::from([(Resource::Group, 3)]),
        duplicate_listings: 2,
    }
}

fn metrics_of(name: &str) -> (SelfMetrics, ClusterMetrics) {
    let metrics = SelfMetrics::new().expect("the families are well formed");
    let cluster = metrics.cluster(&ClusterName::from(name)).expect("the families are well formed");
    (metrics, cluster)
}

#[test]
fn before_the_first_poll_nothing_is_claimed_but_every_counter_starts_at_zero() {
    let (metrics, _cluster) = metrics_of("orders");
    let lines = lines(&metrics);
    let of_cluster: Vec<&String> = lines.iter().filter(|line| line.contains("cluster_name=\"orders\"")).collect();
    assert_eq!(starting_with(&lines, "highwater_requests_total").len(), Question::ALL.len());
    assert!(of_cluster.iter().all(|line| line.ends_with(" 0")), "{of_cluster:#?}");
    assert!(lines.contains(&"highwater_up{cluster_name=\"orders\"} 0".to_owned()), "{lines:#?}");
    assert!(starting_with(&lines, "highwater_last_poll").is_empty());
    assert!(starting_with(&lines, "highwater_poll_duration").is_empty());
    assert!(starting_with(&lines, "highwater_snapshot_skew").is_empty());
    assert!(lines.contains(&"highwater_config_reload_success{} 1".to_owned()));
    assert_eq!(starting_with(&lines, "highwater_build_info").len(), 1);
    assert_eq!(starting_with(&lines, "process_resident_memory_bytes").len(), 1);
}

#[test]
fn a_poll_that_learned_nothing_takes_back_what_the_one_before_told() {
    let (metrics, cluster) = metrics_of("orders");
    cluster.polls_every(Duration::from_mins(5));
    cluster
        .poll_finished(&outcome(&[(Phase::Metadata, Duration::from_secs(1)), (Phase::Ends, Duration::from_secs(2))]));
    let good = lines(&metrics);
    for expected in [
        "highwater_up{cluster_name=\"orders\"} 1",
        "highwater_poll_interval_seconds{cluster_name=\"orders\"} 300",
        "highwater_poll_duration_seconds{cluster_name=\"orders\"} 1.5",
        "highwater_poll_phase_seconds{cluster_name=\"orders\",phase=\"ends\"} 2",
        "highwater_snapshot_skew_seconds{cluster_name=\"orders\"} 0.25",
        "highwater_offsets_topic_followed{cluster_name=\"orders\"} 1",
        "highwater_authorization_denied{cluster_name=\"orders\",resource=\"group\"} 3",
        "highwater_authorization_denied{cluster_name=\"orders\",resource=\"topic\"} 0",
        "highwater_duplicate_group_listings_total{cluster_name=\"orders\"} 2",
        "highwater_last_poll_timestamp_seconds{cluster_name=\"orders\"} 1700000000",
    ] {
        assert!(good.contains(&expected.to_owned()), "{expected} is not in {good:#?}");
    }

    let failed_at = Timestamp::from_unix(Duration::from_secs(1_800_000_001));
    cluster.poll_finished(&PollOutcome {
        is_up: false,
        skew: None,
        is_followed: None,
        finished_at: failed_at,
        denied: BTreeMap::new(),
        ..outcome(&[])
    });
    let bad = lines(&metrics);
    assert!(starting_with(&bad, "highwater_poll_phase_seconds").is_empty());
    assert!(starting_with(&bad, "highwater_snapshot_skew").is_empty());
    assert!(starting_with(&bad, "highwater_offsets_topic").is_empty());
    for expected in [
        "highwater_up{cluster_name=\"orders\"} 0",
        "highwater_polls_total{cluster_name=\"orders\"} 2",
        "highwater_poll_failures_total{cluster_name=\"orders\"} 1",
        "highwater_authorization_denied{cluster_name=\"orders\",resource=\"group\"} 0",
        "highwater_last_poll_timestamp_seconds{cluster_name=\"orders\"} 1700000000",
    ] {
        assert!(bad.contains(&expected.to_owned()), "{expected} is not in {bad:#?}");
    }
}

#[test]
fn requests_are_counted_by_api_and_failures_by_word() {
    let (metrics, cluster) = metrics_of("orders");
    cluster.request(Question::Metadata);
    cluster.clone().request(Question::Metadata);
    cluster.request_failed(Question::Metadata, ProblemKind::Timeout);
    let lines = lines(&metrics);
    assert_eq!(
        starting_with(&lines, "highwater_requests_total{api=\"Metadata\""),
        ["highwater_requests_total{api=\"Metadata\",cluster_name=\"orders\"} 2"]
    );
    assert_eq!(
        starting_with(&lines, "highwater_request_failures_total"),
        ["highwater_request_failures_total{api=\"Metadata\",cluster_name=\"orders\",error=\"timeout\"} 1"]
    );
}

#[test]
fn a_forgotten_cluster_stays_forgotten_while_a_straggler_still_counts_for_it() {
    let (metrics, cluster) = metrics_of("orders");
    metrics.cluster(&ClusterName::from("payments")).expect("well formed");
    let straggler = cluster.clone();
    cluster.forget();
    straggler.request(Question::Metadata);
    let text = lines(&metrics).join("\n");
    assert!(!text.contains("orders"), "{text}");
    assert!(text.contains("payments"), "{text}");

    let again = metrics.cluster(&ClusterName::from("orders")).expect("well formed");
    straggler.forget();
    again.request(Question::Metadata);
    let text = lines(&metrics).join("\n");
    assert!(text.contains("highwater_requests_total{api=\"Metadata\",cluster_name=\"orders\"} 1"), "{text}");
}

#[test]
fn a_family_stands_once_however_many_clusters_there_are() {
    let (metrics, _cluster) = metrics_of("orders");
    metrics.cluster(&ClusterName::from("payments")).expect("well formed");
    let families = metrics.gather(None);
    let up: Vec<_> = families.iter().filter(|family| family.name() == "highwater_up").collect();
    assert_eq!(up.len(), 1);
    assert_eq!(up[0].get_metric().len(), 2);
    let families = metrics.gather(Some(&ClusterName::from("payments")));
    let up = families.iter().find(|family| family.name() == "highwater_up").expect("the family");
    let labels: Vec<_> = up.get_metric().iter().flat_map(Metric::get_label).map(LabelPair::value).collect();
    assert_eq!(labels, ["payments"]);
    assert!(families.iter().any(|family| family.name() == "highwater_build_info"), "what is of no cluster stays");
}

#[test]
fn a_refused_configuration_shows_until_one_is_taken_over() {
    let (metrics, _cluster) = metrics_of("orders");
    metrics.config_reloaded(false);
    assert_eq!(starting_with(&lines(&metrics), "highwater_config_reload"), ["highwater_config_reload_success{} 0"]);
    metrics.config_reloaded(true);
    assert_eq!(starting_with(&lines(&metrics), "highwater_config_reload"), ["highwater_config_reload_success{} 1"]);
}
