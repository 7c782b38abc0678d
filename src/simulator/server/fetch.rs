//! How long a Fetch that finds nothing waits, so that consumers do not ask in circles.
//!
//! Not the answer to it; `answer` has that.
//! Invariant: only an answer without records and without an error waits, and never longer than the client allows.

use std::time::Duration;

use bytes::{Buf, Bytes};
use kafka_protocol::messages::{ApiKey, FetchResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::Decodable;

/// In real time, whatever the world's clock does: a world that goes fast has something new by then.
const WAIT_MAX: Duration = Duration::from_millis(500);

/// Versions before this one name the replica that asks before anything else (KIP-903).
const FIRST_WITHOUT_REPLICA: i16 = 15;

/// How long a request allows its answer to wait for records; not at all if it is no Fetch.
pub(super) fn wait(api: ApiKey, version: i16, mut request: Bytes) -> Duration {
    if api != ApiKey::Fetch || RequestHeader::decode(&mut request, api.request_header_version(version)).is_err() {
        return Duration::ZERO;
    }
    if version < FIRST_WITHOUT_REPLICA && request.try_get_i32().is_err() {
        return Duration::ZERO;
    }
    let (wait_max, bytes_min) = (request.try_get_i32().unwrap_or(0), request.try_get_i32().unwrap_or(0));
    if bytes_min <= 0 {
        return Duration::ZERO;
    }
    Duration::from_millis(u64::try_from(wait_max).unwrap_or(0)).min(WAIT_MAX)
}

/// Whether an answer has neither records nor an error.
pub(super) fn is_empty(version: i16, mut answer: Bytes) -> bool {
    let header = ResponseHeader::decode(&mut answer, ApiKey::Fetch.response_header_version(version));
    let Ok(body) = header.and_then(|_| FetchResponse::decode(&mut answer, version)) else { return false };
    let is_silent = |partition: &kafka_protocol::messages::fetch_response::PartitionData| {
        partition.error_code == 0 && partition.records.as_ref().is_none_or(Bytes::is_empty)
    };
    body.error_code == 0 && body.responses.iter().flat_map(|topic| &topic.partitions).all(is_silent)
}

#[cfg(test)]
mod tests {
    use bytes::BytesMut;
    use kafka_protocol::messages::FetchRequest;
    use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
    use kafka_protocol::protocol::{Encodable, StrBytes};

    use super::*;

    fn request(version: i16, wait_max: i32, bytes_min: i32) -> Bytes {
        let mut bytes = BytesMut::new();
        let header = RequestHeader::default()
            .with_request_api_key(1)
            .with_request_api_version(version)
            .with_client_id(Some(StrBytes::from_static_str("test")));
        header.encode(&mut bytes, ApiKey::Fetch.request_header_version(version)).expect("a header");
        let body = FetchRequest::default().with_max_wait_ms(wait_max).with_min_bytes(bytes_min);
        body.encode(&mut bytes, version).expect("a request");
        bytes.freeze()
    }

    fn answer(version: i16, code: i16, records: &'static [u8]) -> Bytes {
        let mut bytes = BytesMut::new();
        ResponseHeader::default().encode(&mut bytes, ApiKey::Fetch.response_header_version(version)).expect("a header");
        let partition = PartitionData::default().with_error_code(code).with_records(Some(Bytes::from_static(records)));
        let topic = FetchableTopicResponse::default().with_partitions(vec![partition]);
        FetchResponse::default().with_responses(vec![topic]).encode(&mut bytes, version).expect("an answer");
        bytes.freeze()
    }

    #[test]
    fn the_client_says_how_long() {
        for version in 4..=17 {
            let wait = |wait_max, bytes_min| wait(ApiKey::Fetch, version, request(version, wait_max, bytes_min));
            assert_eq!(wait(100, 1), Duration::from_millis(100), "version {version}");
            assert_eq!(wait(i32::MAX, 1), WAIT_MAX, "version {version}");
            assert_eq!((wait(-1, 1), wait(100, 0)), (Duration::ZERO, Duration::ZERO), "version {version}");
        }
        assert_eq!(wait(ApiKey::Metadata, 12, request(12, 100, 1)), Duration::ZERO);
        assert_eq!(wait(ApiKey::Fetch, 12, Bytes::from_static(b"\0\x01\0\x0c")), Duration::ZERO);
    }

    #[test]
    fn only_an_answer_without_anything_waits() {
        for version in [4, 11, 12, 17] {
            assert!(is_empty(version, answer(version, 0, b"")), "version {version}");
            assert!(!is_empty(version, answer(version, 0, b"records")), "version {version}");
            assert!(!is_empty(version, answer(version, 1, b"")), "version {version}");
        }
    }
}
