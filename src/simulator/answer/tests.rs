//! The contract of the desk: what is advertised is answered, and nothing from outside harms.
//!
//! Not what the answers say; each has its tests beside it.
//! Invariant: no bytes make the desk panic or take memory out of proportion.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, ConsumerGroupDescribeRequest, DescribeClusterRequest,
    DescribeConfigsRequest, DescribeGroupsRequest, DescribeLogDirsRequest, DescribeQuorumRequest, FetchRequest,
    FindCoordinatorRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetFetchRequest,
    OffsetForLeaderEpochRequest, ProduceRequest,
};
use kafka_protocol::protocol::Request;
use proptest::prelude::*;

use crate::simulator::spec::{GroupSpec, GroupType, TopicSpec};

use super::testing::{Lab, frame, read};
use super::versions::SERVED;
use super::{error, requests, text};

fn lab() -> Lab {
    let topics = vec![TopicSpec::new("orders", 3).rate(30.0)];
    let kinds = [
        ("classic", GroupType::Classic),
        ("modern", GroupType::Consumer),
        ("connect", GroupType::Connect),
        ("simple", GroupType::Simple),
    ];
    let group = |(name, kind): (&str, GroupType)| GroupSpec::new(name, kind, &["orders"]).members(2);
    Lab::new(topics, kinds.into_iter().map(group).collect())
}

/// Asks in every version that is advertised, and reads the answer in it.
fn in_every_version<Q: Request + Default>(lab: &Lab) -> i16 {
    of_every_version(lab, |_| Q::default())
}

fn of_every_version<Q: Request>(lab: &Lab, request: impl Fn(i16) -> Q) -> i16 {
    let served = SERVED.iter().find(|served| served.api as i16 == Q::KEY).expect("it is served");
    for version in served.low..=served.high {
        lab.ask(1, version, &request(version));
    }
    Q::KEY
}

#[test]
fn every_advertised_version_is_answered() {
    let lab = lab();
    let asked = [
        in_every_version::<ProduceRequest>(&lab),
        in_every_version::<FetchRequest>(&lab),
        in_every_version::<ListOffsetsRequest>(&lab),
        in_every_version::<MetadataRequest>(&lab),
        of_every_version(&lab, sample),
        in_every_version::<FindCoordinatorRequest>(&lab),
        in_every_version::<DescribeGroupsRequest>(&lab),
        in_every_version::<ListGroupsRequest>(&lab),
        in_every_version::<ApiVersionsRequest>(&lab),
        in_every_version::<OffsetForLeaderEpochRequest>(&lab),
        in_every_version::<DescribeConfigsRequest>(&lab),
        in_every_version::<DescribeLogDirsRequest>(&lab),
        in_every_version::<DescribeQuorumRequest>(&lab),
        in_every_version::<DescribeClusterRequest>(&lab),
        in_every_version::<ConsumerGroupDescribeRequest>(&lab),
    ];
    let advertised: Vec<i16> = SERVED.iter().map(|served| served.api as i16).collect();
    assert_eq!(asked.as_slice(), advertised, "an API that is advertised is asked here too");
}

#[test]
fn every_range_lies_within_what_the_codec_speaks() {
    for served in SERVED {
        let spoken = served.api.valid_versions();
        assert!(served.low >= spoken.min && served.high <= spoken.max && served.low <= served.high, "{served:?}");
    }
    assert!(SERVED.is_sorted_by_key(|served| served.api as i16), "in order of their keys");
}

#[test]
fn who_asks_for_versions_in_an_unknown_one_is_told_which_there_are() {
    let lab = lab();
    let reply = lab.send(1, head(ApiKey::ApiVersions as i16, 99)).expect("an answer");
    assert_eq!(reply.version, 0);
    let answer: ApiVersionsResponse = read(reply, 0);
    assert_eq!(answer.error_code, error::UNSUPPORTED_VERSION);
    let told: Vec<_> = answer.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect();
    assert_eq!(told, [(18, 0, 4)]);
}

#[test]
fn older_brokers_advertise_what_they_know_and_answer_nothing_newer() {
    let mut lab = lab();
    let fetch = ApiKey::OffsetFetch as i16;
    lab.world.serve_at_most(fetch, 7);
    lab.world.serve_at_most(ApiKey::ConsumerGroupDescribe as i16, -1);
    let answer = lab.ask(1, 0, &ApiVersionsRequest::default());
    let told: Vec<_> = answer.api_keys.iter().map(|api| (api.api_key, api.max_version)).collect();
    assert!(told.contains(&(fetch, 7)) && told.contains(&(ApiKey::Metadata as i16, 13)), "{told:?}");
    assert_eq!(told.len(), SERVED.len() - 1, "what has no version left is not there");
    lab.ask(1, 7, &sample(7));
    lab.send(1, head(fetch, 8)).expect_err("it is too new");
}

#[test]
fn what_is_not_served_closes_the_connection() {
    let lab = lab();
    for (key, version) in [(ApiKey::Metadata as i16, 14), (ApiKey::Metadata as i16, -1), (8, 2), (-3, 0), (999, 0)] {
        lab.send(1, head(key, version)).expect_err("nothing is answered");
    }
    lab.send(1, Bytes::from_static(&[0, 3])).expect_err("that is no request");
    // A body with a byte too few.
    let whole = frame(9, &MetadataRequest::default());
    lab.send(1, whole.slice(..whole.len() - 1)).expect_err("half a request");
}

#[test]
fn what_follows_a_request_is_left_unread() {
    let lab = lab();
    let whole = frame(13, &MetadataRequest::default().with_topics(None));
    let mut more = BytesMut::from(whole.as_ref());
    more.put_bytes(0, 3);
    let answers = [whole, more.freeze()].map(|frame| lab.send(1, frame).expect("it is answered"));
    assert_eq!(answers[0], answers[1]);
}

fn head(key: i16, version: i16) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_i16(key);
    frame.put_i16(version);
    frame.put_i32(77);
    frame.freeze()
}

#[test]
fn a_count_beyond_the_bytes_takes_no_memory() {
    let lab = lab();
    for served in SERVED {
        for version in served.low..=served.high {
            let mut bytes = BytesMut::from(head(served.api as i16, version).as_ref());
            // No client id, no tags; then counts as large as they get, in both encodings.
            bytes.put_i16(-1);
            bytes.put_u8(0);
            bytes.put_bytes(0x7f, 5);
            bytes.put_slice(&[0xff, 0xff, 0xff, 0xff, 0x0f]);
            bytes.put_bytes(0x7f, 40);
            let frame = bytes.freeze();
            let allocated = allocation_counter::measure(|| drop(lab.send(1, frame)));
            assert!(allocated.bytes_max < 16_384, "{served:?} {version}: {}", allocated.bytes_max);
        }
    }
}

#[test]
fn a_frame_full_of_small_elements_costs_in_proportion() {
    const COUNT: usize = 10_000;
    let lab = lab();
    // Groups whose names have no letters: a byte each.
    let mut bytes = BytesMut::from(head(ApiKey::DescribeGroups as i16, 5).as_ref());
    bytes.put_i16(-1);
    bytes.put_u8(0);
    // The count and one more, as a varint.
    bytes.put_slice(&[0x91, 0x4e]);
    bytes.put_bytes(1, COUNT);
    bytes.put_slice(&[0, 0]);
    let frame = bytes.freeze();
    let body = frame.slice(11..);
    assert!(requests::is_well_formed(ApiKey::DescribeGroups, 5, &body));
    let allocated = allocation_counter::measure(|| drop(lab.send(1, frame)));
    assert!(allocated.bytes_max < 1000 * u64::try_from(COUNT).expect("small"), "{}", allocated.bytes_max);
}

#[test]
fn throttling_is_told_in_every_answer() {
    let lab = lab();
    assert_eq!(lab.ask(1, 13, &MetadataRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 5, &ListGroupsRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 6, &DescribeGroupsRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 1, &ConsumerGroupDescribeRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 6, &FindCoordinatorRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 9, &OffsetFetchRequest::default().with_topics(Some(Vec::new()))).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 10, &ListOffsetsRequest::default()).throttle_time_ms, 25);
    assert_eq!(lab.ask(1, 4, &OffsetForLeaderEpochRequest::default()).throttle_time_ms, 25);
    let named = ApiVersionsRequest::default()
        .with_client_software_name(text("highwater"))
        .with_client_software_version(text("1.0"));
    let answer = lab.ask(1, 4, &named);
    assert_eq!((answer.throttle_time_ms, answer.error_code, answer.api_keys.len()), (25, 0, SERVED.len()));
    assert_eq!(lab.ask(1, 3, &ApiVersionsRequest::default()).error_code, error::INVALID_REQUEST);
}

proptest! {
    #[test]
    fn any_bytes_are_answered_or_refused(
        place in 0..SERVED.len(), version in 0_i16..20, body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let lab = lab();
        let mut bytes = BytesMut::from(head(SERVED[place].api as i16, version).as_ref());
        bytes.put_i16(-1);
        bytes.put_slice(&body);
        drop(lab.send(1, bytes.freeze()));
    }

    #[test]
    fn a_request_with_a_broken_byte_is_answered_or_refused(
        at in 8_usize..60, byte in any::<u8>(), version in 1_i16..=9,
    ) {
        let lab = lab();
        let whole = frame(version, &sample(version));
        let mut broken = BytesMut::from(whole.as_ref());
        let at = at % broken.len();
        broken[at] = byte;
        drop(lab.send(1, broken.freeze()));
    }
}

fn sample(version: i16) -> OffsetFetchRequest {
    use kafka_protocol::messages::offset_fetch_request::{
        OffsetFetchRequestGroup, OffsetFetchRequestTopic, OffsetFetchRequestTopics,
    };
    use kafka_protocol::messages::{GroupId, TopicName};
    let name = TopicName(text("orders"));
    if version < 8 {
        let topic = OffsetFetchRequestTopic::default().with_name(name).with_partition_indexes(vec![0, 1]);
        return OffsetFetchRequest::default().with_group_id(GroupId(text("classic"))).with_topics(Some(vec![topic]));
    }
    let topic = OffsetFetchRequestTopics::default().with_name(name).with_partition_indexes(vec![0, 1]);
    let group =
        OffsetFetchRequestGroup::default().with_group_id(GroupId(text("classic"))).with_topics(Some(vec![topic]));
    OffsetFetchRequest::default().with_topics(Some(Vec::new())).with_groups(vec![group])
}
