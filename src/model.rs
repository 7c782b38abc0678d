//! The vocabulary of the whole program: ids, facts, conclusions and the words for what is not known.
//!
//! It knows no socket, no clock, no file and no format; every other room speaks in these types.
//! Invariant: what is not known is a variant that says why, never a number.

mod builder;
mod group;
mod ids;
mod problem;
mod report;
mod settings;
mod snapshot;
mod time;
mod topic;

pub use builder::SnapshotBuilder;
pub use group::{Assignment, Commit, Commits, Group, GroupKind, GroupState, Member};
pub use ids::{BrokerId, ClusterName, GroupId, PartitionId, TopicId, TopicIndex, TopicName};
pub use problem::{Known, Problem, ProblemKind, Question, Resource, Subject, Unknown};
pub use report::{ClusterReport, Condition, GroupReport, GroupTopic, PartitionLag};
pub use settings::{PartitionDetail, RenderOptions, Thresholds};
pub use snapshot::{ClusterSnapshot, Phase};
pub use time::{Clock, Moment, Timestamp};
pub use topic::{Broker, EndOffset, Partition, Replicas, Topic};
