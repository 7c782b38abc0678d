//! Which topics were deleted and made anew under the same name.
//!
//! Not whether that harms a group; that shows where a commit lies.
//! Invariant: a topic counts as recreated only if two different ids were seen under its name (KIP-516); what is
//! remembered is what the cluster holds and a fixed number of topics that vanished last.

use std::collections::HashMap;
use std::time::Duration;

use crate::model::{ClusterSnapshot, Moment, TopicId, TopicName};

/// For how long the id of a vanished topic is remembered: who deletes a topic to make it anew does
/// so within minutes.
const MEMORY: Duration = Duration::from_hours(1);
/// How many vanished topics are remembered, about 2 MB of them. Who makes and deletes more within the hour makes them
/// under new names, which are never asked for again.
const VANISHED_MAX: usize = 10_000;

#[derive(Debug)]
struct Identity {
    first: TopicId,
    is_recreated: bool,
    last_seen: Moment,
}

/// The ids of all topics that are there, and of those that vanished a short while ago.
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
        self.forget_oldest(snapshot.finished);
    }

    /// Forgets those that vanished first where too many did.
    fn forget_oldest(&mut self, now: Moment) {
        let vanished = self.topics.iter().filter(|(_, identity)| identity.last_seen < now);
        let Some(excess) = vanished.clone().count().checked_sub(VANISHED_MAX).filter(|excess| *excess > 0) else {
            return;
        };
        // Of those that were last seen in one poll by name, so that the choice is the same in every run.
        let mut vanished: Vec<_> = vanished.map(|(name, identity)| (identity.last_seen, name.clone())).collect();
        vanished.sort_unstable();
        for (_, name) in vanished.iter().take(excess) {
            self.topics.remove(name);
        }
    }

    /// Whether this topic is another one than the first of its name.
    pub(super) fn is_recreated(&self, topic: &TopicName) -> bool {
        self.topics.get(topic).is_some_and(|identity| identity.is_recreated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{SnapshotBuilder, Timestamp, Topic};

    /// A poll that finds one topic of each of these numbers.
    fn observe(identities: &mut Identities, second: u64, topics: impl Iterator<Item = usize>, id: u8) {
        let finished = Moment::from_origin(Duration::from_secs(second));
        let mut builder = SnapshotBuilder::new("test".into(), finished);
        for topic in topics {
            let id = Some(TopicId([id; 16]));
            builder.found_topic(Topic { name: name(topic), id, is_listed: true, partitions: Vec::new(), config: None });
        }
        identities.observe(&builder.build(finished, Timestamp::default()));
    }

    fn name(topic: usize) -> TopicName {
        format!("topic-{topic:06}").as_str().into()
    }

    #[test]
    fn a_vanished_topic_is_remembered_for_its_time() {
        let mut identities = Identities::default();
        observe(&mut identities, 0, 0..2, 1);
        observe(&mut identities, 3_599, 0..1, 2);
        assert!(identities.is_recreated(&name(0)));
        observe(&mut identities, 3_600, 0..1, 2);
        observe(&mut identities, 3_601, 0..2, 2);
        assert!(!identities.is_recreated(&name(1)), "its first id is forgotten");
        assert!(identities.is_recreated(&name(0)), "it was there all the time");
    }

    #[test]
    fn of_too_many_vanished_topics_the_oldest_are_forgotten() {
        let mut identities = Identities::default();
        observe(&mut identities, 0, 0..10, 1);
        observe(&mut identities, 15, 10..VANISHED_MAX, 1);
        observe(&mut identities, 30, VANISHED_MAX..VANISHED_MAX + 50, 1);
        assert_eq!(identities.topics.len(), VANISHED_MAX + 50, "so many may vanish");
        observe(&mut identities, 45, VANISHED_MAX + 3..VANISHED_MAX + 50, 1);
        assert_eq!(identities.topics.len(), VANISHED_MAX + 47);
        observe(&mut identities, 60, 0..VANISHED_MAX + 50, 2);
        let not_recreated: Vec<_> =
            (0..VANISHED_MAX + 50).filter(|topic| !identities.is_recreated(&name(*topic))).collect();
        assert_eq!(not_recreated, [0, 1, 2], "of the oldest, those of the first names");
    }
}
