//! Which partition of a topic is looked at where nobody said.
//!
//! Not whether it is hot: some partition always got most.
//! Invariant: the same offsets give the same choice.

use std::cmp::Reverse;
use std::time::Duration;

use crate::model::{Choice, Compared, PartitionId};

/// What is known of a partition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) partition: PartitionId,
    /// The first offset that is left.
    pub(super) start: i64,
    /// The first offset of lately, the largest number where there is none.
    pub(super) lately: i64,
    /// The offset after the last.
    pub(super) end: i64,
}

/// The partition that got most records lately, of equals the first; where none got any, that with most records. `None`
/// where there are none at all.
pub(super) fn choose(known: &[Known], partition_count: usize, since: Duration) -> Option<(PartitionId, Choice)> {
    let most = |from: fn(&Known) -> i64| {
        let count = |known: &Known| known.end.saturating_sub(from(known).max(known.start)).max(0).unsigned_abs();
        let most = known.iter().max_by_key(|known| (count(known), Reverse(known.partition)))?;
        let compared = Compared {
            since,
            records: count(most),
            topic_records: known.iter().map(count).fold(0, u64::saturating_add),
            partition_count: known.len(),
            unknown_count: partition_count.saturating_sub(known.len()),
        };
        (compared.records > 0).then_some((most.partition, compared))
    };
    let appended = most(|known| known.lately).map(|(partition, compared)| (partition, Choice::MostAppended(compared)));
    appended.or_else(|| most(|known| known.start).map(|(partition, compared)| (partition, Choice::MostKept(compared))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SINCE: Duration = Duration::from_mins(1);

    fn known(partition: i32, start: i64, lately: i64, end: i64) -> Known {
        Known { partition: PartitionId(partition), start, lately, end }
    }

    fn compared(records: u64, topic_records: u64, partition_count: usize, unknown_count: usize) -> Compared {
        Compared { since: SINCE, records, topic_records, partition_count, unknown_count }
    }

    #[test]
    fn what_was_appended_lately_decides() {
        let partitions = [known(0, 0, 900, 1000), known(2, 0, 0, 300), known(3, 250, 0, 300), known(4, 0, 0, 300)];
        let expected = (PartitionId(2), Choice::MostAppended(compared(300, 750, 4, 1)));
        assert_eq!(choose(&partitions, 5, SINCE), Some(expected));
    }

    #[test]
    fn where_nothing_was_what_is_kept_does() {
        let partitions = [known(0, 0, i64::MAX, 10), known(1, 5, i64::MAX, 40)];
        let expected = (PartitionId(1), Choice::MostKept(compared(35, 45, 2, 0)));
        assert_eq!(choose(&partitions, 2, SINCE), Some(expected));
    }

    #[test]
    fn nothing_is_chosen_where_there_is_nothing() {
        assert_eq!(choose(&[], 3, SINCE), None);
        assert_eq!(choose(&[known(0, 7, 7, 7)], 1, SINCE), None);
    }
}
