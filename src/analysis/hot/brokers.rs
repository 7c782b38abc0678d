//! How fast brokers are written: what the partitions they lead bring.
//!
//! Not how many partitions they lead, which is a finding.
//! Invariant: only brokers that metadata names; memory is a dozen numbers for each.

use std::collections::VecDeque;
use std::time::Duration;

use crate::model::{BrokerId, ClusterSnapshot, HotThresholds, Moment};

use super::super::compact::real;
use super::spans::{SLOTS, Spans};

/// Of fewer brokers none is compared.
const BROKERS_LEAST: usize = 3;

/// The records that brokers took.
#[derive(Debug, Default)]
pub(super) struct BrokerLoads {
    /// In the sub-interval of now, by id.
    loads: Vec<(BrokerId, f64)>,
    begun: Option<Moment>,
    spans: Spans,
    /// Of the sub-intervals, the newest last.
    past: VecDeque<Vec<(BrokerId, f64)>>,
    skew: Option<f64>,
}

impl BrokerLoads {
    /// Makes room for the brokers of a snapshot; others are forgotten.
    pub(super) fn begin(&mut self, snapshot: &ClusterSnapshot) {
        let ids = || snapshot.brokers.iter().map(|broker| broker.id);
        if !ids().eq(self.loads.iter().map(|(id, _)| *id)) {
            let before = std::mem::take(&mut self.loads);
            self.loads = ids().map(|id| (id, of(&before, id))).collect();
        }
    }

    /// Adds records that a partition got that is led by this broker.
    pub(super) fn add(&mut self, leader: BrokerId, records: u32) {
        if let Ok(place) = self.loads.binary_search_by_key(&leader, |(id, _)| *id)
            && let Some((_, sum)) = self.loads.get_mut(place)
        {
            *sum += f64::from(records);
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
        self.loads.iter_mut().for_each(|(_, sum)| *sum = 0.0);
        while self.past.len() > self.spans.all().len() {
            self.past.pop_front();
        }
        self.skew = self.judge(thresholds);
    }

    fn judge(&self, thresholds: &HotThresholds) -> Option<f64> {
        if !self.spans.are_enough() || self.loads.len() < BROKERS_LEAST {
            return None;
        }
        let records = self.loads.iter().map(|(id, _)| self.past.iter().map(|loads| of(loads, *id)).sum::<f64>());
        let (total, most) = records.fold((0.0, 0.0_f64), |(total, most), records| (total + records, most.max(records)));
        let is_busy = total > 0.0 && total / self.spans.total() >= thresholds.broker_rate_min;
        is_busy.then(|| (most * real(self.loads.len() as u64) / total).max(1.0))
    }

    /// The greatest rate over the mean, of the window that ended last.
    pub(super) fn skew(&self) -> Option<f64> {
        self.skew
    }
}

fn of(loads: &[(BrokerId, f64)], broker: BrokerId) -> f64 {
    let place = loads.binary_search_by_key(&broker, |(id, _)| *id).ok();
    place.and_then(|place| loads.get(place)).map_or(0.0, |(_, records)| *records)
}
