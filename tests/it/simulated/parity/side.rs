//! One of the two clusters, asked through the codec. It is NOT the product's client, and tries nothing again.
//! Invariant: both sides are asked with the same bytes, but for the correlation.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use bytes::{Bytes, BytesMut};
use highwater::simulator::World;
use highwater::simulator::answer::{Desk, Endpoints};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, FindCoordinatorRequest, MetadataRequest, RequestHeader,
    ResponseHeader, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::support::wait::{PATIENCE, eventually};

/// Whom to ask.
pub(super) enum Side<'a> {
    /// Brokers by their ids and ports.
    Real {
        ports: BTreeMap<i32, u16>,
        simulated: &'a World,
        endpoints: &'a Endpoints,
    },
    Simulated {
        world: &'a World,
        endpoints: &'a Endpoints,
    },
}

pub(super) fn text(name: &str) -> StrBytes {
    StrBytes::from_string(name.to_owned())
}

impl Side<'_> {
    /// A broker's answer.
    pub(super) async fn ask<Q: Request>(&self, broker: i32, version: i16, request: &Q) -> Q::Response {
        let mut body = BytesMut::new();
        request.encode(&mut body, version).expect("a request");
        self.exchange(broker, Q::KEY, version, version, &body).await
    }

    /// The answer of the first broker that runs.
    pub(super) async fn ask_first<Q: Request>(&self, version: i16, request: &Q) -> Q::Response {
        let mut running = 1;
        if let Self::Real { ports, .. } = self {
            while TcpStream::connect((Ipv4Addr::LOCALHOST, ports[&running])).await.is_err() {
                running += 1;
            }
        }
        self.ask(running, version, request).await
    }

    /// The answer to a request for versions in a version nobody knows.
    pub(super) async fn ask_versions_in(&self, version: i16) -> ApiVersionsResponse {
        self.exchange(1, ApiKey::ApiVersions as i16, version, 0, &[]).await
    }

    async fn exchange<A: Decodable + HeaderVersion>(
        &self,
        broker: i32,
        key: i16,
        version: i16,
        answered: i16,
        body: &[u8],
    ) -> A {
        let api = ApiKey::try_from(key).expect("a key of Kafka's");
        let frame = frame(api, version, body);
        let mut answer = match self {
            Self::Real { ports, .. } => timeout(PATIENCE, over_the_wire(ports[&broker], &frame)).await,
            Self::Simulated { world, endpoints } => Ok(at_the_desk(world, endpoints, broker, frame)),
        }
        .unwrap_or_else(|_| panic!("no answer to {api:?} {version}"))
        .unwrap_or_else(|error| panic!("{api:?} {version}: {error}"));
        let header = ResponseHeader::decode(&mut answer, A::header_version(answered)).expect("a header");
        assert_eq!(header.correlation_id, 7);
        let decoded = A::decode(&mut answer, answered).expect("an answer");
        assert!(answer.is_empty(), "{api:?} {version} has {} bytes more", answer.len());
        decoded
    }

    /// API, lowest and highest version.
    pub(super) async fn advertised_by_simulator(&self) -> Vec<(i16, i16, i16)> {
        let (world, endpoints) = match self {
            Self::Real { simulated, endpoints, .. } => (*simulated, *endpoints),
            Self::Simulated { world, endpoints } => (*world, *endpoints),
        };
        let simulated = Side::Simulated { world, endpoints };
        let answer = simulated.ask(1, 0, &ApiVersionsRequest::default()).await;
        answer.api_keys.iter().map(|api| (api.api_key, api.min_version, api.max_version)).collect()
    }

    pub(super) async fn leader(&self, topic: &str, partition: i32) -> i32 {
        self.placed(topic, partition).await.0
    }

    /// Leader and epoch of a partition.
    pub(super) async fn placed(&self, topic: &str, partition: i32) -> (i32, i32) {
        let named = MetadataRequestTopic::default().with_name(Some(TopicName(text(topic))));
        let answer = self.ask(1, 9, &MetadataRequest::default().with_topics(Some(vec![named]))).await;
        let partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
        let found = partitions.into_iter().find(|known| known.partition_index == partition).expect("a partition");
        (found.leader_id.0, found.leader_epoch)
    }

    pub(super) async fn leads(&self, broker: i32, topic: &str, partition: i32) -> bool {
        let named = MetadataRequestTopic::default().with_name(Some(TopicName(text(topic))));
        let answer = self.ask(1, 9, &MetadataRequest::default().with_topics(Some(vec![named]))).await;
        let mut partitions = answer.topics.iter().flat_map(|topic| &topic.partitions);
        partitions.any(|known| known.partition_index == partition && known.leader_id.0 == broker)
    }

    pub(super) async fn coordinator(&self, group: &str) -> i32 {
        eventually("a coordinator", || async {
            let answer = self.ask(1, 0, &FindCoordinatorRequest::default().with_key(text(group))).await;
            if answer.error_code == 0 { Ok(answer.node_id.0) } else { Err(format!("error {}", answer.error_code)) }
        })
        .await
    }

    /// Another of the three brokers.
    pub(super) fn other(broker: i32) -> i32 {
        broker % 3 + 1
    }
}

/// A whole request, without the length before it.
pub(super) fn framed<Q: Request>(version: i16, request: &Q) -> Bytes {
    let mut body = BytesMut::new();
    request.encode(&mut body, version).expect("a request");
    frame(ApiKey::try_from(Q::KEY).expect("a key of Kafka's"), version, &body)
}

fn frame(api: ApiKey, version: i16, body: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(7)
        .with_client_id(Some(text("parity")))
        .encode(&mut frame, api.request_header_version(version))
        .expect("a header");
    frame.extend_from_slice(body);
    frame.freeze()
}

fn at_the_desk(world: &World, endpoints: &Endpoints, broker: i32, frame: Bytes) -> std::io::Result<Bytes> {
    let reply = Desk { world, broker, endpoints, throttle_ms: 0 }.answer(frame);
    reply.map(|reply| reply.frame.freeze()).map_err(std::io::Error::other)
}

async fn over_the_wire(port: u16, frame: &[u8]) -> std::io::Result<Bytes> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    stream.write_u32(u32::try_from(frame.len()).expect("a small request")).await?;
    stream.write_all(frame).await?;
    let size = usize::try_from(stream.read_u32().await?).expect("a size");
    assert!(size < 16 << 20, "an answer of {size} bytes");
    let mut answer = vec![0; size];
    stream.read_exact(&mut answer).await?;
    Ok(Bytes::from(answer))
}
