//! How much of the server one client, or all together, may take.
//!
//! Not configuration: nobody needs other values but the tests.
//! Invariant: each default is written here once, with its reason.

use std::time::Duration;

/// The bounds of the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; one more waits to be accepted. A scraper needs one.
    pub connections: usize,
    /// From the opening of a connection, or the answer before, to the end of the next request's
    /// header. Not the interval at which anybody scrapes, so that a connection that is kept open is
    /// not closed just as the next request is on its way.
    pub header_read: Duration,
    /// From a request to its answer; what Prometheus would wait at most with usual settings.
    pub request: Duration,
    /// How long an answer may stand still because its reader takes nothing.
    pub write_stall: Duration,
    /// The most of a request's header that is kept in memory, in bytes.
    pub header_bytes: usize,
    /// Answers other than metrics in the making at a time; each may be large, and none is cached.
    pub makers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 512,
            header_read: Duration::from_secs(12),
            request: Duration::from_mins(1),
            write_stall: Duration::from_secs(30),
            header_bytes: 32 << 10,
            makers: 2,
        }
    }
}
