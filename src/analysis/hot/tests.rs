//! Hot partitions of made traffic: what is found, when, and what must not be.

mod any;
mod noise;
mod world;

use std::time::Duration;

use super::*;
use crate::model::{HotThresholds, PartitionId, Severity, Skew, Unknown};
use world::{Traffic, World};

const POLL: u64 = 15;

/// The numbers of the partitions that are hot.
fn hot(skew: Option<&Skew>) -> Vec<i32> {
    skew.map_or_else(Vec::new, |skew| skew.hot.iter().map(|hot| hot.partition.0).collect())
}

/// The first second at which exactly these are hot, of an hour.
fn found_after(world: &mut World, expected: &[i32]) -> Option<u64> {
    let begun = world.second;
    (0..240).find_map(|_| {
        world.poll(POLL);
        (hot(world.skew()) == expected).then(|| world.second - begun)
    })
}

/// Nothing is hot in so many polls.
#[track_caller]
fn stays_cold(world: &mut World, polls: usize) {
    for _ in 0..polls {
        world.poll(POLL);
        assert_eq!(hot(world.skew()), [0; 0], "at {} s: {:?}", world.second, world.skew());
        assert_eq!(world.skew().and_then(|skew| skew.concentrated), None, "at {} s", world.second);
    }
}

#[test]
fn a_partition_five_times_as_hot_is_found_within_ten_minutes() {
    for count in [2, 3, 4, 5, 6, 12, 60, 200] {
        let mut world = World::new(7, Traffic::one_hot(count, 5.5, 60.0, 1.0));
        let after = found_after(&mut world, &[1]);
        assert!(after.is_some_and(|after| after <= 600), "{count} partitions: {after:?}");
        world.run(POLL, 20);
        let skew = world.skew().expect("enough is written").clone();
        let [found] = &*skew.hot else { panic!("{count} partitions: {skew:?}") };
        assert!((f64::from(found.ratio) - 5.5).abs() < 1.5, "{count} partitions: {found:?}");
        let fair = 5.5 / (5.5 + f64::from(count) - 1.0);
        assert!((f64::from(found.share) - fair).abs() < 0.05, "{count} partitions: {found:?}");
        assert!((skew.ratio - fair * f64::from(count)).abs() < 1.5, "{count} partitions: {skew:?}");
    }
}

#[test]
fn a_partition_that_becomes_hot_is_found_within_ten_minutes() {
    let mut world = World::new(3, Traffic::even(12, 60.0, 5.0));
    stays_cold(&mut world, 120);
    world.traffic = Traffic::one_hot(12, 5.0, 60.0, 5.0);
    let after = found_after(&mut world, &[1]);
    assert!(after.is_some_and(|after| (120..=600).contains(&after)), "{after:?}");
}

#[test]
fn one_partition_is_never_hot() {
    let mut world = World::new(1, Traffic::even(1, 500.0, 1.0));
    stays_cold(&mut world, 240);
    assert_eq!(world.skew(), None);
}

#[test]
fn three_times_is_a_warning_and_more_than_five_critical() {
    for (weight, severity) in [(3.7, Severity::Warning), (7.0, Severity::Critical)] {
        let mut world = World::new(2, Traffic::one_hot(12, weight, 500.0, 1.0));
        found_after(&mut world, &[1]).expect("it is hot");
        world.run(POLL, 20);
        assert_eq!(world.skew().map(|skew| skew.hot[0].severity), Some(severity), "{weight}");
    }
    let mut world = World::new(2, Traffic::one_hot(12, 2.2, 500.0, 1.0));
    stays_cold(&mut world, 240);
}

#[test]
fn nothing_is_told_of_a_topic_that_only_groups_speak_of() {
    let mut world = World::new(3, Traffic::one_hot(6, 8.0, 100.0, 1.0));
    found_after(&mut world, &[1]).expect("it is hot");
    world.is_spoken_of = true;
    world.poll(POLL);
    assert_eq!(world.skew(), None, "from the first poll on");
}

#[test]
fn two_hot_of_six_do_not_hide_each_other() {
    let mut traffic = Traffic::even(6, 180.0, 1.0);
    traffic.weights[1] = 7.0;
    traffic.weights[4] = 7.0;
    let after = found_after(&mut World::new(5, traffic), &[1, 4]);
    assert!(after.is_some_and(|after| after <= 600), "{after:?}");
}

#[test]
fn a_hot_partition_that_moves_is_followed_in_fifteen_minutes() {
    let mut world = World::new(11, Traffic::one_hot(8, 8.0, 150.0, 1.0));
    for place in [2, 5, 2] {
        world.traffic = Traffic::even(8, 150.0, 1.0);
        world.traffic.weights[place] = 8.0;
        let expected = [i32::try_from(place).expect("it is small")];
        // Its predecessor has to cool down meanwhile.
        let after = found_after(&mut world, &expected);
        assert!(after.is_some_and(|after| after <= 900), "{place}: {after:?}, {:?}", world.skew());
        world.run(POLL, (1800 - after.unwrap_or(0)) as usize / 15);
        assert_eq!(hot(world.skew()), expected);
    }
}

#[test]
fn what_was_hot_is_not_for_long_when_its_topic_falls_silent() {
    // One record per second is the least that is judged.
    for (rest, only) in [(0.0, false), (0.0, true), (0.3, false)] {
        let mut world = World::new(71, Traffic::one_hot(6, 8.0, 60.0, 1.0));
        if only {
            world.traffic.weights = vec![0.0, 1.0, 0.0, 0.0, 0.0, 0.0];
        }
        world.run(POLL, 240);
        assert_eq!(hot(world.skew()).is_empty(), only);
        assert_eq!(world.skew().and_then(|skew| skew.concentrated).is_some(), only);
        (world.traffic.rate, world.traffic.batch) = (rest, 1.0);
        world.run(POLL, 60);
        stays_cold(&mut world, 100);
        assert_eq!(world.skew(), None, "neither window has enough");
    }
}

#[test]
fn batches_that_hide_it_for_five_minutes_do_not_for_an_hour() {
    let mut world = World::new(13, Traffic::one_hot(24, 7.0, 50.0, 50.0));
    let after = found_after(&mut world, &[1]);
    assert!(after.is_some_and(|after| after <= 3600), "{after:?}");
}

#[test]
fn a_topic_of_rare_batches_has_its_skew_all_the_time() {
    // Some windows of five minutes have none.
    let mut world = World::new(67, Traffic::even(6, 4.0, 200.0));
    world.run(POLL, 160);
    for _ in 0..240 {
        world.poll(POLL);
        assert!(world.skew().is_some(), "at {} s", world.second);
    }
}

#[test]
fn a_ratio_around_the_threshold_does_not_flap() {
    let mut world = World::new(17, Traffic::one_hot(12, 3.0, 100.0, 1.0));
    world.run(POLL, 120);
    let (mut changes, mut was_hot) = (0, hot(world.skew()) == [1]);
    for poll in 0..4 * 240 {
        world.traffic.weights[1] = if poll / 20 % 2 == 0 { 2.8 } else { 3.2 };
        world.poll(POLL);
        let is_hot = hot(world.skew()) == [1];
        changes += usize::from(is_hot != was_hot);
        was_hot = is_hot;
    }
    assert!(changes <= 4, "{changes} changes in four hours");
}

#[test]
fn a_partition_that_was_added_is_judged_when_it_filled_a_window() {
    let mut world = World::new(19, Traffic::even(6, 60.0, 1.0));
    world.run(POLL, 60);
    world.traffic.weights.push(9.0);
    let added = world.second;
    let after = found_after(&mut world, &[6]).expect("it is hot for ever");
    assert!((300..=900).contains(&after), "{after} s after {added}");
    // The long window knows it later, and no other is called hot or cold meanwhile.
    world.run(POLL, 240);
    assert_eq!(hot(world.skew()), [6]);
}

#[test]
fn all_records_in_one_partition_are_concentrated_where_there_are_enough() {
    let only = |rate| {
        let mut traffic = Traffic::even(12, rate, 1.0);
        traffic.weights.iter_mut().skip(1).for_each(|weight| *weight = 0.0);
        traffic
    };
    let mut quiet = World::new(23, only(0.5));
    stays_cold(&mut quiet, 240);
    let mut busy = World::new(23, only(50.0));
    busy.run(POLL, 60);
    let skew = busy.skew().expect("enough is written");
    assert_eq!((skew.concentrated, hot(Some(skew))), (Some(PartitionId(0)), Vec::new()));
    assert!((skew.effective_partitions - 1.0).abs() < 1e-9 && (skew.ratio - 12.0).abs() < 1e-9, "{skew:?}");
}

#[test]
fn a_stray_record_elsewhere_changes_nothing_where_one_partition_gets_all() {
    let mut traffic = Traffic::even(12, 50.0, 1.0);
    traffic.weights.iter_mut().skip(1).for_each(|weight| *weight = 0.0);
    let mut world = World::new(23, traffic);
    world.run(POLL, 60);
    for poll in 0..240 {
        // Each window of five minutes has one for a while, and then none.
        if poll % 40 == 0 {
            world.ends[5] = world.ends[5].map(|end| end + 1);
        }
        world.poll(POLL);
        let skew = world.skew().expect("enough is written");
        assert_eq!((skew.concentrated, hot(Some(skew))), (Some(PartitionId(0)), Vec::new()), "at {} s", world.second);
    }
    // One in twenty elsewhere is another matter.
    world.traffic.weights[5] = 0.05;
    world.run(POLL, 240);
    let skew = world.skew().expect("enough is written");
    assert_eq!((skew.concentrated, hot(Some(skew))), (None, vec![0]));
}

#[test]
fn a_share_around_the_one_that_is_nearly_all_does_not_flap() {
    let mut traffic = Traffic::even(12, 100.0, 1.0);
    traffic.weights.iter_mut().skip(1).for_each(|weight| *weight = 0.0);
    let mut world = World::new(23, traffic);
    world.run(POLL, 60);
    for poll in 0..960 {
        world.traffic.weights[5] = if poll / 40 % 2 == 0 { 0.005 } else { 0.015 };
        world.poll(POLL);
        assert_eq!(world.skew().and_then(|skew| skew.concentrated), Some(PartitionId(0)), "at {} s", world.second);
    }
}

#[test]
fn an_end_that_goes_back_is_no_burst() {
    let mut world = World::new(29, Traffic::even(6, 60.0, 1.0));
    world.run(POLL, 60);
    for _ in 0..10 {
        // An unclean election each five minutes; another leader whose high watermark has to catch up.
        world.ends[2] = world.ends[2].map(|end| end - 100_000);
        world.ends[3] = world.ends[3].map(|end| end - 300);
        world.poll(POLL);
        world.ends[3] = world.ends[3].map(|end| end + 300);
        stays_cold(&mut world, 19);
    }
}

#[test]
fn ends_that_are_not_known_are_left_out() {
    let mut world = World::new(31, Traffic::one_hot(6, 6.0, 60.0, 1.0));
    found_after(&mut world, &[1]).expect("it is hot");
    world.unknown = Some(4);
    world.run(POLL, 60);
    assert_eq!(hot(world.skew()), [1], "the others are still compared");
    world.unknown = None;
    world.run(POLL, 60);
    assert_eq!(hot(world.skew()), [1]);
}

#[test]
fn of_a_topic_that_cannot_be_read_nothing_is_told_until_it_can() {
    let mut world = World::new(7, Traffic::one_hot(12, 10.0, 60.0, 1.0));
    world.run(POLL, 60);
    assert_eq!(hot(world.skew()), [1]);
    let ends = std::mem::replace(&mut world.ends, vec![None; 12]);
    world.run(POLL, 4);
    assert_eq!(world.skew(), None);
    world.ends = ends;
    world.run(POLL, 6);
    assert_eq!(hot(world.skew()), [1]);
}

#[test]
fn polls_that_come_late_change_nothing() {
    let mut even = World::new(37, Traffic::even(12, 100.0, 5.0));
    let mut one_hot = World::new(37, Traffic::one_hot(12, 6.0, 100.0, 1.0));
    for round in 0..400_u64 {
        let passed = [15, 15, 43, 15, 21, 30][(round % 6) as usize];
        even.poll(passed);
        one_hot.poll(passed);
        assert_eq!(hot(even.skew()), [0; 0]);
        if one_hot.second > 900 {
            assert_eq!(hot(one_hot.skew()), [1], "at {} s", one_hot.second);
        }
    }
    // An outage, in which a thousand times as much came as in any poll, is no burst of anybody.
    even.poll(40_000);
    one_hot.poll(40_000);
    for _ in 0..60 {
        even.poll(POLL);
        one_hot.poll(POLL);
        assert_eq!((hot(even.skew()), hot(one_hot.skew())), (Vec::new(), vec![1]));
    }
}

#[test]
fn polls_may_be_rare() {
    for poll in [1, 5, 60, 300] {
        let mut world = World::new(41, Traffic::one_hot(12, 6.0, 100.0, 1.0));
        let found = (0..7200 / poll).find(|_| {
            world.poll(poll);
            hot(world.skew()) == [1]
        });
        assert!(found.is_some(), "polls every {poll} s");
    }
}

#[test]
fn a_topic_of_the_same_name_is_another_one() {
    let mut world = World::new(43, Traffic::one_hot(6, 6.0, 60.0, 1.0));
    found_after(&mut world, &[1]).expect("it is hot");
    world.id += 1;
    world.traffic = Traffic::even(6, 60.0, 1.0);
    world.ends = vec![Some(0); 6];
    world.poll(POLL);
    assert_eq!(world.skew(), None);
    stays_cold(&mut world, 60);
}

#[test]
fn kafkas_own_topics_are_not_judged() {
    let mut world = World::new(47, Traffic::one_hot(50, 40.0, 100.0, 1.0));
    world.name = "__consumer_offsets";
    stays_cold(&mut world, 60);
    assert_eq!(world.skew(), None);
}

#[test]
fn brokers_are_compared_where_there_are_three_and_enough_is_written() {
    for (broker_count, rate, expected) in
        [(1, 300.0, None), (2, 300.0, None), (3, 300.0, Some(1.8)), (3, 50.0, None), (4, 300.0, Some(2.4))]
    {
        let mut world = World::new(53, Traffic::even(12, rate, 1.0));
        world.broker_count = broker_count;
        // Six tenths of all go to the partitions that the first broker leads.
        let (of_first, of_others) = (12 / broker_count, 12 - 12 / broker_count);
        for (place, weight) in world.traffic.weights.iter_mut().enumerate() {
            let is_first = place % broker_count == 0;
            *weight = if is_first { 0.6 / of_first as f64 } else { 0.4 / of_others as f64 };
        }
        world.run(POLL, 130);
        let told = world.heat.broker_skew();
        match (told, expected) {
            (Some(told), Some(expected)) => assert!((told - expected).abs() < 0.05, "{broker_count}: {told}"),
            (told, expected) => assert_eq!(told.is_some(), expected.is_some(), "{broker_count} at {rate}: {told:?}"),
        }
    }
}

#[test]
fn brokers_are_not_compared_while_a_partition_of_any_does_not_tell() {
    let mut world = World::new(53, Traffic::even(12, 300.0, 1.0));
    world.broker_count = 3;
    world.run(POLL, 130);
    assert!(world.heat.broker_skew().is_some_and(|skew| skew < 1.2), "{:?}", world.heat.broker_skew());
    // As nothing it would make the others look written more than the mean.
    world.unknown = Some(4);
    world.run(POLL, 20);
    assert_eq!(world.heat.broker_skew(), None);
    world.unknown = None;
    world.run(POLL, 60);
    assert_eq!(world.heat.broker_skew(), None, "it is still in the window");
    world.run(POLL, 90);
    assert!(world.heat.broker_skew().is_some_and(|skew| skew < 1.2), "{:?}", world.heat.broker_skew());
}

#[test]
fn what_left_the_cluster_is_forgotten() {
    let mut world = World::new(59, Traffic::even(12, 100.0, 1.0));
    world.run(POLL, 60);
    assert_eq!(world.heat.topics.len(), 1);
    world.is_gone = true;
    world.poll(POLL);
    assert!(world.heat.topics.is_empty());
}

#[test]
fn thresholds_are_those_of_the_configuration() {
    let thresholds = HotThresholds { ratio: 2.0, ratio_critical: 2.1, ..HotThresholds::default() };
    let mut world = World::new(61, Traffic::one_hot(12, 2.6, 500.0, 1.0));
    world.thresholds = thresholds;
    found_after(&mut world, &[1]).expect("it is hot by these");
    let mut world = World::new(61, Traffic::one_hot(12, 9.0, 500.0, 1.0));
    world.thresholds = HotThresholds { rate_min: 1000.0, ..HotThresholds::default() };
    stays_cold(&mut world, 240);
    assert_eq!(world.skew(), None);
}
