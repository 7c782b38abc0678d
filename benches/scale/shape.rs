//! The sizes that are measured.
//!
//! Not how a world of such a size is made; the simulator knows.
//! Invariant: each size has a few times the commits of the one before, so that what grows faster is seen.

/// One size of a cluster.
#[derive(Debug)]
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) groups: u32,
    pub(crate) topics: u32,
    pub(crate) partitions_per_topic: u32,
    pub(crate) commits_per_group: u32,
    /// Polls before those that are measured: the window that analysis looks back over, where that is bearable.
    pub(crate) polls_before: usize,
    /// Polls that are measured.
    pub(crate) rounds: usize,
}

/// A size over so many brokers, so far away.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Setting {
    pub(crate) shape: &'static Shape,
    pub(crate) brokers: u16,
    pub(crate) round_trip_ms: u32,
}

impl Shape {
    pub(crate) fn partitions(&self) -> u32 {
        self.topics * self.partitions_per_topic
    }

    pub(crate) fn commits(&self) -> u32 {
        self.groups * self.commits_per_group
    }
}

pub(crate) const SHAPES: [Shape; 4] = [
    Shape {
        name: "S",
        groups: 100,
        topics: 20,
        partitions_per_topic: 50,
        commits_per_group: 50,
        polls_before: 42,
        rounds: 15,
    },
    Shape {
        name: "M",
        groups: 2_000,
        topics: 400,
        partitions_per_topic: 50,
        commits_per_group: 50,
        polls_before: 42,
        rounds: 15,
    },
    Shape {
        name: "L",
        groups: 10_000,
        topics: 2_000,
        partitions_per_topic: 50,
        commits_per_group: 50,
        polls_before: 42,
        rounds: 9,
    },
    Shape {
        name: "XL",
        groups: 50_000,
        topics: 4_000,
        partitions_per_topic: 50,
        commits_per_group: 40,
        polls_before: 4,
        rounds: 3,
    },
];

pub(crate) const BROKERS: [u16; 3] = [3, 12, 100];

pub(crate) const ROUND_TRIPS: [u32; 2] = [0, 5];
