//! One partition watched over days: what is said of its age beside what is true.
//!
//! Not of groups; commits are only offsets here.
//! Invariant: the world knows when each record was appended, so no expectation is computed from what was observed.

mod any;
mod cases;
mod cold;
mod many;
mod memory;
mod remote;
mod world;

use super::*;
use world::{Log, World};

/// Milliseconds.
const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
