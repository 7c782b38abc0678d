//! A group of another kind than consumers', as Kafka Connect and the schema registry form: the classic protocol with
//! `connect` for its protocol type and assignments that only its members can read. It is NOT a Connect worker: it
//! joins, keeps alive, and does nothing.
//! Invariant: it is a member until dropped, whatever happens to its coordinator.

use std::io::{Error, Result};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::cluster::Cluster;
use super::probe::{coordinator, no_error};
use super::wire::{Answer, Api, Body, Wire};
use crate::support::wait::PATIENCE;

const JOIN_GROUP: Api = Api(11, 2);
const HEARTBEAT: Api = Api(12, 1);
const LEAVE_GROUP: Api = Api(13, 1);
const SYNC_GROUP: Api = Api(14, 1);

/// Also what Kafka waits for a member that vanished.
const SESSION_MS: i32 = 6000;
const HEARTBEAT_INTERVAL: Duration = Duration::from_millis(500);
const REBALANCE_IN_PROGRESS: i16 = 27;

/// One member of a group whose protocol type is `connect`.
pub(crate) struct ConnectLike {
    /// Aborted when dropped.
    task: JoinSet<()>,
    place: watch::Receiver<Option<Place>>,
}

/// Its place in the group.
#[derive(Clone, Debug)]
struct Place {
    coordinator_port: u16,
    member_id: String,
    generation: i32,
}

impl ConnectLike {
    /// Joins `group` and returns when the group has taken it in.
    ///
    /// # Panics
    /// When the group does not.
    pub(crate) async fn join(cluster: &Cluster, group: &str) -> Self {
        let ports: Vec<u16> = cluster.ids().map(|id| cluster.port(id)).collect();
        let (report, mut place) = watch::channel(None);
        let name = group.to_owned();
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Broker after broker, because the first may be down.
            for port in ports.iter().cycle() {
                // Every way it ends is a reason to join again.
                drop(stay(*port, &name, &report).await);
                report.send_replace(None);
                sleep(Duration::from_millis(200)).await;
            }
        });
        let joined = timeout(PATIENCE, place.wait_for(Option::is_some)).await.is_ok_and(|result| result.is_ok());
        assert!(joined, "waited in vain for a place in the group {group}");
        Self { task, place }
    }

    /// The generation of the group, as this member knows it; none while it is joining.
    pub(crate) fn generation(&self) -> Option<i32> {
        self.place.borrow().as_ref().map(|place| place.generation)
    }

    /// Leaves as a member does that is shut down. (A dropped one vanishes, and is missed after its session.)
    pub(crate) async fn leave(self, group: &str) -> Result<()> {
        drop(self.task);
        let place = self.place.borrow().clone().ok_or_else(|| Error::other("not a member now"))?;
        let mut wire = Wire::connect(place.coordinator_port).await?;
        let mut answer = wire.call(LEAVE_GROUP, Body::default().string(group).string(&place.member_id)).await?;
        throttled_error(&mut answer).and_then(no_error)
    }
}

/// Joins at the coordinator and stays, through rebalances, until something goes wrong.
async fn stay(port: u16, group: &str, report: &watch::Sender<Option<Place>>) -> Result<()> {
    let (_, coordinator_port) = coordinator(port, group).await?;
    let mut wire = Wire::connect(coordinator_port).await?;
    let mut member_id = String::new();
    loop {
        let (generation, id) = join(&mut wire, group, &member_id).await?;
        member_id = id;
        report.send_replace(Some(Place { coordinator_port, member_id: member_id.clone(), generation }));
        loop {
            sleep(HEARTBEAT_INTERVAL).await;
            let body = Body::default().string(group).int32(generation).string(&member_id);
            match throttled_error(&mut wire.call(HEARTBEAT, body).await?)? {
                REBALANCE_IN_PROGRESS => break,
                code => no_error(code)?,
            }
        }
    }
}

/// Gives the generation and the member's id.
async fn join(wire: &mut Wire, group: &str, member_id: &str) -> Result<(i32, String)> {
    let body = Body::default().string(group).int32(SESSION_MS).int32(SESSION_MS).string(member_id);
    let body = body.string("connect").int32(1).string("default").bytes(b"metadata of a worker");
    let mut answer = wire.call(JOIN_GROUP, body).await?;
    no_error(throttled_error(&mut answer)?)?;
    let generation = answer.int32()?;
    let _protocol = answer.string()?;
    let leader = answer.string()?;
    let member_id = answer.string()?;
    // Only the leader is told of the members, and so gives each its assignment.
    let members = answer.array(|answer| {
        let id = answer.string()?;
        answer.bytes()?;
        Ok(id)
    })?;
    assert!(leader == member_id || members.is_empty(), "Kafka tells only the leader of the members");
    let count = i32::try_from(members.len()).map_err(Error::other)?;
    let body = Body::default().string(group).int32(generation).string(&member_id).int32(count);
    let body = members.iter().fold(body, |body, id| body.string(id).bytes(b"\x00\x63opaque"));
    let mut answer = wire.call(SYNC_GROUP, body).await?;
    no_error(throttled_error(&mut answer)?)?;
    Ok((generation, member_id))
}

/// The error of an answer that opens with a throttle time.
fn throttled_error(answer: &mut Answer) -> Result<i16> {
    let _throttle_time_ms = answer.int32()?;
    answer.int16()
}
