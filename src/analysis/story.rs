//! What is remembered of a group on a partition while something is the matter.
//!
//! Not of one that is caught up: that has none.
//! Invariant: at most [`POINTS_MAX`] samples; what is older than the window tells nothing.

use crate::model::{Quality, TimeLag};

use super::compact::{Stamp, real, short};
use super::lag::distance;
use super::samples::Samples;
use super::trend::{POINTS_MAX, Trend};

/// Something happened, of this size.
#[derive(Clone, Copy, Debug)]
struct Event<T> {
    at: Stamp,
    size: T,
}

#[derive(Debug, Default)]
pub(super) struct Story {
    samples: Samples,
    /// Whether the samples are estimates of no more than a kind: better ones would seem to be a trend.
    are_coarse: bool,
    lost: Option<Event<u64>>,
    /// The commit beyond what the log lost, if the group had not moved on already.
    truncated: Option<Event<Option<i64>>>,
    /// The offset from which the commit went back.
    went_back: Option<Event<i64>>,
}

impl Story {
    /// Takes a sample, where one is due.
    pub(super) fn sample(&mut self, now: Stamp, time_lag: &TimeLag, commit: i64, window: f64) {
        self.samples.forget_older(now, window);
        if time_lag.quality == Quality::LowerBound {
            // It grows whatever the consumer does.
            return;
        }
        let is_coarse = time_lag.quality == Quality::Coarse;
        if self.are_coarse && !is_coarse {
            self.forget_samples();
        }
        self.are_coarse = is_coarse && (self.are_coarse || self.samples.is_empty());
        let spacing = window / real(POINTS_MAX as u64);
        if self.samples.last().is_none_or(|last| now.since(last) >= spacing) {
            self.samples.push(now, short(time_lag.seconds()), commit);
        }
    }

    /// Forgets how far behind it was.
    pub(super) fn forget_samples(&mut self) {
        if !self.samples.is_empty() {
            self.samples = Samples::default();
        }
        self.are_coarse = false;
    }

    pub(super) fn lost(&mut self, now: Stamp, records: u64, window: f64) {
        let before = self.lost_within(now, window);
        self.lost = Some(Event { at: now, size: before.saturating_add(records) });
    }

    /// Records lost in a row of losses of which the last is within the window.
    pub(super) fn lost_within(&self, now: Stamp, window: f64) -> u64 {
        self.lost.filter(|lost| now.since(lost.at) <= window).map_or(0, |lost| lost.size)
    }

    pub(super) fn truncated(&mut self, now: Stamp, commit: Option<i64>) {
        self.truncated = Some(Event { at: now, size: commit });
    }

    /// Whether the log lost within the window what had been read, or the group still stands where it did then.
    pub(super) fn is_truncated_within(&self, now: Stamp, commit: i64, window: f64) -> bool {
        self.truncated.is_some_and(|event| now.since(event.at) <= window || event.size == Some(commit))
    }

    /// Takes a commit that was at `before`.
    pub(super) fn moved(&mut self, now: Stamp, before: i64, commit: i64) {
        let highest = self.went_back.map_or(before, |event| event.size.max(before));
        if commit >= highest {
            self.went_back = None;
        } else if commit < before {
            self.went_back = Some(Event { at: now, size: highest });
        }
    }

    /// Offsets to where it was before it went back.
    pub(super) fn went_back_within(&self, now: Stamp, commit: i64, window: f64) -> Option<u64> {
        let event = self.went_back.filter(|event| now.since(event.at) <= window)?;
        Some(distance(commit, event.size)).filter(|offsets| *offsets > 0)
    }

    /// Whether there is nothing left to tell.
    pub(super) fn is_over(&self, now: Stamp, commit: i64, window: f64) -> bool {
        self.samples.is_empty()
            && self.lost_within(now, window) == 0
            && !self.is_truncated_within(now, commit, window)
            && self.went_back.is_none_or(|event| now.since(event.at) > window)
    }

    /// Where lag in seconds goes over the window, up to the one of now.
    pub(super) fn trend(&self, now: Stamp, time_lag: Option<f64>) -> Trend {
        self.samples.trend(now, time_lag.map(short))
    }

    /// Records read per second over the window; `None` where too short a time of it was seen.
    pub(super) fn consumed_per_second(&self, now: Stamp, window: f64) -> Option<f64> {
        let (seconds, records) = self.samples.consumed(now, window)?;
        (seconds >= window / 2.0 && seconds > 0.0).then(|| real(records) / seconds)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::analysis::trend::Point;
    use crate::model::Moment;

    const WINDOW: f64 = 600.0;

    fn at(seconds: u64) -> Stamp {
        Stamp::of(Moment::from_origin(Duration::from_secs(seconds)))
    }

    fn age(seconds: f64) -> TimeLag {
        TimeLag::new(seconds, (seconds, seconds), Quality::Bracketed)
    }

    proptest! {
        #[test]
        fn what_is_kept_of_the_samples_is_what_all_pairs_say(
            polls in proptest::collection::vec((1..400_u64, 1..1000_u32, 0..20_u8), 1..80),
        ) {
            let (mut story, mut seconds) = (Story::default(), 1000);
            for (passed, lag, kind) in polls {
                seconds += passed;
                match kind {
                    0 => story.forget_samples(),
                    1 => story.sample(at(seconds), &TimeLag::new(9.0, (9.0, 9.0), Quality::LowerBound), 0, WINDOW),
                    _ => story.sample(at(seconds), &age(f64::from(lag)), 0, WINDOW),
                }
                let samples = story.samples.all();
                prop_assert!(samples.len() <= POINTS_MAX);
                prop_assert!(samples.iter().all(|(taken, _)| kind == 0 || at(seconds).since(*taken) <= WINDOW));
                let mut points: Vec<Point> = samples
                    .iter()
                    .map(|(taken, time_lag)| Point { at: short(taken.since(at(1000))), value: *time_lag })
                    .collect();
                let of_samples = Trend::of(&points);
                let newest = short(real(seconds) - 1000.0);
                if points.last().is_some_and(|last| last.at < newest) {
                    points.push(Point { at: newest, value: 500.0 });
                }
                let (kept, counted) = (story.trend(at(seconds), Some(500.0)), Trend::of(&points));
                prop_assert_eq!((kept.count, kept.z), (counted.count, counted.z));
                prop_assert!((kept.span - counted.span).abs() < 0.01);
                // One that fell out of the window since the last sample still counts in the slope.
                if kept.slope.is_some() && kind > 1 && samples.last().is_some_and(|last| last.0 == at(seconds)) {
                    let slope = of_samples.slope.unwrap_or(f64::NAN);
                    prop_assert!(kept.slope.is_some_and(|kept| (kept - slope).abs() <= 1e-3 * slope.abs().max(0.01)));
                }
            }
        }
    }
}
