//! Produce: refused, for clients of a simulated cluster have no right to write.
//!
//! Not for storing anything. It is served because librdkafka tells from it which fetches a broker understands.
//! Invariant: nothing in the world changes.

use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};

use super::{Desk, error};

pub(super) fn answer(desk: &Desk<'_>, _version: i16, request: ProduceRequest) -> ProduceResponse {
    let topics = request.topic_data.into_iter().map(|topic| {
        let refused = topic.partition_data.iter().map(|partition| {
            PartitionProduceResponse::default()
                .with_index(partition.index)
                .with_error_code(error::TOPIC_AUTHORIZATION_FAILED)
                .with_base_offset(-1)
                .with_log_append_time_ms(-1)
        });
        TopicProduceResponse::default()
            .with_name(topic.name)
            .with_topic_id(topic.topic_id)
            .with_partition_responses(refused.collect())
    });
    ProduceResponse::default().with_throttle_time_ms(desk.throttle_ms).with_responses(topics.collect())
}
