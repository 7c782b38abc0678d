//! One file per question: how it is asked in each version, and what its answer says.
//!
//! No order among them and no memory; that is the collector's.
//! Invariant: an answer becomes facts here and nowhere else; the codec's types do not leave this room.

mod batches;
pub(super) mod committed;
pub(super) mod configs;
pub(super) mod consumer_groups;
pub(super) mod coordinators;
pub(super) mod epochs;
pub(super) mod groups;
pub(super) mod listed;
pub(super) mod markers;
pub(super) mod metadata;
pub(super) mod offsets;
pub(super) mod partitions;

use std::collections::BTreeSet;

use bytes::Bytes;
use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FetchRequest,
    FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, ListGroupsRequest, ListGroupsResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, StrBytes};

use crate::model::Question;
use crate::wire;

use super::code::Refusal;
use super::poll::Poll;

/// A request and the answer it gets.
pub(super) trait Ask: Encodable + HeaderVersion + Send + Sync {
    /// Which question it is.
    const QUESTION: Question;
    /// The answer in the codec's form; it knows the header that comes before it.
    type Codec: Decodable + HeaderVersion;
    /// The answer in the form it is read in.
    type Answer: Send;
    /// Reads an answer, header excluded; what is wrong with it in words where it cannot be read.
    fn read(version: i16, body: Bytes) -> Result<Self::Answer, String>;
}

/// The codec trusts the counts it reads, so shapes are checked first.
fn decode<A: Ask>(version: i16, mut body: Bytes) -> Result<A::Codec, String> {
    if !wire::is_well_formed(A::QUESTION, version, &body) {
        return Err(WRONG_SHAPE.to_owned());
    }
    A::Codec::decode(&mut body, version).map_err(|error| error.to_string())
}

const WRONG_SHAPE: &str = "its length or a count in it is wrong";

macro_rules! ask {
    ($($question:ident: $request:ty => $codec:ty, $answer:ty, $read:expr;)*) => {
        $(impl Ask for $request {
            const QUESTION: Question = Question::$question;
            type Codec = $codec;
            type Answer = $answer;
            fn read(version: i16, body: Bytes) -> Result<$answer, String> {
                $read(version, body)
            }
        })*
    };
    ($($question:ident: $request:ident => $codec:ident,)*) => {
        ask! { $($question: $request => $codec, $codec, decode::<$request>;)* }
    };
}

/// Reads with a function of ours.
fn read_by<T>(read: fn(i16, &Bytes) -> Option<T>) -> impl Fn(i16, Bytes) -> Result<T, String> {
    move |version, body| read(version, &body).ok_or_else(|| WRONG_SHAPE.to_owned())
}

ask! {
    ApiVersions: ApiVersionsRequest => ApiVersionsResponse,
    Metadata: MetadataRequest => MetadataResponse,
    FindCoordinator: FindCoordinatorRequest => FindCoordinatorResponse,
    ListGroups: ListGroupsRequest => ListGroupsResponse,
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse,
    OffsetForLeaderEpoch: OffsetForLeaderEpochRequest => OffsetForLeaderEpochResponse,
    DescribeConfigs: DescribeConfigsRequest => DescribeConfigsResponse,
}

// The large ones, of many groups and partitions: the codec takes most of a poll's time for them.
ask! {
    DescribeGroups: DescribeGroupsRequest => DescribeGroupsResponse, Vec<wire::DescribedGroup>,
        read_by(wire::described_groups);
    OffsetFetch: OffsetFetchRequest => OffsetFetchResponse, Vec<wire::GroupCommits>, read_by(wire::committed);
    ListOffsets: ListOffsetsRequest => ListOffsetsResponse, Vec<wire::TopicOffsets>, read_by(wire::offsets);
    // Not for its size: batches are to share its memory.
    Fetch: FetchRequest => FetchResponse, wire::Fetched, read_by(wire::fetched);
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
