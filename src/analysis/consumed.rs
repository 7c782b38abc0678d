//! How fast a group reads a topic.
//!
//! Not lag: a group that is behind may read fast.
//! Invariant: a fixed number of points, two while nothing moves; an offset that goes back counts for nothing.

use super::compact::{Stamp, real};
use super::trend::POINTS_MAX;

/// How many records a group was seen to read.
#[derive(Debug, Default)]
pub(super) struct Consumed {
    total: u64,
    /// The total over time, the newest last; one point at or before the start of the window.
    points: Vec<(Stamp, u64)>,
}

impl Consumed {
    /// Notes that the commits moved forward by so many records since the last time.
    pub(super) fn observe(&mut self, now: Stamp, records: u64, window: f64) {
        self.total = self.total.saturating_add(records);
        let spacing = window / real(POINTS_MAX as u64);
        let newest = (now, self.total);
        match self.points.as_mut_slice() {
            // The newest stays at hand, also where it is too near the one before to be kept, and a time in which nothing moves
            // is told by its two ends.
            [.., before, last] if last.0.since(before.0) < spacing || (before.1 == last.1 && last.1 == newest.1) => {
                *last = newest;
            }
            _ => self.points.push(newest),
        }
        while self.points.get(1).is_some_and(|second| now.since(second.0) >= window) {
            self.points.remove(0);
        }
    }

    /// Records per second over the window; `None` before half of it was seen.
    pub(super) fn per_second(&self, window: f64) -> Option<f64> {
        let (first, last) = (self.points.first()?, self.points.last()?);
        let watched = last.0.since(first.0);
        let span = watched.min(window);
        if span < window / 2.0 || span <= 0.0 {
            return None;
        }
        let mut read = real(last.1.saturating_sub(first.1));
        if let Some(second) = self.points.get(1).filter(|_| watched > window) {
            // The window begins between the first two.
            let share = (watched - window) / second.0.since(first.0).max(f64::MIN_POSITIVE);
            read -= real(second.1.saturating_sub(first.1)) * share.min(1.0);
        }
        Some(read.max(0.0) / span)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::model::Moment;

    const WINDOW: f64 = 600.0;

    fn at(seconds: u64) -> Stamp {
        Stamp::of(Moment::from_origin(Duration::from_secs(seconds)))
    }

    #[test]
    fn a_steady_pace_is_told_after_half_of_the_window() {
        let mut consumed = Consumed::default();
        for poll in 0..200 {
            consumed.observe(at(poll * 15), if poll == 0 { 0 } else { 150 }, WINDOW);
            let rate = consumed.per_second(WINDOW);
            assert_eq!(rate.is_some(), poll >= 20, "poll {poll}");
            assert!(rate.is_none_or(|rate| (rate - 10.0).abs() < 0.01), "poll {poll}: {rate:?}");
            assert!(consumed.points.len() <= POINTS_MAX + 2);
        }
    }

    #[test]
    fn what_was_read_before_the_window_is_forgotten() {
        let mut consumed = Consumed::default();
        consumed.observe(at(0), 0, WINDOW);
        consumed.observe(at(15), 100_000, WINDOW);
        for poll in 2..200 {
            consumed.observe(at(poll * 15), 0, WINDOW);
        }
        assert_eq!(consumed.per_second(WINDOW), Some(0.0));
        assert!(consumed.points.len() <= 4, "{:?}", consumed.points);
        consumed.observe(at(3000), 600, WINDOW);
        let rate = consumed.per_second(WINDOW).expect("the window is full");
        assert!((rate - 1.0).abs() < 0.05, "{rate}");
    }
}
