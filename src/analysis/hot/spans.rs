//! The sub-intervals of a window: how long each was, and how many records each brought.
//!
//! Not of one clock: polls come late or not at all, so each has its own length.
//! Invariant: at most [`SLOTS`], the newest last; unless polls are rarer than a fifth of the window, they cover it.

/// Most sub-intervals of a window.
pub(super) const SLOTS: usize = 12;
/// Without so many nothing is judged: fewer tell no variance.
pub(super) const SLOTS_LEAST: usize = 10;

/// How long the sub-intervals were.
#[derive(Clone, Debug, Default)]
pub(super) struct Spans {
    seconds: [f32; SLOTS],
    count: usize,
}

impl Spans {
    /// Adds the newest and forgets those that are too old for a window of so many seconds.
    pub(super) fn push(&mut self, seconds: f32, window: f32) {
        // A clock that stands still is no reason to divide by nothing.
        push(&mut self.seconds, seconds.max(0.001));
        self.count = (self.count + 1).min(SLOTS);
        // Polls that come a little early still fill a window.
        let enough = window * 0.99;
        while let [oldest, rest @ ..] = self.all() {
            let without: f32 = rest.iter().sum();
            let is_needless = rest.len() >= SLOTS_LEAST && without >= enough;
            // Where polls are rare the window is longer, but not without end; what an outage hides is not in it.
            let is_too_old = without + oldest > 2.5 * window;
            if !is_needless && !is_too_old {
                break;
            }
            self.count -= 1;
        }
    }

    /// Their lengths in seconds, the newest last.
    pub(super) fn all(&self) -> &[f32] {
        self.seconds.get(SLOTS - self.count..).unwrap_or_default()
    }

    /// Whether there are enough to judge.
    pub(super) fn are_enough(&self) -> bool {
        self.count >= SLOTS_LEAST
    }

    /// Seconds of all together.
    pub(super) fn total(&self) -> f64 {
        self.all().iter().map(|seconds| f64::from(*seconds)).sum()
    }
}

/// Records of one partition, in the order of the sub-intervals.
#[derive(Clone, Debug)]
pub(super) struct Counts([u32; SLOTS]);

/// An end that was not read, or went back: nobody knows how many records came.
pub(super) const GAP: u32 = u32::MAX;
/// The partition was not there yet.
pub(super) const ABSENT: u32 = u32::MAX - 1;
/// More is not counted: two million per second.
const MOST: u32 = u32::MAX - 2;

impl Counts {
    pub(super) const fn absent() -> Self {
        Self([ABSENT; SLOTS])
    }

    pub(super) fn push(&mut self, count: u32) {
        push(&mut self.0, count);
    }

    /// The newest one.
    pub(super) fn last(&self) -> u32 {
        let [.., last] = self.0;
        last
    }

    /// Those of the sub-intervals of `spans`.
    pub(super) fn within(&self, spans: &Spans) -> &[u32] {
        self.0.get(SLOTS - spans.count..).unwrap_or_default()
    }
}

/// From one end to the next; [`GAP`] where it went back.
pub(super) fn count(before: i64, now: i64) -> u32 {
    let records = now.checked_sub(before).and_then(|records| u64::try_from(records).ok());
    records.map_or(GAP, |records| u32::try_from(records).map_or(MOST, |records| records.min(MOST)))
}

/// Two neighbours together; what is not known of one is not known of both.
pub(super) fn sum(left: u32, right: u32) -> u32 {
    match (left > MOST, right > MOST) {
        (true, _) => left,
        (_, true) => right,
        _ => left.saturating_add(right).min(MOST),
    }
}

/// Makes room at the end.
fn push<T: Copy>(all: &mut [T; SLOTS], newest: T) {
    all.copy_within(1.., 0);
    let [.., last] = all;
    *last = newest;
}
