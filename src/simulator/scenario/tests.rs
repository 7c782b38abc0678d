//! What the stories tell is what happens, and mistakes in files are told well.
//!
//! Not the world's own rules, which are tested where they are made.
//! Invariant: time passes only as the tests say.

mod clusters;
mod consumers;
mod files;
mod messages;
mod page;
mod storms;
mod told;

use std::collections::BTreeSet;

use super::*;
use crate::simulator::world::World;

#[test]
fn every_built_in_scenario_can_be_read() {
    for (name, text) in BUILT_IN {
        let scenario = parse(text, name).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(scenario.name, name);
        assert!(!scenario.story.is_empty() && !scenario.look_at.is_empty(), "{name}");
        assert!(text.starts_with("# "), "{name} begins with a comment that tells the story");
        assert_eq!(find(name), Ok(scenario));
    }
    assert_eq!(all().len(), BUILT_IN.len());
}

#[test]
fn all_stories_fit_side_by_side() {
    let told = told::Told::together(&all());
    assert!(told.world.groups().count() <= 40, "{} groups", told.world.groups().count());
    assert!(told.world.topics().count() <= 60, "{} topics", told.world.topics().count());
    assert_eq!(told.world.brokers().count(), 5);
    for topic in told.world.topics() {
        let hosts: BTreeSet<i32> = topic.partitions.iter().flat_map(|partition| partition.replicas.clone()).collect();
        assert!(topic.name.starts_with("support-") || !hosts.contains(&4), "{} is on broker 4", topic.name);
        assert!(topic.name.starts_with("fleet-") || !hosts.contains(&5), "{} is on broker 5", topic.name);
    }
}

#[test]
fn a_story_is_the_same_beside_others() {
    let mut together = told::Told::together(&all());
    together.until(45 * 60);
    for scenario in all() {
        let mut alone = told::Told::together(std::slice::from_ref(&scenario));
        alone.until(45 * 60);
        for group in &scenario.groups {
            assert_eq!(alone.group(&group.name).state, together.group(&group.name).state, "{}", group.name);
            for topic in &group.topics {
                let lags = |told: &told::Told| told.lags(&group.name, topic);
                assert_eq!(lags(&alone), lags(&together), "{} on {topic}", group.name);
            }
        }
    }
}

#[test]
fn names_that_are_there_twice_say_where() {
    let (one, mut other) = (find("hot-partition").expect("it is built in"), find("healthy").expect("it is built in"));
    other.topics[0].name = "game-events".to_owned();
    let error = World::new(&crate::simulator::ClusterSettings::default(), &[one, other], 0).expect_err("it is twice");
    assert_eq!(error.to_string(), "the topic `game-events` is there twice: in `hot-partition` and in `healthy`");
}

#[test]
fn looking_more_often_changes_nothing() {
    let (mut once, mut often) = (told::Told::together(&all()), told::Told::together(&all()));
    once.until(90 * 60);
    often.look(7, 90 * 60, |_| ());
    once.until(90 * 60 + 7);
    often.until(90 * 60 + 7);
    for group in once.world.groups() {
        let name = &group.spec.name;
        assert_eq!(once.members(name), often.members(name), "{name}");
        assert_eq!(group.generation, often.group(name).generation, "{name}");
        for topic in &group.spec.topics {
            assert_eq!(once.lags(name, topic), often.lags(name, topic), "{name} on {topic}");
        }
    }
}
