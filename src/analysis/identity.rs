//! Which topics were deleted and made anew under the same name.
//!
//! Not whether that harms a group; that shows where a commit lies.
//! Invariant: a topic counts as recreated only if two different ids were seen under its name (KIP-516).

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{ClusterSnapshot, Moment, TopicId, TopicName};

/// For how long the id of a vanished topic is remembered: who deletes a topic to make it anew does
/// so within minutes.
const MEMORY: Duration = Duration::from_hours(1);

#[derive(Debug)]
struct Identity {
    first: TopicId,
    is_recreated: bool,
    last_seen: Moment,
}

/// The ids of all topics that were seen.
#[derive(Debug, Default)]
pub(super) struct Identities {
    topics: HashMap<TopicName, Identity>,
}

impl Identities {
    /// Takes the ids of a snapshot.
    pub(super) fn observe(&mut self, snapshot: &ClusterSnapshot) {
        for topic in &snapshot.topics {
            let Some(id) = topic.id else { continue };
            let seen = Identity { first: id, is_recreated: false, last_seen: snapshot.finished };
            let identity = self.topics.entry(topic.name.clone()).or_insert(seen);
            identity.is_recreated |= identity.first != id;
            identity.last_seen = snapshot.finished;
        }
        self.topics.retain(|_, identity| snapshot.finished.since(identity.last_seen) < MEMORY);
    }

    /// Whether this topic is another one than the first of its name.
    pub(super) fn is_recreated(&self, topic: &TopicName) -> bool {
        self.topics.get(topic).is_some_and(|identity| identity.is_recreated)
    }
}
