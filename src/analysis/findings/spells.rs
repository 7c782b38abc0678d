//! For how long each of many things has been so, without a break.
//!
//! Not whether that is long enough: each check has its own minimum.
//! Invariant: what is remembered is what was so in the last poll, and nothing else.

use std::time::Duration;

use super::super::join::join;

/// An unbroken run of polls that saw the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Spell {
    /// Time that was watched since the first of them.
    pub(super) watched: Duration,
    /// Polls after the first.
    pub(super) again: u32,
}

/// The things that are so now, in their order.
#[derive(Debug)]
pub(super) struct Spells<K>(Vec<(K, Spell)>);

impl<K> Default for Spells<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord> Spells<K> {
    /// Takes what one poll saw, in order and each once; `watched` is the time since the poll before.
    pub(super) fn observe(&mut self, watched: Duration, seen: impl Iterator<Item = K>) {
        let before = std::mem::take(&mut self.0);
        let joined = join(seen.map(|key| (key, ())), before.into_iter());
        let goes_on = |spell: Spell| Spell { watched: spell.watched + watched, again: spell.again.saturating_add(1) };
        self.0 = joined
            .filter_map(|(key, seen, before)| seen.map(|()| (key, before.map_or_else(Spell::default, goes_on))))
            .collect();
    }

    /// What is so, and since when.
    pub(super) fn iter(&self) -> impl Iterator<Item = &(K, Spell)> {
        self.0.iter()
    }

    /// What has been so for at least this time.
    pub(super) fn lasting(&self, least: Duration) -> impl Iterator<Item = &(K, Spell)> {
        self.iter().filter(move |(_, spell)| spell.watched >= least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_break_starts_anew_and_nothing_else_is_kept() {
        let mut spells = Spells::default();
        let minute = Duration::from_mins(1);
        for seen in [&["a", "b"][..], &["a", "b", "c"], &["a", "c"], &["a", "b"]] {
            spells.observe(minute, seen.iter().copied());
        }
        let spell = |minutes, again| Spell { watched: Duration::from_mins(minutes), again };
        assert_eq!(spells.0, [("a", spell(3, 3)), ("b", spell(0, 0))]);
        assert_eq!(spells.lasting(minute).count(), 1);
        spells.observe(minute, std::iter::empty());
        assert_eq!(spells.0, []);
    }
}
