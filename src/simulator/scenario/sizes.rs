//! What scenarios add up to: topics, partitions, groups, members, commits.
//!
//! Not each number by itself; `bounds` and `check` judge those.
//! Invariant: what may come later by an event counts as if it were there from the start.

use std::collections::BTreeMap;

use crate::simulator::spec::{Action, GroupSpec, Scenario};

use super::bounds::limits;

/// The most there ever is in a world by the scenarios that it is made of; what somebody does in it later is not known here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Topics.
    pub topics: u64,
    /// Partitions of all topics.
    pub partitions: u64,
    /// Groups.
    pub groups: u64,
    /// Members of all groups.
    pub members: u64,
    /// Partitions that groups read, each counted once for each group.
    pub commits: u64,
}

impl Sizes {
    /// Beyond so many [`commits`](Self::commits) a world keeps no log of them by itself: at the usual interval these are two
    /// thousand records per second, and each is kept for a minute.
    pub const LOGGED_COMMITS_MAX: u64 = 10_000;

    /// What scenarios that are side by side add up to.
    #[must_use]
    pub fn of(scenarios: &[Scenario]) -> Self {
        scenarios.iter().map(Self::of_one).fold(Self::default(), |sum, next| Self {
            topics: sum.topics.saturating_add(next.topics),
            partitions: sum.partitions.saturating_add(next.partitions),
            groups: sum.groups.saturating_add(next.groups),
            members: sum.members.saturating_add(next.members),
            commits: sum.commits.saturating_add(next.commits),
        })
    }

    /// Whether what groups commit should also be written to the offsets topic.
    #[must_use]
    pub fn has_offsets_log(&self) -> bool {
        self.commits <= Self::LOGGED_COMMITS_MAX
    }

    /// What there is too much of.
    pub fn excesses(&self) -> impl Iterator<Item = Excess> + use<> {
        let excess = |key, what, got, max| Excess { key, what, got, max };
        let sizes = [
            excess("topics", "topics", self.topics, limits::TOPICS as u64),
            excess("groups", "groups", self.groups, limits::GROUPS as u64),
            excess("topics", "partitions in all", self.partitions, limits::PARTITIONS_IN_ALL),
            excess("groups", "members in all", self.members, limits::MEMBERS_IN_ALL),
            excess("groups", "committed offsets in all", self.commits, limits::COMMITS_IN_ALL),
        ];
        sizes.into_iter().filter(|excess| excess.got > excess.max)
    }

    pub(super) fn of_one(scenario: &Scenario) -> Self {
        let most = Most::of(scenario);
        let sum = |counts: &BTreeMap<&str, u32>| counts.values().copied().map(u64::from).sum();
        Self {
            topics: scenario.topics.len() as u64,
            partitions: sum(&most.partitions),
            groups: scenario.groups.len() as u64,
            members: sum(&most.members),
            commits: scenario.groups.iter().map(|group| most.commits(group)).sum(),
        }
    }
}

/// Too much of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Excess {
    /// Where it is written in a scenario.
    pub key: &'static str,
    /// What there is too much of.
    pub what: &'static str,
    /// How much there is.
    pub got: u64,
    /// The bound.
    pub max: u64,
}

/// The most that a topic or a group of a scenario ever has.
pub(super) struct Most<'a> {
    /// Partitions by topic.
    pub(super) partitions: BTreeMap<&'a str, u32>,
    /// Members by group.
    pub(super) members: BTreeMap<&'a str, u32>,
}

impl<'a> Most<'a> {
    pub(super) fn of(scenario: &'a Scenario) -> Self {
        let mut partitions: BTreeMap<_, _> =
            scenario.topics.iter().map(|topic| (topic.name.as_str(), topic.partitions)).collect();
        let mut members: BTreeMap<_, _> =
            scenario.groups.iter().map(|group| (group.name.as_str(), group.members)).collect();
        for event in &scenario.events {
            let (known, count) = match &event.action {
                Action::AddPartitions { topic, partitions: count } => (partitions.get_mut(topic.as_str()), *count),
                Action::Scale { group, members: count } => (members.get_mut(group.as_str()), *count),
                _ => continue,
            };
            if let Some(known) = known {
                *known = (*known).max(count);
            }
        }
        Self { partitions, members }
    }

    /// Partitions a group reads.
    fn commits(&self, group: &GroupSpec) -> u64 {
        let all =
            group.topics.iter().filter_map(|topic| self.partitions.get(topic.as_str())).map(|count| u64::from(*count));
        all.sum::<u64>().min(group.partitions.map_or(u64::MAX, u64::from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::scenario::{all, parse};
    use crate::simulator::shape::Shape;

    fn scenario(text: &str) -> Scenario {
        parse(&format!("name: one\nstory: Something.\n{text}"), "one.yml").expect("it makes sense")
    }

    #[test]
    fn what_may_come_later_counts() {
        let one = scenario(
            "topics: [{ name: a, partitions: 4 }, { name: b, partitions: 6 }]\n\
             groups: [{ name: g, topics: [a, b], members: 2 }, { name: h, topics: [b], partitions: 5 }]\n\
             events:\n\
             - { at: 1m, do: { add_partitions: { topic: b, partitions: 9 } } }\n\
             - { at: 2m, do: { scale: { group: g, members: 7 } } }\n\
             - { at: 3m, do: { scale: { group: g, members: 1 } } }\n",
        );
        let expected = Sizes { topics: 2, partitions: 13, groups: 2, members: 8, commits: 18 };
        assert_eq!(Sizes::of(std::slice::from_ref(&one)), expected);
        let twice = Sizes { topics: 4, partitions: 26, groups: 4, members: 16, commits: 36 };
        assert_eq!(Sizes::of(&[one.clone(), one]), twice);
    }

    #[test]
    fn what_is_too_much_in_all_is_found_though_no_part_of_it_is() {
        let half = Shape { topics: 1000, partitions: 500, groups: 500, members: 1000, commits: 10_000, ..Shape::S };
        let half = half.scenario().expect("it is within the bounds");
        let found = |scenarios: &[Scenario]| {
            Sizes::of(scenarios).excesses().map(|excess| (excess.what, excess.got)).collect::<Vec<_>>()
        };
        assert_eq!(found(&[half.clone(), half.clone()]), [], "these are the bounds");
        let one = scenario("topics: [{ name: a }]\ngroups: [{ name: g, topics: [a] }]\n");
        let expected =
            [("partitions in all", 1_000_001), ("members in all", 1_000_001), ("committed offsets in all", 10_000_001)];
        assert_eq!(found(&[half.clone(), half, one]), expected);
    }

    #[test]
    fn commits_are_logged_up_to_the_bound() {
        let of = |shape: Shape| Sizes::of(&[shape.scenario().expect("it is within the bounds")]);
        assert!(Sizes::of(&all()).has_offsets_log(), "of all stories together");
        assert!(of(Shape::S).has_offsets_log());
        assert!(of(Shape { groups: 200, ..Shape::S }).has_offsets_log());
        assert!(!of(Shape { groups: 201, ..Shape::S }).has_offsets_log());
    }
}
