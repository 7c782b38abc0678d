//! The vocabulary of the whole program: ids, facts, conclusions and the words for what is not known.
//!
//! It knows no socket, no clock, no file and no format; every other room speaks in these types.
//! Invariant: what is not known is a variant that says why, never a number.

mod builder;
mod filters;
mod finding;
mod followed;
mod group;
mod ids;
mod keys;
mod objective;
mod offsets;
mod problem;
mod rebalances;
mod report;
mod sample;
mod settings;
mod skew;
mod snapshot;
mod status;
mod time;
mod time_lag;
mod topic;
mod trace;
mod wishes;

pub use builder::SnapshotBuilder;
pub use filters::{Filters, Verdict};
pub use finding::{About, Check, Finding};
pub use followed::{Followed, FollowedGroup, Generation, Heard, HeardMember, Said, Silence, Unheard};
pub use group::{Assignment, Commit, Commits, Group, GroupEpochs, GroupKind, GroupState, Member};
pub use ids::{BrokerId, ClusterName, GroupId, PartitionId, TopicId, TopicIndex, TopicName};
pub use keys::{ClientShare, CutBytes, KeyShare, KeyShares};
pub use objective::{Objective, Objectives};
pub use offsets::Offsets;
pub use problem::{Known, Problem, ProblemKind, Question, Resource, Subject, Unknown};
pub use rebalances::{AtFault, RebalanceSource, Rebalances, Storm, StormCause, StormRule, StormRules};
pub use report::{
    Capacity, ClusterReport, Condition, GroupReport, GroupTopic, LossEta, PartitionLag, StatusCounts, TopicReport,
    TopicTrend,
};
pub use sample::{Choice, Compared, Sample, SampleEnd, SampleSettings, SampledRecord};
pub use settings::{
    CapacityThresholds, HotThresholds, PartitionDetail, RenderOptions, StatusThresholds, StormThresholds, Thresholds,
    TimeLagThresholds,
};
pub use skew::{HotPartition, Skew, SlowCause, SlowPartition};
pub use snapshot::{ClusterSnapshot, Phase};
pub use status::{Because, Severity, Status};
pub use time::{Clock, Moment, Timestamp};
pub use time_lag::{Quality, TimeLag};
pub use topic::{Broker, EndOffset, Partition, PartitionCounts, Replicas, Topic, TopicConfig};
pub(crate) use topic::{are_numbered, place_of};
pub use trace::{LagReading, Point, Reading, Trace};
pub(crate) use wishes::MARKERS_MAX;
pub use wishes::{
    EpochAnswer, EpochWish, Granted, LastStable, MarkerAnswer, MarkerWish, TimeAnswer, TimeWish, TimedOffset, Wishes,
};
