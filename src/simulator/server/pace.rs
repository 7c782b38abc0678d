//! How far a world is lived when somebody asks: to its clock's time, or in pieces where that takes too long.
//!
//! Not what happens in it.
//! Invariant: nobody waits for longer than a piece, and a world that costs more time than it is given goes as fast as it
//! can be lived: its clock stands still until it has caught up.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::model::Moment;
use crate::simulator::clock::WorldClock;
use crate::simulator::world::World;

/// Moments that a piece has at least: on a busy machine a thread may get no turn for longer than a piece takes, which is
/// no fault of the world.
const MOMENTS_MIN: u32 = 100;

/// How a world keeps up with its clock.
pub(super) struct Pace {
    /// Real time that is spent on living before somebody else's turn comes; as much as it takes when `None`.
    piece_max: Option<Duration>,
    rest: Mutex<Rest>,
}

/// What is left to others between two pieces.
#[derive(Default)]
struct Rest {
    until: Moment,
    /// Whether somebody was told that the world is too slow.
    is_told: bool,
}

impl Pace {
    pub(super) fn new(piece_max: Option<Duration>) -> Self {
        Self { piece_max, rest: Mutex::default() }
    }

    /// Lives until the clock's time, or a piece of the way.
    pub(super) fn live(&self, world: &mut World, clock: &WorldClock) {
        let Some(piece_max) = self.piece_max else { return world.advance(clock.now()) };
        let begun = clock.real();
        if begun < self.rest().until {
            return;
        }
        let mut moments = 0;
        let may_go_on = || {
            moments += 1;
            moments <= MOMENTS_MIN || clock.real().since(begun) < piece_max
        };
        if world.advance_while(clock.now(), may_go_on) {
            clock.release();
            return;
        }
        clock.hold();
        let mut rest = self.rest();
        // Others get as long a turn, else those who wait for the world would keep all threads from what else is to do.
        let now = clock.real();
        rest.until = Moment::from_origin(now.since_origin().saturating_add(now.since(begun)));
        if !rest.is_told && clock.is_often_held() {
            rest.is_told = true;
            tracing::warn!(
                speed = clock.speed(),
                "this world takes more time than its speed leaves: it goes as fast as it can be lived"
            );
        }
    }

    fn rest(&self) -> MutexGuard<'_, Rest> {
        self.rest.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::model::{Clock, Timestamp};
    use crate::simulator::{ClusterSettings, scenario};

    const PIECE: Duration = Duration::from_millis(20);

    /// A machine on which a millisecond goes by whenever somebody looks at the clock.
    #[derive(Default)]
    struct Slow(AtomicU64);

    impl Clock for Slow {
        fn moment(&self) -> Moment {
            Moment::from_origin(Duration::from_millis(self.0.fetch_add(1, Ordering::Relaxed)))
        }

        fn timestamp(&self) -> Timestamp {
            Timestamp::from_unix(Duration::from_hours(490_000))
        }
    }

    fn healthy(clock: &WorldClock) -> World {
        let stories = [scenario::find("healthy").expect("it is built in")];
        World::new(&ClusterSettings::default(), &stories, clock.now()).expect("it makes sense")
    }

    #[test]
    fn a_world_that_takes_too_long_is_lived_in_pieces_while_its_clock_stands_still() {
        let slow = Arc::new(Slow::default());
        let clock = WorldClock::new(Arc::<Slow>::clone(&slow), 0.0);
        let (mut world, mut at_once) = (healthy(&clock), healthy(&clock));
        let pace = Pace::new(Some(PIECE));
        clock.advance(Duration::from_mins(5));
        let until = clock.now();
        let (mut pieces, mut before) = (0, world.now());
        loop {
            let real = slow.0.load(Ordering::Relaxed);
            pace.live(&mut world, &clock);
            assert!(slow.0.load(Ordering::Relaxed) - real < 30, "whoever asks waits for a piece at most");
            if !clock.is_held() {
                break;
            }
            assert_eq!(clock.now(), until, "the clock waits for the world");
            // Whatever is asked for, it does not go before the world is there.
            clock.set_speed(1000.0);
            pieces += usize::from(world.now() > before);
            before = world.now();
        }
        assert!(pieces > 3, "{pieces} pieces");
        assert!(world.now() >= until && clock.now() > until, "it goes on");
        at_once.advance(world.now());
        assert!(format!("{world:?}") == format!("{at_once:?}"), "the same world as if it had been lived at once");
    }

    #[test]
    fn whoever_does_not_mind_gets_the_world_of_the_clocks_time() {
        let clock = WorldClock::new(Arc::new(Slow::default()), 0.0);
        let mut world = healthy(&clock);
        clock.advance(Duration::from_mins(5));
        Pace::new(None).live(&mut world, &clock);
        assert_eq!((world.now(), clock.is_held()), (clock.now(), false));
    }
}
