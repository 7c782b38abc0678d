//! The machine's clocks.
//!
//! The only place in the product that reads them.
//! Invariant: moments never go backwards, whatever happens to the wall clock.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::model::{Clock, Moment, Timestamp};

/// Real time.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl Default for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where moments come from")]
    fn default() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn moment(&self) -> Moment {
        Moment::from_origin(self.origin.elapsed())
    }

    #[expect(clippy::disallowed_methods, reason = "this is where timestamps come from")]
    fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }
}
