//! What grew old while a broker that fell silent was waited for, asked for once more.
//!
//! Not a retry: whoever fell silent is not asked again in this poll, and nothing that failed is.
//! Invariant: an end that is kept is not older than the commits it is compared with.

use std::collections::BTreeSet;

use crate::model::{BrokerId, Group, Unknown};

use super::super::ask::offsets::Edge;
use super::Round;
use super::describe::Protocol;

impl Round<'_> {
    /// The brokers that fell silent in this poll.
    pub(super) fn silent(&self) -> BTreeSet<BrokerId> {
        self.fleet.silent(self.poll)
    }

    /// Asks the others anew for members, commits, ends and starts, if somebody fell silent since the brokers of
    /// `before` did and there is time for it: everybody's answers waited with it. Its own commits stay as they were
    /// told; its ends do not, since they are older than the new commits.
    pub(super) async fn refresh(&mut self, before: &BTreeSet<BrokerId>) {
        let silent = self.silent();
        if silent == *before || !self.poll.has_time_to_ask_anew() {
            return;
        }
        let others = || self.builder.groups().iter().filter(|group| !silent.contains(&group.coordinator));
        let described: Vec<_> = others()
            .filter(|group| group.members.is_ok())
            .map(|group: &Group| (group.id.clone(), Protocol::of(&group.kind)))
            .collect();
        let committed: Vec<_> = others().filter(|group| group.commits.is_ok()).map(|group| group.id.clone()).collect();
        let ended: Vec<_> = self
            .partitions()
            .filter(|(_, partition)| partition.high_watermark.is_ok())
            .map(|(place, _)| place)
            .collect();
        self.describe(described, true).await;
        self.read_commits_of(&committed, true).await;
        self.read(Edge::End, &ended, true).await;
        // Beside a newer end an older one would look as if a transaction were open.
        for (topic, partition) in ended {
            self.builder.found_last_stable(topic, partition, Err(Unknown::NotAsked));
        }
        self.read_starts().await;
    }
}
