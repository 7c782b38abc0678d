//! One answer to each question with every field set that its version has, unknown tagged fields included.
//!
//! Not answers that make sense.
//! Invariant: no list is empty and no text, so that a shape that lacks a field cannot fit by chance.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::str::FromStr;

use bytes::Bytes;
use kafka_protocol::messages::api_versions_response::{ApiVersion, FinalizedFeatureKey, SupportedFeatureKey};
use kafka_protocol::messages::consumer_group_describe_response as consumer;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::describe_groups_response as classic;
use kafka_protocol::messages::fetch_response as fetched;
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
    FetchResponse, FindCoordinatorRequest, FindCoordinatorResponse, GroupId, ListGroupsRequest, ListGroupsResponse,
    ListOffsetsRequest, ListOffsetsResponse, MetadataRequest, MetadataResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse, ProducerId, TopicName,
};
use kafka_protocol::protocol::StrBytes;

use super::super::Ask;

/// A question with an answer to try it with.
pub(super) trait Sample: Ask {
    /// An answer with all that the version has.
    fn sample(version: i16) -> Self::Codec;
    /// An answer that says nothing.
    fn empty() -> Self::Codec;
}

/// Tagged fields no version knows.
pub(super) fn tags() -> BTreeMap<i32, Bytes> {
    [(77, Bytes::from_static(b"to come")), (300, Bytes::new())].into()
}

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn group(name: &'static str) -> GroupId {
    GroupId(text(name))
}

fn topic(name: &'static str) -> TopicName {
    TopicName(text(name))
}

/// A value for versions that have the field, and the codec's default for those that have not.
fn since<T: Default>(first: i16, version: i16, value: T) -> T {
    if version >= first { value } else { T::default() }
}

impl Sample for ApiVersionsRequest {
    fn sample(_: i16) -> ApiVersionsResponse {
        let api = ApiVersion::default().with_api_key(3).with_max_version(13).with_unknown_tagged_fields(tags());
        let supported = SupportedFeatureKey::default().with_name(text("kraft.version")).with_max_version(1);
        let finalized = FinalizedFeatureKey::default().with_name(text("group.version")).with_max_version_level(1);
        ApiVersionsResponse::default()
            .with_api_keys(vec![api.clone(), api])
            .with_throttle_time_ms(5)
            .with_supported_features(vec![supported.with_unknown_tagged_fields(tags())])
            .with_finalized_features_epoch(9)
            .with_finalized_features(vec![finalized.with_unknown_tagged_fields(tags())])
            .with_zk_migration_ready(true)
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> ApiVersionsResponse {
        ApiVersionsResponse::default()
    }
}

impl Sample for MetadataRequest {
    fn sample(version: i16) -> MetadataResponse {
        let broker = MetadataResponseBroker::default()
            .with_node_id(BrokerId(1))
            .with_host(text("kafka-1"))
            .with_port(9092)
            .with_rack(Some(text("a")))
            .with_unknown_tagged_fields(tags());
        let partition = MetadataResponsePartition::default()
            .with_partition_index(2)
            .with_leader_id(BrokerId(1))
            .with_leader_epoch(4)
            .with_replica_nodes(vec![BrokerId(1), BrokerId(2)])
            .with_isr_nodes(vec![BrokerId(1)])
            .with_offline_replicas(vec![BrokerId(2)])
            .with_unknown_tagged_fields(tags());
        let mut orders = MetadataResponseTopic::default()
            .with_name(Some(topic("orders")))
            .with_topic_id(uuid())
            .with_is_internal(true)
            .with_partitions(vec![partition.clone(), partition])
            .with_unknown_tagged_fields(tags());
        let mut answer = MetadataResponse::default()
            .with_throttle_time_ms(5)
            .with_brokers(vec![broker.clone(), broker.with_rack(None)])
            .with_cluster_id(Some(text("cluster")))
            .with_controller_id(BrokerId(1))
            .with_error_code(since(13, version, 3))
            .with_unknown_tagged_fields(tags());
        if version >= 8 {
            orders.topic_authorized_operations = 8;
        }
        if (8..=10).contains(&version) {
            answer.cluster_authorized_operations = 8;
        }
        answer.with_topics(vec![orders])
    }
    fn empty() -> MetadataResponse {
        MetadataResponse::default()
    }
}

/// The codec's type of ids has no name here, but it can be read.
fn uuid<T: FromStr<Err: Debug>>() -> T {
    "01234567-89ab-cdef-0123-456789abcdef".parse().expect("an id")
}

impl Sample for FindCoordinatorRequest {
    fn sample(version: i16) -> FindCoordinatorResponse {
        if version < 4 {
            return FindCoordinatorResponse::default()
                .with_throttle_time_ms(5)
                .with_error_code(15)
                .with_error_message(Some(text("none")))
                .with_node_id(BrokerId(3))
                .with_host(text("kafka-3"))
                .with_port(9092)
                .with_unknown_tagged_fields(tags());
        }
        let coordinator = Coordinator::default()
            .with_key(text("billing"))
            .with_node_id(BrokerId(3))
            .with_host(text("kafka-3"))
            .with_port(9092)
            .with_error_code(15)
            .with_error_message(Some(text("none")))
            .with_unknown_tagged_fields(tags());
        FindCoordinatorResponse::default()
            .with_throttle_time_ms(5)
            .with_coordinators(vec![coordinator.clone(), coordinator.with_error_message(None)])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> FindCoordinatorResponse {
        FindCoordinatorResponse::default()
    }
}

impl Sample for ListGroupsRequest {
    fn sample(version: i16) -> ListGroupsResponse {
        let listed = ListedGroup::default()
            .with_group_id(group("billing"))
            .with_protocol_type(text("consumer"))
            .with_group_state(since(4, version, text("Stable")))
            .with_group_type(since(5, version, text("classic")))
            .with_unknown_tagged_fields(tags());
        ListGroupsResponse::default()
            .with_throttle_time_ms(5)
            .with_error_code(14)
            .with_groups(vec![listed.clone(), listed])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> ListGroupsResponse {
        ListGroupsResponse::default()
    }
}

impl Sample for DescribeGroupsRequest {
    fn sample(version: i16) -> DescribeGroupsResponse {
        let member = classic::DescribedGroupMember::default()
            .with_member_id(text("m-1"))
            .with_group_instance_id(since(4, version, Some(text("static-1"))))
            .with_client_id(text("c"))
            .with_client_host(text("/10.0.0.1"))
            .with_member_metadata(Bytes::from_static(b"metadata"))
            .with_member_assignment(Bytes::from_static(b"assignment"))
            .with_unknown_tagged_fields(tags());
        let mut described = classic::DescribedGroup::default()
            .with_error_code(16)
            .with_error_message(since(6, version, Some(text("not here"))))
            .with_group_id(group("billing"))
            .with_group_state(text("Stable"))
            .with_protocol_type(text("consumer"))
            .with_protocol_data(text("range"))
            .with_members(vec![member.clone(), member])
            .with_unknown_tagged_fields(tags());
        if version >= 3 {
            described.authorized_operations = 8;
        }
        DescribeGroupsResponse::default()
            .with_throttle_time_ms(5)
            .with_groups(vec![described])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> DescribeGroupsResponse {
        DescribeGroupsResponse::default()
    }
}

impl Sample for ConsumerGroupDescribeRequest {
    fn sample(version: i16) -> ConsumerGroupDescribeResponse {
        let partitions = consumer::TopicPartitions::default()
            .with_topic_id(uuid())
            .with_topic_name(topic("orders"))
            .with_partitions(vec![0, 5])
            .with_unknown_tagged_fields(tags());
        let assignment = consumer::Assignment::default()
            .with_topic_partitions(vec![partitions.clone(), partitions])
            .with_unknown_tagged_fields(tags());
        let member = consumer::Member::default()
            .with_member_id(text("m-1"))
            .with_instance_id(Some(text("static-1")))
            .with_rack_id(Some(text("a")))
            .with_member_epoch(3)
            .with_client_id(text("c"))
            .with_client_host(text("/10.0.0.1"))
            .with_subscribed_topic_names(vec![topic("orders"), topic("payments")])
            .with_subscribed_topic_regex(Some(text("o.*")))
            .with_assignment(assignment.clone())
            .with_target_assignment(assignment)
            .with_member_type(since(1, version, 1))
            .with_unknown_tagged_fields(tags());
        let described = consumer::DescribedGroup::default()
            .with_error_code(69)
            .with_error_message(Some(text("not here")))
            .with_group_id(group("billing"))
            .with_group_state(text("Stable"))
            .with_group_epoch(3)
            .with_assignment_epoch(3)
            .with_assignor_name(text("uniform"))
            .with_members(vec![member.clone(), member])
            .with_authorized_operations(8)
            .with_unknown_tagged_fields(tags());
        ConsumerGroupDescribeResponse::default()
            .with_throttle_time_ms(5)
            .with_groups(vec![described])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> ConsumerGroupDescribeResponse {
        ConsumerGroupDescribeResponse::default()
    }
}

impl Sample for OffsetFetchRequest {
    fn sample(version: i16) -> OffsetFetchResponse {
        let answer = OffsetFetchResponse::default().with_throttle_time_ms(5).with_unknown_tagged_fields(tags());
        if version < 8 {
            let partition = OffsetFetchResponsePartition::default()
                .with_partition_index(2)
                .with_committed_offset(41)
                .with_committed_leader_epoch(since(5, version, 6))
                .with_metadata(Some(text("note")))
                .with_error_code(3)
                .with_unknown_tagged_fields(tags());
            let orders = OffsetFetchResponseTopic::default()
                .with_name(topic("orders"))
                .with_partitions(vec![partition.clone(), partition.with_metadata(None)])
                .with_unknown_tagged_fields(tags());
            return answer.with_error_code(16).with_topics(vec![orders]);
        }
        let partition = OffsetFetchResponsePartitions::default()
            .with_partition_index(2)
            .with_committed_offset(41)
            .with_committed_leader_epoch(6)
            .with_metadata(Some(text("note")))
            .with_error_code(3)
            .with_unknown_tagged_fields(tags());
        let orders = OffsetFetchResponseTopics::default()
            .with_name(topic("orders"))
            .with_partitions(vec![partition.clone(), partition.with_metadata(None)])
            .with_unknown_tagged_fields(tags());
        let billing = OffsetFetchResponseGroup::default()
            .with_group_id(group("billing"))
            .with_topics(vec![orders])
            .with_error_code(16)
            .with_unknown_tagged_fields(tags());
        answer.with_groups(vec![billing.clone(), billing])
    }
    fn empty() -> OffsetFetchResponse {
        OffsetFetchResponse::default()
    }
}

impl Sample for ListOffsetsRequest {
    fn sample(version: i16) -> ListOffsetsResponse {
        let partition = ListOffsetsPartitionResponse::default()
            .with_partition_index(2)
            .with_error_code(6)
            .with_timestamp(1_700_000_000_000)
            .with_offset(41)
            .with_leader_epoch(if version >= 4 { 6 } else { -1 })
            .with_unknown_tagged_fields(tags());
        let orders = ListOffsetsTopicResponse::default()
            .with_name(topic("orders"))
            .with_partitions(vec![partition.clone(), partition])
            .with_unknown_tagged_fields(tags());
        ListOffsetsResponse::default()
            .with_throttle_time_ms(5)
            .with_topics(vec![orders])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> ListOffsetsResponse {
        ListOffsetsResponse::default()
    }
}

impl Sample for OffsetForLeaderEpochRequest {
    fn sample(_: i16) -> OffsetForLeaderEpochResponse {
        let partition = EpochEndOffset::default()
            .with_partition(2)
            .with_error_code(6)
            .with_leader_epoch(4)
            .with_end_offset(41)
            .with_unknown_tagged_fields(tags());
        let orders = OffsetForLeaderTopicResult::default()
            .with_topic(topic("orders"))
            .with_partitions(vec![partition.clone(), partition])
            .with_unknown_tagged_fields(tags());
        OffsetForLeaderEpochResponse::default()
            .with_throttle_time_ms(5)
            .with_topics(vec![orders])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> OffsetForLeaderEpochResponse {
        OffsetForLeaderEpochResponse::default()
    }
}

impl Sample for FetchRequest {
    fn sample(version: i16) -> FetchResponse {
        let aborted = fetched::AbortedTransaction::default()
            .with_producer_id(ProducerId(9))
            .with_first_offset(33)
            .with_unknown_tagged_fields(tags());
        let mut partition = fetched::PartitionData::default()
            .with_partition_index(2)
            .with_error_code(6)
            .with_high_watermark(41)
            .with_last_stable_offset(40)
            .with_log_start_offset(since(5, version, 7))
            .with_aborted_transactions(Some(vec![aborted.clone(), aborted]))
            .with_preferred_read_replica(BrokerId(if version >= 11 { 3 } else { -1 }))
            .with_records(Some(Bytes::from_static(b"batches")))
            .with_unknown_tagged_fields(tags());
        if version >= 12 {
            partition.diverging_epoch = fetched::EpochEndOffset::default().with_epoch(4).with_end_offset(39);
            partition.current_leader = fetched::LeaderIdAndEpoch::default().with_leader_id(BrokerId(3));
            partition.snapshot_id = fetched::SnapshotId::default().with_end_offset(8).with_epoch(2);
        }
        let nothing = partition.clone().with_aborted_transactions(None).with_records(Some(Bytes::new()));
        let orders = fetched::FetchableTopicResponse::default()
            .with_topic(topic("orders"))
            .with_partitions(vec![partition, nothing])
            .with_unknown_tagged_fields(tags());
        FetchResponse::default()
            .with_throttle_time_ms(5)
            .with_error_code(since(7, version, 70))
            .with_session_id(since(7, version, 12))
            .with_responses(vec![orders])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> FetchResponse {
        FetchResponse::default()
    }
}

impl Sample for DescribeConfigsRequest {
    fn sample(version: i16) -> DescribeConfigsResponse {
        let synonym = DescribeConfigsSynonym::default()
            .with_name(text("log.retention.ms"))
            .with_value(Some(text("7")))
            .with_source(5)
            .with_unknown_tagged_fields(tags());
        let config = DescribeConfigsResourceResult::default()
            .with_name(text("retention.ms"))
            .with_value(Some(text("7")))
            .with_read_only(true)
            .with_config_source(5)
            .with_is_sensitive(true)
            .with_synonyms(vec![synonym.clone(), synonym.with_value(None)])
            .with_config_type(since(3, version, 5))
            .with_documentation(since(3, version, Some(text("how long"))))
            .with_unknown_tagged_fields(tags());
        let orders = DescribeConfigsResult::default()
            .with_error_code(29)
            .with_error_message(Some(text("no")))
            .with_resource_type(2)
            .with_resource_name(text("orders"))
            .with_configs(vec![config.clone(), config.with_value(None)])
            .with_unknown_tagged_fields(tags());
        DescribeConfigsResponse::default()
            .with_throttle_time_ms(5)
            .with_results(vec![orders.clone(), orders.with_error_message(None)])
            .with_unknown_tagged_fields(tags())
    }
    fn empty() -> DescribeConfigsResponse {
        DescribeConfigsResponse::default()
    }
}
