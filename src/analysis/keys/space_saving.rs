//! The most frequent items of a stream, in bounded memory.
//!
//! Not a sample: every item of the stream is counted, some of them under another's count.
//! Invariant: no count is too small, none is too large by more than its error, and no error is above total / capacity.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;

/// The Space-Saving summary of A. Metwally, D. Agrawal and A. El Abbadi: "Efficient Computation of Frequent and Top-k
/// Elements in Data Streams", ICDT 2005. An item that is not counted takes over the smallest count, and what that count
/// was before is the most it can be wrong by. So every item that is more than total / capacity times in the stream is there.
#[derive(Debug)]
pub(super) struct SpaceSaving<T, D> {
    capacity: usize,
    counters: Vec<Counter<T, D>>,
    places: HashMap<T, usize>,
    /// Counts and places, the smallest count first.
    order: BTreeSet<(u64, usize)>,
    total: u64,
    is_full: bool,
}

/// An item's count.
#[derive(Debug)]
pub(super) struct Counter<T, D> {
    pub(super) item: T,
    /// At most so often it was there.
    pub(super) count: u64,
    /// By how much less often it may have been.
    pub(super) error: u64,
    /// What else is noted of it since it has this counter.
    pub(super) beside: D,
}

impl<T: Clone + Eq + Hash, D: Default> SpaceSaving<T, D> {
    /// For so many counters, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            counters: Vec::new(),
            places: HashMap::new(),
            order: BTreeSet::new(),
            total: 0,
            is_full: false,
        }
    }

    /// Counts an item, and lets something be noted beside its count.
    pub(super) fn add(&mut self, item: T, note: impl FnOnce(&mut D)) {
        self.total = self.total.saturating_add(1);
        let place = match self.places.get(&item) {
            Some(place) => *place,
            None => self.place_for(item),
        };
        let Some(counter) = self.counters.get_mut(place) else { return };
        self.order.remove(&(counter.count, place));
        counter.count = counter.count.saturating_add(1);
        self.order.insert((counter.count, place));
        note(&mut counter.beside);
    }

    /// Gives an item a counter of its own, or the smallest.
    fn place_for(&mut self, item: T) -> usize {
        if self.counters.len() < self.capacity {
            let place = self.counters.len();
            self.places.insert(item.clone(), place);
            self.counters.push(Counter { item, count: 0, error: 0, beside: D::default() });
            return place;
        }
        self.is_full = true;
        let place = self.order.first().map_or(0, |(_, place)| *place);
        if let Some(counter) = self.counters.get_mut(place) {
            self.places.remove(&counter.item);
            self.places.insert(item.clone(), place);
            *counter = Counter { item, count: counter.count, error: counter.count, beside: D::default() };
        }
        place
    }

    /// How many items there were.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// How many different items there were; `None` where that were more than are counted apart.
    pub(super) fn distinct(&self) -> Option<u64> {
        u64::try_from(self.counters.len()).ok().filter(|_| !self.is_full)
    }

    /// The counters, those first that were certainly there most often.
    pub(super) fn most_frequent(self) -> Vec<Counter<T, D>> {
        let mut counters = self.counters;
        counters.sort_by_key(|counter| Reverse((counter.count - counter.error, counter.count)));
        counters
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Streams of few and of many items, in which some are much more frequent than others.
    fn streams() -> impl Strategy<Value = Vec<u32>> {
        let item = (0..6_u32, any::<u32>()).prop_map(|(digits, number)| number % 10_u32.pow(digits));
        prop::collection::vec(item, 0..600)
    }

    proptest! {
        #[test]
        fn every_count_is_within_its_error(stream in streams(), capacity in 1..40_usize) {
            let mut truth: HashMap<u32, u64> = HashMap::new();
            let mut summary: SpaceSaving<u32, u64> = SpaceSaving::new(capacity);
            for item in &stream {
                *truth.entry(*item).or_default() += 1;
                summary.add(*item, |noted| *noted += 1);
            }
            let (total, most_wrong) = (summary.total(), summary.total() / capacity as u64);
            prop_assert_eq!(total, stream.len() as u64);
            let expected = (truth.len() <= capacity).then_some(truth.len() as u64);
            prop_assert_eq!(summary.distinct(), expected);
            let counters = summary.most_frequent();
            prop_assert!(counters.len() <= capacity);
            prop_assert_eq!(counters.iter().map(|counter| counter.count).sum::<u64>(), total);
            for counter in &counters {
                let true_count = truth[&counter.item];
                prop_assert!(true_count <= counter.count && counter.count - counter.error <= true_count, "{counter:?}");
                prop_assert!(counter.error <= most_wrong, "{counter:?} of {total}");
                prop_assert_eq!(counter.beside, counter.count - counter.error, "what is noted is what is certain");
            }
            for (item, count) in truth.iter().filter(|(_, count)| **count > most_wrong) {
                prop_assert!(counters.iter().any(|counter| counter.item == *item), "{item} is there {count} times");
            }
            prop_assert!(counters.is_sorted_by_key(|counter| Reverse(counter.count - counter.error)));
        }
    }

    #[test]
    fn one_counter_is_enough_for_a_majority() {
        let mut summary: SpaceSaving<&str, ()> = SpaceSaving::new(0);
        for item in ["a", "b", "a", "a"] {
            summary.add(item, |()| {});
        }
        let counters = summary.most_frequent();
        assert_eq!(
            counters.iter().map(|counter| (counter.item, counter.count, counter.error)).collect::<Vec<_>>(),
            [("a", 4, 2)]
        );
    }
}
