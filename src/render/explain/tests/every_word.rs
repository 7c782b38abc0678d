//! Every status, rule, condition and reason, in every combination.
//!
//! Not whether they make sense together.
//! Invariant: whatever analysis says, a whole and plain sentence comes of it.

use super::super::{partitions, why};
use crate::model::{
    Because, Condition, GroupTopic, PartitionId, PartitionLag, ProblemKind, Resource, Status, TimeLag, TopicName,
    TopicTrend, Unknown,
};

const RULES: [Because; 13] = [
    Because::NotLearned,
    Because::Condition,
    Because::Lost { records: 1 },
    Because::OpenTransaction { hidden: 2000 },
    Because::CaughtUp,
    Because::OnlyMarkers,
    Because::CaughtUpLately { seconds_ago: 5.0 },
    Because::TooShort { watched: 1.0, wanted: f32::INFINITY },
    Because::NotMoved { seconds: 1e9, allowed: 120.0 },
    Because::NoOwner,
    Because::WentBack { offsets: 1 },
    Because::Trend { velocity: -0.5, z: f32::NAN },
    Because::NoTrend,
];

const CONDITIONS: [Condition; 6] = [
    Condition::Normal,
    Condition::NoCommit,
    Condition::BelowLogStart,
    Condition::Ahead,
    Condition::Recreated,
    Condition::Unknown,
];

const REASONS: [Unknown; 6] = [
    Unknown::NoLeader,
    Unknown::NotListed,
    Unknown::Failed(ProblemKind::Timeout),
    Unknown::NoCoordinator,
    Unknown::NoCommit,
    Unknown::NotAsked,
];

fn check(sentence: &str) {
    assert!(sentence.ends_with('.') && !sentence.ends_with(".."), "{sentence}");
    assert!(!sentence.contains("  ") && !sentence.contains(" .") && !sentence.contains(" ;"), "{sentence}");
    assert!(!sentence.contains('\n') && sentence.len() < 500, "{sentence}");
    assert_eq!(sentence.matches('`').count() % 2, 0, "{sentence}");
}

/// What is known of a partition, in every shape.
fn knowledge() -> Vec<PartitionLag> {
    let unknown = |why| PartitionLag::unknown(PartitionId(0), why);
    let mut all: Vec<PartitionLag> = REASONS.map(unknown).to_vec();
    for lag in [0, 1, 12_345] {
        for time_lag in [None, Some(TimeLag::ZERO)] {
            let known = PartitionLag { committed_offset: Ok(7), lag: Ok(lag), time_lag, ..unknown(Unknown::NotAsked) };
            all.push(known);
        }
    }
    all
}

#[test]
fn every_combination_makes_a_whole_sentence() {
    let topic = GroupTopic {
        topic: TopicName::from("orders"),
        range: 0..1,
        lag: None,
        committed_offset: None,
        unknown_partition_count: 0,
        time_lag: None,
        trend: TopicTrend::default(),
        slow: Box::default(),
    };
    for status in Status::ALL {
        for because in RULES {
            for condition in CONDITIONS {
                for lag in knowledge() {
                    for is_subscribed in [true, false] {
                        let one = PartitionLag { condition, status, because, is_subscribed, ..lag };
                        let other = PartitionLag { partition: PartitionId(1), ..one };
                        let mut sentences = Vec::new();
                        partitions::tell(&topic, &[one], None, &mut sentences);
                        partitions::tell(&topic, &[one, other], None, &mut sentences);
                        assert_eq!(sentences.len(), 2, "alike ones share a sentence: {sentences:?}");
                        for sentence in &sentences {
                            check(sentence);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn every_status_and_reason_is_told_apart() {
    for is_one in [true, false] {
        let mut words: Vec<&str> = Status::ALL.map(|status| why::verdict(status, is_one)).to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), Status::COUNT);
    }
    let mut reasons: Vec<String> = REASONS.map(why::unknown_because).to_vec();
    reasons.sort_unstable();
    reasons.dedup();
    assert_eq!(reasons.len(), REASONS.len());
}

/// Who reads a status in a sentence finds it in the metrics.
#[test]
fn the_word_of_a_status_is_in_its_phrase() {
    for status in Status::ALL {
        for is_one in [true, false] {
            let phrase = why::verdict(status, is_one);
            let word = status.word();
            assert!(phrase.contains(word) || phrase.contains(&word.replace('_', " ")), "{word}: {phrase}");
        }
    }
}

#[test]
fn missing_rights_are_named() {
    for (kind, resource) in [
        (ProblemKind::ClusterAuthorization, Resource::Cluster),
        (ProblemKind::TopicAuthorization, Resource::Topic),
        (ProblemKind::GroupAuthorization, Resource::Group),
    ] {
        let words = why::unknown_because(Unknown::Failed(kind));
        assert!(words.contains(&format!("DESCRIBE on the {} is missing", resource.word())), "{words}");
    }
}
