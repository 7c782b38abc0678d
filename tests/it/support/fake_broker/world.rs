//! What the fake brokers know: topics, their leaders and offsets, groups and their commits. It is NOT changed by
//! requests.
//! Invariant: what a test does not write down does not exist.

use std::collections::BTreeMap;

/// Everything there is.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) topics: BTreeMap<String, Topic>,
    pub(crate) groups: BTreeMap<String, Group>,
    /// Who coordinates groups that do not exist.
    pub(crate) coordinator_of_unknown: i32,
}

/// A topic; its partitions are numbered from 0.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    /// Ids of topics made anew differ.
    pub(crate) id: u8,
    pub(crate) partitions: Vec<Partition>,
}

/// A partition.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    /// -1 for none.
    pub(crate) leader: i32,
    pub(crate) epoch: i32,
    pub(crate) start: i64,
    pub(crate) end: i64,
}

/// Which protocol a group speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Classic,
    Consumer,
}

/// A group.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) kind: Kind,
    pub(crate) coordinator: i32,
    /// Brokers that list it although they do not coordinate it.
    pub(crate) also_listed_by: Vec<i32>,
    pub(crate) state: &'static str,
    pub(crate) members: Vec<Member>,
    pub(crate) commits: BTreeMap<(String, i32), i64>,
}

/// A member that owns partitions of one topic.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) topic: String,
    pub(crate) partitions: Vec<i32>,
}

impl World {
    /// A topic with a partition for each leader, from offset 10 to 100.
    #[must_use]
    pub(crate) fn topic(mut self, name: &str, leaders: &[i32]) -> Self {
        let partition = |leader: &i32| Partition { leader: *leader, epoch: 5, start: 10, end: 100 };
        self.topics.insert(name.to_owned(), Topic { id: 1, partitions: leaders.iter().map(partition).collect() });
        self
    }

    /// A classic group at a coordinator that committed offset 60 of partition 0 of a topic, and owns it.
    #[must_use]
    pub(crate) fn group(mut self, name: &str, coordinator: i32, topic: &str) -> Self {
        let member = Member { id: format!("{name}-1"), topic: topic.to_owned(), partitions: vec![0] };
        let group = Group {
            kind: Kind::Classic,
            coordinator,
            also_listed_by: Vec::new(),
            state: "Stable",
            members: vec![member],
            commits: [((topic.to_owned(), 0), 60)].into(),
        };
        self.groups.insert(name.to_owned(), group);
        self
    }

    /// The same of KIP-848.
    #[must_use]
    pub(crate) fn consumer_group(self, name: &str, coordinator: i32, topic: &str) -> Self {
        let mut world = self.group(name, coordinator, topic);
        world.of(name).kind = Kind::Consumer;
        world
    }

    /// A group there is.
    pub(crate) fn of(&mut self, group: &str) -> &mut Group {
        self.groups.get_mut(group).expect("the test names a group there is")
    }

    /// A partition there is.
    pub(crate) fn partition(&mut self, topic: &str, partition: usize) -> &mut Partition {
        let topic = self.topics.get_mut(topic).expect("the test names a topic there is");
        topic.partitions.get_mut(partition).expect("the test names a partition there is")
    }

    /// Moves a partition to a new leader, which begins a new epoch.
    pub(crate) fn move_leader(&mut self, topic: &str, partition: usize, leader: i32) {
        let partition = self.partition(topic, partition);
        partition.leader = leader;
        partition.epoch += 1;
    }
}
