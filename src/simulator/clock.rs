//! The time of a simulated cluster: real time, so many times faster, or standing still.
//!
//! Not where real time comes from; that is told.
//! Invariant: its time never goes backwards, whatever the speed is set to, and stands still while its world catches up.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::{Clock, Moment, Timestamp};

use super::world::Millis;

/// The fastest a clock goes: more than a day in a second of real time.
pub const SPEED_MAX: f64 = 100_000.0;

/// A clock that a world and an exporter share.
pub struct WorldClock {
    base: Arc<dyn Clock>,
    /// The world's time when the clock was made, since the Unix epoch.
    start: Duration,
    stretch: Mutex<Stretch>,
}

/// Since when the clock goes at its present speed.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    since: Moment,
    /// World time that had passed by then.
    passed: Duration,
    speed: f64,
    /// Since when it stands still for its world, if it does.
    held_since: Option<Moment>,
    /// When the speed was set, and for how long it stood still since.
    set: Moment,
    held: Duration,
}

impl WorldClock {
    /// A clock that starts at the base clock's time and goes so many times faster; 0 stands still.
    #[must_use]
    pub fn new(base: Arc<dyn Clock>, speed: f64) -> Self {
        let start = Duration::try_from_secs_f64(base.timestamp().unix_seconds()).unwrap_or_default();
        let since = base.moment();
        let stretch = Stretch::new(since, Duration::ZERO, sane(speed));
        Self { base, start, stretch: Mutex::new(stretch) }
    }

    /// The world's time in milliseconds since the Unix epoch.
    #[must_use]
    pub fn now(&self) -> Millis {
        Millis::try_from((self.start + self.passed()).as_millis()).unwrap_or(Millis::MAX)
    }

    /// How many times faster than real time it goes.
    #[must_use]
    pub fn speed(&self) -> f64 {
        self.stretch.lock().unwrap_or_else(PoisonError::into_inner).speed
    }

    /// Goes at another speed from now on; 0 stands still.
    pub fn set_speed(&self, speed: f64) {
        let mut stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.base.moment();
        let held_since = stretch.held_since.map(|_| now);
        *stretch = Stretch { held_since, ..Stretch::new(now, stretch.at(now), sane(speed)) };
    }

    /// Jumps ahead.
    pub fn advance(&self, by: Duration) {
        let mut stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        stretch.passed = stretch.passed.saturating_add(by);
    }

    /// Real time.
    pub(super) fn real(&self) -> Moment {
        self.base.moment()
    }

    /// Stands still until it is released.
    pub(super) fn hold(&self) {
        let mut stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.base.moment();
        if stretch.held_since.is_none() {
            *stretch = Stretch { since: now, passed: stretch.at(now), held_since: Some(now), ..*stretch };
        }
    }

    /// Goes on at its speed.
    pub(super) fn release(&self) {
        let mut stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.base.moment();
        if stretch.held_since.is_some() {
            *stretch = Stretch { since: now, held_since: None, held: stretch.held_until(now), ..*stretch };
        }
    }

    /// Whether it stands still until it is released.
    pub(super) fn is_held(&self) -> bool {
        self.stretch.lock().unwrap_or_else(PoisonError::into_inner).held_since.is_some()
    }

    /// For how long it stood still for its world since its speed was set, in real time.
    pub(super) fn held(&self) -> Duration {
        let stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        stretch.held_until(self.base.moment())
    }

    /// Whether that is more than a hiccup: a second, and a tenth of the time.
    pub(super) fn is_often_held(&self) -> bool {
        let stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        let now = self.base.moment();
        let held = stretch.held_until(now);
        held >= Duration::from_secs(1) && held >= now.since(stretch.set) / 10
    }

    fn passed(&self) -> Duration {
        // The lock is held while the base is read, so that two readers cannot see time go backwards.
        let stretch = self.stretch.lock().unwrap_or_else(PoisonError::into_inner);
        stretch.at(self.base.moment())
    }
}

impl Stretch {
    fn new(now: Moment, passed: Duration, speed: f64) -> Self {
        Self { since: now, passed, speed, held_since: None, set: now, held: Duration::ZERO }
    }

    fn held_until(&self, now: Moment) -> Duration {
        self.held + self.held_since.map_or(Duration::ZERO, |since| now.since(since))
    }

    fn at(&self, now: Moment) -> Duration {
        if self.held_since.is_some() {
            return self.passed;
        }
        let more = now.since(self.since).as_secs_f64() * self.speed;
        self.passed.saturating_add(Duration::try_from_secs_f64(more).unwrap_or(Duration::ZERO))
    }
}

impl Clock for WorldClock {
    fn moment(&self) -> Moment {
        Moment::from_origin(self.passed())
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix(self.start + self.passed())
    }
}

fn sane(speed: f64) -> f64 {
    if speed.is_finite() { speed.clamp(0.0, SPEED_MAX) } else { 1.0 }
}
