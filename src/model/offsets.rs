//! A commit and its lag, or why they are not known, in twenty bytes: half a million of them are kept.
//!
//! Not arithmetic; see `analysis`.
//! Invariant: what is put in comes out.

use super::problem::{Known, Unknown};

/// A committed offset and a lag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offsets {
    // Bytes, which may lie anywhere, so that nothing is lost between fields.
    committed: [u8; 8],
    lag: [u8; 8],
    without_committed: Option<Unknown>,
    without_lag: Option<Unknown>,
}

impl Offsets {
    /// What is known of both; the lag is in records.
    #[must_use]
    #[inline]
    pub fn new(committed: Known<i64>, lag: Known<u64>) -> Self {
        Self {
            committed: committed.unwrap_or(0).to_ne_bytes(),
            lag: lag.unwrap_or(0).to_ne_bytes(),
            without_committed: committed.err(),
            without_lag: lag.err(),
        }
    }

    /// Neither is known.
    #[must_use]
    pub const fn unknown(why: Unknown) -> Self {
        Self { committed: [0; 8], lag: [0; 8], without_committed: Some(why), without_lag: Some(why) }
    }

    /// The committed offset.
    #[inline]
    pub fn committed(&self) -> Known<i64> {
        self.without_committed.map_or(Ok(i64::from_ne_bytes(self.committed)), Err)
    }

    /// The lag in records.
    #[inline]
    pub fn lag(&self) -> Known<u64> {
        self.without_lag.map_or(Ok(u64::from_ne_bytes(self.lag)), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_comes_out() {
        let known = [(Ok(7), Ok(u64::MAX)), (Ok(i64::MAX), Err(Unknown::NoLeader)), (Err(Unknown::NotAsked), Ok(0))];
        for (committed, lag) in known {
            let offsets = Offsets::new(committed, lag);
            assert_eq!((offsets.committed(), offsets.lag()), (committed, lag));
        }
        assert_eq!(Offsets::unknown(Unknown::NoCommit), Offsets::new(Err(Unknown::NoCommit), Err(Unknown::NoCommit)));
        assert!(size_of::<Offsets>() <= 20, "{} bytes", size_of::<Offsets>());
    }
}
