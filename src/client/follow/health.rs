//! Whether every partition is heard to its end.
//!
//! Not how that is found out: librdkafka tells every few seconds where it is.
//! Invariant: time is counted in what it tells, so no clock is read.

use std::collections::BTreeMap;

/// For how many tellings in a row a partition may stand still before it counts as lost sight of: half a minute.
const STUCK_MAX: u32 = 6;

/// How it stands with one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Whether it is being fetched from a broker that answers.
    pub(super) is_reached: bool,
    /// The offset that is fetched next.
    pub(super) next: i64,
    /// The high watermark as last told by the leader.
    pub(super) end: i64,
}

/// What is remembered of all partitions.
#[derive(Debug)]
pub(super) struct Health {
    partitions: BTreeMap<i32, Remembered>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Remembered {
    next: i64,
    stuck: u32,
}

impl Health {
    /// Of these partitions.
    pub(super) fn new(partitions: impl IntoIterator<Item = i32>) -> Self {
        Self { partitions: partitions.into_iter().map(|partition| (partition, Remembered::default())).collect() }
    }

    /// Takes in what is told of the partitions; says whether all of them are heard. One that has more but does not move is
    /// held by an open transaction, one out of reach may have more.
    pub(super) fn is_well(&mut self, told: impl Fn(i32) -> Option<Standing>) -> bool {
        let mut is_well = true;
        for (partition, remembered) in &mut self.partitions {
            let standing = told(*partition).filter(|standing| standing.is_reached);
            let moves = standing.filter(|standing| standing.next >= standing.end || standing.next != remembered.next);
            match moves {
                Some(standing) => *remembered = Remembered { next: standing.next, stuck: 0 },
                None => remembered.stuck = remembered.stuck.saturating_add(1),
            }
            is_well &= remembered.stuck < STUCK_MAX;
        }
        is_well
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
    fn one_that_stands_still_is_given_half_a_minute() {
        let held = Standing { is_reached: true, next: 5, end: 7 };
        assert_eq!(patience(Some(held)), 5);
        assert_eq!(patience(Some(Standing { is_reached: false, ..AT_END })), 5);
        assert_eq!(patience(None), 5);
    }

    #[test]
    fn one_that_moves_is_well_however_far_it_is_behind() {
        let mut health = Health::new([1]);
        assert!((0..100).all(|next| health.is_well(|_| Some(Standing { is_reached: true, next, end: 1000 }))));
    }

    #[test]
    fn it_is_well_again_when_it_moves() {
        let mut health = Health::new([1]);
        let held = |next| Some(Standing { is_reached: true, next, end: 9 });
        while health.is_well(|_| held(5)) {}
        assert!(!health.is_well(|_| held(5)));
        assert!(health.is_well(|_| held(6)));
    }
}
