//! How many members a group needs, from what one of them was seen to do.
//!
//! Not a forecast: production is taken to stay as it is over the window.
//! Invariant: only what members read while they were behind counts, since otherwise production is the limit, not they.

use crate::model::{Capacity, CapacityThresholds};

use super::compact::{real, whole};

/// How much of a lower observation is taken over: members that are slow for a while are not slow for good, and those that
/// stay slow are believed within some minutes.
const SLOWER_SHARE: f64 = 0.05;

/// What one member reads per second when it is the limit, as far as was seen.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Observed(Option<f64>);

/// What a group needs now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Need {
    /// Records produced per second for it to read.
    pub(super) produced_per_second: f64,
    /// Records it is behind.
    pub(super) backlog: u64,
    /// Partitions of the topics it reads.
    pub(super) partitions: usize,
}

impl Observed {
    /// Takes in that so many members, all behind on most of what they own, read so much together.
    pub(super) fn observe(&mut self, consumed_per_second: f64, member_count: usize) {
        let per_member = consumed_per_second / real(member_count as u64);
        if !per_member.is_finite() || per_member <= 0.0 {
            return;
        }
        self.0 = Some(match self.0 {
            Some(before) if per_member < before => before + (per_member - before) * SLOWER_SHARE,
            _ => per_member,
        });
    }

    /// Whether anything was seen.
    pub(super) fn is_known(self) -> bool {
        self.0.is_some()
    }

    /// The members that are needed; `None` until it was ever seen what one does.
    pub(super) fn capacity(self, need: &Need, thresholds: &CapacityThresholds) -> Option<Capacity> {
        let per_member = self.0?;
        let Need { produced_per_second, backlog, partitions } = *need;
        if partitions == 0 {
            return None;
        }
        let drain_within = thresholds.drain_within.as_secs_f64();
        let members = |per_second: f64| whole(per_second / per_member).map(|members| members.max(1));
        let to_drain = members(produced_per_second + real(backlog) / drain_within)?;
        Some(Capacity {
            per_member,
            produced_per_second,
            to_keep_pace: members(produced_per_second)?.min(partitions),
            to_drain: Some(to_drain).filter(|members| *members <= partitions),
            drain_within,
            partitions,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needed(observed: Observed, produced_per_second: f64, backlog: u64) -> Option<(usize, Option<usize>)> {
        let need = Need { produced_per_second, backlog, partitions: 12 };
        let capacity = observed.capacity(&need, &CapacityThresholds::default_for_tests())?;
        Some((capacity.to_keep_pace, capacity.to_drain))
    }

    impl CapacityThresholds {
        fn default_for_tests() -> Self {
            crate::model::Thresholds::default().capacity
        }
    }

    #[test]
    fn members_are_counted_by_what_one_was_seen_to_do() {
        let mut observed = Observed::default();
        assert_eq!(needed(observed, 1000.0, 0), None, "nothing was seen");
        observed.observe(0.0, 4);
        observed.observe(100.0, 0);
        assert_eq!(needed(observed, 1000.0, 0), None, "nothing was read, or by nobody");
        observed.observe(1000.0, 4);
        assert_eq!(needed(observed, 1000.0, 0), Some((4, Some(4))));
        assert_eq!(needed(observed, 1001.0, 0), Some((5, Some(5))));
        // 900,000 records within an hour are 250 more a second.
        assert_eq!(needed(observed, 1000.0, 900_000), Some((4, Some(5))));
        // 9,000,000 are 2,500 more: fourteen members.
        assert_eq!(needed(observed, 1000.0, 9_000_000), Some((4, None)), "more members than partitions do not help");
        assert_eq!(needed(observed, 1e9, 0), Some((12, None)));
        assert_eq!(needed(observed, 0.0, 0), Some((1, Some(1))));
    }

    #[test]
    fn what_is_slower_is_believed_slowly() {
        let mut observed = Observed::default();
        observed.observe(1000.0, 1);
        observed.observe(10.0, 1);
        assert_eq!(needed(observed, 1000.0, 0), Some((2, Some(2))));
        (0..200).for_each(|_| observed.observe(100.0, 1));
        assert_eq!(needed(observed, 1000.0, 0), Some((10, Some(10))));
        observed.observe(2000.0, 1);
        assert_eq!(needed(observed, 1000.0, 0), Some((1, Some(1))));
    }
}
