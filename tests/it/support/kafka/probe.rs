//! Questions asked of one broker over the wire: does it answer, whom does it know, who leads what. It is NOT cached,
//! and asks no other broker than the one named.
//! Invariant: an answer that is an error is an error here too.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Error, Result};

use super::wire::{Answer, Api, Body, Wire};

const METADATA: Api = Api(3, 1);
const FIND_COORDINATOR: Api = Api(10, 0);
const API_VERSIONS: Api = Api(18, 0);

/// A partition as one broker sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Absent while there is none.
    pub(crate) leader: Option<i32>,
    /// The first is the preferred leader.
    pub(crate) replicas: Vec<i32>,
    pub(crate) in_sync: Vec<i32>,
}

/// What one broker knows of the cluster.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) brokers: BTreeSet<i32>,
    /// Of the topic asked for; empty where no topic was named or it is not known.
    pub(crate) partitions: BTreeMap<i32, Placement>,
}

/// What the broker at `port` knows, also about `topic`.
pub(crate) async fn view(port: u16, topic: Option<&str>) -> Result<View> {
    let mut wire = Wire::connect(port).await?;
    ask_view(&mut wire, topic).await
}

/// Whether the broker at `port` serves: it speaks, knows at least `brokers`, and finds a coordinator for a group.
///
/// The last also makes `__consumer_offsets` come into being, which no test should have to wait for later.
pub(crate) async fn serves(port: u16, brokers: &BTreeSet<i32>) -> Result<()> {
    let mut wire = Wire::connect(port).await?;
    no_error(wire.call(API_VERSIONS, Body::default()).await?.int16()?)?;
    let known = ask_view(&mut wire, None).await?.brokers;
    if !known.is_superset(brokers) {
        return Err(Error::other(format!("port {port} knows of the brokers {known:?} only")));
    }
    coordinator(port, "highwater-probe").await.map(drop)
}

/// The broker that coordinates `group`, according to the broker at `port`.
pub(crate) async fn coordinator(port: u16, group: &str) -> Result<(i32, u16)> {
    let mut wire = Wire::connect(port).await?;
    let mut answer = wire.call(FIND_COORDINATOR, Body::default().string(group)).await?;
    no_error(answer.int16()?)?;
    let id = answer.int32()?;
    let _host = answer.string()?;
    Ok((id, u16::try_from(answer.int32()?).map_err(Error::other)?))
}

/// An error of Kafka's by its number.
pub(crate) fn no_error(code: i16) -> Result<()> {
    if code == 0 { Ok(()) } else { Err(Error::other(format!("Kafka's error {code}"))) }
}

async fn ask_view(wire: &mut Wire, topic: Option<&str>) -> Result<View> {
    // An empty array asks for no topic at all.
    let body = topic.map_or_else(|| Body::default().int32(0), |topic| Body::default().int32(1).string(topic));
    let mut answer = wire.call(METADATA, body).await?;
    let brokers = answer.array(|answer| {
        let id = answer.int32()?;
        let _host = answer.string()?;
        let _port = answer.int32()?;
        let _rack = answer.string()?;
        Ok(id)
    })?;
    let _controller = answer.int32()?;
    let topics = answer.array(|answer| {
        let _error = answer.int16()?;
        let _name = answer.string()?;
        let _internal = answer.int8()?;
        answer.array(placement)
    })?;
    Ok(View { brokers: brokers.into_iter().collect(), partitions: topics.into_iter().flatten().collect() })
}

fn placement(answer: &mut Answer) -> Result<(i32, Placement)> {
    let _error = answer.int16()?;
    let partition = answer.int32()?;
    let leader = Some(answer.int32()?).filter(|leader| *leader >= 0);
    let replicas = answer.array(Answer::int32)?;
    let in_sync = answer.array(Answer::int32)?;
    Ok((partition, Placement { leader, replicas, in_sync }))
}
