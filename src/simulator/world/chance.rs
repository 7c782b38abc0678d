//! What looks random and is not: numbers that follow from the seed and a name.
//!
//! Not a stream shared by everybody, so that one thing more in a world changes nothing else in it.
//! Invariant: the same seed and name give the same number, whatever time it is.

use std::hash::{BuildHasher, Hasher};

use super::Millis;

/// A seed, and since when a world counts its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance {
    pub(super) seed: u64,
    /// When the stories begin.
    pub(super) start: Millis,
}

impl Chance {
    /// Numbers for one purpose.
    pub(super) fn stream(self, purpose: &str) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.number(purpose))
    }

    /// One number for one purpose.
    pub(super) fn number(self, purpose: &str) -> u64 {
        // SipHash with fixed keys: the same in every process of one build, which is all a seed promises.
        let mut hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().build_hasher();
        hasher.write_u64(self.seed);
        hasher.write(purpose.as_bytes());
        hasher.finish()
    }

    /// A moment of each period, the same in every world of this seed, so long after its start.
    pub(super) fn phase(self, purpose: &str, period: Millis) -> Millis {
        self.start + self.stream(purpose).i64(0..period)
    }

    /// An id of 128 bits.
    pub(super) fn id(self, purpose: &str) -> u128 {
        let mut random = self.stream(purpose);
        random.u128(1..)
    }
}
