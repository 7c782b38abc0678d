//! How much one partition takes after a week, and how far apart its anchors lie.
//!
//! Not how much time that takes.
//! Invariant: polls every 15 seconds, thresholds as they are by default.

use proptest::prelude::*;

use super::super::anchors::Anchors;
use super::super::packed::Anchor;
use super::*;

const BYTES_MAX: usize = 1_600;
const POLL: Ticks = 15 * ticks::PER_SECOND;

fn rules() -> Rules {
    Rules::new(&Thresholds::default(), POLL, 1)
}

fn read(time: Ticks, offset: i64) -> Anchor {
    Anchor { time, offset, is_told: false }
}

/// A generator that is the same everywhere.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    *state >> 33
}

/// The greatest size in a week and a bit.
fn bytes_of(mut produced: impl FnMut(i64) -> i64) -> usize {
    let mut anchors = Anchors::new(0);
    let (mut end, mut most) = (0, 0);
    for poll in 0..7 * 5_760 + 3_000 {
        end += produced(poll);
        anchors.push(read(poll * POLL, end), &rules());
        most = most.max(anchors.bytes());
    }
    most + size_of::<PartitionAges>()
}

#[test]
fn a_week_takes_no_more_than_it_may() {
    let mut state = 1;
    let kinds: [(&str, &mut dyn FnMut(i64) -> i64); 9] = [
        ("steady", &mut |_| 100),
        ("fast", &mut |_| 20_000_000),
        ("every other poll", &mut |poll| poll % 2),
        ("in bursts", &mut |poll| if poll % 240 < 7 { 5_000 } else { 0 }),
        ("daily", &mut |poll| if poll % 5_760 < 300 { 1_000_000 } else { 0 }),
        ("now and then", &mut |_| i64::from(random(&mut state).is_multiple_of(20))),
        ("idle", &mut |_| 0),
        ("ever rarer", &mut |poll| i64::from((poll + 1).ilog2() > poll.max(1).ilog2())),
        ("after ever shorter pauses", &mut |poll| i64::from(is_geometric(40_320 - poll))),
    ];
    for (name, produced) in kinds {
        let bytes = bytes_of(produced);
        assert!(bytes <= BYTES_MAX, "{name}: {bytes} bytes");
    }
}

/// Whether this is the next whole number to a power of 1.1.
fn is_geometric(left: i64) -> bool {
    let mut at = 1;
    while at < left {
        at = (at + 1).max(at * 11 / 10);
    }
    at == left
}

#[test]
fn an_idle_partition_takes_next_to_nothing() {
    assert!(bytes_of(|_| 0) <= size_of::<PartitionAges>() + 16 * 9);
}

/// Neighbours between which something was produced, farther apart than the precision asks for at their age.
fn too_far_apart(anchors: &Anchors, rules: &Rules) -> Vec<(Ticks, Ticks)> {
    let all: Vec<Anchor> = anchors.latest_first().collect();
    let now = all[0].time;
    let pairs = all.windows(2).filter(|pair| pair[0].offset > pair[1].offset);
    let gaps = pairs.map(|pair| (now - pair[0].time, pair[0].time - pair[1].time));
    gaps.filter(|(age, gap)| *gap > rules.precision.limit(*age)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn anchors_lie_no_farther_apart_than_the_precision_allows(
        traffic in prop::collection::vec((1_u32..3_000, prop_oneof![Just(0_i64), 1_i64..5, 1_000_i64..1_000_000]), 1..40),
        polls in 200_i64..45_000,
    ) {
        let mut anchors = Anchors::new(3);
        let mut kinds = traffic.iter().cycle().flat_map(|(count, produced)| (0..*count).map(|_| *produced));
        let mut end = 0;
        for poll in 0..polls {
            end += kinds.next().unwrap_or(0);
            anchors.push(read(poll * POLL, end), &rules());
        }
        prop_assert_eq!(too_far_apart(&anchors, &rules()), []);
        prop_assert!(anchors.bytes() + size_of::<PartitionAges>() <= BYTES_MAX);
    }

    #[test]
    fn polls_that_are_missed_leave_gaps_where_they_were_and_nowhere_else(
        gaps in prop::collection::vec(prop_oneof![8 => Just(POLL), 1 => POLL..20 * POLL, 1 => POLL / 2..POLL], 100..3_000),
    ) {
        let mut anchors = Anchors::new(5);
        let (mut time, mut missed) = (0, Vec::new());
        for (end, gap) in (0..).zip(&gaps) {
            if *gap > POLL {
                missed.push((time, time + gap));
            }
            time += gap;
            anchors.push(read(time, end), &rules());
        }
        for (age, gap) in too_far_apart(&anchors, &rules()) {
            prop_assert!(missed.contains(&(time - age - gap, time - age)), "{age} {gap}");
        }
    }

    #[test]
    fn no_input_breaks_the_order_or_the_bound(
        inputs in prop::collection::vec((any::<bool>(), 0_i64..1 << 33, prop_oneof![0_i64..1_000, any::<u64>().prop_map(|offset| offset.cast_signed() & i64::MAX)]), 1..400),
    ) {
        let (mut anchors, rules) = (Anchors::new(0), rules());
        let mut now = 0;
        for (is_told, time, offset) in inputs {
            if is_told {
                anchors.insert(Anchor { time: now - time, offset, is_told }, &rules);
            } else {
                now += time >> 12;
                anchors.push(read(now, offset), &rules);
                prop_assert_eq!(anchors.last(), Some(read(now, offset)));
            }
            let all: Vec<_> = anchors.latest_first().map(|anchor| (anchor.time, anchor.offset)).collect();
            prop_assert!(all.is_sorted_by(|later, earlier| later.0 >= earlier.0 && later.1 >= earlier.1));
            prop_assert!(all.len() <= rules.most);
        }
    }
}
