//! What is remembered of a group on a partition while something is the matter.
//!
//! Not of one that is caught up: that has none.
//! Invariant: at most [`POINTS_MAX`] samples; what is older than the window tells nothing.

use crate::model::{Quality, TimeLag};

use super::compact::{Stamp, real, short};
use super::lag::distance;
use super::trend::{POINTS_MAX, Point, Points};

/// How far behind it was at one time, and where.
#[derive(Clone, Copy, Debug)]
struct Sample {
    at: Stamp,
    time_lag: f32,
    commit: i64,
}

/// Something happened, of this size.
#[derive(Clone, Copy, Debug)]
struct Event<T> {
    at: Stamp,
    size: T,
}

#[derive(Debug, Default)]
pub(super) struct Story {
    samples: Vec<Sample>,
    /// Whether the samples are estimates of no more than a kind: better ones would seem to be a trend.
    are_coarse: bool,
    lost: Option<Event<u64>>,
    truncated: Option<Stamp>,
    /// The offset from which the commit went back.
    went_back: Option<Event<i64>>,
}

impl Story {
    /// Takes a sample, where one is due.
    pub(super) fn sample(&mut self, now: Stamp, time_lag: &TimeLag, commit: i64, window: f64) {
        if time_lag.quality == Quality::LowerBound {
            // It grows whatever the consumer does.
            return;
        }
        let is_coarse = time_lag.quality == Quality::Coarse;
        if self.are_coarse && !is_coarse {
            self.samples.clear();
        }
        self.are_coarse = is_coarse && (self.are_coarse || self.samples.is_empty());
        let spacing = window / real(POINTS_MAX as u64);
        if self.samples.last().is_some_and(|last| now.since(last.at) < spacing) {
            return;
        }
        self.samples.retain(|sample| now.since(sample.at) <= window);
        if self.samples.len() >= POINTS_MAX {
            self.samples.remove(0);
        }
        self.samples.push(Sample { at: now, time_lag: short(time_lag.seconds()), commit });
    }

    /// Forgets how far behind it was.
    pub(super) fn forget_samples(&mut self) {
        self.samples = Vec::new();
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

    pub(super) fn truncated(&mut self, now: Stamp) {
        self.truncated = Some(now);
    }

    pub(super) fn is_truncated_within(&self, now: Stamp, window: f64) -> bool {
        self.truncated.is_some_and(|at| now.since(at) <= window)
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
    pub(super) fn is_over(&self, now: Stamp, window: f64) -> bool {
        self.samples.is_empty()
            && self.lost_within(now, window) == 0
            && !self.is_truncated_within(now, window)
            && self.went_back.is_none_or(|event| now.since(event.at) > window)
    }

    /// Lag in seconds over the window, up to the one of now: a trend that is seen twice in a row was not seen in the same
    /// numbers.
    pub(super) fn points(&self, now: Stamp, window: f64, time_lag: Option<f64>) -> Points {
        let mut points = Points::default();
        for sample in self.within(now, window) {
            points.push(Point { at: short(window - now.since(sample.at)), value: sample.time_lag });
        }
        let is_new = self.samples.last().is_some_and(|last| last.at < now);
        if let Some(time_lag) = time_lag.filter(|_| is_new) {
            points.push(Point { at: short(window), value: short(time_lag) });
        }
        points
    }

    /// Records read per second over the window; `None` where too short a time of it was seen.
    pub(super) fn consumed_per_second(&self, now: Stamp, window: f64) -> Option<f64> {
        let mut within = self.within(now, window);
        let (first, last) = (within.next()?, within.last()?);
        let span = last.at.since(first.at);
        (span >= window / 2.0 && span > 0.0).then(|| real(distance(first.commit, last.commit)) / span)
    }

    fn within(&self, now: Stamp, window: f64) -> impl Iterator<Item = &Sample> {
        self.samples.iter().filter(move |sample| now.since(sample.at) <= window)
    }
}
