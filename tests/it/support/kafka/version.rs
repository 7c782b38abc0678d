//! The versions of Kafka the tests run, and how they differ to their users. It is NOT a list of all that exist.
//! Invariant: a version is pinned to one release, so that a test means the same thing tomorrow.

/// A release of Apache Kafka.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// The newest: `KRaft` only, all kinds of groups.
    Kafka4_3,
    /// The last that still ran on either: here `KRaft`, with the groups of KIP-848 switched on.
    Kafka3_9,
    /// `ZooKeeper` and classic groups only.
    Kafka2_8,
}

impl Version {
    /// As Kafka's jars spell it.
    pub(crate) fn number(self) -> &'static str {
        match self {
            Self::Kafka4_3 => "4.3.1",
            Self::Kafka3_9 => "3.9.2",
            Self::Kafka2_8 => "2.8.2",
        }
    }

    /// Whether its brokers need a `ZooKeeper` beside them.
    pub(crate) fn uses_zookeeper(self) -> bool {
        self == Self::Kafka2_8
    }

    /// Whether `ConsumerGroupCommand --list` can tell the type of a group.
    pub(crate) fn lists_group_types(self) -> bool {
        self != Self::Kafka2_8
    }
}
