//! What is not asked for again for a while, because it was refused, or answered too late.
//!
//! Not the back-off of connections, which is of seconds.
//! Invariant: it is tried again once the time is over, so that a right that was granted is noticed.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use crate::model::{Moment, ProblemKind};

/// Since when each is avoided, and why.
#[derive(Debug)]
pub(super) struct Avoided<Key> {
    since: HashMap<Key, (Moment, ProblemKind)>,
    duration: Duration,
}

impl<Key: Eq + Hash> Avoided<Key> {
    /// Nothing is, and what will be is for so long.
    pub(super) fn for_a(duration: Duration) -> Self {
        Self { since: HashMap::new(), duration }
    }

    /// Is avoided from now on.
    pub(super) fn add(&mut self, key: Key, now: Moment, why: ProblemKind) {
        self.since.insert(key, (now, why));
    }

    /// Forgets what was avoided for long enough.
    pub(super) fn forget_old(&mut self, now: Moment) {
        self.since.retain(|_, (since, _)| now.since(*since) < self.duration);
    }

    /// Why it is avoided, if it is.
    pub(super) fn why(&self, key: &Key) -> Option<ProblemKind> {
        self.since.get(key).map(|(_, why)| *why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_avoided_is_tried_again_after_a_while() {
        let at = |seconds| Moment::from_origin(Duration::from_secs(seconds));
        let mut avoided = Avoided::for_a(Duration::from_mins(1));
        avoided.add("a", at(10), ProblemKind::TooLarge);
        avoided.add("b", at(40), ProblemKind::Timeout);
        avoided.forget_old(at(69));
        assert_eq!((avoided.why(&"a"), avoided.why(&"b")), (Some(ProblemKind::TooLarge), Some(ProblemKind::Timeout)));
        avoided.forget_old(at(70));
        assert_eq!((avoided.why(&"a"), avoided.why(&"b")), (None, Some(ProblemKind::Timeout)));
    }
}
