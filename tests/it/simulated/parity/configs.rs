//! DescribeConfigs: the settings of topics that the exporter reads. It is NOT about all others, of which Kafka has hundreds.
//! Invariant: what is asked for by name is told, and nothing else.

use std::collections::BTreeMap;

use kafka_protocol::messages::DescribeConfigsRequest;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;

use super::Facts;
use super::side::{Side, text};

const TOPIC: i8 = 2;

const NAMES: [&str; 6] =
    ["retention.ms", "retention.bytes", "segment.ms", "cleanup.policy", "message.timestamp.type", "no.such.setting"];

pub(super) async fn ask(side: &Side<'_>, facts: &mut Facts) {
    for version in [1, 2, 3, 4] {
        for topic in ["orders", "brief", "absent", "bad/name", ""] {
            let resource = DescribeConfigsResource::default()
                .with_resource_type(TOPIC)
                .with_resource_name(text(topic))
                .with_configuration_keys(Some(NAMES.map(text).into()));
            let request = DescribeConfigsRequest::default().with_resources(vec![resource]);
            let answer = side.ask(1, version, &request).await;
            assert_eq!(answer.results.len(), 1, "{topic}");
            let told = &answer.results[0];
            let what = (told.error_code, told.resource_type, told.resource_name.to_string());
            let values = told.configs.iter().map(|config| {
                let value = config.value.as_deref().map(ToString::to_string);
                (config.name.to_string(), (value, config.is_sensitive, config.synonyms.len()))
            });
            let values: BTreeMap<_, _> = values.collect();
            facts.note(format!("DescribeConfigs {version} of {topic:?}"), &(what, values));
        }
    }
}
