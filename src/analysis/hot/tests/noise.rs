//! Even traffic, in all kinds of batches, is never hot; this counts, of many topics over an hour and a half.

use fastrand::Rng;

use super::world::snapshot;
use super::*;

/// Topics of one kind of even traffic, and what is found hot of them.
struct Kind {
    partition_count: i32,
    rate: f64,
    batch: f64,
}

const KINDS: [Kind; 8] = [
    Kind { partition_count: 2, rate: 20.0, batch: 20.0 },
    Kind { partition_count: 3, rate: 5.0, batch: 1.0 },
    Kind { partition_count: 5, rate: 50.0, batch: 1.0 },
    Kind { partition_count: 12, rate: 2.0, batch: 20.0 },
    Kind { partition_count: 12, rate: 0.2, batch: 1.0 },
    Kind { partition_count: 24, rate: 50.0, batch: 50.0 },
    Kind { partition_count: 60, rate: 50.0, batch: 1.0 },
    Kind { partition_count: 60, rate: 500.0, batch: 200.0 },
];

#[test]
fn even_traffic_is_never_hot() {
    for kind in KINDS {
        // So that each kind costs about the same.
        let topic_count = (240 / kind.partition_count).max(4);
        for seed in 0..topic_count {
            let traffic = Traffic::even(kind.partition_count, kind.rate, kind.batch);
            let mut world = World::new(u64::from(seed.unsigned_abs()), traffic);
            stays_cold(&mut world, 360);
        }
    }
}

#[test]
fn many_topics_take_turns() {
    let mut random = Rng::with_seed(1);
    let names: Vec<String> = (0..100).map(|number| format!("topic-{number}")).collect();
    let mut ends = vec![vec![Some(0); 4]; names.len()];
    let mut heat = Hot::default();
    let mut closed = Vec::new();
    for poll in 0..60_u64 {
        for end in ends.iter_mut().flatten() {
            *end = end.map(|end: i64| end + 100 + i64::from(random.u8(..)));
        }
        let topics = names.iter().zip(&ends).map(|(name, ends)| (name.as_str(), 1, ends.clone())).collect();
        heat.observe(&snapshot(poll * POLL, 3, topics), &HotThresholds::default());
        let now = crate::model::Moment::from_origin(Duration::from_secs(poll * POLL));
        closed.push(heat.topics.iter().filter(|topic| topic.is_begun_at(now)).count());
    }
    let (least, most) =
        closed.iter().skip(2).fold((100, 0), |(least, most), count| (least.min(*count), most.max(*count)));
    assert!(least >= 20 && most <= 80, "{closed:?}");
}

#[test]
fn batches_that_look_alike_for_some_minutes_are_judged_by_those_of_hours() {
    let mut world = World::new(5, Traffic::even(2, 2.0, 20.0));
    stays_cold(&mut world, 480);
    // From now on four of five go to one of them, without any batches: as chance would have it of eight batches a while, but not of
    // fifty.
    let mut found = None;
    world.traffic.rate = 0.0;
    for poll in 0..240_u64 {
        for (end, records) in world.ends.iter_mut().zip([32, 8]) {
            *end = end.map(|end| end + records);
        }
        world.poll(POLL);
        if found.is_none() && hot(world.skew()) == [0] {
            found = Some((poll + 1) * POLL);
        }
    }
    assert!(found.is_some_and(|found| (900..=3000).contains(&found)), "{found:?}");
    // Of producers that never had batches five minutes tell it.
    let mut world = World::new(5, Traffic::even(2, 2.0, 1.0));
    world.run(POLL, 480);
    world.traffic = Traffic { weights: vec![0.8, 0.2], rate: 2.67, batch: 1.0 };
    let after = found_after(&mut world, &[0]);
    assert!(after.is_some_and(|after| after <= 600), "{after:?}");
}
