//! How the leaders are spread over the brokers.
//!
//! Not how much each broker has to do: a leader of an idle partition counts like any other.
//! Invariant: only brokers that metadata lists are judged; one that is down is another check's business.

use std::time::Duration;

use super::about_broker;
use super::spells::Spells;
use crate::model::{BrokerId, Check, ClusterSnapshot, Finding, Severity};

/// Kafka moves leaders back by itself every five minutes where that is on, so what lasts longer will stay.
const LEAST: Duration = Duration::from_mins(30);
/// More than one of so many of a broker's partitions is led by another: Kafka's own
/// `leader.imbalance.per.broker.percentage` of 10.
const ELSEWHERE: usize = 10;
/// With fewer brokers a skew is nobody's mistake.
const BROKERS_LEAST: usize = 3;
/// With fewer partitions for each broker a skew is chance.
const PARTITIONS_EACH: usize = 10;

/// The brokers whose leaders are elsewhere, and those that lead too much.
#[derive(Debug, Default)]
pub(super) struct Leadership {
    imbalanced: Spells<BrokerId>,
    skewed: Spells<BrokerId>,
}

/// What a broker leads and should lead.
#[derive(Clone, Copy, Debug, Default)]
struct Leading {
    /// Partitions it leads.
    leads: usize,
    /// Partitions whose preferred leader it is.
    preferred: usize,
    /// Those of them that another broker leads.
    elsewhere: usize,
}

impl Leading {
    fn is_imbalanced(&self) -> bool {
        self.elsewhere * ELSEWHERE > self.preferred
    }

    /// More than one and a half times the mean of `brokers` that lead `all` partitions together.
    fn is_skewed(&self, brokers: usize, all: usize) -> bool {
        brokers >= BROKERS_LEAST && all >= brokers * PARTITIONS_EACH && self.leads * brokers * 2 > all * 3
    }
}

impl Leadership {
    pub(super) fn observe(&mut self, now: &ClusterSnapshot, watched: Duration, found: &mut Vec<Finding>) {
        let brokers = leading(now);
        let all: usize = brokers.iter().map(|(_, leading)| leading.leads).sum();
        let is_skewed = |leading: &Leading| leading.is_skewed(brokers.len(), all);
        let ids = |is_so: &dyn Fn(&Leading) -> bool| -> Vec<BrokerId> {
            brokers.iter().filter(|(_, leading)| is_so(leading)).map(|(id, _)| *id).collect()
        };
        self.imbalanced.observe(watched, ids(&Leading::is_imbalanced).into_iter());
        self.skewed.observe(watched, ids(&is_skewed).into_iter());
        let of = |id: BrokerId| brokers.iter().find(|(listed, _)| *listed == id).map(|(_, leading)| *leading);
        for (id, spell) in self.imbalanced.lasting(LEAST) {
            let count = of(*id).map_or(0, |leading| leading.elsewhere);
            let check = Check::PreferredLeaderImbalance;
            found.push(about_broker(check, Severity::Warning, *id, spell.watched, count));
        }
        for (id, spell) in self.skewed.lasting(LEAST) {
            let count = of(*id).map_or(0, |leading| leading.leads);
            found.push(about_broker(Check::LeaderSkew, Severity::Info, *id, spell.watched, count));
        }
    }
}

/// Each listed broker with what it leads, by id. A partition without a leader is led by nobody, not by another.
fn leading(snapshot: &ClusterSnapshot) -> Vec<(BrokerId, Leading)> {
    let mut brokers: Vec<_> = snapshot.brokers.iter().map(|broker| (broker.id, Leading::default())).collect();
    let mut count = |id: BrokerId, what: &dyn Fn(&mut Leading)| {
        let place = brokers.binary_search_by_key(&id, |(listed, _)| *listed).ok();
        if let Some((_, leading)) = place.and_then(|place| brokers.get_mut(place)) {
            what(leading);
        }
    };
    let partitions = snapshot.topics.iter().filter(|topic| topic.is_listed).flat_map(|topic| &topic.partitions);
    for partition in partitions {
        if let Some(leader) = partition.leader {
            count(leader, &|leading| leading.leads += 1);
        }
        if let Some(preferred) = partition.replicas.preferred_leader {
            let is_elsewhere = partition.leader.is_some_and(|leader| leader != preferred);
            count(preferred, &|leading| {
                leading.preferred += 1;
                leading.elsewhere += usize::from(is_elsewhere);
            });
        }
    }
    brokers
}
