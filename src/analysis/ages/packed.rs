//! Anchors in nine bytes each, beside sixteen and more unpacked: a hundred thousand partitions have a hundred and fifty each.
//!
//! Not a search of meaning; the table above knows what anchors are for.
//! Invariant: what is read is what was written; what does not fit makes the oldest give way, never a wrong anchor.

use std::ops::Range;

use super::ticks::{PER_SECOND, Ticks};

/// At this time the end was this offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Anchor {
    pub(super) time: Ticks,
    pub(super) offset: i64,
    /// Whether a broker told it of an earlier time by the records' timestamps; otherwise the end was read at that time.
    pub(super) is_told: bool,
}

/// An anchor from the bases on.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// One bit is for `is_told`.
    time: [u8; 4],
    offset: [u8; 5],
}

/// 388 days.
const TIME_MAX: Ticks = (1 << 31) - 1;
/// A week of 1.8 million records per second.
const OFFSET_MAX: i64 = (1 << 40) - 1;
const TOLD: u32 = 1 << 31;

/// A list of anchors, sorted by time and offset.
#[derive(Debug, Default)]
pub(super) struct Packed {
    rows: Vec<Row>,
    time: Ticks,
    offset: i64,
    /// The first and the last two once more: most polls, most consumers and the start of a log need no others, and here they
    /// lie beside what they need too.
    first: Option<Row>,
    last: Option<Anchor>,
    last_but_one: Option<Row>,
}

impl Packed {
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn get(&self, place: usize) -> Option<Anchor> {
        self.rows.get(place).map(|row| self.unpack(*row))
    }

    pub(super) fn first(&self) -> Option<Anchor> {
        self.first.map(|row| self.unpack(row))
    }

    pub(super) fn last(&self) -> Option<Anchor> {
        self.last
    }

    pub(super) fn last_but_one(&self) -> Option<Anchor> {
        self.last_but_one.map(|row| self.unpack(row))
    }

    /// Puts one that is not before it in place of the last.
    pub(super) fn replace_last(&mut self, anchor: Anchor, most: usize) {
        let packed = pack(anchor, self.time, self.offset).filter(|_| self.rows.len() > 1);
        if let (Some(last), Some(row)) = (self.rows.last_mut(), packed) {
            (*last, self.last) = (row, Some(anchor));
        } else {
            self.pop();
            self.push(anchor, most);
        }
    }

    pub(super) fn pop(&mut self) {
        self.rows.pop();
        self.find_ends();
    }

    fn find_ends(&mut self) {
        self.first = self.rows.first().copied();
        self.last = self.rows.last().map(|row| self.unpack(*row));
        self.last_but_one = self.rows.iter().nth_back(1).copied();
    }

    /// Adds one that is not before the last. There will be `most` at most.
    pub(super) fn push(&mut self, anchor: Anchor, most: usize) {
        if self.rows.is_empty() {
            (self.time, self.offset) = (anchor.time, anchor.offset);
        }
        if self.pack(anchor).is_none() {
            self.make_room(anchor);
        }
        let Some(row) = self.pack(anchor) else { return self.find_ends() };
        self.reserve(most);
        // Packed once more: to read it where it lies would wait for memory, which to write there does not.
        self.last_but_one = self.last.and_then(|last| self.pack(last));
        self.rows.push(row);
        (self.first, self.last) = (self.first.or(Some(row)), Some(anchor));
    }

    /// Adds one that lies between those around `place`; `false` if it is too far from the last one to be kept.
    pub(super) fn insert(&mut self, place: usize, anchor: Anchor, most: usize) -> bool {
        let Some(last) = self.last() else { return false };
        if place == 0 && (anchor.time < self.time || anchor.offset < self.offset) {
            if last.time - anchor.time > TIME_MAX - HEADROOM || last.offset.saturating_sub(anchor.offset) > OFFSET_MAX {
                return false;
            }
            self.rebase(anchor.time, anchor.offset);
        }
        let Some(row) = self.pack(anchor).filter(|_| place <= self.rows.len()) else { return false };
        self.reserve(most);
        self.rows.insert(place, row);
        self.find_ends();
        true
    }

    /// The number of anchors from the first on for which `is_before` holds.
    pub(super) fn partition_point(&self, is_before: impl Fn(Anchor) -> bool) -> usize {
        self.partition_point_within(0..self.rows.len(), is_before)
    }

    /// The same, where it is known to be in `range`.
    pub(super) fn partition_point_within(&self, range: Range<usize>, is_before: impl Fn(Anchor) -> bool) -> usize {
        let rows = self.rows.get(range.clone()).unwrap_or_default();
        range.start + rows.partition_point(|row| is_before(self.unpack(*row)))
    }

    pub(super) fn drop_first(&mut self, count: usize) {
        self.rows.drain(..count.min(self.rows.len()));
        self.find_ends();
    }

    pub(super) fn keep(&mut self, is_kept: impl Fn(Anchor) -> bool) {
        let (time, offset) = (self.time, self.offset);
        self.rows.retain(|row| is_kept(unpack(*row, time, offset)));
        self.find_ends();
    }

    /// Drops those between first and last that are not needed, given the one kept before them and the next one.
    pub(super) fn thin(&mut self, is_needed: impl Fn(Anchor, Anchor, Anchor) -> bool) {
        let (time, offset) = (self.time, self.offset);
        let [first, second, others @ ..] = self.rows.as_slice() else { return };
        let (mut kept, mut row, mut anchor) = (self.unpack(*first), *second, self.unpack(*second));
        let (mut count, others) = (1, others.len());
        for next in 2..2 + others {
            let Some(after_row) = self.rows.get(next).copied() else { break };
            let after = unpack(after_row, time, offset);
            if is_needed(kept, anchor, after) {
                if let Some(place) = self.rows.get_mut(count) {
                    *place = row;
                }
                count += 1;
                kept = anchor;
            }
            (row, anchor) = (after_row, after);
        }
        if let Some(place) = self.rows.get_mut(count) {
            *place = row;
        }
        self.rows.truncate(count + 1);
        self.find_ends();
    }

    /// Gives back room beyond what the next few need.
    pub(super) fn shrink(&mut self, room: usize) {
        if self.rows.capacity() > self.rows.len() + 3 * room.max(GROWTH) {
            self.rows.shrink_to(self.rows.len() + room);
        }
    }

    fn reserve(&mut self, most: usize) {
        if self.rows.len() == self.rows.capacity() {
            // A table grows once to its size and stays there, so doubling would be memory that is never used.
            self.rows.reserve_exact(most.saturating_sub(self.rows.len()).clamp(1, GROWTH));
        }
    }

    /// Moves the bases up so that `anchor` fits, and drops those that do not fit any more.
    fn make_room(&mut self, anchor: Anchor) {
        let (edge, least) = (anchor.time - (TIME_MAX - HEADROOM), anchor.offset - OFFSET_MAX);
        while let Some(first) = self.get(0).filter(|first| first.time < edge || first.offset < least) {
            let second = self.get(1).unwrap_or(anchor);
            if first.offset >= least && second.offset == first.offset && second.time >= edge {
                // Nothing was produced meanwhile, so what was true before the edge is true at the edge.
                self.rebase_with(edge, first.offset, |old| Anchor { time: old.time.max(edge), ..old });
                return;
            }
            self.drop_first(1);
        }
        let first = self.get(0).unwrap_or(anchor);
        self.rebase(first.time, first.offset);
    }

    fn rebase(&mut self, time: Ticks, offset: i64) {
        self.rebase_with(time, offset, |anchor| anchor);
    }

    fn rebase_with(&mut self, time: Ticks, offset: i64, change: impl Fn(Anchor) -> Anchor) {
        let old = (self.time, self.offset);
        (self.time, self.offset) = (time, offset);
        for row in &mut self.rows {
            if let Some(packed) = pack(change(unpack(*row, old.0, old.1)), time, offset) {
                *row = packed;
            }
        }
        self.find_ends();
    }

    fn pack(&self, anchor: Anchor) -> Option<Row> {
        pack(anchor, self.time, self.offset)
    }

    fn unpack(&self, row: Row) -> Anchor {
        unpack(row, self.time, self.offset)
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.rows.capacity() * size_of::<Row>()
    }
}

/// By how much a table grows.
const GROWTH: usize = 16;

/// When bases move, they move by this at least: four and a half hours.
const HEADROOM: Ticks = 4 * 3600 * PER_SECOND;

fn pack(anchor: Anchor, base_time: Ticks, base_offset: i64) -> Option<Row> {
    let time = anchor.time.checked_sub(base_time).filter(|time| (0..=TIME_MAX).contains(time))?;
    let offset = anchor.offset.checked_sub(base_offset).filter(|offset| (0..=OFFSET_MAX).contains(offset))?;
    let told = if anchor.is_told { TOLD } else { 0 };
    let time = (u32::try_from(time).ok()? | told).to_le_bytes();
    Some(Row { time, offset: *offset.to_le_bytes().first_chunk()? })
}

fn unpack(row: Row, base_time: Ticks, base_offset: i64) -> Anchor {
    let time = u32::from_le_bytes(row.time);
    let mut offset = [0; 8];
    if let Some(low) = offset.first_chunk_mut() {
        *low = row.offset;
    }
    Anchor {
        time: base_time + Ticks::from(time & !TOLD),
        offset: base_offset + i64::from_le_bytes(offset),
        is_told: time & TOLD != 0,
    }
}
