//! One file per question: how it is asked in each version, and what its answer says.
//!
//! No order among them and no memory; that is the collector's.
//! Invariant: an answer becomes facts here and nowhere else; the codec's types do not leave this room.

mod batches;
pub(super) mod committed;
pub(super) mod consumer_groups;
pub(super) mod coordinators;
pub(super) mod groups;
pub(super) mod listed;
pub(super) mod metadata;
pub(super) mod offsets;

use std::collections::BTreeSet;

use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    DescribeGroupsRequest, DescribeGroupsResponse, FindCoordinatorRequest, FindCoordinatorResponse, ListGroupsRequest,
    ListGroupsResponse, ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::model::Question;

use super::code::Refusal;
use super::poll::Poll;

/// A request and the answer it gets.
pub(super) trait Ask: Encodable + HeaderVersion + Send + Sync {
    /// Which question it is.
    const QUESTION: Question;
    /// What is answered.
    type Answer: Decodable + HeaderVersion + Send;
}

macro_rules! ask {
    ($($question:ident: $request:ty => $answer:ty,)*) => {
        $(impl Ask for $request {
            const QUESTION: Question = Question::$question;
            type Answer = $answer;
        })*
    };
}

ask! {
    ApiVersions: ApiVersionsRequest => ApiVersionsResponse,
    Metadata: MetadataRequest => MetadataResponse,
    FindCoordinator: FindCoordinatorRequest => FindCoordinatorResponse,
    ListGroups: ListGroupsRequest => ListGroupsResponse,
    DescribeGroups: DescribeGroupsRequest => DescribeGroupsResponse,
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse,
    OffsetFetch: OffsetFetchRequest => OffsetFetchResponse,
    ListOffsets: ListOffsetsRequest => ListOffsetsResponse,
}

/// Kafka itself allows no longer name for a topic.
const TOPIC_NAME_BYTES_MAX: usize = 249;
/// Kafka has no bound for group ids. This one is beyond what anybody types, and keeps pages readable,
/// on which a group's id stands in every line.
pub(super) const GROUP_ID_BYTES_MAX: usize = 1024;

/// Whether a topic can have this name, whoever says so.
pub(super) fn may_name_topic(name: &str) -> bool {
    !name.is_empty() && name.len() <= TOPIC_NAME_BYTES_MAX
}

/// Counts a request that was answered with errors: once for each kind, however many things it was about.
fn count_failures<'a>(question: Question, refusals: impl Iterator<Item = &'a Refusal>, poll: &Poll) {
    for kind in refusals.map(|refusal| refusal.kind).collect::<BTreeSet<_>>() {
        poll.failed(question, kind);
    }
}

/// A name in the codec's own string type.
fn text(name: &str) -> StrBytes {
    StrBytes::from_string(name.to_owned())
}
