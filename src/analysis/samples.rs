//! How far behind a group was on a partition, sample by sample, and where its lag in seconds goes by them.
//!
//! Not a judgement, and not when a sample is worth taking.
//! Invariant: at most [`POINTS_MAX`] samples in order of time; score and slope are those of all pairs of them.

use super::compact::{Stamp, short};
use super::lag::distance;
use super::trend::{self, POINTS_MAX, Point, Trend};

/// Side by side in one piece of memory: in every poll the lags are looked through, the rest only when a sample is taken.
#[derive(Debug, Default)]
pub(super) struct Samples {
    count: u8,
    /// Mann and Kendall's count of the samples: kept, since to count all pairs in every poll is what judging would cost most.
    score: i32,
    /// Theil and Sen's slope of the samples as of the last one; no number where there are too few.
    slope: f32,
    first: Option<Stamp>,
    last: Option<Stamp>,
    time_lags: [f32; POINTS_MAX],
    at: [Option<Stamp>; POINTS_MAX],
    commits: [i64; POINTS_MAX],
}

impl Samples {
    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// When the last one was taken.
    pub(super) fn last(&self) -> Option<Stamp> {
        self.last
    }

    pub(super) fn push(&mut self, now: Stamp, time_lag: f32, commit: i64) {
        if self.len() >= POINTS_MAX {
            self.forget_first();
        }
        self.score += trend::rises(self.lags(), time_lag);
        let place = self.len();
        let slots = (self.time_lags.get_mut(place), self.at.get_mut(place), self.commits.get_mut(place));
        let (Some(lag), Some(at), Some(offset)) = slots else { return };
        (*lag, *at, *offset) = (time_lag, Some(now), commit);
        self.count += 1;
        (self.first, self.last) = (self.first.or(Some(now)), Some(now));
        self.slope = self.slope_at(now);
    }

    /// Of the samples as seen from the last one.
    fn slope_at(&self, now: Stamp) -> f32 {
        let mut points = [Point::default(); POINTS_MAX];
        for (point, (at, value)) in points.iter_mut().zip(self.times().zip(self.lags())) {
            *point = Point { at: -short(now.since(at)), value };
        }
        points.get(..self.len()).and_then(trend::slope).unwrap_or(f32::NAN)
    }

    pub(super) fn forget_older(&mut self, now: Stamp, window: f64) {
        while self.first.is_some_and(|first| now.since(first) > window) {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        let Some(rest) = self.count.checked_sub(1) else { return };
        let forgotten = self.lags().next().unwrap_or_default();
        self.time_lags.copy_within(1.., 0);
        self.at.copy_within(1.., 0);
        self.commits.copy_within(1.., 0);
        self.count = rest;
        self.score += trend::rises(self.lags(), forgotten);
        let first = self.times().next();
        self.first = first;
        if self.first.is_none() {
            self.last = None;
        }
    }

    /// Where lag in seconds goes, up to the one of now: a trend that is seen twice in a row was not seen in the same numbers.
    /// Its slope is that of the samples.
    pub(super) fn trend(&self, now: Stamp, newest: Option<f32>) -> Trend {
        let (Some(first), Some(last)) = (self.first, self.last) else { return Trend::default() };
        let newest = newest.filter(|_| last < now);
        let count = self.len() + usize::from(newest.is_some());
        let score = self.score + newest.map_or(0, |newest| trend::rises(self.lags(), newest));
        let until = if newest.is_some() { now } else { last };
        let slope = Some(f64::from(self.slope)).filter(|slope| !slope.is_nan());
        Trend { count, span: until.since(first), z: trend::z(score, count), slope }
    }

    /// Seconds from the first sample within the window to the last one, and the records that were read meanwhile.
    pub(super) fn consumed(&self, now: Stamp, window: f64) -> Option<(f64, u64)> {
        let within = self.times().zip(self.commits).filter(|(at, _)| now.since(*at) <= window);
        let mut within = within.fuse();
        let (first, last) = (within.next()?, within.last()?);
        Some((last.0.since(first.0), distance(first.1, last.1)))
    }

    fn len(&self) -> usize {
        usize::from(self.count)
    }

    fn lags(&self) -> impl Iterator<Item = f32> {
        self.time_lags.iter().take(self.len()).copied()
    }

    fn times(&self) -> impl Iterator<Item = Stamp> {
        self.at.iter().take(self.len()).copied().flatten()
    }
}

#[cfg(test)]
impl Samples {
    /// Those that there are: when, and how far behind.
    pub(super) fn all(&self) -> Vec<(Stamp, f32)> {
        self.times().zip(self.lags()).collect()
    }
}
