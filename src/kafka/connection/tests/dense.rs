//! Answers that hold as much as can be put into their bytes: long lists of elements that say nothing.
//!
//! Not answers a broker would send.
//! Invariant: every list of every answer is the long one in one of the messages.

use std::collections::BTreeMap;

use bytes::Bytes;
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::fetch_response::{AbortedTransaction, FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::find_coordinator_response::Coordinator;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use kafka_protocol::messages::offset_fetch_response::{
    OffsetFetchResponseGroup, OffsetFetchResponsePartition, OffsetFetchResponsePartitions, OffsetFetchResponseTopic,
    OffsetFetchResponseTopics,
};
use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{
    ApiVersionsRequest, ApiVersionsResponse, BrokerId, ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse,
    DescribeConfigsRequest, DescribeConfigsResponse, DescribeGroupsRequest, DescribeGroupsResponse, FetchRequest,
    FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, ListGroupsRequest, ListGroupsResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, TopicName,
};

use super::super::Ask;

/// A question whose answers can be made dense.
pub(super) trait Dense: Ask {
    /// Answers with `count` elements in one of their lists.
    fn dense(version: i16, count: usize) -> Vec<Self::Codec>;
}

fn many<T: Clone + Default>(count: usize) -> Vec<T> {
    vec![T::default(); count]
}

/// Tagged fields without content, two or three bytes each.
fn tags(count: usize) -> BTreeMap<i32, Bytes> {
    (100_i32..).take(count).map(|tag| (tag, Bytes::new())).collect()
}

impl Dense for ApiVersionsRequest {
    fn dense(_: i16, count: usize) -> Vec<ApiVersionsResponse> {
        let answer = ApiVersionsResponse::default;
        vec![
            answer().with_api_keys(many::<ApiVersion>(count)),
            answer().with_supported_features(many::<SupportedFeatureKey>(count)),
            answer().with_finalized_features(many::<FinalizedFeatureKey>(count)),
            answer().with_unknown_tagged_fields(tags(count)),
        ]
    }
}

impl Dense for MetadataRequest {
    fn dense(_: i16, count: usize) -> Vec<MetadataResponse> {
        let answer = MetadataResponse::default;
        let topic = || MetadataResponseTopic::default().with_name(Some(TopicName::default()));
        let partition = MetadataResponsePartition::default;
        let of_partition = |partition| answer().with_topics(vec![topic().with_partitions(vec![partition])]);
        vec![
            answer().with_brokers(many::<MetadataResponseBroker>(count)),
            answer().with_topics(vec![topic(); count]),
            answer().with_topics(vec![topic().with_partitions(vec![partition(); count])]),
            of_partition(partition().with_replica_nodes(many::<BrokerId>(count))),
            of_partition(partition().with_isr_nodes(many::<BrokerId>(count))),
            of_partition(partition().with_offline_replicas(many::<BrokerId>(count))),
            answer().with_unknown_tagged_fields(tags(count)),
        ]
    }
}

impl Dense for FindCoordinatorRequest {
    fn dense(version: i16, count: usize) -> Vec<FindCoordinatorResponse> {
        let listed = if version >= 4 { many::<Coordinator>(count) } else { Vec::new() };
        vec![
            FindCoordinatorResponse::default().with_coordinators(listed),
            FindCoordinatorResponse::default().with_unknown_tagged_fields(tags(count)),
        ]
    }
}

impl Dense for ListGroupsRequest {
    fn dense(_: i16, count: usize) -> Vec<ListGroupsResponse> {
        let tagged = ListedGroup::default().with_unknown_tagged_fields(tags(count));
        vec![
            ListGroupsResponse::default().with_groups(many::<ListedGroup>(count)),
            ListGroupsResponse::default().with_groups(vec![tagged]),
        ]
    }
}

impl Dense for DescribeGroupsRequest {
    fn dense(_: i16, count: usize) -> Vec<DescribeGroupsResponse> {
        let members = many::<classic::DescribedGroupMember>(count);
        vec![
            DescribeGroupsResponse::default().with_groups(many::<classic::DescribedGroup>(count)),
            DescribeGroupsResponse::default()
                .with_groups(vec![classic::DescribedGroup::default().with_members(members)]),
        ]
    }
}

impl Dense for ConsumerGroupDescribeRequest {
    fn dense(_: i16, count: usize) -> Vec<ConsumerGroupDescribeResponse> {
        let of_groups = |groups| ConsumerGroupDescribeResponse::default().with_groups(groups);
        let of_members = |members| of_groups(vec![consumer::DescribedGroup::default().with_members(members)]);
        let of_assignment = |parts| {
            let assignment = consumer::Assignment::default().with_topic_partitions(parts);
            of_members(vec![consumer::Member::default().with_assignment(assignment)])
        };
        let names = many::<TopicName>(count);
        vec![
            of_groups(many::<consumer::DescribedGroup>(count)),
            of_members(many::<consumer::Member>(count)),
            of_members(vec![consumer::Member::default().with_subscribed_topic_names(names)]),
            of_assignment(many::<consumer::TopicPartitions>(count)),
            of_assignment(vec![consumer::TopicPartitions::default().with_partitions(many::<i32>(count))]),
        ]
    }
}

impl Dense for OffsetFetchRequest {
    fn dense(version: i16, count: usize) -> Vec<OffsetFetchResponse> {
        let answer = OffsetFetchResponse::default;
        if version < 8 {
            let partitions = many::<OffsetFetchResponsePartition>(count);
            let topic = OffsetFetchResponseTopic::default().with_partitions(partitions);
            return vec![
                answer().with_topics(many::<OffsetFetchResponseTopic>(count)),
                answer().with_topics(vec![topic]),
            ];
        }
        let group = OffsetFetchResponseGroup::default;
        let partitions = many::<OffsetFetchResponsePartitions>(count);
        let topic = OffsetFetchResponseTopics::default().with_partitions(partitions);
        vec![
            answer().with_groups(vec![group(); count]),
            answer().with_groups(vec![group().with_topics(many::<OffsetFetchResponseTopics>(count))]),
            answer().with_groups(vec![group().with_topics(vec![topic])]),
        ]
    }
}

impl Dense for ListOffsetsRequest {
    fn dense(_: i16, count: usize) -> Vec<ListOffsetsResponse> {
        let partitions = many::<ListOffsetsPartitionResponse>(count);
        let topic = ListOffsetsTopicResponse::default().with_partitions(partitions);
        vec![
            ListOffsetsResponse::default().with_topics(many::<ListOffsetsTopicResponse>(count)),
            ListOffsetsResponse::default().with_topics(vec![topic]),
        ]
    }
}

impl Dense for OffsetForLeaderEpochRequest {
    fn dense(_: i16, count: usize) -> Vec<OffsetForLeaderEpochResponse> {
        let partitions = many::<EpochEndOffset>(count);
        let topic = OffsetForLeaderTopicResult::default().with_partitions(partitions);
        vec![
            OffsetForLeaderEpochResponse::default().with_topics(many::<OffsetForLeaderTopicResult>(count)),
            OffsetForLeaderEpochResponse::default().with_topics(vec![topic]),
        ]
    }
}

impl Dense for FetchRequest {
    fn dense(_: i16, count: usize) -> Vec<FetchResponse> {
        let answer = |topics| FetchResponse::default().with_responses(topics);
        let of_partitions = |partitions| answer(vec![FetchableTopicResponse::default().with_partitions(partitions)]);
        let aborted = PartitionData::default().with_aborted_transactions(Some(many::<AbortedTransaction>(count)));
        vec![
            answer(many::<FetchableTopicResponse>(count)),
            of_partitions(many::<PartitionData>(count)),
            of_partitions(vec![aborted]),
            of_partitions(vec![PartitionData::default().with_records(Some(Bytes::from(vec![0; count])))]),
        ]
    }
}

impl Dense for DescribeConfigsRequest {
    fn dense(_: i16, count: usize) -> Vec<DescribeConfigsResponse> {
        let answer = |results| DescribeConfigsResponse::default().with_results(results);
        let of_configs = |configs| answer(vec![DescribeConfigsResult::default().with_configs(configs)]);
        let synonyms = many::<DescribeConfigsSynonym>(count);
        vec![
            answer(many::<DescribeConfigsResult>(count)),
            of_configs(many::<DescribeConfigsResourceResult>(count)),
            of_configs(vec![DescribeConfigsResourceResult::default().with_synonyms(synonyms)]),
        ]
    }
}
