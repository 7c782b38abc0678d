//! Worlds by size: so many topics, groups and commits, all alike.
//!
//! Not a story; nothing happens in them.
//! Invariant: the same shape gives the same scenario, and none larger than the bounds.

use super::scenario::limits;
use super::spec::{GroupSpec, GroupType, Scenario, TopicSpec};

/// How large a generated world is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Shape {
    /// Brokers.
    pub brokers: u16,
    /// Topics.
    pub topics: u32,
    /// Partitions of each topic.
    pub partitions: u32,
    /// Groups.
    pub groups: u32,
    /// Members of each group.
    pub members: u32,
    /// Partitions on which each group commits.
    pub commits: u32,
    /// Records per second of each topic.
    pub rate: f64,
}

/// Why there is no world of a shape.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ShapeError {
    /// There has to be at least one.
    #[error("expected at least one of the {what}")]
    None {
        /// What there is none of.
        what: &'static str,
    },
    /// There are too many.
    #[error("expected at most {max} {what}, got {got}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        max: u64,
        /// What was asked for.
        got: u64,
    },
    /// The rate is no rate.
    #[error("expected a rate from 0 to {max} records per second, got {got}", max = limits::RATE)]
    Rate {
        /// What was asked for.
        got: f64,
    },
}

impl Shape {
    /// 100 groups, 1,000 partitions, 5,000 commits.
    pub const S: Self =
        Self { brokers: 3, topics: 20, partitions: 50, groups: 100, members: 5, commits: 50, rate: 100.0 };
    /// 2,000 groups, 20,000 partitions, 100,000 commits.
    pub const M: Self = Self { topics: 400, groups: 2_000, ..Self::S };
    /// 10,000 groups, 100,000 partitions, 500,000 commits.
    pub const L: Self = Self { topics: 2_000, groups: 10_000, ..Self::S };
    /// 50,000 groups, 200,000 partitions, 2,000,000 commits.
    pub const XL: Self = Self { topics: 4_000, groups: 50_000, commits: 40, ..Self::S };

    /// The shape of a name: `S`, `M`, `L` or `XL`, in either case.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let shapes = [("S", Self::S), ("M", Self::M), ("L", Self::L), ("XL", Self::XL)];
        shapes.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, shape)| shape)
    }

    /// A scenario of this size: `topic-00001` and on, `group-00001` and on.
    ///
    /// Group i commits on consecutive topics from topic i on, beginning anew after the last one.
    pub fn scenario(&self) -> Result<Scenario, ShapeError> {
        self.check()?;
        let name = |place: u32| format!("topic-{:05}", place + 1);
        let topics = (0..self.topics).map(|place| TopicSpec::new(name(place), self.partitions).rate(self.rate));
        let width = self.commits.div_ceil(self.partitions);
        let is_cut = !self.commits.is_multiple_of(self.partitions);
        let groups = (0..self.groups).map(|place| {
            // The bounds keep these sums far below what fits.
            let read: Vec<String> = (0..width).map(|next| name((place + next) % self.topics)).collect();
            let read: Vec<&str> = read.iter().map(String::as_str).collect();
            let mut group = GroupSpec::new(format!("group-{:05}", place + 1), GroupType::Classic, &read);
            group.partitions = is_cut.then_some(self.commits);
            group.members(self.members)
        });
        Ok(Scenario {
            name: "generated".to_owned(),
            story: format!(
                "{} groups of {} members on {} topics of {} partitions.",
                self.groups, self.members, self.topics, self.partitions
            ),
            brokers: self.brokers,
            topics: topics.collect(),
            groups: groups.collect(),
            ..Scenario::default()
        })
    }

    fn check(&self) -> Result<(), ShapeError> {
        let [topics, partitions, groups] = [self.topics, self.partitions, self.groups].map(u64::from);
        for (what, count) in [("brokers", self.brokers.into()), ("topics", topics), ("partitions", partitions)] {
            if count == 0 {
                return Err(ShapeError::None { what });
            }
        }
        let all = topics * partitions;
        let bounds = [
            ("brokers", self.brokers.into(), limits::BROKERS.into()),
            ("topics", topics, limits::TOPICS as u64),
            ("partitions per topic", partitions, limits::PARTITIONS.into()),
            ("partitions in all", all, limits::PARTITIONS_IN_ALL),
            ("groups", groups, limits::GROUPS as u64),
            ("members per group", self.members.into(), limits::MEMBERS.into()),
            ("members in all", groups * u64::from(self.members), limits::MEMBERS_IN_ALL),
            ("commits per group, one for each partition there is", self.commits.into(), all),
            ("committed offsets in all", groups * u64::from(self.commits), limits::COMMITS_IN_ALL),
        ];
        if let Some((what, got, max)) = bounds.into_iter().find(|(_, count, max)| count > max) {
            return Err(ShapeError::TooMany { what, max, got });
        }
        let is_rate = (0.0..=limits::RATE).contains(&self.rate);
        if is_rate { Ok(()) } else { Err(ShapeError::Rate { got: self.rate }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::spec::ClusterSettings;
    use crate::simulator::world::World;

    #[test]
    fn a_world_has_the_size_of_its_shape() {
        let small = Shape { commits: 120, ..Shape::S };
        for (shape, commits) in [(Shape::S, 5_000), (small, 12_000)] {
            let scenario = shape.scenario().expect("it is within the bounds");
            let settings = ClusterSettings { has_offsets_log: false, ..ClusterSettings::default() };
            let world = World::new(&settings, &[scenario], 0).expect("a world can be made of it");
            assert_eq!(world.groups().count(), 100);
            let of_groups = |topic: &&crate::simulator::world::Topic| !topic.is_internal;
            assert_eq!(world.topics().filter(of_groups).map(|topic| topic.partitions.len()).sum::<usize>(), 1_000);
            let read = |group: &crate::simulator::world::Group| {
                group.readings.iter().filter(|reading| world.committed(group, reading).is_some()).count()
            };
            assert_eq!(world.groups().map(read).sum::<usize>(), commits);
            assert!(world.groups().all(|group| group.members.len() == 5));
            let last = world.group("group-00020").expect("it is there");
            assert_eq!(last.spec.topics.first().map(String::as_str), Some("topic-00020"));
        }
    }

    #[test]
    fn the_named_shapes_are_as_large_as_they_say() {
        for (name, groups, partitions, commits) in [
            ("s", 100, 1_000, 5_000),
            ("M", 2_000, 20_000, 100_000),
            ("L", 10_000, 100_000, 500_000),
            ("XL", 50_000, 200_000, 2_000_000),
        ] {
            let shape = Shape::named(name).expect("it has a name");
            assert_eq!(shape.groups, groups);
            assert_eq!(shape.topics * shape.partitions, partitions);
            assert_eq!(shape.groups * shape.commits, commits);
        }
        assert_eq!(Shape::named("XXL"), None);
    }

    #[test]
    fn what_is_too_large_is_named() {
        let told = |shape: Shape| shape.scenario().expect_err("it is out of bounds").to_string();
        assert_eq!(told(Shape { brokers: 0, ..Shape::S }), "expected at least one of the brokers");
        assert_eq!(told(Shape { brokers: 1001, ..Shape::S }), "expected at most 1000 brokers, got 1001");
        assert_eq!(
            told(Shape { topics: 20_001, ..Shape::S }),
            "expected at most 1000000 partitions in all, got 1000050"
        );
        assert_eq!(
            told(Shape { groups: 50_001, commits: 200, ..Shape::S }),
            "expected at most 10000000 committed offsets in all, got 10000200"
        );
        assert_eq!(
            told(Shape { commits: 1001, ..Shape::S }),
            "expected at most 1000 commits per group, one for each partition there is, got 1001"
        );
        assert_eq!(
            told(Shape { rate: f64::NAN, ..Shape::S }),
            "expected a rate from 0 to 1000000000 records per second, got NaN"
        );
    }
}
