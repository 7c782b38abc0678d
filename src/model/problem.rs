//! What a poll could not learn, in few and fixed words.
//!
//! Not an error type: a problem is data beside the facts, and the poll goes on.
//! Invariant: every word that can become a label value is one of an enum here, never a peer's text.

use std::fmt;

use super::ids::{BrokerId, GroupId, TopicName};

/// A value, or the reason why it is not known.
pub type Known<T> = Result<T, Unknown>;

/// Why a single value is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unknown {
    /// The partition has no leader now.
    NoLeader,
    /// The topic is not in the cluster's metadata: deleted, or hidden by missing DESCRIBE.
    NotListed,
    /// The broker that would know was asked in vain, or the question failed.
    Failed(ProblemKind),
    /// No group coordinator could be found for the group.
    NoCoordinator,
    /// The group never committed an offset for this partition.
    NoCommit,
    /// This kind of thing is not asked for (members of a share group, say).
    NotAsked,
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::NoLeader => "no_leader",
            Self::NotListed => "topic_not_listed",
            Self::Failed(kind) => kind.word(),
            Self::NoCoordinator => "no_coordinator",
            Self::NoCommit => "no_commit",
            Self::NotAsked => "not_asked",
        };
        formatter.write_str(text)
    }
}

/// One thing a poll could not learn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The question that failed.
    pub question: Question,
    /// The broker that was asked, if one was.
    pub broker: Option<BrokerId>,
    /// What the question was about.
    pub subject: Subject,
    /// The kind, a bounded word.
    pub kind: ProblemKind,
    /// How many groups, topics or partitions it is about; one where it is about a whole broker.
    pub count: usize,
    /// A sentence for people; may hold text from the peer, so it never becomes a label.
    pub detail: String,
}

/// What a problem is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The whole cluster.
    Cluster,
    /// One broker's share.
    Broker,
    /// One topic, all or some of its partitions.
    Topic(TopicName),
    /// One group.
    Group(GroupId),
}

/// The questions we ask, by the name Kafka gives the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Question {
    /// Which API versions a broker serves; part of every handshake.
    ApiVersions,
    /// Brokers, topics, partitions and leaders.
    Metadata,
    /// Which broker coordinates a group.
    FindCoordinator,
    /// The groups a broker coordinates.
    ListGroups,
    /// State and members of classic groups.
    DescribeGroups,
    /// State and members of KIP-848 groups.
    ConsumerGroupDescribe,
    /// Committed offsets.
    OffsetFetch,
    /// Start and end of partitions, and where they were at a time.
    ListOffsets,
    /// Where leader epochs ended.
    OffsetForLeaderEpoch,
    /// The headers of a few batches at the end of partitions.
    Fetch,
    /// Configurations of topics.
    DescribeConfigs,
}

impl Question {
    /// Every question, in the order a poll asks them.
    pub const ALL: [Self; 11] = [
        Self::ApiVersions,
        Self::Metadata,
        Self::FindCoordinator,
        Self::ListGroups,
        Self::DescribeGroups,
        Self::ConsumerGroupDescribe,
        Self::OffsetFetch,
        Self::ListOffsets,
        Self::OffsetForLeaderEpoch,
        Self::Fetch,
        Self::DescribeConfigs,
    ];

    /// The API's name in Kafka's protocol; value of the label `api`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiVersions => "ApiVersions",
            Self::Metadata => "Metadata",
            Self::FindCoordinator => "FindCoordinator",
            Self::ListGroups => "ListGroups",
            Self::DescribeGroups => "DescribeGroups",
            Self::ConsumerGroupDescribe => "ConsumerGroupDescribe",
            Self::OffsetFetch => "OffsetFetch",
            Self::ListOffsets => "ListOffsets",
            Self::OffsetForLeaderEpoch => "OffsetForLeaderEpoch",
            Self::Fetch => "Fetch",
            Self::DescribeConfigs => "DescribeConfigs",
        }
    }
}

/// What a right is missing on; value of the label `resource`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// DESCRIBE on the cluster.
    Cluster,
    /// DESCRIBE on a topic.
    Topic,
    /// DESCRIBE on a group.
    Group,
}

impl Resource {
    /// Every resource.
    pub const ALL: [Self; 3] = [Self::Cluster, Self::Topic, Self::Group];

    /// The label value.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cluster => "cluster",
            Self::Topic => "topic",
            Self::Group => "group",
        }
    }
}

macro_rules! problem_kinds {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// Why something could not be learned; value of the label `error`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ProblemKind {
            $($(#[$doc])* $name,)*
        }

        impl ProblemKind {
            /// The label value.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

problem_kinds! {
    /// The connection could not be made.
    Connect = "connect",
    /// The connection was lost while an answer was due.
    Disconnected = "disconnected",
    /// No answer within the request deadline.
    Timeout = "timeout",
    /// The poll's own deadline passed before the question could be asked.
    PollDeadline = "poll_deadline",
    /// The broker failed a moment ago and is left alone until its back-off ends.
    BackingOff = "backing_off",
    /// The bytes are not an answer in Kafka's protocol.
    Malformed = "malformed",
    /// The answer is larger than the configured bound.
    TooLarge = "too_large",
    /// Broker and exporter share no version of the API.
    UnsupportedVersion = "unsupported_version",
    /// `CLUSTER_AUTHORIZATION_FAILED`.
    ClusterAuthorization = "cluster_authorization_failed",
    /// `TOPIC_AUTHORIZATION_FAILED`.
    TopicAuthorization = "topic_authorization_failed",
    /// `GROUP_AUTHORIZATION_FAILED`.
    GroupAuthorization = "group_authorization_failed",
    /// `NOT_COORDINATOR`, also after asking again at the coordinator that was named.
    NotCoordinator = "not_coordinator",
    /// `COORDINATOR_LOAD_IN_PROGRESS`.
    CoordinatorLoading = "coordinator_load_in_progress",
    /// `COORDINATOR_NOT_AVAILABLE`.
    CoordinatorNotAvailable = "coordinator_not_available",
    /// `NOT_LEADER_OR_FOLLOWER`, also after asking again at the leader that metadata named.
    NotLeader = "not_leader_or_follower",
    /// `LEADER_NOT_AVAILABLE`: an election is under way.
    LeaderNotAvailable = "leader_not_available",
    /// `FENCED_LEADER_EPOCH`: our metadata is older than the broker's.
    FencedLeaderEpoch = "fenced_leader_epoch",
    /// `UNKNOWN_LEADER_EPOCH`: our metadata is newer than the broker's.
    UnknownLeaderEpoch = "unknown_leader_epoch",
    /// `UNKNOWN_TOPIC_OR_PARTITION`.
    UnknownTopicOrPartition = "unknown_topic_or_partition",
    /// `OFFSET_NOT_AVAILABLE`: a new leader does not know its high watermark yet.
    OffsetNotAvailable = "offset_not_available",
    /// `OFFSET_OUT_OF_RANGE`: the records were deleted since, or the log was truncated.
    OffsetOutOfRange = "offset_out_of_range",
    /// `UNSUPPORTED_FOR_MESSAGE_FORMAT`: records of that age carry no timestamps.
    UnsupportedForMessageFormat = "unsupported_for_message_format",
    /// `GROUP_ID_NOT_FOUND`: gone, or of another kind, since it was listed.
    GroupNotFound = "group_id_not_found",
    /// The answer lacks something that was asked for.
    Missing = "missing_in_answer",
    /// A metadata or offset value no broker should send (a negative end offset, say).
    Invalid = "invalid_value",
    /// Any other error code of the broker; the code is in the log.
    Other = "other",
}

impl ProblemKind {
    /// The resource a right is missing on, if that is the kind of this problem.
    #[must_use]
    pub const fn denied(self) -> Option<Resource> {
        match self {
            Self::ClusterAuthorization => Some(Resource::Cluster),
            Self::TopicAuthorization => Some(Resource::Topic),
            Self::GroupAuthorization => Some(Resource::Group),
            _ => None,
        }
    }
}
