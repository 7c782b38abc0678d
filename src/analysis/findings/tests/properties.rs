//! What holds of findings in any cluster, however it is polled.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;

const NAMES: [&str; 3] = ["a", "b", "c"];

fn any_partition() -> impl Strategy<Value = Told> {
    prop_oneof![4 => Just(WELL), 1 => Just(OFFLINE), 1 => Just(BEHIND), 1 => Just(ELSEWHERE)]
}

fn any_metadata() -> impl Strategy<Value = Metadata> {
    let topics =
        proptest::collection::btree_map(0..NAMES.len(), proptest::collection::vec(any_partition(), 1..5), 0..4);
    (proptest::collection::btree_set(1..5, 1..5), topics).prop_map(|(brokers, topics)| Metadata {
        brokers: brokers.into_iter().collect(),
        topics: topics.into_iter().map(|(name, partitions)| (NAMES[name], 1, partitions)).collect(),
    })
}

/// A history: what the metadata told, and how many polls in a row, and the seconds before each poll.
fn any_history() -> impl Strategy<Value = Vec<(u64, Metadata)>> {
    let stretch = (any_metadata(), proptest::collection::vec(1_u64..400, 1..12));
    proptest::collection::vec(stretch, 1..6).prop_map(|stretches| {
        let polls = stretches
            .into_iter()
            .flat_map(|(metadata, gaps)| gaps.into_iter().map(move |gap| (gap, metadata.clone())).collect::<Vec<_>>());
        polls.collect()
    })
}

/// Whether the metadata shows what the finding is about.
fn shows(metadata: &Metadata, check: Check, name: &str, partition: usize) -> bool {
    let partitions = metadata.topics.iter().find(|(topic, ..)| *topic == name).map(|(_, _, partitions)| partitions);
    let told = partitions.and_then(|partitions| partitions.get(partition));
    told.is_some_and(|(leader, _, in_sync)| match check {
        Check::OfflinePartitions => leader.is_none(),
        _ => *in_sync < 2,
    })
}

fn least(finding: &Finding) -> u64 {
    match (finding.check, finding.severity) {
        (Check::OfflinePartitions, _) | (Check::BrokerSetChanged, Severity::Info) => 0,
        (Check::UnderReplicated, _) => 300,
        (Check::PreferredLeaderImbalance | Check::LeaderSkew, _) => 1800,
        (Check::BrokerSetChanged, _) => 60,
    }
}

proptest! {
    #[test]
    fn nothing_is_found_before_its_time(history in any_history()) {
        let mut watch = Watch::default();
        let mut seen: Vec<(u64, Metadata)> = Vec::new();
        for (gap, metadata) in history {
            let found = watch.poll(gap, &metadata);
            seen.push((watch.second, metadata.clone()));
            let order: Vec<_> = found.iter().map(|found| (found.check, found.about.clone())).collect();
            prop_assert!(order.is_sorted(), "{order:?}");
            for finding in &found {
                prop_assert!(finding.lasting.as_secs() >= least(finding), "{finding:?}");
                prop_assert!(finding.lasting.as_secs() <= watch.second - seen[0].0, "{finding:?}");
                prop_assert!(finding.count > 0);
                let About::Topic(name, partition) = &finding.about else { continue };
                let place = usize::try_from(partition.0).expect("partitions are numbered from 0 on");
                let so_far = seen.iter().rev().take_while(|(_, metadata)| shows(metadata, finding.check, name, place));
                let (polls, since) = so_far.fold((0, watch.second), |(polls, _), (second, _)| (polls + 1, *second));
                prop_assert!(polls >= 2, "{finding:?} after {polls} polls");
                prop_assert!(watch.second - since >= least(finding), "{finding:?} since {since}");
            }
        }
    }

    /// The other way round: what is so in every poll for long enough is found, with the right count.
    #[test]
    fn what_lasts_is_found(metadata in any_metadata(), gaps in proptest::collection::vec(1_u64..120, 40)) {
        let mut watch = Watch::default();
        let found = gaps.iter().fold(Vec::new(), |_, gap| watch.poll(*gap, &metadata));
        let is_long = |finding: u64| watch.second - gaps[0] >= finding;
        let mut expected: BTreeMap<(Check, &str), usize> = BTreeMap::new();
        for (name, _, partitions) in &metadata.topics {
            for place in 0..partitions.len() {
                for (check, least) in [(Check::OfflinePartitions, 0), (Check::UnderReplicated, 300)] {
                    if is_long(least) && shows(&metadata, check, name, place) {
                        *expected.entry((check, *name)).or_default() += 1;
                    }
                }
            }
        }
        let counts: BTreeMap<_, _> = found.iter().filter_map(|finding| match &finding.about {
            About::Topic(name, _) => Some(((finding.check, name.as_str()), finding.count)),
            _ => None,
        }).collect();
        prop_assert_eq!(counts, expected);
    }

    #[test]
    fn a_healthy_cluster_gives_none(
        broker_count in 1_i32..7,
        topics in proptest::collection::vec(1_usize..40, 0..3),
        gaps in proptest::collection::vec(1_u64..5000, 1..30),
    ) {
        // Leaders are dealt out in turn, as Kafka does.
        let mut next = (0..broker_count).cycle();
        let mut deal = |count| next.by_ref().take(count).map(|id| (Some(id), id, 2)).collect::<Vec<_>>();
        let topics = NAMES.iter().zip(&topics).map(|(name, count)| (*name, 1, deal(*count))).collect();
        let metadata = Metadata { brokers: (0..broker_count).collect(), topics };
        let mut watch = Watch::default();
        for gap in gaps {
            prop_assert_eq!(told(&watch.poll(gap, &metadata)), []);
        }
    }
}
