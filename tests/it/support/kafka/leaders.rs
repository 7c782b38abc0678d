//! Moving leaders and coordinators from broker to broker. It is NOT failing over: nothing dies.
//! Invariant: a move returns when the brokers say it has happened.

use std::collections::BTreeMap;
use std::io::{Error, Result};

use serde_json::json;

use super::cluster::Cluster;
use super::probe::{self, Placement};
use crate::support::wait::eventually;

/// Where Kafka keeps the commits of groups.
const OFFSETS_TOPIC: &str = "__consumer_offsets";

impl Cluster {
    /// Makes `broker` the leader of every partition of `topic`, and waits until it is.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn move_leaders(&self, topic: &str, broker: i32) {
        let partitions = self.placements(topic).await.expect("the partitions of the topic");
        self.move_some(topic, partitions, broker).await;
    }

    /// Makes `broker` the coordinator of `group`: the leader of its partition of `__consumer_offsets` moves.
    ///
    /// # Panics
    /// When Kafka refuses.
    pub(crate) async fn move_coordinator(&self, group: &str, broker: i32) {
        let mut partitions = self.placements(OFFSETS_TOPIC).await.expect("the partitions of the offsets topic");
        let own = offsets_partition(group, partitions.len());
        partitions.retain(|partition, _| *partition == own);
        self.move_some(OFFSETS_TOPIC, partitions, broker).await;
        eventually("the coordinator to move", || async {
            let now = self.coordinator(group).await?;
            if now == broker { Ok(()) } else { Err(Error::other(format!("it is broker {now}"))) }
        })
        .await;
    }

    /// The broker that coordinates `group`, according to the first that answers.
    pub(crate) async fn coordinator(&self, group: &str) -> Result<i32> {
        let first = self.answering().first().copied().ok_or_else(|| Error::other("no broker runs"))?;
        Ok(probe::coordinator(self.port(first), group).await?.0)
    }

    /// Puts `broker` first among the replicas, which makes it the preferred leader, and has the preferred elected.
    async fn move_some(&self, topic: &str, partitions: BTreeMap<i32, Placement>, broker: i32) {
        assert!(!partitions.is_empty(), "{topic} has no partition to move");
        let mut wanted = Vec::new();
        let mut to_elect = Vec::new();
        for (partition, placement) in &partitions {
            let others = placement.replicas.iter().copied().filter(|replica| *replica != broker);
            let replicas: Vec<i32> = [broker].into_iter().chain(others).take(placement.replicas.len()).collect();
            wanted.push(json!({"topic": topic, "partition": partition, "replicas": replicas}));
            to_elect.push(json!({"topic": topic, "partition": partition}));
        }
        let plan = self.write_json(&json!({"version": 1, "partitions": wanted}));
        let reassign = ["--execute", "--reassignment-json-file", &plan];
        self.tool("ReassignPartitionsCommand", &reassign).await.expect("replicas are reassigned");
        self.until_all(topic, &partitions, |now| {
            now.replicas.first() == Some(&broker) && now.in_sync.contains(&broker)
        })
        .await;
        let plan = self.write_json(&json!({"partitions": to_elect}));
        let elect = ["--election-type", "preferred", "--path-to-json-file", &plan];
        self.tool("LeaderElectionCommand", &elect).await.expect("leaders are elected");
        self.until_all(topic, &partitions, |now| now.leader == Some(broker)).await;
    }

    async fn until_all(&self, topic: &str, moved: &BTreeMap<i32, Placement>, good: impl Fn(&Placement) -> bool) {
        eventually("leaders to move", || async {
            let now = self.placements(topic).await?;
            let late = moved.keys().find(|partition| !now.get(partition).is_some_and(&good));
            late.map_or(Ok(()), |partition| Err(Error::other(format!("{topic}-{partition} is not there yet"))))
        })
        .await;
    }

    fn write_json(&self, value: &serde_json::Value) -> String {
        let path = self.folder().join(self.processes().unique_name("plan"));
        std::fs::write(&path, value.to_string()).expect("a file for a tool");
        path.to_string_lossy().into_owned()
    }
}

/// The partition of `__consumer_offsets` a group belongs to: Java's hash of its name, without the sign, modulo.
/// The least integer, which has no counterpart without a sign, counts as 0.
pub(crate) fn offsets_partition(group: &str, partitions: usize) -> i32 {
    let hash = group.encode_utf16().fold(0_i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    hash.checked_abs().unwrap_or(0) % i32::try_from(partitions).expect("a number of partitions")
}
