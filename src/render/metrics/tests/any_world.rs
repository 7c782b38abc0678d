//! Worlds with any names.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{Format, parse};
use super::{everything, families, value};
use crate::model::{Offsets, PartitionLag, Unknown};
use crate::render::world::{World, unknown_lag};

/// Names as hostile as a group id may be.
fn any_name() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z.:_-]{1,12}",
        proptest::collection::vec(
            prop_oneof![
                Just('"'),
                Just('\\'),
                Just('\n'),
                Just('\r'),
                Just('n'),
                Just('{'),
                Just('}'),
                Just(','),
                Just('='),
                Just('#'),
                Just(' '),
                Just(':'),
                Just('é'),
                Just('漢'),
                Just('\u{0}'),
                any::<char>(),
            ],
            0..10,
        )
        .prop_map(String::from_iter),
    ]
}

proptest! {
    #[test]
    fn any_world_parses_back(
        cluster in any_name(),
        topics in proptest::collection::btree_map(any_name(), proptest::collection::vec(0_i64..1_000_000, 1..4), 0..4),
        groups in proptest::collection::btree_map(any_name(), proptest::collection::vec(any::<bool>(), 1..4), 0..4),
        address in any_name(),
    ) {
        let mut world = World::new(&cluster).broker(1, &address, Some(&address));
        for (topic, ends) in &topics {
            world = world.topic(topic, &ends.iter().map(|end| (0, *end)).collect::<Vec<_>>());
        }
        let mut expected = BTreeMap::new();
        for (group, is_known) in &groups {
            world = world.group(group, &[]);
            for (topic, ends) in &topics {
                for ((partition, end), is_known) in (0_i32..).zip(ends).zip(is_known) {
                    if *is_known {
                        let lag = u64::try_from(*end).expect("ends are at least 0");
                        expected.insert((group.clone(), topic.clone(), partition.to_string()), lag.to_string());
                        world = world.lag(topic, PartitionLag { offsets: Offsets::new(Err(Unknown::NoLeader), Ok(lag)), ..unknown_lag(partition, Unknown::NoLeader) });
                    } else {
                        world = world.lag(topic, unknown_lag(partition, Unknown::NoCommit));
                    }
                }
            }
        }
        let report = world.report();
        for format in [Format::Text, Format::OpenMetrics] {
            let page = families(&[&report], &everything(), format);
            let label = |sample: &parse::Sample, name| sample.label(name).map(str::to_owned).expect("it has the label");
            let written: BTreeMap<_, _> = page.get("kafka_consumergroup_lag").into_iter().flat_map(|family| &family.samples)
                .map(|sample| (
                    (label(sample, "consumergroup"), label(sample, "topic"), label(sample, "partition")),
                    sample.value.clone(),
                ))
                .collect();
            prop_assert_eq!(&written, &expected);
            for sample in page.values().flat_map(|family| &family.samples) {
                prop_assert_eq!(sample.label("cluster_name"), Some(cluster.as_str()));
            }
            prop_assert_eq!(value(&page, "kafka_broker_info", &[("address", &address), ("rack", &address)]), Some("1"));
            let ends: usize = topics.values().map(Vec::len).sum();
            prop_assert_eq!(page.get("kafka_topic_partition_current_offset").map_or(0, |family| family.samples.len()), ends);
        }
    }
}
