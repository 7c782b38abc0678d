//! A client that knows frames and nothing else. It is NOT one that recovers from anything.
//! Invariant: what it reads is shown as it came, whether it makes sense or not.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, MetadataResponse, RequestHeader, ResponseHeader,
};
use kafka_protocol::protocol::{Decodable, Encodable, Request};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use crate::support::wait::PATIENCE;

/// A request with the length before it.
pub(super) fn framed<R: Request>(request: &R, version: i16, id: i32) -> Vec<u8> {
    let api = ApiKey::try_from(R::KEY).expect("a request has a key");
    let mut bytes = BytesMut::new();
    let header =
        RequestHeader::default().with_request_api_key(R::KEY).with_request_api_version(version).with_correlation_id(id);
    header.encode(&mut bytes, api.request_header_version(version)).expect("a header can be written");
    request.encode(&mut bytes, version).expect("a request can be written");
    let mut frame = Vec::new();
    frame.put_i32(i32::try_from(bytes.len()).expect("requests of tests are short"));
    frame.extend_from_slice(&bytes);
    frame
}

/// Asks for versions, which any broker answers.
pub(super) fn versions(id: i32) -> Vec<u8> {
    framed(&ApiVersionsRequest::default(), 2, id)
}

pub(super) async fn send(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    timeout(PATIENCE, stream.write_all(bytes)).await.expect("the broker reads").expect("the broker is there");
}

/// One frame as announced, without its length.
pub(super) async fn frame(stream: &mut (impl AsyncRead + Unpin)) -> Bytes {
    let reading = async {
        let length = usize::try_from(stream.read_i32().await?).expect("a length");
        let mut frame = vec![0; length];
        stream.read_exact(&mut frame).await?;
        Ok::<_, std::io::Error>(Bytes::from(frame))
    };
    timeout(PATIENCE, reading).await.expect("the broker answers").expect("the broker is there")
}

/// The correlation id a frame begins with.
pub(super) fn id(frame: &[u8]) -> i32 {
    i32::from_be_bytes(*frame.first_chunk().expect("a frame has an id"))
}

/// An answer to [`versions`].
pub(super) fn as_versions(mut frame: Bytes) -> ApiVersionsResponse {
    ResponseHeader::decode(&mut frame, ApiKey::ApiVersions.response_header_version(2)).expect("a header");
    ApiVersionsResponse::decode(&mut frame, 2).expect("versions")
}

/// Asks a broker for everything it knows of topics.
pub(super) async fn metadata(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> MetadataResponse {
    send(stream, &framed(&MetadataRequest::default().with_topics(None), 12, 1)).await;
    let mut frame = frame(stream).await;
    ResponseHeader::decode(&mut frame, ApiKey::Metadata.response_header_version(12)).expect("a header");
    MetadataResponse::decode(&mut frame, 12).expect("metadata")
}

/// Everything that comes within a time, and whether the connection ended with it.
pub(super) async fn read_for(stream: &mut (impl AsyncRead + Unpin), length: Duration) -> (Vec<u8>, bool) {
    let mut read = Vec::new();
    let reading = async { while stream.read_buf(&mut read).await.is_ok_and(|count| count > 0) {} };
    let has_ended = timeout(length, reading).await.is_ok();
    (read, has_ended)
}
