//! What is remembered of a topic to find its hot partitions, and what was found last.
//!
//! Not the rules, which are in `judge`.
//! Invariant: a sub-interval ends for all partitions of a topic in the same poll; topics take turns.

use std::time::Duration;

use crate::model::{HotPartition, HotThresholds, Moment, Severity, Skew, Topic, TopicId, TopicName};

use super::super::compact::real;
use super::super::join::join;
use super::batches::Batches;
use super::brokers::BrokerLoads;
use super::judge::{Unevenness, judge};
use super::loads::{Scratch, Window};
use super::partition::PartitionHeat;
use super::silence;
use super::spans::{SLOTS, Spans};

/// One topic.
#[derive(Debug)]
pub(super) struct TopicHeat {
    pub(super) name: TopicName,
    id: Option<TopicId>,
    /// When the sub-interval of now began.
    begun: Option<Moment>,
    short: Spans,
    long: Spans,
    /// Seconds since the last sub-interval of the long window ended.
    gathered: f32,
    partitions: Vec<PartitionHeat>,
    batches: Batches,
    /// What the long window told last.
    long_told: Option<Unevenness>,
    /// What was found last.
    pub(super) skew: Option<Skew>,
}

impl TopicHeat {
    pub(super) fn new(topic: &Topic) -> Self {
        Self {
            name: topic.name.clone(),
            id: topic.id,
            begun: None,
            short: Spans::default(),
            long: Spans::default(),
            gathered: 0.0,
            partitions: Vec::new(),
            batches: Batches::default(),
            long_told: None,
            skew: None,
        }
    }

    /// Takes in one poll; most of them only say that it is not time yet.
    pub(super) fn observe(
        &mut self,
        topic: &Topic,
        now: Moment,
        thresholds: &HotThresholds,
        brokers: &mut BrokerLoads,
        scratch: &mut Scratch,
    ) {
        if self.id != topic.id && self.id.is_some() && topic.id.is_some() {
            // Under the old name, another topic.
            *self = Self::new(topic);
        }
        self.id = topic.id.or(self.id);
        if !topic.is_listed {
            // Groups may speak of what is deleted or hidden; how it was written is not said of it any more.
            self.skew = None;
        }
        let Some(begun) = self.begun else { return self.begin(topic, now) };
        let passed = now.since(begun);
        if passed < self.span(thresholds) {
            return;
        }
        self.begun = Some(now);
        let is_known = self.take(topic, passed, thresholds.window, brokers);
        let is_judged = is_known && self.short.are_enough();
        let told = is_judged
            .then(|| judge(Window::Short, &self.short, &mut self.partitions, &self.batches, thresholds, scratch));
        if told == Some(None) {
            silence::cool(&self.short, &self.long, &mut self.partitions);
        }
        let is_long_judged = self.close_long(thresholds, scratch);
        if !is_known {
            // Of a topic that nobody can read now, or only just again.
            self.skew = None;
        } else if is_judged || is_long_judged {
            // Where polls are rare, or batches, the long window alone tells anything.
            let unevenness = told.flatten().or(self.long_told);
            self.skew = unevenness.map(|unevenness| self.skew_of(unevenness));
        }
    }

    fn begin(&mut self, topic: &Topic, now: Moment) {
        self.begun = Some(now);
        self.partitions.reserve_exact(topic.partitions.len());
        for partition in &topic.partitions {
            let mut heat = PartitionHeat::new(partition.id, false);
            heat.begin(partition.high_watermark.ok().map(|end| end.offset));
            self.partitions.push(heat);
        }
    }

    /// How long the sub-interval of now is to be.
    fn span(&self, thresholds: &HotThresholds) -> Duration {
        let whole = thresholds.window.div_f64(real(SLOTS as u64));
        // The first one is shorter for some, so that topics take turns later.
        if self.short.all().is_empty() { whole.mul_f64(self.phase()) } else { whole }
    }

    /// A share of a whole, another one for each name.
    fn phase(&self) -> f64 {
        let sum = self.name.bytes().fold(0_u8, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
        (f64::from(sum) + 1.0) / 256.0
    }

    /// Ends a sub-interval of the short window; tells whether anything is known of it.
    fn take(&mut self, topic: &Topic, passed: Duration, window: Duration, brokers: &mut BrokerLoads) -> bool {
        self.follow_partitions(topic);
        let mut is_known = false;
        for (heat, partition) in self.partitions.iter_mut().zip(&topic.partitions) {
            let records = heat.take(partition.high_watermark.ok().map(|end| end.offset));
            is_known |= records.is_some();
            // To what nobody leads nobody writes; what came before is not known when it has a leader again.
            if let Some(leader) = partition.leader {
                brokers.add(leader, records);
            }
        }
        self.short.push(passed.as_secs_f32(), window.as_secs_f32());
        self.gathered += passed.as_secs_f32();
        self.batches.take(&self.short, &self.partitions);
        is_known
    }

    /// Ends a sub-interval of the long window if it is long enough; tells whether it was judged.
    fn close_long(&mut self, thresholds: &HotThresholds, scratch: &mut Scratch) -> bool {
        let window = thresholds.window_long.as_secs_f32();
        let whole = thresholds.window_long.div_f64(real(SLOTS as u64)).as_secs_f32();
        if self.gathered < whole {
            return false;
        }
        self.long.push(std::mem::take(&mut self.gathered), window);
        self.partitions.iter_mut().for_each(PartitionHeat::take_long);
        let is_judged = self.long.are_enough();
        if is_judged {
            self.long_told = judge(Window::Long, &self.long, &mut self.partitions, &self.batches, thresholds, scratch);
        }
        is_judged
    }

    /// Brings what is remembered into the order of the topic's partitions.
    fn follow_partitions(&mut self, topic: &Topic) {
        let is_same = self.partitions.len() == topic.partitions.len()
            && self.partitions.iter().zip(&topic.partitions).all(|(heat, partition)| heat.id == partition.id);
        if is_same {
            return;
        }
        let before = std::mem::take(&mut self.partitions);
        let before = before.into_iter().map(|heat| (heat.id, heat));
        let now = topic.partitions.iter().map(|partition| (partition.id, ()));
        self.partitions.reserve_exact(topic.partitions.len());
        let followed = join(now, before).filter(|(_, now, _)| now.is_some());
        self.partitions.extend(followed.map(|(id, _, heat)| heat.unwrap_or_else(|| PartitionHeat::new(id, true))));
    }

    fn skew_of(&self, unevenness: Unevenness) -> Skew {
        let (mut hot, mut concentrated) = (Vec::new(), None);
        for heat in &self.partitions {
            let Some(score) = heat.hot() else { continue };
            if score.is_concentrated {
                concentrated = Some(heat.id);
                continue;
            }
            let severity = if heat.is_critical() { Severity::Critical } else { Severity::Warning };
            hot.push(HotPartition { partition: heat.id, ratio: score.ratio, share: score.share, severity });
        }
        let partition_count = real(self.partitions.len() as u64);
        Skew {
            // Rounding must not say that a topic of three behaves like more than three.
            ratio: unevenness.ratio.max(1.0),
            effective_partitions: unevenness.effective_partitions.clamp(1.0, partition_count.max(1.0)),
            hot: hot.into_boxed_slice(),
            concentrated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl TopicHeat {
        /// Whether a sub-interval ended in the poll of this moment.
        pub(in super::super) fn is_begun_at(&self, now: Moment) -> bool {
            self.begun == Some(now)
        }
    }

    #[test]
    fn phases_are_shares() {
        for name in ["", "a", "orders", "a much longer name of a topic"] {
            let topic = Topic { name: name.into(), id: None, is_listed: true, partitions: Vec::new(), config: None };
            let phase = TopicHeat::new(&topic).phase();
            assert!(phase > 0.0 && phase <= 1.0, "{name}: {phase}");
        }
    }
}
