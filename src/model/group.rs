//! Groups, their members and what they committed, as one poll saw them.
//!
//! Not lag: a commit is a fact, the distance to the end a conclusion.
//! Invariant: what describe says never changes what was committed; the two are learned apart.

use std::sync::Arc;

use super::ids::{BrokerId, GroupId, PartitionId, TopicIndex};
use super::problem::Known;
use super::time::Moment;

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: GroupId,
    /// Which protocol it speaks with its coordinator.
    pub kind: GroupKind,
    /// What the members agree on: `consumer`, `connect`, …; empty for groups that only commit.
    pub protocol_type: String,
    /// The assignor or protocol the members chose; empty where none is.
    pub protocol: String,
    /// Its state.
    pub state: GroupState,
    /// The broker that listed it; the last known one while nobody lists it.
    pub coordinator: BrokerId,
    /// Its epochs, where it speaks KIP-848 and was described.
    pub epochs: Option<GroupEpochs>,
    /// Its members: in polls between which nothing of them changed mostly the same piece of memory.
    pub members: Known<Arc<[Member]>>,
    /// Its committed offsets.
    pub commits: Known<Commits>,
}

impl Group {
    /// Its members, as far as they are known.
    #[must_use]
    pub fn known_members(&self) -> &[Member] {
        self.members.as_deref().unwrap_or_default()
    }

    /// What its members own and want, as far as they are known and tell.
    pub fn assignments(&self) -> impl Iterator<Item = &Assignment> {
        self.known_members().iter().filter_map(|member| member.assignment.as_ref())
    }

    /// Whether it has no members and is one that commits, of which Kafka tells as long as there are commits.
    #[must_use]
    pub fn is_listed_for_commits(&self) -> bool {
        let is_of_consumers = matches!(self.protocol_type.as_str(), "" | "consumer");
        self.state == GroupState::Empty && is_of_consumers && self.kind.commits_offsets()
    }
}

/// The epochs of a KIP-848 group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GroupEpochs {
    /// Grows with each reason to rebalance: a member that joins, leaves or subscribes to something else, a topic that changes.
    pub group: i32,
    /// The group epoch for which an assignment was computed.
    pub assignment: i32,
}

/// Which group protocol a group speaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// The classic protocol: consumers before KIP-848, Connect workers, and groups that only commit.
    Classic,
    /// KIP-848.
    Consumer,
    /// KIP-932.
    Share,
    /// KIP-1071.
    Streams,
    /// The broker is too old to say, so it is one of the classic ones.
    Unsaid,
    /// A kind this program does not know, by the broker's own word.
    Other(String),
}

impl GroupKind {
    /// Reads the word of `ListGroups` v5 (KIP-848); an empty one means that the broker does not say.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "" => Self::Unsaid,
            "classic" => Self::Classic,
            "consumer" => Self::Consumer,
            "share" => Self::Share,
            "streams" => Self::Streams,
            _ => Self::Other(word.to_owned()),
        }
    }

    /// The word shown for it, as Kafka's own tools spell it.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Classic | Self::Unsaid => "Classic",
            Self::Consumer => "Consumer",
            Self::Share => "Share",
            Self::Streams => "Streams",
            Self::Other(word) => word,
        }
    }

    /// Whether its progress is told by committed offsets.
    #[must_use]
    pub fn commits_offsets(&self) -> bool {
        matches!(self, Self::Classic | Self::Consumer | Self::Unsaid)
    }
}

/// A group's state, in Kafka's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupState {
    /// Every member owns what it was given.
    Stable,
    /// Classic: members are asked to join again.
    PreparingRebalance,
    /// Classic: the leader computes who gets what.
    CompletingRebalance,
    /// KIP-848: the coordinator computes a new assignment.
    Assigning,
    /// KIP-848: members move towards the new assignment.
    Reconciling,
    /// KIP-1071: the topology is not ready.
    NotReady,
    /// No members; commits are kept.
    Empty,
    /// No members and no commits.
    Dead,
    /// Not learned, or a word this program does not know.
    Unknown,
}

impl GroupState {
    /// Every state, in the order they are shown.
    pub const ALL: [Self; 9] = [
        Self::Stable,
        Self::PreparingRebalance,
        Self::CompletingRebalance,
        Self::Assigning,
        Self::Reconciling,
        Self::NotReady,
        Self::Empty,
        Self::Dead,
        Self::Unknown,
    ];

    /// Reads a broker's word, whatever its case and spacing.
    #[must_use]
    pub fn from_word(word: &str) -> Self {
        let plain: String =
            word.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect();
        match plain.as_str() {
            // The broker of 2.x says AwaitingSync for what later ones call CompletingRebalance.
            "awaitingsync" => Self::CompletingRebalance,
            _ => Self::ALL.into_iter().find(|state| state.word().eq_ignore_ascii_case(&plain)).unwrap_or(Self::Unknown),
        }
    }

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Stable => "Stable",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::NotReady => "NotReady",
            Self::Empty => "Empty",
            Self::Dead => "Dead",
            Self::Unknown => "Unknown",
        }
    }
}

/// One member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The id the coordinator gave it.
    pub member_id: String,
    /// The configured `client.id`.
    pub client_id: String,
    /// The host it connects from.
    pub client_host: String,
    /// The configured `group.instance.id` of a static member.
    pub group_instance_id: Option<String>,
    /// What it owns; `None` where the group's protocol does not tell in a form we know.
    pub assignment: Option<Assignment>,
}

/// What one member owns and what it wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    /// The partitions it owns, of topics that pass the filters, sorted.
    pub partitions: Vec<(TopicIndex, PartitionId)>,
    /// How many partitions it owns in all, also of topics that the filters hide.
    pub partition_count: usize,
    /// The topics it subscribed to by name, of those that pass the filters.
    pub subscribed: Vec<TopicIndex>,
}

impl Assignment {
    /// The topics it wants, and then of each partition that it owns the topic.
    pub fn topics(&self) -> impl Iterator<Item = TopicIndex> {
        self.subscribed.iter().copied().chain(self.partitions.iter().map(|(topic, _)| *topic))
    }
}

/// What a group committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commits {
    /// When the answer arrived.
    pub answered: Moment,
    /// The commits, sorted by topic and partition.
    pub offsets: Vec<Commit>,
    /// Partitions whose commit the coordinator would not tell, sorted.
    pub unreadable: Vec<(TopicIndex, PartitionId)>,
    /// How many more there are, of topics that the filters hide.
    pub filtered_count: usize,
}

/// One committed offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The topic.
    pub topic: TopicIndex,
    /// The partition.
    pub partition: PartitionId,
    /// The next offset the group will read, at least 0.
    pub offset: i64,
    /// The leader epoch stored with the commit, where the client stored one (KIP-320).
    pub leader_epoch: Option<i32>,
}
