//! DescribeConfigs: what of topics' configurations matters to their readers.
//!
//! Not where a value is from. `DESCRIBE_CONFIGS` on the topic is needed.
//! Invariant: a configuration without the time records are kept for is none.

use std::time::Duration;

use kafka_protocol::messages::DescribeConfigsRequest;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult};
use kafka_protocol::protocol::StrBytes;

use crate::model::{ProblemKind, Question, TopicConfig, TopicName};

use super::super::code::Refusal;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::{count_failures, text};

/// Topics in one request: an answer of them has a few hundred kilobytes.
const TOPICS_PER_REQUEST: usize = 1000;

/// What stands for a topic among the resources that have a configuration.
const TOPIC: i8 = 2;

const RETENTION: &str = "retention.ms";
const RETENTION_BYTES: &str = "retention.bytes";
const SEGMENT: &str = "segment.ms";
const CLEANUP: &str = "cleanup.policy";
const TIMESTAMPS: &str = "message.timestamp.type";
const REMOTE: &str = "remote.storage.enable";
const LOCAL: &str = "local.retention.ms";
const LOCAL_BYTES: &str = "local.retention.bytes";
const NAMES: [&str; 8] = [RETENTION, RETENTION_BYTES, SEGMENT, CLEANUP, TIMESTAMPS, REMOTE, LOCAL, LOCAL_BYTES];

/// In the place of a local retention: the same as that of all records.
const AS_ALL: i64 = -2;

/// What one broker told.
#[derive(Debug, Default)]
pub(in super::super) struct Told {
    /// Each topic's configuration, or why there is none.
    pub(in super::super) topics: Vec<(StrBytes, Result<TopicConfig, Refusal>)>,
    /// Why some topics are not told of.
    pub(in super::super) failed: Option<Error>,
}

/// Asks one broker, so many topics to a request.
pub(in super::super) async fn ask(link: &mut Link, topics: &[TopicName], poll: &Poll) -> Result<Told, Error> {
    let build = |_| topics.chunks(TOPICS_PER_REQUEST).map(request).collect();
    let (_, answers) = link.ask_all(poll, build).await?;
    let mut told = Told::default();
    for answer in answers {
        match answer {
            Ok(answer) => {
                let topics: Vec<_> = answer.body.results.into_iter().map(read).collect();
                let refusals = topics.iter().filter_map(|(_, outcome)| outcome.as_ref().err());
                count_failures(Question::DescribeConfigs, refusals, poll);
                told.topics.extend(topics);
            }
            Err(error) => told.failed = Some(error),
        }
    }
    Ok(told)
}

fn request(topics: &[TopicName]) -> DescribeConfigsRequest {
    let resources = topics.iter().map(|topic| {
        DescribeConfigsResource::default()
            .with_resource_type(TOPIC)
            .with_resource_name(text(topic))
            .with_configuration_keys(Some(NAMES.map(StrBytes::from_static_str).into()))
    });
    DescribeConfigsRequest::default().with_resources(resources.collect())
}

fn read(told: DescribeConfigsResult) -> (StrBytes, Result<TopicConfig, Refusal>) {
    let config = match Refusal::of(told.error_code) {
        Some(refusal) => Err(refusal),
        None => config(&told.configs).ok_or_else(|| ProblemKind::Missing.into()),
    };
    (told.resource_name, config)
}

fn config(told: &[DescribeConfigsResourceResult]) -> Option<TopicConfig> {
    let value = |name: &str| told.iter().find(|config| &*config.name == name)?.value.as_deref();
    let number = |name: &str| value(name)?.parse::<i64>().ok();
    // -1 is for ever, and any size.
    let bound = |number: i64| u64::try_from(number).ok();
    let is_cleaned_up = |how: &str| value(CLEANUP).map(|policy| policy.split(',').any(|word| word.trim() == how));
    let retention = bound(number(RETENTION)?).map(Duration::from_millis);
    let retention_bytes = number(RETENTION_BYTES).and_then(bound);
    let local = Local { time: number(LOCAL).unwrap_or(AS_ALL), bytes: number(LOCAL_BYTES).unwrap_or(AS_ALL) };
    Some(TopicConfig {
        retention,
        retention_bytes,
        segment: number(SEGMENT).and_then(bound).map(Duration::from_millis),
        // What Kafka does unless it is told otherwise.
        is_deleted: is_cleaned_up("delete").unwrap_or(true),
        is_compacted: is_cleaned_up("compact").unwrap_or(false),
        has_append_times: value(TIMESTAMPS) == Some("LogAppendTime"),
        // Before Kafka 3.6 nobody knows of it.
        local_for: (value(REMOTE) == Some("true")).then(|| local.lasting(retention, retention_bytes)).flatten(),
    })
}

/// Which records of a topic that has remote storage are also on brokers' disks, in Kafka's numbers.
struct Local {
    time: i64,
    bytes: i64,
}

impl Local {
    /// For how long they are for sure; `None` for as long as there are any.
    fn lasting(&self, retention: Option<Duration>, retention_bytes: Option<u64>) -> Option<Duration> {
        let by_time = u64::try_from(self.time).ok().map(Duration::from_millis);
        let by_time = by_time.filter(|local| retention.is_none_or(|all| *local < all));
        let is_by_size = u64::try_from(self.bytes).is_ok_and(|local| retention_bytes.is_none_or(|all| local < all));
        // How long it takes until so many bytes were written is not known.
        if is_by_size { Some(Duration::ZERO) } else { by_time }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(configs: &[(&'static str, Option<&'static str>)]) -> Option<TopicConfig> {
        let configs = configs.iter().map(|(name, value)| {
            DescribeConfigsResourceResult::default()
                .with_name(StrBytes::from_static_str(name))
                .with_value(value.map(StrBytes::from_static_str))
        });
        config(&configs.collect::<Vec<_>>())
    }

    #[test]
    fn a_configuration_is_read_as_kafka_means_it() {
        let all = [
            (TIMESTAMPS, Some("LogAppendTime")),
            (CLEANUP, Some("compact, delete")),
            (SEGMENT, Some("60000")),
            (RETENTION_BYTES, Some("1048576")),
            (RETENTION, Some("3600000")),
        ];
        let expected = TopicConfig {
            retention: Some(Duration::from_hours(1)),
            retention_bytes: Some(1 << 20),
            segment: Some(Duration::from_mins(1)),
            is_deleted: true,
            is_compacted: true,
            has_append_times: true,
            local_for: None,
        };
        assert_eq!(told(&all), Some(expected));
        let for_ever = [(RETENTION, Some("-1")), (RETENTION_BYTES, Some("-1")), (CLEANUP, Some("compact"))];
        let expected = TopicConfig {
            retention: None,
            retention_bytes: None,
            segment: None,
            is_deleted: false,
            is_compacted: true,
            has_append_times: false,
            local_for: None,
        };
        assert_eq!(told(&for_ever), Some(expected));
    }

    #[test]
    fn what_is_on_disks_for_sure_goes_by_time_and_by_size() {
        let local = |enabled, retention, bytes, local, local_bytes| {
            let all = [
                (RETENTION, Some(retention)),
                (RETENTION_BYTES, Some(bytes)),
                (REMOTE, Some(enabled)),
                (LOCAL, Some(local)),
                (LOCAL_BYTES, Some(local_bytes)),
            ];
            told(&all).expect("a retention is enough").local_for
        };
        let hour = Some(Duration::from_hours(1));
        assert_eq!(local("true", "604800000", "-1", "3600000", "-2"), hour);
        assert_eq!(local("true", "-1", "1000", "3600000", "1000"), hour, "no fewer bytes than of all");
        assert_eq!(local("false", "604800000", "-1", "3600000", "-2"), None, "nothing is remote");
        assert_eq!(local("true", "604800000", "-1", "-2", "-2"), None, "as long as all");
        assert_eq!(local("true", "-1", "-1", "-1", "-1"), None, "for ever");
        assert_eq!(local("true", "3600000", "-1", "3600000", "-2"), None, "no shorter than all");
        assert_eq!(local("true", "604800000", "-1", "3600000", "1000"), Some(Duration::ZERO));
        assert_eq!(local("true", "604800000", "-1", "-2", "1000"), Some(Duration::ZERO));
        let old = told(&[(RETENTION, Some("604800000"))]).expect("a retention is enough");
        assert_eq!(old.local_for, None, "a broker that does not know of it");
    }

    #[test]
    fn without_a_retention_there_is_no_configuration() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[(CLEANUP, Some("delete"))]), None);
        assert_eq!(told(&[(RETENTION, None)]), None);
        assert_eq!(told(&[(RETENTION, Some("a week"))]), None);
        let least = told(&[(RETENTION, Some("0"))]).expect("a retention is enough");
        assert_eq!((least.retention, least.is_deleted), (Some(Duration::ZERO), true));
    }
}
