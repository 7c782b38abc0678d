//! A real group that rebalances and does not come to an end: one member waits for another that never joins again. It
//! is NOT a consumer: both members are requests only.
//! Invariant: it is so for minutes, or until dropped.

use std::net::Ipv4Addr;

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::consumer_protocol_assignment::TopicPartition;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ConsumerProtocolAssignment, ConsumerProtocolSubscription, DescribeGroupsRequest, GroupId, JoinGroupRequest,
    SyncGroupRequest, TopicName,
};
use kafka_protocol::protocol::Encodable;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::super::side::{Side, framed, text};
use crate::support::kafka::Cluster;
use crate::support::wait::eventually;

/// The last version in which a member joins without being told its id first.
const JOIN: i16 = 3;

/// Keeps the second member waiting.
pub(super) struct Holding {
    _waiting: TcpStream,
}

/// Brings `group`, which reads `orders`, into its second rebalance.
pub(super) async fn hold(cluster: &Cluster, side: &Side<'_>, group: &str) -> Holding {
    let coordinator = side.coordinator(group).await;
    let first = side.ask(coordinator, JOIN, &join(group)).await;
    assert_eq!(first.error_code, 0, "the first member joins");
    let assigned = TopicPartition::default().with_topic(TopicName(text("orders"))).with_partitions(vec![0, 1, 2]);
    let assigned = ConsumerProtocolAssignment::default().with_assigned_partitions(vec![assigned]);
    let assignment = SyncGroupRequestAssignment::default()
        .with_member_id(first.member_id.clone())
        .with_assignment(versioned(&assigned));
    let sync = SyncGroupRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_generation_id(first.generation_id)
        .with_member_id(first.member_id)
        .with_assignments(vec![assignment]);
    assert_eq!(side.ask(coordinator, JOIN, &sync).await.error_code, 0, "the first member has its partitions");
    let mut waiting = TcpStream::connect((Ipv4Addr::LOCALHOST, cluster.port(coordinator))).await.expect("a connection");
    let frame = framed(JOIN, &join(group));
    waiting.write_u32(u32::try_from(frame.len()).expect("a small request")).await.expect("a request");
    waiting.write_all(&frame).await.expect("a request");
    eventually("a rebalance to begin", || async {
        let request = DescribeGroupsRequest::default().with_groups(vec![GroupId(text(group))]);
        let state = side.ask(coordinator, 5, &request).await.groups[0].group_state.to_string();
        if state == "PreparingRebalance" { Ok(()) } else { Err(state) }
    })
    .await;
    Holding { _waiting: waiting }
}

fn join(group: &str) -> JoinGroupRequest {
    let wanted = ConsumerProtocolSubscription::default().with_topics(vec![text("orders")]);
    let protocol =
        JoinGroupRequestProtocol::default().with_name(text("cooperative-sticky")).with_metadata(versioned(&wanted));
    JoinGroupRequest::default()
        .with_group_id(GroupId(text(group)))
        .with_session_timeout_ms(300_000)
        .with_rebalance_timeout_ms(300_000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol])
}

fn versioned<M: Encodable>(message: &M) -> Bytes {
    let mut bytes = BytesMut::new();
    bytes.put_i16(1);
    message.encode(&mut bytes, 1).expect("a message");
    bytes.freeze()
}
