//! What options leave out and switch on.

use std::collections::{BTreeMap, BTreeSet};

use super::super::parse::Parsed;
use super::super::{Detail, FAMILIES, Format};
use super::{everything, families, value};
use crate::model::{Check, PartitionDetail, RenderOptions};
use crate::render::world::{World, small_world};

#[test]
fn partitions_lagging_shows_those_with_unread_records() {
    let options = RenderOptions { partitions: PartitionDetail::Lagging, ..RenderOptions::default() };
    let page = families(&[&small_world()], &options, Format::Text);
    let partitions = |family: &str| -> Vec<_> {
        page[family].samples.iter().map(|sample| (sample.label("topic"), sample.label("partition"))).collect()
    };
    let lagging = vec![(Some("orders"), Some("0")), (Some("orders"), Some("1"))];
    assert_eq!(partitions("kafka_consumergroup_lag"), lagging);
    assert_eq!(partitions("kafka_consumergroup_current_offset"), lagging);
    assert_eq!(partitions("kafka_topic_partition_replicas"), lagging);
    assert_eq!(page["kafka_topic_partitions"].samples.len(), 2, "topics are all there");
}

#[test]
fn partitions_none_leaves_no_family_with_that_label() {
    let options = RenderOptions { partitions: PartitionDetail::None, ..everything() };
    let page = families(&[&small_world()], &options, Format::Text);
    for family in page.values() {
        assert!(family.samples.iter().all(|sample| sample.label("partition").is_none()), "{}", family.name);
    }
    assert!(page.contains_key("kafka_consumergroup_topic_lag"));
    assert_eq!(value(&page, "highwater_series", &[("family", "kafka_consumergroup_lag")]), None);
}

#[test]
fn families_are_switched_on_and_off_by_name() {
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
    let options = RenderOptions {
        included_families: names(&["kafka_consumergroup_lag_sum"]),
        excluded_families: names(&["kafka_consumergroup_state", "highwater_series"]),
        ..RenderOptions::default()
    };
    let page = families(&[&small_world()], &options, Format::Text);
    assert!(page.contains_key("kafka_consumergroup_lag_sum"));
    for absent in ["kafka_consumergroup_current_offset_sum", "kafka_consumergroup_state", "highwater_series"] {
        assert!(!page.contains_key(absent), "{absent}");
    }
}

fn detail_of(name: &str) -> Detail {
    FAMILIES.iter().find(|family| family.name == name).expect("every family is in the catalogue").detail
}

#[test]
fn too_many_series_cost_the_finest_detail_first_and_the_page_says_so() {
    let (shop, bank) = (small_world(), World::new("bank").broker(7, "b:9092", None).report());
    let all = families(&[&shop, &bank], &everything(), Format::Text);
    let kafka = |page: &BTreeMap<String, Parsed>| -> BTreeMap<String, usize> {
        let of_kafka = page.values().filter(|family| family.name.starts_with("kafka_"));
        of_kafka.map(|family| (family.name.clone(), family.samples.len())).collect()
    };
    let all_count: usize = kafka(&all).values().sum();
    let mut fewest = usize::MAX;
    for series_max in (0..=all_count).rev() {
        let options = RenderOptions { series_max, ..everything() };
        let page = families(&[&shop, &bank], &options, Format::Text);
        let written = kafka(&page);
        let written_count: usize = written.values().sum();
        let dropped: Vec<_> = kafka(&all).into_keys().filter(|name| !written.contains_key(name)).collect();
        let finest_kept = written.keys().map(|name| detail_of(name)).max().expect("clusters stay");
        assert!(dropped.iter().all(|name| detail_of(name) >= finest_kept), "{dropped:?} before {finest_kept:?}");
        assert!(written_count <= series_max || finest_kept == Detail::Cluster, "{written_count} of {series_max}");
        assert!(written.contains_key("kafka_brokers") && written.contains_key("kafka_broker_info"));
        fewest = fewest.min(written_count);
        for cluster in ["bank", "shop"] {
            let cluster = ("cluster_name", cluster);
            let mut told_count = 0;
            for sample in
                page["highwater_series"].samples.iter().filter(|sample| sample.label(cluster.0) == Some(cluster.1))
            {
                let family = sample.label("family").expect("it names a family");
                let of_cluster = page.get(family).map_or(0, |family| {
                    family.samples.iter().filter(|sample| sample.label(cluster.0) == Some(cluster.1)).count()
                });
                assert_eq!(sample.value, of_cluster.to_string(), "{family}");
                told_count += of_cluster;
            }
            let before =
                all.values().filter(|family| family.name.starts_with("kafka_")).flat_map(|family| &family.samples);
            let before_count = before.filter(|sample| sample.label(cluster.0) == Some(cluster.1)).count();
            let dropped = value(&page, "highwater_series_dropped", &[cluster]).expect("always there");
            assert_eq!(dropped, (before_count - told_count).to_string());
        }
    }
    let of_clusters = 2 * (3 + 3 * Check::ALL.len());
    assert_eq!(fewest, of_clusters + 3, "what tells of a cluster and its three brokers is never dropped");
}
