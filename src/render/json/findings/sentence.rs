//! One plain sentence for each finding.
//!
//! Not a judgement: numbers that stand beside the finding's own are counted in the snapshot it was made of.
//! Invariant: whoever reads it needs no label and no other page.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{About, BrokerId, Check, ClusterSnapshot, Finding, Severity};

/// What sentences tell beside the findings.
pub(in crate::render) struct Sentences<'a> {
    snapshot: &'a ClusterSnapshot,
    /// Counted when a sentence needs it first.
    leaders: OnceCell<Leaders>,
}

/// How many partitions have a leader, and of how many each broker is the preferred one.
struct Leaders {
    led: usize,
    preferred: BTreeMap<BrokerId, usize>,
}

impl<'a> Sentences<'a> {
    pub(in crate::render) fn about(snapshot: &'a ClusterSnapshot) -> Self {
        Self { snapshot, leaders: OnceCell::new() }
    }

    pub(in crate::render) fn of(&self, finding: &Finding) -> String {
        let (about, count, lasting) = (self.subject(finding), finding.count, in_words(finding.lasting));
        match (finding.check, finding.severity) {
            (Check::OfflinePartitions, _) => {
                format!("{about} had no leader for {lasting}: nobody can write or read there.")
            }
            (Check::UnderReplicated, _) => {
                format!("{about} had replicas out of sync for {lasting}.")
            }
            (Check::PreferredLeaderImbalance, _) => {
                let all = self.preferred(finding);
                format!(
                    "{about} is the preferred leader of {all} partitions and has not led {count} of them for {lasting}."
                )
            }
            (Check::LeaderSkew, _) => {
                let (led, brokers) = (self.leaders().led, self.snapshot.brokers.len());
                format!(
                    "{about} has led far more than its share for {lasting}: now {count} of {led} partitions, \
                     among {brokers} brokers."
                )
            }
            (Check::BrokerSetChanged, _) if finding.about == About::Cluster => {
                let listed = self.snapshot.brokers.len();
                format!(
                    "{about} has had too few brokers for {lasting}: {listed} now, and {count} more are expected that \
                     nobody saw within a day."
                )
            }
            (Check::BrokerSetChanged, Severity::Info) => format!("{about} is new: it came {lasting} ago."),
            (Check::BrokerSetChanged, _) => {
                format!(
                    "{about}, which was there within the last day, has been missing from the metadata for {lasting}."
                )
            }
        }
    }

    /// What the sentence begins with; for partitions up to the verb.
    fn subject(&self, finding: &Finding) -> String {
        match &finding.about {
            About::Cluster => "The cluster".to_owned(),
            About::Broker(id) => format!("Broker {id}"),
            About::Partition(topic, partition) => format!("Partition {partition} of topic `{topic}` has"),
            About::Topic(topic, first) => {
                let all = self.snapshot.topic_named(topic).map_or(0, |topic| topic.partitions.len());
                match finding.count {
                    1 => format!("Partition {first} of topic `{topic}` has"),
                    count => format!("{count} of {all} partitions of topic `{topic}` (the first is {first}) have"),
                }
            }
        }
    }

    fn preferred(&self, finding: &Finding) -> usize {
        let About::Broker(id) = &finding.about else { return finding.count };
        self.leaders().preferred.get(id).copied().unwrap_or_default()
    }

    fn leaders(&self) -> &Leaders {
        self.leaders.get_or_init(|| {
            let mut leaders = Leaders { led: 0, preferred: BTreeMap::new() };
            for partition in self.snapshot.topics.iter().flat_map(|topic| &topic.partitions) {
                leaders.led += usize::from(partition.leader.is_some());
                if let Some(preferred) = partition.replicas.preferred_leader {
                    *leaders.preferred.entry(preferred).or_default() += 1;
                }
            }
            leaders
        })
    }
}

/// A duration by its two greatest units.
fn in_words(duration: Duration) -> String {
    const UNITS: [(u64, &str); 4] = [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];
    let mut left = duration.as_secs();
    let mut words = Vec::new();
    for (seconds, unit) in UNITS {
        let count = left / seconds;
        left %= seconds;
        if count > 0 {
            words.push(format!("{count} {unit}"));
        }
    }
    words.truncate(2);
    if words.is_empty() { "less than 1 s".to_owned() } else { words.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_by_its_greatest_units() {
        let words = |seconds| in_words(Duration::from_secs(seconds));
        assert_eq!([0, 1, 60, 61].map(words), ["less than 1 s", "1 s", "1 min", "1 min 1 s"]);
        assert_eq!([3_600, 3_661, 86_400, 90_061].map(words), ["1 h", "1 h 1 min", "1 d", "1 d 1 h"]);
    }
}
