//! The last two ends of a partition: most consumers are between them, so this much lies ready for every commit.
//!
//! Not a second truth: what it tells is what the table of anchors tells, or nothing.
//! Invariant: both ends were read, and the start is the one of this poll.

use crate::model::{EndOffset, TimeLag};

use super::Ages;
use super::anchors::Bracket;
use super::packed::Anchor;
use super::partition::PartitionAges;
use super::ticks;
use crate::analysis::compact::Offset;

/// The end before the last one.
// Packed, so that no room is lost in the line of the cache in which it lies.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed(4))]
pub(in crate::analysis) struct Near {
    offset: Offset,
    /// How long before the last one it was read, in ticks.
    ago: u32,
}

impl PartitionAges {
    /// The end before the last one, if `start` is where the log is known to start.
    pub(in crate::analysis) fn near(&self, start: Option<i64>) -> Option<Near> {
        let (before, last) = self.anchors.last_two()?;
        let is_read = !before.is_told && !last.is_told && self.start == start;
        let ago = u32::try_from(last.time - before.time).ok().filter(|_| is_read)?;
        Some(Near { offset: Offset::of(before.offset)?, ago })
    }
}

impl Near {
    /// The age of the record at `offset`, of a log that ends at `end` as of the last poll; `None` if the offset is not
    /// between the two ends.
    pub(in crate::analysis) fn age(self, offset: i64, end: EndOffset, ages: &Ages) -> Option<TimeLag> {
        if !(self.offset.get()..end.offset).contains(&offset) {
            return None;
        }
        let now = ticks::of(end.answered);
        let before = Anchor { time: now - i64::from(self.ago), offset: self.offset.get(), is_told: false };
        let after = Anchor { time: now, offset: end.offset, is_told: false };
        Some(Bracket { before: Some(before), after }.age(offset, now, ages.precision(), 0))
    }
}
