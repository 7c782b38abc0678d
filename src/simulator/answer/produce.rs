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

#[cfg(test)]
mod tests {
    use kafka_protocol::messages::TopicName;
    use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};

    use super::super::testing::Lab;
    use super::super::text;
    use super::*;
    use crate::simulator::spec::TopicSpec;

    #[test]
    fn nobody_may_write() {
        let lab = Lab::new(vec![TopicSpec::new("orders", 1)], Vec::new());
        let partition = PartitionProduceData::default().with_records(Some(bytes::Bytes::from_static(b"records")));
        for version in 3..=13 {
            let topic = TopicProduceData::default().with_partition_data(vec![partition.clone()]);
            let topic = if version < 13 { topic.with_name(TopicName(text("orders"))) } else { topic };
            let answer = lab.ask(1, version, &ProduceRequest::default().with_acks(-1).with_topic_data(vec![topic]));
            let refused = &answer.responses[0].partition_responses[0];
            assert_eq!((refused.error_code, refused.base_offset), (error::TOPIC_AUTHORIZATION_FAILED, -1));
        }
    }
}
