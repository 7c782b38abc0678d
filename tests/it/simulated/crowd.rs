//! A cluster with groups of every kind, for tests that ask what becomes of all of them. It is NOT a story.
//! Invariant: every broker leads partitions and coordinates groups, when there are enough of both.

use std::time::Duration;

use highwater::simulator::spec::{GroupSpec, GroupType, TopicSpec};
use highwater::simulator::{ClusterSettings, Scenario};

/// In turn, so that every kind is there in any crowd of some size.
const KINDS: [GroupType; 10] = [
    GroupType::Classic,
    GroupType::Consumer,
    GroupType::Cooperative,
    GroupType::Simple,
    GroupType::Classic,
    GroupType::Static,
    GroupType::Consumer,
    GroupType::Empty,
    GroupType::Connect,
    GroupType::Streams,
];

/// So many brokers, and no copy of what groups write to the offsets topic.
pub(super) fn cluster(brokers: u16, seed: u64) -> ClusterSettings {
    ClusterSettings { seed, brokers, history: Duration::from_hours(1), has_offsets_log: false }
}

/// So many groups on ten topics.
pub(super) fn crowd(groups: u32) -> Scenario {
    let topics = (0_u32..10).map(|number| {
        let topic = TopicSpec::new(format!("topic-{number}"), 1 + (number * 5) % 13).rate(f64::from(3 + number * 20));
        // One is on few brokers, another has nothing to fall back on, and one soon forgets.
        match number {
            3 => TopicSpec { on_brokers: vec![1, 2], ..topic },
            4 => TopicSpec { replication: 1, ..topic },
            5 => TopicSpec { retention: Duration::from_mins(2), ..topic },
            _ => topic,
        }
    });
    let groups = (0_u32..groups).map(|number| {
        let kind = KINDS[number as usize % KINDS.len()];
        let (first, second) = (format!("topic-{}", number % 10), format!("topic-{}", (number * 7 + 3) % 10));
        let read: &[&str] = if first == second { &[&first] } else { &[&first, &second] };
        let group = GroupSpec::new(format!("group-{number}"), kind, read).members(1 + number % 4);
        GroupSpec { behind: number % 5 * 1000, capacity: (number % 3 == 0).then_some(20.0), ..group }
    });
    Scenario { name: "crowd".to_owned(), topics: topics.collect(), groups: groups.collect(), ..Scenario::default() }
}
