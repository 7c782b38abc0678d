//! What is asked of the tables in this poll: how exact, how far back, how many anchors that takes.
//!
//! Not of one partition; all have the same.
//! Invariant: plain numbers, made once for each poll.

use std::time::Duration;

use crate::model::{Moment, Thresholds, TimeLagThresholds, TopicConfig};

use super::ticks::{self, Ticks};

/// How wide a bracket may be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Precision {
    /// The share of the age, in units of 2^-16.
    share: u32,
    /// Whatever the age, in ticks.
    pace: u32,
}

impl Precision {
    /// `pace` is the time from one poll to the next: nothing is known better than that.
    pub(super) fn new(thresholds: &TimeLagThresholds, pace: Ticks) -> Self {
        // As a duration it becomes a whole number without a cast.
        let share = Duration::try_from_secs_f64(thresholds.precision * 65_536.0).unwrap_or_default().as_secs();
        let share = u32::try_from(share).unwrap_or(u32::MAX).min(1 << 16);
        Self { share, pace: u32::try_from(pace).unwrap_or(u32::MAX) }
    }

    /// How wide a bracket may be at this age. Polls do not follow each other to the tick: one that came a little late makes
    /// nothing coarse.
    pub(super) fn limit(self, age: Ticks) -> Ticks {
        self.relative(age).max(Ticks::from(self.pace.saturating_add(self.pace / 8)))
    }

    /// The same for anchors that are thinned out. When polls are late now and then, the pace is that of most of them, so
    /// only anchors that lie much closer are merged for being closer.
    pub(super) fn thinning_limit(self, age: Ticks) -> Ticks {
        self.relative(age).max(Ticks::from(self.pace / 2))
    }

    fn relative(self, age: Ticks) -> Ticks {
        age.max(0).saturating_mul(Ticks::from(self.share)) >> 16
    }

    /// Allows more than is asked for, where there would be too many anchors.
    pub(super) fn relaxed(self) -> Self {
        let more = |value: u32| value.saturating_add(value / 8).saturating_add(1);
        Self { share: more(self.share), pace: more(self.pace) }
    }
}

/// What is asked of the tables in this poll.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rules {
    pub(super) precision: Precision,
    /// How far back anchors reach: what is as old as the horizon of the thresholds has one on either side.
    pub(super) horizon: Ticks,
    /// Anchors of a partition at most.
    pub(super) most: usize,
    /// The time from one poll to the next.
    pub(super) pace: Ticks,
    /// The time over which rates are told.
    pub(super) window: Ticks,
    /// The number of this poll.
    pub(super) poll: u32,
    /// Whether brokers may be asked about what is in remote storage.
    pub(super) asks_remote_storage: bool,
}

impl Rules {
    pub(super) fn new(thresholds: &Thresholds, pace: Ticks, poll: u32) -> Self {
        let window = ticks::lasting(thresholds.window);
        let thresholds = &thresholds.time_lag;
        let asks_remote_storage = thresholds.asks_remote_storage;
        let precision = Precision::new(thresholds, pace);
        let horizon = ticks::lasting(thresholds.horizon).min(HORIZON_MAX);
        // Something a little older has to be asked about, lest what is as old as the horizon has nothing on its other side.
        let horizon = horizon + precision.relative(horizon) * 5 / 4;
        Self { precision, horizon, most: most(thresholds, pace, horizon), pace, window, poll, asks_remote_storage }
    }

    /// The oldest time that a topic of this configuration is asked about, as an age; `None` where any is.
    pub(super) fn asked_back(&self, config: Option<&TopicConfig>) -> Option<Ticks> {
        let local = config?.local_for.filter(|_| !self.asks_remote_storage)?;
        // It is asked in the next poll, and by a clock that need not be the broker's.
        Some((ticks::lasting(local) - 2 * self.pace).max(0))
    }
}

/// Half a year: with twice of it a row of a table is full.
const HORIZON_MAX: Ticks = 182 * 24 * 3600 * ticks::PER_SECOND;

/// How many anchors a table may have: eight fifths of what evenly spread ones would take. Thinning by halves takes half as
/// many again, and works in bouts for which there has to be room.
fn most(thresholds: &TimeLagThresholds, pace: Ticks, horizon: Ticks) -> usize {
    const MOST: usize = 4096;
    // A horizon that was reached with rarer polls does not get fewer.
    const PACE: Duration = Duration::from_secs(15);
    let precision = thresholds.precision.clamp(0.001, 1.0);
    let pace = ticks::seconds(pace.clamp(ticks::PER_SECOND, ticks::lasting(PACE)));
    let (mut age, mut count) = (pace, 0);
    while age < ticks::seconds(horizon) && count < MOST {
        age += pace.max(precision * age);
        count += 1;
    }
    (count * 8 / 5).clamp(32, MOST)
}

/// How long it is from one poll to the next: the median of the last ones.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<Moment>,
    /// At most [`Self::GAPS`], the newest last.
    gaps: Vec<Ticks>,
}

impl Pace {
    const GAPS: usize = 8;
    /// Before the second poll: the default interval.
    const ASSUMED: Duration = Duration::from_secs(15);

    /// Notes a poll that began now.
    pub(super) fn observe(&mut self, now: Moment) {
        if let Some(last) = self.last.replace(now).filter(|last| *last < now) {
            if self.gaps.len() == Self::GAPS {
                self.gaps.remove(0);
            }
            self.gaps.push(ticks::lasting(now.since(last)));
        }
    }

    pub(super) fn ticks(&self) -> Ticks {
        let mut gaps = self.gaps.clone();
        gaps.sort_unstable();
        gaps.get(gaps.len() / 2).copied().unwrap_or_else(|| ticks::lasting(Self::ASSUMED)).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_that_comes_a_little_late_leaves_no_wider_a_bracket_than_is_asked_for() {
        let pace = ticks::lasting(Duration::from_secs(15));
        let precision = Precision::new(&Thresholds::default().time_lag, pace);
        let (late, missed) = (ticks::lasting(Duration::from_millis(15_500)), 2 * pace);
        assert!((late..missed).contains(&precision.limit(0)));
        let hour = ticks::lasting(Duration::from_hours(1));
        assert!(precision.limit(hour) <= hour / 10, "older ones are known as well as is asked for");
    }
}
