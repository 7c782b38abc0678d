//! From the bytes of a request to the bytes of the answer, as a broker of the world would give it.
//!
//! Not sockets and not misbehaviour; `server` has those. One file per API, each mirroring what Kafka does.
//! Invariant: every version that is advertised is answered, and nothing is answered that is not advertised.

mod api_versions;
mod assignment;
mod cluster;
mod configs;
mod consumer_groups;
mod coordinating;
mod describe_groups;
mod error;
mod fetch;
mod find_coordinator;
mod keys;
mod leader_epochs;
mod leading;
mod list_groups;
mod list_offsets;
mod log_dirs;
mod metadata;
mod offset_fetch;
mod produce;
mod quorum;
mod records;
mod requests;
mod shape;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod valid;
mod versions;

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};

use super::world::World;

pub use fetch::patience;

/// Where each broker can be reached.
pub type Endpoints = BTreeMap<i32, SocketAddr>;

/// Who answers, and what it knows.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The cluster at the present moment.
    pub world: &'a World,
    /// The broker that was asked.
    pub broker: i32,
    /// Where all brokers listen.
    pub endpoints: &'a Endpoints,
    /// What every answer says about throttling, in milliseconds.
    pub throttle_ms: i32,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What was asked.
    pub api: ApiKey,
    /// In which version.
    pub version: i16,
    /// Header and body, without the length before them.
    pub frame: BytesMut,
}

/// A request that a broker answers by closing the connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unanswerable(pub String);

impl Desk<'_> {
    /// Answers one request: header and body, without the length before them.
    ///
    /// What a frame costs in memory is bounded by its own size, which is bounded where frames are read, and by the
    /// size of the world.
    pub fn answer(&self, frame: Bytes) -> Result<Reply, Unanswerable> {
        let (api, version, correlation_id) = who(&frame)?;
        let served =
            versions::versions(self.world, api).ok_or_else(|| Unanswerable(format!("{api:?} is not served")))?;
        if !served.has(version) {
            // Only a client that asks for the versions themselves is told which there are (KIP-511).
            return match api {
                ApiKey::ApiVersions => self.unsupported(correlation_id),
                _ => Err(Unanswerable(format!("{api:?} is not served in version {version}"))),
            };
        }
        let mut body = frame;
        RequestHeader::decode(&mut body, api.request_header_version(version))
            .map_err(|error| Unanswerable(format!("the header of {api:?} {version}: {error}")))?;
        let mut frame = begin(api, version, correlation_id)?;
        versions::answer(self, api, version, body, &mut frame)?;
        Ok(Reply { api, version, frame })
    }

    fn unsupported(&self, correlation_id: i32) -> Result<Reply, Unanswerable> {
        let (api, version) = (ApiKey::ApiVersions, 0);
        let mut frame = begin(api, version, correlation_id)?;
        let written = api_versions::unsupported(self).encode(&mut frame, version);
        written.map_err(|error| Unanswerable(format!("the answer cannot be written: {error}")))?;
        Ok(Reply { api, version, frame })
    }
}

/// The API, version and correlation id, which open every header in the same place.
fn who(frame: &Bytes) -> Result<(ApiKey, i16, i32), Unanswerable> {
    let mut head = frame.as_ref();
    if head.remaining() < 8 {
        return Err(Unanswerable(format!("{} bytes are no request", frame.len())));
    }
    let (key, version, correlation_id) = (head.get_i16(), head.get_i16(), head.get_i32());
    let api = ApiKey::try_from(key).map_err(|()| Unanswerable(format!("there is no API with the key {key}")))?;
    Ok((api, version, correlation_id))
}

/// A frame with its header.
fn begin(api: ApiKey, version: i16, correlation_id: i32) -> Result<BytesMut, Unanswerable> {
    let mut frame = BytesMut::new();
    let header = ResponseHeader::default().with_correlation_id(correlation_id);
    header
        .encode(&mut frame, api.response_header_version(version))
        .map_err(|error| Unanswerable(format!("the header of the answer cannot be written: {error}")))?;
    Ok(frame)
}

/// A name as the codec wants it.
fn text(name: &str) -> StrBytes {
    StrBytes::from_string(name.to_owned())
}

/// A topic's id as the codec wants it, whose type only the codec can name.
fn id<Id: TryFrom<Vec<u8>> + Default>(id: u128) -> Id {
    Id::try_from(id.to_be_bytes().to_vec()).unwrap_or_default()
}
