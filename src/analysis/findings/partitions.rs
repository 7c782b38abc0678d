//! Partitions without a leader, and partitions whose replicas are not all in sync.
//!
//! Not which broker is to blame. A replica that a reassignment adds counts as one that is not in sync: metadata does not
//! tell them apart.
//! Invariant: one finding per check and topic, of partitions that were each so for the whole time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::join::join;
use super::spells::{Spell, Spells};
use crate::model::{
    About, Check, ClusterSnapshot, Finding, Moment, Partition, PartitionId, Severity, Topic, TopicName,
};

/// Polls after the first that see a partition without a leader before it counts: one, since an election takes less than
/// the time between two.
const OFFLINE_AGAIN: u32 = 1;
/// A follower that was restarted is in sync again within this time.
const UNDER_REPLICATED_LEAST: Duration = Duration::from_mins(5);
/// More than one of so many under-replicated partitions is critical: a broker is gone, or the network is.
const UNDER_REPLICATED_CRITICAL: usize = 10;
/// A topic that is younger has no leaders yet, as usual.
const YOUNG: Duration = Duration::from_secs(30);

type Place = (TopicName, PartitionId);

/// The partitions that are not well, and the topics that are too young to tell.
#[derive(Debug, Default)]
pub(super) struct Partitions {
    /// When each of them was seen first.
    young: BTreeMap<TopicName, Moment>,
    offline: Spells<Place>,
    under_replicated: Spells<Place>,
}

impl Partitions {
    pub(super) fn observe(
        &mut self,
        now: &ClusterSnapshot,
        before: Option<&ClusterSnapshot>,
        watched: Duration,
        found: &mut Vec<Finding>,
    ) {
        if let Some(before) = before {
            self.note_young(now, before);
        }
        let young = &self.young;
        self.offline.observe(watched, places(now, young, Partition::is_offline));
        self.under_replicated.observe(watched, places(now, young, Partition::is_under_replicated));

        let offline = self.offline.iter().filter(|(_, spell)| spell.again >= OFFLINE_AGAIN);
        by_topic(offline, Check::OfflinePartitions, Severity::Critical, found);
        let count = self.under_replicated.lasting(UNDER_REPLICATED_LEAST).count();
        // All are counted only where some are not well.
        let is_critical = count > 0 && count * UNDER_REPLICATED_CRITICAL > now.partition_counts().listed;
        let severity = if is_critical { Severity::Critical } else { Severity::Warning };
        let under_replicated = self.under_replicated.lasting(UNDER_REPLICATED_LEAST);
        by_topic(under_replicated, Check::UnderReplicated, severity, found);
    }

    /// Notes the topics that were not there in the last poll. What was there in the first may be of any age.
    fn note_young(&mut self, now: &ClusterSnapshot, before: &ClusterSnapshot) {
        for (name, now_listed, listed_before) in join(listed(now), listed(before)) {
            let is_new = now_listed.is_some_and(|now| listed_before.is_none_or(|before| before.id != now.id));
            if is_new {
                self.young.insert(name.clone(), now.finished);
            }
        }
        self.young.retain(|_, seen| now.finished.since(*seen) < YOUNG);
    }
}

fn listed(snapshot: &ClusterSnapshot) -> impl Iterator<Item = (&TopicName, &Topic)> {
    snapshot.topics.iter().filter(|topic| topic.is_listed).map(|topic| (&topic.name, topic))
}

/// The partitions of which this is so, in order.
fn places<'a>(
    snapshot: &'a ClusterSnapshot,
    young: &'a BTreeMap<TopicName, Moment>,
    is_so: impl Fn(&Partition) -> bool + Copy + 'a,
) -> impl Iterator<Item = Place> + 'a {
    listed(snapshot).filter(|(name, _)| young.is_empty() || !young.contains_key(*name)).flat_map(
        move |(name, topic)| {
            let partitions = topic.partitions.iter().filter(move |partition| is_so(partition));
            partitions.map(move |partition| (name.clone(), partition.id))
        },
    )
}

/// One finding for each topic; it lasts as long as the longest of its partitions.
fn by_topic<'a>(
    places: impl Iterator<Item = &'a (Place, Spell)>,
    check: Check,
    severity: Severity,
    found: &mut Vec<Finding>,
) {
    let start = found.len();
    for ((topic, partition), spell) in places {
        let last = found.get_mut(start..).and_then(<[Finding]>::last_mut);
        match last.filter(|last| matches!(&last.about, About::Topic(name, _) if name == topic)) {
            Some(last) => {
                last.count += 1;
                last.lasting = last.lasting.max(spell.watched);
            }
            None => found.push(Finding {
                check,
                severity,
                lasting: spell.watched,
                about: About::Topic(topic.clone(), *partition),
                count: 1,
            }),
        }
    }
}
