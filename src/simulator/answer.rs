//! From the bytes of a request to the bytes of the answer, as a broker of the world would give it.
//!
//! Not sockets and not misbehaviour; `server` has those. One file per API, each mirroring what Kafka does.
//! Invariant: every version that is advertised is answered, and nothing is answered that is not advertised.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use kafka_protocol::messages::ApiKey;

use super::world::World;

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
    pub fn answer(&self, frame: Bytes) -> Result<Reply, Unanswerable> {
        drop(frame);
        Err(Unanswerable(format!("broker {} answers nothing yet", self.broker)))
    }
}
