//! Everything one poll learned about one cluster, and what it could not learn.
//!
//! Not conclusions: no lag, no judgement.
//! Invariant: immutable once built; brokers by id, topics by name, groups by id, each once.

use std::time::Duration;

use super::followed::Followed;
use super::group::Group;
use super::ids::{ClusterName, TopicIndex};
use super::problem::Problem;
use super::time::{Moment, Timestamp};
use super::topic::{Broker, PartitionCounts, Topic};
use super::wishes::Granted;

/// The facts of one poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSnapshot {
    /// The cluster.
    pub cluster: ClusterName,
    /// When the poll began.
    pub started: Moment,
    /// When its last answer was in.
    pub finished: Moment,
    /// The same by the wall clock, to be shown.
    pub finished_at: Timestamp,
    /// The brokers that metadata names, by id.
    pub brokers: Vec<Broker>,
    /// The topics that pass the filters, by name; [`TopicIndex`] is the place in this list.
    pub topics: Vec<Topic>,
    /// The groups that pass the filters, by id.
    pub groups: Vec<Group>,
    /// What was answered to wishes.
    pub granted: Granted,
    /// What was heard in `__consumer_offsets` since the poll before.
    pub followed: Followed,
    /// What could not be learned.
    pub problems: Vec<Problem>,
    /// Groups that more than one broker listed (a stale coordinator does); each is here once.
    pub duplicate_listing_count: usize,
    /// Time between reading commits and reading ends: the most any lag is biased by (semantics of
    /// committed-first reading). `None` where not both were read.
    pub skew: Option<Duration>,
    /// How long each step took.
    pub phases: Vec<(Phase, Duration)>,
}

impl ClusterSnapshot {
    /// Where the topic of this name is in [`Self::topics`].
    #[must_use]
    pub fn place_of(&self, topic: &str) -> Option<usize> {
        self.topics.binary_search_by(|listed| listed.name.as_str().cmp(topic)).ok()
    }

    /// The topic of this name.
    #[must_use]
    pub fn topic_named(&self, name: &str) -> Option<&Topic> {
        self.place_of(name).and_then(|place| self.topics.get(place))
    }

    /// The topic at this place.
    #[must_use]
    pub fn topic(&self, index: TopicIndex) -> Option<&Topic> {
        self.topics.get(usize::try_from(index.0).ok()?)
    }

    /// How many partitions of all topics are not well at this moment.
    #[must_use]
    pub fn partition_counts(&self) -> PartitionCounts {
        PartitionCounts::of(self.topics.iter().flat_map(|topic| &topic.partitions))
    }
}

/// The steps of a poll; value of the label `phase`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Brokers, topics and leaders.
    Metadata,
    /// Which groups there are.
    Groups,
    /// Their states and members.
    Describe,
    /// Committed offsets.
    Commits,
    /// Ends of partitions.
    Ends,
    /// Starts of partitions.
    Starts,
    /// What analysis wished for, and what changes slowly.
    Wishes,
    /// Drawing conclusions.
    Analysis,
}

impl Phase {
    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::Groups => "groups",
            Self::Describe => "describe",
            Self::Commits => "commits",
            Self::Ends => "ends",
            Self::Starts => "starts",
            Self::Wishes => "wishes",
            Self::Analysis => "analysis",
        }
    }
}
