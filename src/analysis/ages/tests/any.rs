//! Any traffic, any polls, any commits: the truth is never outside of what is said.
//!
//! Not how narrow that is; see `cold` and `memory`.
//! Invariant: timestamps are those of appending.

use proptest::prelude::*;

use super::world::seconds;
use super::*;
use crate::model::Quality;

/// Pauses before appends in milliseconds, and how many records are appended: bursts, trickles, silence.
fn appends() -> impl Strategy<Value = Vec<(i64, i64)>> {
    let pause = prop_oneof![4 => 0..SECOND, 4 => SECOND..5 * MINUTE, 1 => MINUTE..DAY];
    let count = prop_oneof![4 => 1_i64..5, 1 => 1_i64..100_000];
    prop::collection::vec((pause, count), 1..300)
}

/// Pauses before polls, and whether wishes are granted.
fn polls() -> impl Strategy<Value = Vec<(i64, bool)>> {
    let pause = prop_oneof![8 => Just(15 * SECOND), 2 => 1_i64..MINUTE, 1 => MINUTE..6 * HOUR];
    prop::collection::vec((pause, any::<bool>()), 1..120)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn the_truth_is_never_outside_of_the_bounds(
        appends in appends(),
        polls in polls(),
        began in 0.0..1.0_f64,
        commits in prop::collection::vec(0.0..1.0_f64, 120),
        deleted in prop::collection::vec(prop_oneof![20 => Just(0.0), 1 => 0.0..0.3_f64], 120),
    ) {
        let mut log = Log::default();
        let mut time = 0;
        for (pause, count) in appends {
            time += pause;
            log.append(time, count);
        }
        let mut world = World::new(log, share(time, began));
        // Before the second poll the default is assumed.
        let mut gaps = vec![15 * SECOND];
        for (((pause, grants), commit), deleted) in polls.into_iter().zip(commits).zip(deleted) {
            let now = world.now + pause;
            if world.now > world.began || gaps.len() > 1 { gaps.push(pause); }
            let end = world.log.end_at(now);
            world.start += share(end - world.start, deleted);
            world.committed = share(end, commit);
            world.grants = grants;
            let _ = world.poll(now);
            let committed = world.committed;
            for offset in [committed, world.start, end / 2, end - 1, end].into_iter().filter(|offset| *offset >= 0) {
                let (lag, truth) = (world.time_lag(offset), world.truth(offset));
                prop_assert!(lag.at_least() <= lag.seconds() && lag.seconds() <= lag.at_most(), "{:?}", lag);
                prop_assert!(lag.at_least() <= truth && truth <= lag.at_most(), "{} {}: {:?}", offset, truth, lag);
                let width = (lag.at_most() - lag.at_least()).min(seconds(1 << 40));
                // Nothing is known better than polls follow each other; how they do is told by the last eight, and one that
                // comes an eighth later than that makes nothing coarse.
                let pace = gaps.iter().rev().take(8).max().copied().unwrap_or(0);
                let is_narrow = width <= (0.1 * lag.seconds()).max(1.125 * seconds(pace)) + 0.1;
                prop_assert!(lag.quality != Quality::Bracketed || is_narrow, "{:?}", lag);
                prop_assert_eq!(lag.quality == Quality::Exact, offset >= end);
            }
            if let Some(retained) = world.partition().retained() {
                let truth = world.truth(world.start);
                prop_assert!(retained.at_least() <= truth && truth <= retained.at_most(), "{} {:?}", truth, retained);
            }
        }
    }
}

#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "any part will do")]
fn share(whole: i64, share: f64) -> i64 {
    (whole as f64 * share) as i64
}
