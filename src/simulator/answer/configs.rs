//! DescribeConfigs: the settings of topics and of the broker that is asked.
//!
//! Not all that Kafka has, but those somebody who watches a cluster looks at. No documentation of settings.
//! Invariant: a setting a scenario changed says that it is the topic's own, all others where their value is from.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_protocol::protocol::StrBytes;

use crate::simulator::world::{OFFSETS_PARTITIONS, Topic};

use super::{Desk, valid};

const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// What a value is, in Kafka's numbers.
#[derive(Clone, Copy)]
enum Type {
    Boolean = 1,
    String = 2,
    Int = 3,
    Short = 4,
    Long = 5,
    List = 7,
}

/// Where a value is from, in Kafka's numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Topic = 1,
    BrokerFile = 4,
    Default = 5,
}

/// A setting.
struct Setting {
    name: &'static str,
    kind: Type,
    value: String,
    source: Source,
    is_read_only: bool,
    /// What holds where a topic has none of its own: the broker's setting and its value.
    default: Option<(&'static str, String)>,
}

pub(super) fn answer(desk: &Desk<'_>, _version: i16, request: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let has_synonyms = request.include_synonyms;
    let describe = |resource: DescribeConfigsResource| {
        let result = DescribeConfigsResult::default().with_resource_type(resource.resource_type);
        let settings = match resource.resource_type {
            TOPIC => topic(desk, &resource.resource_name),
            BROKER => broker(desk, &resource.resource_name),
            _ => Err((ResponseError::InvalidRequest, "Unsupported resource type".to_owned())),
        };
        let result = result.with_resource_name(resource.resource_name);
        let is_asked = |setting: &Setting| {
            resource.configuration_keys.as_ref().is_none_or(|keys| keys.iter().any(|key| &**key == setting.name))
        };
        match settings {
            Ok(settings) => {
                let asked = settings.into_iter().filter(is_asked);
                result.with_error_message(None).with_configs(asked.map(|each| written(each, has_synonyms)).collect())
            }
            Err((error, sentence)) => {
                result.with_error_code(error.code()).with_error_message(Some(StrBytes::from_string(sentence)))
            }
        }
    };
    DescribeConfigsResponse::default()
        .with_throttle_time_ms(desk.throttle_ms)
        .with_results(request.resources.into_iter().map(describe).collect())
}

type Described = Result<Vec<Setting>, (ResponseError, String)>;

fn topic(desk: &Desk<'_>, name: &str) -> Described {
    let Some(topic) = desk.world.topic(name) else {
        if !valid::is_topic_name(name) {
            return Err((ResponseError::InvalidTopicException, "The topic name is invalid.".to_owned()));
        }
        return Err((ResponseError::UnknownTopicOrPartition, "The topic does not exist.".to_owned()));
    };
    if topic.is_hidden {
        return Err((ResponseError::TopicAuthorizationFailed, "Topic authorization failed.".to_owned()));
    }
    Ok(of_topic(topic))
}

fn of_topic(topic: &Topic) -> Vec<Setting> {
    let spec = &topic.spec;
    let setting = |name, kind, broker: Option<&'static str>, default: &str, own: Option<String>| {
        let source = if own.is_some() { Source::Topic } else { Source::Default };
        let value = own.unwrap_or_else(|| default.to_owned());
        Setting {
            name,
            kind,
            value,
            source,
            is_read_only: false,
            default: broker.map(|broker| (broker, default.to_owned())),
        }
    };
    let unless = |default: &str, value: String| Some(value).filter(|value| value != default);
    // As Kafka makes its own topic.
    let of_offsets = |value: &str| topic.is_internal.then(|| value.to_owned());
    let retention = spec.retention.as_millis().to_string();
    let in_sync = spec.min_in_sync.to_string();
    let local = spec.local_retention.map(|local| local.as_millis().to_string());
    let remote = local.is_some().then(|| "true".to_owned());
    vec![
        setting("cleanup.policy", Type::List, Some("log.cleanup.policy"), "delete", of_offsets("compact")),
        setting("compression.type", Type::String, Some("compression.type"), "producer", of_offsets("producer")),
        setting("delete.retention.ms", Type::Long, Some("log.cleaner.delete.retention.ms"), "86400000", None),
        setting("local.retention.bytes", Type::Long, Some("log.local.retention.bytes"), AS_ALL, None),
        setting("local.retention.ms", Type::Long, Some("log.local.retention.ms"), AS_ALL, local),
        setting("max.message.bytes", Type::Int, Some("message.max.bytes"), "1048588", None),
        setting("message.timestamp.type", Type::String, Some("log.message.timestamp.type"), "CreateTime", None),
        setting("min.insync.replicas", Type::Int, Some("min.insync.replicas"), "1", unless("1", in_sync)),
        setting("remote.storage.enable", Type::Boolean, None, "false", remote),
        setting("retention.bytes", Type::Long, Some("log.retention.bytes"), "-1", None),
        // The broker's settings of these are in hours, and no synonyms of them.
        setting("retention.ms", Type::Long, None, WEEK, unless(WEEK, retention)),
        setting("segment.bytes", Type::Int, Some("log.segment.bytes"), "1073741824", of_offsets("104857600")),
        setting("segment.ms", Type::Long, None, WEEK, None),
        setting("unclean.leader.election.enable", Type::Boolean, Some("unclean.leader.election.enable"), "false", None),
    ]
}

const WEEK: &str = "604800000";
/// Of a local retention: the same as that of all records.
const AS_ALL: &str = "-2";

fn broker(desk: &Desk<'_>, name: &str) -> Described {
    if name.is_empty() {
        // What was set for all brokers at run time: nothing.
        return Ok(Vec::new());
    }
    if name.parse() != Ok(desk.broker) {
        let sentence = format!("Unexpected broker id, expected {} or empty string, but received {name}", desk.broker);
        return Err((ResponseError::InvalidRequest, sentence));
    }
    let brokers = desk.world.settings().brokers.clamp(1, 3);
    let setting = |name, kind, value: &str, source, is_read_only| Setting {
        name,
        kind,
        value: value.to_owned(),
        source,
        is_read_only,
        default: (source == Source::Default).then(|| (name, value.to_owned())),
    };
    let (own, default) = (Source::BrokerFile, Source::Default);
    Ok(vec![
        setting("auto.create.topics.enable", Type::Boolean, "false", own, true),
        setting("broker.id", Type::Int, &desk.broker.to_string(), own, true),
        setting("default.replication.factor", Type::Int, &brokers.to_string(), own, false),
        setting("group.max.session.timeout.ms", Type::Int, "1800000", default, true),
        setting("log.cleanup.policy", Type::List, "delete", default, false),
        setting("log.dirs", Type::String, "/var/lib/kafka/data", own, true),
        setting("log.retention.bytes", Type::Long, "-1", default, false),
        setting("log.retention.hours", Type::Int, "168", default, true),
        setting("log.retention.ms", Type::Long, WEEK, own, false),
        setting("message.max.bytes", Type::Int, "1048588", default, false),
        setting("min.insync.replicas", Type::Int, "1", default, false),
        setting("num.partitions", Type::Int, "1", default, true),
        setting("offsets.retention.minutes", Type::Int, "10080", default, true),
        setting("offsets.topic.num.partitions", Type::Int, &OFFSETS_PARTITIONS.to_string(), default, true),
        setting("offsets.topic.replication.factor", Type::Short, &brokers.to_string(), own, true),
        setting("process.roles", Type::List, "broker,controller", own, true),
        setting("replica.fetch.max.bytes", Type::Int, "1048576", default, true),
        setting("replica.lag.time.max.ms", Type::Long, "30000", default, true),
        setting("unclean.leader.election.enable", Type::Boolean, "false", default, false),
    ])
}

fn written(setting: Setting, has_synonyms: bool) -> DescribeConfigsResourceResult {
    let synonym = |name, value: &str, source: Source| {
        DescribeConfigsSynonym::default()
            .with_name(StrBytes::from_static_str(name))
            .with_value(Some(StrBytes::from_string(value.to_owned())))
            .with_source(source as i8)
    };
    // Where the value is from first, then what would hold without it.
    let own = (setting.source != Source::Default).then(|| synonym(setting.name, &setting.value, setting.source));
    let default = setting.default.as_ref().map(|(name, value)| synonym(name, value, Source::Default));
    let synonyms = own.into_iter().chain(default).filter(|_| has_synonyms).collect();
    DescribeConfigsResourceResult::default()
        .with_name(StrBytes::from_static_str(setting.name))
        .with_value(Some(StrBytes::from_string(setting.value)))
        .with_read_only(setting.is_read_only)
        .with_config_source(setting.source as i8)
        .with_synonyms(synonyms)
        .with_config_type(setting.kind as i8)
        .with_documentation(None)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kafka_protocol::protocol::{Decodable, Encodable};

    use super::*;
    use crate::simulator::answer::Endpoints;
    use crate::simulator::spec::{Action, ClusterSettings, Scenario, TopicSpec};
    use crate::simulator::world::{OFFSETS_TOPIC, World};

    fn world() -> World {
        let orders = TopicSpec { retention: Duration::from_hours(1), min_in_sync: 2, ..TopicSpec::new("orders", 1) };
        let old = TopicSpec { local_retention: Some(Duration::from_mins(1)), ..TopicSpec::new("old", 1) };
        let topics = vec![orders, TopicSpec::new("plain", 1), TopicSpec::new("secret", 1), old];
        let scenario = Scenario { topics, ..Scenario::default() };
        let mut world = World::new(&ClusterSettings::default(), &[scenario], 0).expect("it makes sense");
        world.act(&Action::Hide { topic: "secret".to_owned() }).expect("it can");
        world
    }

    fn ask(version: i16, kind: i8, name: &'static str, keys: Option<&[&'static str]>) -> DescribeConfigsResult {
        let keys = keys.map(|keys| keys.iter().map(|key| StrBytes::from_static_str(key)).collect());
        let resource = DescribeConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(StrBytes::from_static_str(name))
            .with_configuration_keys(keys);
        let request = DescribeConfigsRequest::default().with_resources(vec![resource]).with_include_synonyms(true);
        let endpoints = Endpoints::new();
        let world = world();
        let desk = Desk { world: &world, broker: 2, endpoints: &endpoints, throttle_ms: 0 };
        let answer = answer(&desk, version, request);
        let mut bytes = bytes::BytesMut::new();
        answer.encode(&mut bytes, version).expect("it can be written");
        let mut answer = DescribeConfigsResponse::decode(&mut bytes.freeze(), version).expect("it can be read");
        answer.results.remove(0)
    }

    /// Value, source, and the synonyms' names and sources.
    fn short(config: &DescribeConfigsResourceResult) -> String {
        let synonyms = config.synonyms.iter().map(|synonym| format!(" {}:{}", synonym.source, &*synonym.name));
        let value = config.value.as_deref().unwrap_or_default();
        format!("{}={value} {}{}", &*config.name, config.config_source, synonyms.collect::<String>())
    }

    #[test]
    fn settings_of_a_topic_say_where_they_are_from() {
        for version in 1..=4 {
            let asked: &[_] = &["retention.ms", "min.insync.replicas", "unknown"];
            let own = ask(version, TOPIC, "orders", Some(asked));
            let own: Vec<_> = own.configs.iter().map(short).collect();
            let expected = [
                "min.insync.replicas=2 1 1:min.insync.replicas 5:min.insync.replicas",
                "retention.ms=3600000 1 1:retention.ms",
            ];
            assert_eq!(own, expected);
            let plain = ask(version, TOPIC, "plain", Some(asked));
            let plain: Vec<_> = plain.configs.iter().map(short).collect();
            assert_eq!(plain, ["min.insync.replicas=1 5 5:min.insync.replicas", "retention.ms=604800000 5"]);
        }
        let offsets = ask(4, TOPIC, OFFSETS_TOPIC, Some(&["cleanup.policy"]));
        let offsets: Vec<_> = offsets.configs.iter().map(short).collect();
        assert_eq!(offsets, ["cleanup.policy=compact 1 1:cleanup.policy 5:log.cleanup.policy"]);
        assert!(ask(4, TOPIC, "orders", None).configs.len() > 10);
    }

    #[test]
    fn what_is_in_remote_storage_goes_by_the_local_retention() {
        let asked: &[_] = &["remote.storage.enable", "local.retention.ms", "local.retention.bytes"];
        let told = |topic| ask(4, TOPIC, topic, Some(asked)).configs.iter().map(short).collect::<Vec<_>>();
        let by_default = ["local.retention.bytes=-2 5 5:log.local.retention.bytes"];
        let own = ["local.retention.ms=60000 1 1:local.retention.ms 5:log.local.retention.ms"];
        let remote = ["remote.storage.enable=true 1 1:remote.storage.enable"];
        assert_eq!(told("old"), [by_default, own, remote].concat());
        let none = ["local.retention.ms=-2 5 5:log.local.retention.ms", "remote.storage.enable=false 5"];
        assert_eq!(told("plain"), [&by_default[..], &none].concat());
    }

    #[test]
    fn a_broker_tells_its_own_settings_only() {
        let own = ask(4, BROKER, "2", Some(&["log.retention.ms", "offsets.retention.minutes"]));
        let own: Vec<_> = own.configs.iter().map(short).collect();
        let expected = [
            "log.retention.ms=604800000 4 4:log.retention.ms",
            "offsets.retention.minutes=10080 5 5:offsets.retention.minutes",
        ];
        assert_eq!(own, expected);
        assert_eq!((ask(4, BROKER, "", None).error_code, ask(4, BROKER, "", None).configs.len()), (0, 0));
        assert_eq!(ask(4, BROKER, "1", None).error_code, 42);
    }

    #[test]
    fn what_is_not_there_or_not_to_be_seen_is_refused() {
        assert_eq!(ask(4, TOPIC, "nothing", None).error_code, 3);
        assert_eq!(ask(4, TOPIC, "secret", None).error_code, 29);
        assert_eq!(ask(4, 8, "2", None).error_code, 42);
    }
}
