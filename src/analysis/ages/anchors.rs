//! One partition's table of anchors: at this time the end was this offset.
//!
//! Not a history of all polls: anchors are thinned out so that they lie as far apart as the precision allows at their age.
//! Invariant: later anchors have no lower offset, and there are never more than the rules allow.

use super::packed::{Anchor, Packed};
use super::rules::{Precision, Rules};
use super::ticks::Ticks;

/// A sorted, bounded list of anchors.
#[derive(Debug)]
pub(super) struct Anchors {
    rows: Packed,
    /// How many there may be before they are thinned out again.
    thin_at: u16,
    /// Where [`Self::read_around`] found its place last.
    around: u16,
    /// Whether the last two are known to be of one offset.
    is_flat: bool,
}

/// The two anchors an offset lies between.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bracket {
    /// The latest at which the end was not beyond the offset; `None` where all known ends were.
    pub(super) before: Option<Anchor>,
    /// The earliest at which the end was beyond the offset.
    pub(super) after: Anchor,
}

impl Anchors {
    /// An empty table. Those of different `phase` are thinned out in different polls.
    pub(super) fn new(phase: u16) -> Self {
        Self { rows: Packed::default(), thin_at: 16 + phase % 16, around: 0, is_flat: false }
    }

    pub(super) fn last(&self) -> Option<Anchor> {
        self.rows.last()
    }

    /// The last but one, and the last.
    pub(super) fn last_two(&self) -> Option<(Anchor, Anchor)> {
        self.rows.last_but_one().zip(self.last())
    }

    pub(super) fn first(&self) -> Option<Anchor> {
        self.rows.first()
    }

    /// The first that was not told of.
    pub(super) fn first_read(&self) -> Option<Anchor> {
        (0..self.rows.len()).filter_map(|place| self.rows.get(place)).find(|anchor| !anchor.is_told)
    }

    /// All of them, the latest first.
    pub(super) fn latest_first(&self) -> impl Iterator<Item = Anchor> {
        (0..self.rows.len()).rev().filter_map(|place| self.rows.get(place))
    }

    /// Takes in an end that was read. An end before the last one means that the log was cut: what lies beyond is gone.
    pub(super) fn push(&mut self, anchor: Anchor, rules: &Rules) {
        while self.last().is_some_and(|last| last.offset > anchor.offset || last.time > anchor.time) {
            self.rows.pop();
        }
        let is_same = |other: Option<Anchor>| other.is_some_and(|it| it.offset == anchor.offset && !it.is_told);
        self.is_flat = is_same(self.last()) && (self.is_flat || is_same(self.rows.last_but_one()));
        if self.is_flat {
            // Of a time in which nothing was produced, the start and the end are all there is to know.
            return self.rows.replace_last(anchor, rules.most);
        }
        self.rows.push(anchor, rules.most);
        if self.rows.len() >= usize::from(self.thin_at) {
            self.thin(anchor.time, rules);
        }
    }

    /// Takes in what was told of an earlier time. `false` if that says nothing new, or not what ends that were read say.
    pub(super) fn insert(&mut self, anchor: Anchor, rules: &Rules) -> bool {
        let place = self.rows.partition_point(|other| other.time <= anchor.time);
        let after = self.rows.get(place);
        let before = place.checked_sub(1).and_then(|place| self.rows.get(place));
        // An end was read after everything that is asked about.
        let Some(after) = after.filter(|after| after.offset >= anchor.offset) else { return false };
        let is_news = match before {
            Some(before) if before.offset > anchor.offset => return false,
            Some(before) if before.offset == after.offset => false,
            Some(before) => before.time < anchor.time || before.offset < anchor.offset,
            None => true,
        };
        if !is_news || !self.rows.insert(place, anchor, rules.most) {
            return false;
        }
        if let Some(last) = self.last().filter(|_| self.rows.len() >= rules.most) {
            self.thin(last.time, rules);
        }
        true
    }

    /// Drops what was told and not read.
    pub(super) fn forget_told(&mut self) {
        self.rows.keep(|anchor| !anchor.is_told);
        self.is_flat = false;
    }

    /// Drops what was known up to a time of what lies beyond an offset.
    pub(super) fn cut(&mut self, offset: i64, until: Ticks) {
        self.rows.keep(|anchor| anchor.time > until || anchor.offset <= offset);
        self.is_flat = false;
    }

    /// Drops what lies before the start of the log, but for the latest: it says how old the start is.
    pub(super) fn start_at(&mut self, start: i64) {
        let below = self.rows.partition_point(|anchor| anchor.offset <= start);
        self.rows.drop_first(below.saturating_sub(1));
        self.is_flat = false;
    }

    /// Between which anchors the record at this offset was appended; `None` where it is beyond the end.
    pub(super) fn bracket(&self, offset: i64) -> Option<Bracket> {
        if let Some((before, after)) = self.last_two()
            && (before.offset..after.offset).contains(&offset)
        {
            return Some(Bracket { before: Some(before), after });
        }
        // The start of a log is mostly older than all that is known.
        let first = self.first().filter(|first| first.offset > offset);
        if let Some(after) = first {
            return Some(Bracket { before: None, after });
        }
        let after = self.first_beyond(offset);
        let before = after.checked_sub(1).and_then(|place| self.rows.get(place));
        Some(Bracket { before, after: self.rows.get(after)? })
    }

    /// Most offsets lie near the end, so the search starts there, with steps that double.
    fn first_beyond(&self, offset: i64) -> usize {
        let (mut high, mut step) = (self.rows.len(), 1);
        loop {
            let low = high.saturating_sub(step);
            let is_beyond = self.rows.get(low).is_some_and(|anchor| anchor.offset > offset);
            if !is_beyond || low == 0 {
                return self.rows.partition_point_within(low..high, |anchor| anchor.offset <= offset);
            }
            high = low;
            step *= 2;
        }
    }

    /// The last anchor up to a time and the first after it; those that were told and not read do not count.
    pub(super) fn read_around(&mut self, time: Ticks) -> (Option<Anchor>, Option<Anchor>) {
        // From poll to poll it moves on by one at most, unless anchors were thinned out: a search would wait for memory.
        let last = usize::from(self.around);
        let place = [last, last + 1].into_iter().find(|place| self.is_first_after(*place, time));
        let place = place.unwrap_or_else(|| self.rows.partition_point(|anchor| anchor.time <= time));
        self.around = u16::try_from(place).unwrap_or(0);
        let read = |place| self.rows.get(place).filter(|anchor| !anchor.is_told);
        let before = (0..place).rev().find_map(read);
        (before, (place..self.rows.len()).find_map(read))
    }

    /// Whether the anchors from this place on are those after `time`.
    fn is_first_after(&self, place: usize, time: Ticks) -> bool {
        let before = place.checked_sub(1).map(|before| self.rows.get(before));
        before.is_none_or(|before| before.is_some_and(|before| before.time <= time))
            && self.rows.get(place).is_none_or(|after| after.time > time)
    }

    /// The same as [`Self::bracket`], of the anchors that were read.
    pub(super) fn bracket_read(&self, offset: i64) -> (Option<Anchor>, Option<Anchor>) {
        let mut after = None;
        for anchor in self.latest_first().filter(|anchor| !anchor.is_told) {
            if anchor.offset <= offset {
                return (Some(anchor), after);
            }
            after = Some(anchor);
        }
        (None, after)
    }

    /// Drops anchors that the precision does not need, and those beyond the horizon.
    fn thin(&mut self, now: Ticks, rules: &Rules) {
        // Two may be older: they hold the record of a consumer that stopped before a topic fell silent.
        let is_old = |anchor: Anchor| now - anchor.time > rules.horizon;
        if self.rows.get(2).is_some_and(is_old) {
            let old = self.rows.partition_point(is_old);
            self.rows.drop_first(old.saturating_sub(2));
        }
        let room = (rules.most / 10).max(4);
        let mut precision = rules.precision;
        self.merge(now, precision);
        while self.rows.len() + room / 4 > rules.most {
            precision = precision.relaxed();
            self.merge(now, precision);
        }
        self.rows.shrink(room);
        self.is_flat = false;
        self.thin_at = u16::try_from((self.rows.len() + room).min(rules.most)).unwrap_or(u16::MAX);
    }

    fn merge(&mut self, now: Ticks, precision: Precision) {
        self.rows.thin(|before, anchor, after| {
            let is_flat = before.offset == anchor.offset && anchor.offset == after.offset;
            let is_close = after.time - before.time <= precision.thinning_limit(now - after.time);
            // What was told may have to be forgotten, and must not leave a hole then.
            let is_held = !anchor.is_told && (before.is_told || after.is_told);
            is_held || !(is_flat || is_close)
        });
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.rows.bytes()
    }
}
