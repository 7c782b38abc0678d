//! Whatever happens, and whoever tells: counts do not fall, do not exceed the truth, and little is kept.

use std::time::Duration;

use proptest::prelude::*;

use super::super::log::{Clocks, Counted, Place, read};
use super::super::story::{CHURN_MAX, MEMBERS_MAX, REBALANCES_MAX, Story};
use super::coordinator::{Coordinator, Op};
use super::watched::{By, SECOND, Watched};
use crate::model::{FollowedGroup, Heard, HeardMember, Moment, Said, Timestamp};

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0_u32..6).prop_map(Op::Join),
        4 => (0_u32..6).prop_map(Op::Leave),
        4 => Just(Op::Rejoin),
        1 => Just(Op::Move),
        1 => Just(Op::Grow),
    ]
}

/// What happens before a poll, as `(milliseconds, what)`, who tells at the poll, and how many records come late.
fn round() -> impl Strategy<Value = (Vec<(u64, Op)>, By, usize)> {
    let by = prop_oneof![Just(By::Poll), Just(By::Log), Just(By::Nothing)];
    (prop::collection::vec((0_u64..15_000, op()), 0..4), by, 0_usize..3)
}

fn by_epoch() -> impl Strategy<Value = By> {
    prop_oneof![Just(By::Epoch), Just(By::Nothing), Just(By::Poll)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_is_counted_twice_whoever_tells(
        rounds in prop::collection::vec(round(), 1..40),
        takes in (1_u64..9000, 1_u64..9000),
    ) {
        let mut group = Coordinator::new(3);
        group.takes = takes;
        let mut watched = Watched::new(group);
        let mut before = [0; 3];
        for (place, (mut ops, by, late)) in rounds.into_iter().enumerate() {
            let start = place as u64 * 15 * SECOND;
            ops.sort_by_key(|(at, _)| *at);
            for (at, op) in ops {
                watched.coordinator.act(start + at, op);
            }
            if let Some(told) = watched.poll(start + 15 * SECOND, by, late) {
                prop_assert!(told.counts.iter().zip(before).all(|(now, before)| *now >= before), "counts fell");
                before = told.counts;
                prop_assert!(told.total() <= watched.coordinator.truth, "{:?} of {}", told.counts, watched.coordinator.truth);
                prop_assert!(told.aborted.unwrap_or(0) <= watched.coordinator.aborted);
                prop_assert!((0.0..=1.0).contains(&told.unstable_ratio));
            }
        }
    }

    #[test]
    fn the_log_alone_counts_all(ops in prop::collection::vec((0_u64..600_000, op()), 0..60), takes in (1_u64..9000, 1_u64..9000)) {
        let mut group = Coordinator::new(3);
        group.takes = takes;
        let mut watched = Watched::new(group);
        // Long enough that what is under way is done.
        let told = watched.play(&ops, 660_000, 15 * SECOND, By::Log);
        prop_assert_eq!(told.total(), watched.coordinator.truth);
        prop_assert_eq!(told.aborted, Some(watched.coordinator.aborted));
    }

    #[test]
    fn epochs_never_count_more_than_there_were(rounds in prop::collection::vec((prop::collection::vec(op(), 0..4), by_epoch()), 1..40)) {
        let mut watched = Watched::new(Coordinator::new(3));
        for (place, (ops, by)) in rounds.into_iter().enumerate() {
            let start = place as u64 * 15 * SECOND;
            for (at, op) in ops.into_iter().enumerate() {
                watched.coordinator.act(start + at as u64 * 4 * SECOND, op);
            }
            if let Some(told) = watched.poll(start + 15 * SECOND, by, 0) {
                // Becoming empty raises the number too, and here it stands for a reason to rebalance.
                let raised = u64::try_from(watched.coordinator.generation - 7).expect("it grows");
                prop_assert!(told.total() <= raised);
            }
        }
    }
}

#[test]
fn a_rebalance_was_between_the_polls_whatever_the_clock_of_the_coordinator() {
    let second = |second| Timestamp::from_unix(Duration::from_secs(second));
    let last = |appended| {
        let heard = vec![Heard { appended, said: Said::Epoch(1) }];
        let group = FollowedGroup { id: "g".into(), heard, is_cut: false, has_gap: false, last_commit: None };
        let clocks = Clocks { earliest: Moment::default(), now: moment(15), now_at: second(1000) };
        let mut place = Place { counted: Some(Counted::epoch(0)), alone_since: None };
        read(&group, &mut place, &mut Story::of(None), clocks, false).last
    };
    assert_eq!(last(Some(second(990))), Some(second(990)));
    assert_eq!(last(Some(second(5000))), Some(second(1000)), "it is not in the future");
    assert_eq!(last(Some(second(5))), Some(second(985)));
    assert_eq!(last(None), Some(second(1000)));
}

fn moment(second: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(second))
}

#[test]
fn a_flood_of_members_is_bounded() {
    let mut story = Story::of(Some(Vec::new()));
    let member = |number: u32| Said::Member(HeardMember { member_id: number.to_string(), ..HeardMember::default() });
    let mut place = Place { counted: Some(Counted::epoch(0)), alone_since: None };
    let clocks = Clocks { earliest: Moment::default(), now: Moment::default(), now_at: Timestamp::default() };
    for round in 0..4 {
        let heard = (0..3000_u32)
            .flat_map(|number| [member(round * 3000 + number), Said::Epoch(i32::try_from(number).expect("small"))]);
        let heard = heard.map(|said| Heard { appended: None, said }).collect();
        let group = FollowedGroup { id: "g".into(), heard, is_cut: true, has_gap: false, last_commit: None };
        read(&group, &mut place, &mut story, clocks, false);
    }
    assert!(story.live.as_ref().is_some_and(|live| live.len() <= MEMBERS_MAX));
    assert!(story.churn.len() <= CHURN_MAX && story.rebalances.len() <= REBALANCES_MAX);
}
