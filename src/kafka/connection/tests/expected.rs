//! What is to be read from an answer, made of what the codec read.
//!
//! Not how it is read.
//! Invariant: each field that is read is taken from the codec's field of the same name.

use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FetchRequest,
    FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, ListGroupsRequest, ListGroupsResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse,
};

use bytes::BytesMut;
use kafka_protocol::messages::describe_groups_response as codec;
use kafka_protocol::messages::describe_groups_response::DescribedGroupMember;
use kafka_protocol::protocol::Encodable;

use crate::wire::{
    AbortedTransaction, DescribedGroup, DescribedMember, DescribedMembers, Fetched, FetchedPartition, GroupCommits,
    PartitionCommit, PartitionOffset, TopicOffsets, described_groups,
};

use super::super::Ask;

/// A question whose answers the codec can read too.
pub(super) trait Expected: Ask {
    /// The same answer in the form it is read in.
    fn expected(answer: Self::Codec, version: i16) -> Self::Answer;
}

macro_rules! as_the_codec_says {
    ($($request:ident => $answer:ident,)*) => {
        $(impl Expected for $request {
            fn expected(answer: $answer, _: i16) -> $answer {
                answer
            }
        })*
    };
}

as_the_codec_says! {
    ApiVersionsRequest => ApiVersionsResponse,
    MetadataRequest => MetadataResponse,
    FindCoordinatorRequest => FindCoordinatorResponse,
    ListGroupsRequest => ListGroupsResponse,
    ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse,
    OffsetForLeaderEpochRequest => OffsetForLeaderEpochResponse,
    DescribeConfigsRequest => DescribeConfigsResponse,
}

impl Expected for DescribeGroupsRequest {
    fn expected(answer: DescribeGroupsResponse, version: i16) -> Vec<DescribedGroup> {
        let groups = answer.groups.into_iter().map(|group| DescribedGroup {
            error_code: group.error_code,
            group: group.group_id.0,
            state: group.group_state,
            protocol_type: group.protocol_type,
            protocol: group.protocol_data,
            members: members(&group.members, version),
        });
        groups.collect()
    }
}

/// As the codec writes them, which have to read as what the codec read.
fn members(all: &[DescribedGroupMember], version: i16) -> DescribedMembers {
    let group = codec::DescribedGroup::default().with_members(all.to_vec());
    let written = DescribeGroupsResponse::default().with_groups(vec![group]);
    let mut bytes = BytesMut::new();
    written.encode(&mut bytes, version).expect("what was read can be written");
    let mut groups = described_groups(version, &bytes.freeze()).expect("what was written can be read");
    let members = groups.pop().expect("there is one").members;
    let expected = all.iter().map(|member| DescribedMember {
        member_id: &member.member_id,
        group_instance_id: member.group_instance_id.as_deref(),
        client_id: &member.client_id,
        client_host: &member.client_host,
        metadata: &member.member_metadata,
        assignment: &member.member_assignment,
    });
    assert_eq!(members.read(), expected.collect::<Vec<_>>());
    members
}

macro_rules! commits {
    ($topics:expr) => {
        $topics
            .into_iter()
            .map(|topic| {
                let partitions = topic.partitions.into_iter().map(|partition| PartitionCommit {
                    partition: partition.partition_index,
                    offset: partition.committed_offset,
                    leader_epoch: partition.committed_leader_epoch,
                    error_code: partition.error_code,
                });
                (topic.name.0, partitions.collect())
            })
            .collect()
    };
}

impl Expected for OffsetFetchRequest {
    fn expected(answer: OffsetFetchResponse, version: i16) -> Vec<GroupCommits> {
        if version < 8 {
            let topics = commits!(answer.topics);
            return vec![GroupCommits { group: None, error_code: answer.error_code, topics }];
        }
        let groups = answer.groups.into_iter().map(|group| GroupCommits {
            group: Some(group.group_id.0),
            error_code: group.error_code,
            topics: commits!(group.topics),
        });
        groups.collect()
    }
}

impl Expected for ListOffsetsRequest {
    fn expected(answer: ListOffsetsResponse, _: i16) -> Vec<TopicOffsets> {
        let topics = answer.topics.into_iter().map(|topic| TopicOffsets {
            topic: topic.name.0,
            partitions: topic
                .partitions
                .into_iter()
                .map(|partition| PartitionOffset {
                    partition: partition.partition_index,
                    error_code: partition.error_code,
                    timestamp: partition.timestamp,
                    offset: partition.offset,
                })
                .collect(),
        });
        topics.collect()
    }
}

fn aborted(told: &kafka_protocol::messages::fetch_response::AbortedTransaction) -> AbortedTransaction {
    AbortedTransaction { producer: told.producer_id.0, first_offset: told.first_offset }
}

impl Expected for FetchRequest {
    fn expected(answer: FetchResponse, _: i16) -> Fetched {
        let topics = answer.responses.into_iter().map(|topic| {
            let partitions = topic.partitions.into_iter().map(|partition| FetchedPartition {
                partition: partition.partition_index,
                error_code: partition.error_code,
                records: partition.records.unwrap_or_default(),
                aborted: partition.aborted_transactions.iter().flatten().map(aborted).collect(),
            });
            (topic.topic.0, partitions.collect())
        });
        Fetched { error_code: answer.error_code, topics: topics.collect() }
    }
}
