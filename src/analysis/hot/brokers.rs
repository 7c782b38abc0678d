//! How fast brokers are written: what the partitions they lead bring.
//!
//! Not how many partitions they lead, which is a finding.
//! Invariant: only brokers that metadata names; memory is a dozen numbers for each. What is not known is not taken for
//! nothing: where a partition did not tell, nobody knows which broker is written most.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{BrokerId, ClusterSnapshot, HotThresholds, Moment};

use super::super::compact::real;
use super::spans::{SLOTS, Spans};

/// Of fewer brokers none is compared.
const BROKERS_LEAST: usize = 3;

/// What a broker took in a sub-interval.
#[derive(Clone, Copy, Debug)]
struct Taken {
    broker: BrokerId,
    records: f64,
    /// Of some partition that it leads nobody knows how many.
    has_unknown: bool,
}

/// The records that brokers took.
#[derive(Debug, Default)]
pub(super) struct BrokerLoads {
    /// In the sub-interval of now, by id.
    loads: Vec<Taken>,
    begun: Option<Moment>,
    spans: Spans,
    /// Of the sub-intervals, the newest last.
    past: VecDeque<Vec<Taken>>,
    skew: Option<f64>,
}

impl BrokerLoads {
    /// Makes room for the brokers of a snapshot; others are forgotten.
    pub(super) fn begin(&mut self, snapshot: &ClusterSnapshot) {
        let ids = || snapshot.brokers.iter().map(|broker| broker.id);
        if !ids().eq(self.loads.iter().map(|taken| taken.broker)) {
            let before = std::mem::take(&mut self.loads);
            let nothing = |broker| Taken { broker, records: 0.0, has_unknown: false };
            self.loads = ids().map(|id| of(&before, id).copied().unwrap_or_else(|| nothing(id))).collect();
        }
    }

    /// Adds records that a partition got that is led by this broker; `None` where nobody knows how many.
    pub(super) fn add(&mut self, leader: BrokerId, records: Option<u32>) {
        if let Ok(place) = self.loads.binary_search_by_key(&leader, |taken| taken.broker)
            && let Some(taken) = self.loads.get_mut(place)
        {
            taken.records += records.map_or(0.0, f64::from);
            taken.has_unknown |= records.is_none();
        }
    }

    /// Ends the poll, and the sub-interval if it is long enough.
    pub(super) fn finish(&mut self, now: Moment, thresholds: &HotThresholds) {
        let passed = now.since(*self.begun.get_or_insert(now));
        let whole = thresholds.window_long.div_f64(real(SLOTS as u64));
        if passed == Duration::ZERO || passed < whole {
            return;
        }
        self.begun = Some(now);
        self.spans.push(passed.as_secs_f32(), thresholds.window_long.as_secs_f32());
        self.past.push_back(self.loads.clone());
        self.loads.iter_mut().for_each(|taken| (taken.records, taken.has_unknown) = (0.0, false));
        while self.past.len() > self.spans.all().len() {
            self.past.pop_front();
        }
        self.skew = self.judge(thresholds);
    }

    fn judge(&self, thresholds: &HotThresholds) -> Option<f64> {
        if !self.spans.are_enough() || self.loads.len() < BROKERS_LEAST {
            return None;
        }
        let (mut total, mut most) = (0.0, 0.0_f64);
        for Taken { broker, .. } in &self.loads {
            let mut records = 0.0;
            for taken in self.past.iter().filter_map(|loads| of(loads, *broker)) {
                if taken.has_unknown {
                    return None;
                }
                records += taken.records;
            }
            (total, most) = (total + records, most.max(records));
        }
        let is_busy = total > 0.0 && total / self.spans.total() >= thresholds.broker_rate_min;
        is_busy.then(|| (most * real(self.loads.len() as u64) / total).max(1.0))
    }

    /// The greatest rate over the mean, of the window that ended last.
    pub(super) fn skew(&self) -> Option<f64> {
        self.skew
    }
}

fn of(loads: &[Taken], broker: BrokerId) -> Option<&Taken> {
    let place = loads.binary_search_by_key(&broker, |taken| taken.broker).ok()?;
    loads.get(place)
}
