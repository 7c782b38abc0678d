//! Whether every partition is heard to its end.
//!
//! Not how that is found out: librdkafka tells every few seconds where it is.
//! Invariant: time is counted in what it tells, so no clock is read.

use std::collections::BTreeMap;

/// For how many tellings in a row a partition may not be at its end before it counts as lost sight of: half a minute.
const SHORT_MAX: u32 = 6;

/// How it stands with one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it is being fetched from a broker that answers, and has answered.
    pub(super) is_reached: bool,
    /// The offset that is fetched next.
    pub(super) next: i64,
    /// The high watermark as last told by the leader.
    pub(super) end: i64,
}

impl Standing {
    fn is_at_end(self) -> bool {
        self.is_reached && self.next >= self.end
    }
}

/// What is remembered of all partitions.
#[derive(Debug)]
pub(super) struct Health {
    /// In how many tellings in a row each was not at its end.
    short: BTreeMap<i32, u32>,
}

impl Health {
    /// Of these partitions, which are read from their ends.
    pub(super) fn new(partitions: impl IntoIterator<Item = i32>) -> Self {
        Self { short: partitions.into_iter().map(|partition| (partition, 0)).collect() }
    }

    /// Takes in what is told of the partitions; says whether all of them are heard. One that only moves may still be far from
    /// what is said now, and one out of reach may have more: each has to be at its end once to count as heard again.
    pub(super) fn is_well(&mut self, told: impl Fn(i32) -> Option<Standing>) -> bool {
        for (partition, short) in &mut self.short {
            let is_at_end = told(*partition).is_some_and(Standing::is_at_end);
            *short = if is_at_end { 0 } else { short.saturating_add(1) };
        }
        self.short.values().all(|short| *short < SHORT_MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT_END: Standing = Standing { is_reached: true, next: 7, end: 7 };

    /// How often partition 3 may be told to stand so, after having been well at 5, until it no longer is; the other is well.
    fn patience(standing: Option<Standing>) -> usize {
        let mut health = Health::new([2, 3]);
        let before = Standing { is_reached: true, next: 5, end: 5 };
        assert!(health.is_well(|_| Some(before)));
        let told = |partition| if partition == 3 { standing } else { Some(AT_END) };
        (0..100).take_while(|_| health.is_well(told)).count()
    }

    #[test]
    fn a_partition_that_is_read_to_its_end_is_well() {
        assert_eq!(patience(Some(AT_END)), 100);
    }

    #[test]
    fn one_that_is_not_at_its_end_is_given_half_a_minute() {
        let held = Standing { is_reached: true, next: 5, end: 7 };
        assert_eq!(patience(Some(held)), 5);
        assert_eq!(patience(Some(Standing { is_reached: false, ..AT_END })), 5);
        assert_eq!(patience(None), 5);
    }

    #[test]
    fn one_that_moves_but_stays_behind_is_given_no_more() {
        let mut health = Health::new([1]);
        let behind = |next| Some(Standing { is_reached: true, next, end: 1000 });
        assert_eq!((0..100).take_while(|next| health.is_well(|_| behind(*next))).count(), 5);
    }

    #[test]
    fn it_is_well_again_when_each_was_at_its_end() {
        let mut health = Health::new([1, 2]);
        let held = |next| Some(Standing { is_reached: true, next, end: 9 });
        while health.is_well(|_| held(5)) {}
        assert!(!health.is_well(|_| held(6)), "it moves");
        assert!(!health.is_well(|partition| held(if partition == 1 { 9 } else { 7 })));
        assert!(health.is_well(|partition| held(if partition == 1 { 8 } else { 9 })));
    }
}
