//! Fetch: the records of partitions.
//!
//! Not what is in them; `records` makes them up. No fetch sessions (KIP-227): each request names all it wants, which
//! clients do when a broker gives them no session. Nothing waits here: whoever serves may let an empty answer wait for
//! [`patience`].
//! Invariant: whatever is asked for, an answer has at most 4 MiB of records, or a single record.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, LeaderIdAndEpoch, NodeEndpoint, PartitionData};
use kafka_protocol::messages::{ApiKey, BrokerId, FetchRequest, FetchResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, StrBytes};

use crate::simulator::world::{Partition, Topic};

use super::records::{Stretch, batches};
use super::{Desk, Reply};

/// Bytes of records in one answer.
const ANSWER_MAX: usize = 4 * 1024 * 1024;
/// Bytes of records of one partition.
const PARTITION_MAX: usize = 1024 * 1024;
/// From this version on whoever has a copy answers, not the leader alone (KIP-392).
const FROM_FOLLOWERS: i16 = 11;
/// From this version on topics are named by their ids.
const WITH_IDS: i16 = 13;
/// From this version on an answer says who leads where the asked broker does not.
const WITH_LEADERS: i16 = 12;
/// From this version on it also says where the leader is.
const WITH_ENDPOINTS: i16 = 16;
/// As long as brokers wait by default.
const PATIENCE_MAX: Duration = Duration::from_millis(500);

pub(super) fn answer(desk: &Desk<'_>, version: i16, request: FetchRequest) -> FetchResponse {
    let response = FetchResponse::default().with_throttle_time_ms(desk.throttle_ms);
    // The epochs of a first and of a last request; all others belong to a session, and nobody has one.
    if !matches!(request.session_epoch, 0 | -1) {
        return response.with_error_code(ResponseError::FetchSessionIdNotFound.code());
    }
    let is_committed_only = request.isolation_level == 1;
    let mut left = at_most(request.max_bytes, ANSWER_MAX);
    let mut is_empty = true;
    let mut answers = Vec::new();
    for wanted in request.topics {
        let topic = topic(desk, version, &wanted);
        let mut answer = FetchableTopicResponse::default().with_topic(wanted.topic).with_topic_id(wanted.topic_id);
        for asked in &wanted.partitions {
            let data = topic.and_then(|topic| {
                let limit = at_most(asked.partition_max_bytes, PARTITION_MAX).min(left);
                let must_have_one = is_empty;
                partition(
                    desk,
                    version,
                    topic,
                    asked,
                    |stretch| batches(desk.world, stretch, limit, must_have_one),
                    is_committed_only,
                )
            });
            let data = data.unwrap_or_else(|error| refusal(desk, version, topic.ok(), asked, error));
            let bytes = data.records.as_ref().map_or(0, Bytes::len);
            is_empty &= bytes == 0;
            left = left.saturating_sub(bytes);
            answer.partitions.push(data.with_partition_index(asked.partition));
        }
        answers.push(answer);
    }
    let endpoints = if version >= WITH_ENDPOINTS { leaders(desk, &answers) } else { Vec::new() };
    response.with_responses(answers).with_node_endpoints(endpoints)
}

/// How long a broker waits before it gives this answer: as long as the client asked for where there are fewer bytes than it
/// wants, and nothing is wrong. At most half a second, so that a client that gave up is noticed.
#[must_use]
pub fn patience(mut request: Bytes, reply: &Reply) -> Option<Duration> {
    if reply.api != ApiKey::Fetch {
        return None;
    }
    let version = reply.version;
    RequestHeader::decode(&mut request, ApiKey::Fetch.request_header_version(version)).ok()?;
    let asked = FetchRequest::decode(&mut request, version).ok()?;
    let mut frame = reply.frame.clone().freeze();
    ResponseHeader::decode(&mut frame, ApiKey::Fetch.response_header_version(version)).ok()?;
    let answered = FetchResponse::decode(&mut frame, version).ok()?;
    let all = || answered.responses.iter().flat_map(|topic| &topic.partitions);
    let bytes = all().map(|data| data.records.as_ref().map_or(0, Bytes::len)).sum::<usize>();
    let is_enough = bytes >= at_most(asked.min_bytes, ANSWER_MAX).min(at_most(asked.max_bytes, ANSWER_MAX));
    let is_waiting = answered.error_code == 0 && !is_enough && all().all(|data| data.error_code == 0);
    let wait = Duration::from_millis(u64::try_from(asked.max_wait_ms).unwrap_or(0)).min(PATIENCE_MAX);
    (is_waiting && !wait.is_zero()).then_some(wait)
}

fn topic<'a>(desk: &Desk<'a>, version: i16, wanted: &FetchTopic) -> Result<&'a Topic, ResponseError> {
    let (found, unknown) = if version >= WITH_IDS {
        let id = wanted.topic_id.as_u128();
        (desk.world.topics().find(|topic| topic.id == id), ResponseError::UnknownTopicId)
    } else {
        (desk.world.topic(&wanted.topic), ResponseError::UnknownTopicOrPartition)
    };
    let topic = found.ok_or(unknown)?;
    if topic.is_hidden || !desk.world.is_readable(topic) {
        return Err(ResponseError::TopicAuthorizationFailed);
    }
    Ok(topic)
}

fn find<'a>(topic: &'a Topic, asked: &FetchPartition) -> Result<(u32, &'a Partition), ResponseError> {
    let number = u32::try_from(asked.partition).ok();
    let found = number.and_then(|number| Some((number, topic.partitions.get(usize::try_from(number).ok()?)?)));
    found.ok_or(ResponseError::UnknownTopicOrPartition)
}

fn partition<'a>(
    desk: &Desk<'a>,
    version: i16,
    topic: &'a Topic,
    asked: &FetchPartition,
    read: impl FnOnce(Stretch<'a>) -> Bytes,
    is_committed_only: bool,
) -> Result<PartitionData, ResponseError> {
    let (number, partition) = find(topic, asked)?;
    let has_copy = version >= FROM_FOLLOWERS && partition.in_sync.contains(&desk.broker);
    let is_answered = partition.leader == Some(desk.broker) || (partition.leader.is_some() && has_copy);
    match asked.current_leader_epoch {
        _ if !is_answered => return Err(ResponseError::NotLeaderOrFollower),
        -1 => {}
        epoch if epoch < partition.leader_epoch => return Err(ResponseError::FencedLeaderEpoch),
        epoch if epoch > partition.leader_epoch => return Err(ResponseError::UnknownLeaderEpoch),
        _ => {}
    }
    let world = desk.world;
    let (start, stable, end) = (world.start(partition), world.last_stable(partition), world.end(partition));
    let from = asked.fetch_offset;
    if from < start || from > end {
        return Err(ResponseError::OffsetOutOfRange);
    }
    let until = if is_committed_only { stable } else { end };
    let records = if from < until { read(Stretch { topic, number, partition, from, until }) } else { Bytes::new() };
    Ok(PartitionData::default()
        .with_high_watermark(end)
        .with_last_stable_offset(stable)
        .with_log_start_offset(start)
        .with_aborted_transactions(is_committed_only.then(Vec::new))
        .with_preferred_read_replica(BrokerId(-1))
        .with_records(Some(records)))
}

fn refusal(
    desk: &Desk<'_>,
    version: i16,
    topic: Option<&Topic>,
    asked: &FetchPartition,
    error: ResponseError,
) -> PartitionData {
    let mut data = PartitionData::default()
        .with_error_code(error.code())
        .with_high_watermark(-1)
        .with_last_stable_offset(-1)
        .with_log_start_offset(-1)
        .with_aborted_transactions(None)
        .with_preferred_read_replica(BrokerId(-1))
        .with_records(Some(Bytes::new()));
    let is_moved = matches!(error, ResponseError::NotLeaderOrFollower | ResponseError::FencedLeaderEpoch);
    if let Some((_, partition)) =
        topic.filter(|_| is_moved && version >= WITH_LEADERS).and_then(|topic| find(topic, asked).ok())
    {
        // A broker that leads nothing any more still knows who does.
        let leader = partition.leader.filter(|leader| desk.endpoints.contains_key(leader));
        data.current_leader = LeaderIdAndEpoch::default()
            .with_leader_id(BrokerId(leader.unwrap_or(-1)))
            .with_leader_epoch(partition.leader_epoch);
    }
    data
}

/// Where those are who lead what somebody else was asked for.
fn leaders(desk: &Desk<'_>, answers: &[FetchableTopicResponse]) -> Vec<NodeEndpoint> {
    let all = answers.iter().flat_map(|topic| &topic.partitions).map(|data| data.current_leader.leader_id);
    let ids: std::collections::BTreeSet<i32> = all.map(|id| id.0).collect();
    let endpoint = |id: i32| {
        let address = desk.endpoints.get(&id)?;
        let rack = desk.world.broker(id).map(|broker| StrBytes::from_string(broker.rack.clone()));
        Some(
            NodeEndpoint::default()
                .with_node_id(BrokerId(id))
                .with_host(StrBytes::from_string(address.ip().to_string()))
                .with_port(i32::from(address.port()))
                .with_rack(rack),
        )
    };
    ids.into_iter().filter_map(endpoint).collect()
}

/// A number of bytes somebody asked for, within bounds.
fn at_most(asked: i32, max: usize) -> usize {
    usize::try_from(asked).unwrap_or(0).min(max)
}

#[cfg(test)]
mod tests;
