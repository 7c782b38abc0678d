//! A member of a classic group of consumers that does, request by request, what well-behaved clients do not: it vanishes
//! without leaving, and joins again for no reason. It is NOT a consumer: it reads nothing.
//! Invariant: between its requests it is silent, also about being alive.

use std::io::Result;
use std::time::Duration;

use super::cluster::Cluster;
use super::probe::{coordinator, no_error};
use super::wire::{Answer, Api, Body, Wire};

const JOIN_GROUP: Api = Api(11, 2);
const SYNC_GROUP: Api = Api(14, 1);

/// `max.poll.interval.ms` in Java; how long others have to join.
const REBALANCE_MS: i32 = 15_000;

/// `Subscription` without topics, and `Assignment` without partitions: version 0, an empty array, no user data.
const NOTHING: &[u8] = &[0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff];

/// A member. Dropped, it vanishes, as a process does that is killed: it is missed after its session.
pub(crate) struct Scripted {
    wire: Wire,
    group: String,
    session_ms: i32,
    member_id: String,
}

impl Scripted {
    /// Joins, and returns when the group is stable with it.
    ///
    /// # Errors
    /// As the coordinator says, for example that another rebalance overtook this one.
    pub(crate) async fn join(cluster: &Cluster, group: &str, client_id: &str, session: Duration) -> Result<Self> {
        let first = cluster.ids().next().expect("a cluster has a broker");
        let (_, port) = coordinator(cluster.port(first), group).await?;
        let wire = Wire::connect_as(port, client_id).await?;
        let session_ms = i32::try_from(session.as_millis()).expect("a session of minutes");
        let mut member = Self { wire, group: group.to_owned(), session_ms, member_id: String::new() };
        member.rejoin().await?;
        Ok(member)
    }

    /// Joins once more as the member it is. If it leads the group, all others have to as well.
    ///
    /// # Errors
    /// Likewise.
    pub(crate) async fn rejoin(&mut self) -> Result<()> {
        let body = Body::default().string(&self.group).int32(self.session_ms).int32(REBALANCE_MS);
        let body = body.string(&self.member_id).string("consumer").int32(1).string("range").bytes(NOTHING);
        let mut answer = self.wire.call(JOIN_GROUP, body).await?;
        no_error(throttled_error(&mut answer)?)?;
        let generation = answer.int32()?;
        let _protocol = answer.string()?;
        let _leader = answer.string()?;
        self.member_id = answer.string()?;
        // Only the leader is told of the members, and so gives each its assignment.
        let members = answer.array(|answer| {
            let id = answer.string()?;
            answer.bytes()?;
            Ok(id)
        })?;
        let count = i32::try_from(members.len()).expect("a handful of members");
        let body = Body::default().string(&self.group).int32(generation).string(&self.member_id).int32(count);
        let body = members.iter().fold(body, |body, id| body.string(id).bytes(NOTHING));
        let mut answer = self.wire.call(SYNC_GROUP, body).await?;
        no_error(throttled_error(&mut answer)?)
    }
}

/// The error of an answer that opens with a throttle time.
fn throttled_error(answer: &mut Answer) -> Result<i16> {
    let _throttle_time_ms = answer.int32()?;
    answer.int16()
}
