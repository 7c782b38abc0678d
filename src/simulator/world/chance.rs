//! What looks random and is not: numbers that follow from the seed and a name.
//!
//! Not a stream shared by everybody, so that one thing more in a world changes nothing else in it.
//! Invariant: the same seed and name give the same number.

use std::hash::{BuildHasher, Hasher};

/// A seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance(pub(super) u64);

impl Chance {
    /// Numbers for one purpose.
    pub(super) fn stream(self, purpose: &str) -> fastrand::Rng {
        fastrand::Rng::with_seed(self.number(purpose))
    }

    /// One number for one purpose.
    pub(super) fn number(self, purpose: &str) -> u64 {
        // SipHash with fixed keys: the same in every process of one build, which is all a seed promises.
        let mut hasher = std::hash::BuildHasherDefault::<std::hash::DefaultHasher>::default().build_hasher();
        hasher.write_u64(self.0);
        hasher.write(purpose.as_bytes());
        hasher.finish()
    }

    /// An id of 128 bits.
    pub(super) fn id(self, purpose: &str) -> u128 {
        let mut random = self.stream(purpose);
        random.u128(1..)
    }
}
