//! Walks two sorted lists side by side.
//!
//! Not a search: each list is read once, from its start, whatever the other holds.
//! Invariant: every item of both lists is handed out once, in order of the keys.

use std::cmp::Ordering;
use std::iter;

/// The items of both lists, those of equal keys together. Each list is sorted by key and has each key once.
pub(super) fn join<K: Ord, L, R>(
    left: impl Iterator<Item = (K, L)>,
    right: impl Iterator<Item = (K, R)>,
) -> impl Iterator<Item = (K, Option<L>, Option<R>)> {
    let (mut left, mut right) = (left.peekable(), right.peekable());
    iter::from_fn(move || {
        let order = match (left.peek(), right.peek()) {
            (Some((left, _)), Some((right, _))) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, _) => Ordering::Greater,
        };
        match order {
            Ordering::Less => left.next().map(|(key, item)| (key, Some(item), None)),
            Ordering::Greater => right.next().map(|(key, item)| (key, None, Some(item))),
            Ordering::Equal => {
                let right = right.next().map(|(_, item)| item);
                left.next().map(|(key, item)| (key, Some(item), right))
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_tells_what_two_maps_tell(left: BTreeMap<u8, u16>, right: BTreeMap<u8, u32>) {
            let keys: BTreeSet<u8> = left.keys().chain(right.keys()).copied().collect();
            let expected: Vec<_> =
                keys.into_iter().map(|key| (key, left.get(&key).copied(), right.get(&key).copied())).collect();
            let joined: Vec<_> = join(left.into_iter(), right.into_iter()).collect();
            prop_assert_eq!(joined, expected);
        }
    }
}
