//! Every status, rule, condition and reason, in every combination.
//!
//! Not whether they make sense together.
//! Invariant: whatever analysis says, a whole and plain sentence comes of it.

use std::time::Duration;

use super::super::{partitions, rebalances, why};
use crate::model::{
    AtFault, Because, Condition, GroupTopic, Offsets, PartitionId, PartitionLag, ProblemKind, RebalanceSource,
    Rebalances, Resource, Silence, Status, Storm, StormCause, StormRule, StormRules, TimeLag, Timestamp, TopicName,
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
            let known = PartitionLag { offsets: Offsets::new(Ok(7), Ok(lag)), time_lag, ..unknown(Unknown::NotAsked) };
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
        is_subscribed: true,
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

#[test]
fn every_storm_makes_whole_sentences() {
    let at = |seconds| Timestamp::from_unix(Duration::from_secs(seconds));
    let mut told = Vec::new();
    for source in RebalanceSource::ALL {
        for cause in StormCause::ALL {
            for rule in StormRule::ALL {
                let storm = Storm { cause, since: at(1000), rules: StormRules::default().with(rule, true) };
                let mut group = Rebalances { storm: Some(storm), is_rollout: true, ..Rebalances::none(source) };
                for count in [0, 1, 7] {
                    group.add(source, count);
                    group.aborted = Some(count.into());
                    group.gap_count = if count == 7 { 2 } else { 0 };
                    group.last = (count > 0).then(|| at(1100));
                    let mut sentences = Vec::new();
                    rebalances::tell(&group, None, at(1300), &mut sentences);
                    for sentence in &sentences {
                        check(sentence);
                    }
                    assert!(sentences[0].contains(&format!("`{}`", cause.word())), "{}", sentences[0]);
                    let is_bound = source == RebalanceSource::Poll || group.gap_count > 0;
                    assert_eq!(sentences[2].contains("at least"), count > 0 && is_bound);
                    told.push(sentences.join(" "));
                }
            }
        }
    }
    let all = told.len();
    told.sort_unstable();
    told.dedup();
    assert_eq!(told.len(), all, "each is told apart");
}

#[test]
fn who_is_at_fault_is_named_and_why_nothing_is_followed() {
    let at = |seconds| Timestamp::from_unix(Duration::from_secs(seconds));
    let rules = StormRules::default().with(StormRule::Flapping, true);
    let storm = Storm { cause: StormCause::MaxPollExceeded, since: at(1000), rules };
    let named = AtFault {
        member_id: "slow-1f2e".to_owned(),
        group_instance_id: None,
        client_id: "slow".to_owned(),
        client_host: "/10.0.0.3".to_owned(),
        others: 0,
    };
    let mut told = Vec::new();
    for (instance, others) in [(None, 0), (None, 1), (Some("slow-1".to_owned()), 5)] {
        let at_fault = Some(Box::new(AtFault { group_instance_id: instance, others, ..named.clone() }));
        let group = Rebalances { storm: Some(storm), at_fault, ..Rebalances::none(RebalanceSource::Offsets) };
        let mut sentences = Vec::new();
        rebalances::tell(&group, Some(Silence::Behind), at(1300), &mut sentences);
        assert_eq!(sentences.len(), 4, "who is followed is told of once: {sentences:?}");
        told.push(sentences[1].clone());
    }
    insta::assert_snapshot!(told.join("\n"), @r"
    It comes from client `slow` on `/10.0.0.3`, last seen as member `slow-1f2e`.
    It comes from client `slow` on `/10.0.0.3`, last seen as member `slow-1f2e`, and 1 other with it.
    It comes from the static member `slow-1` of client `slow` on `/10.0.0.3`, last seen as member `slow-1f2e`, and 5 others with it.
    ");
    let mut silences: Vec<String> = Vec::new();
    for silence in Silence::ALL {
        let mut sentences = Vec::new();
        rebalances::tell(&Rebalances::none(RebalanceSource::Poll), Some(silence), at(1300), &mut sentences);
        check(&sentences[1]);
        silences.push(sentences[1].clone());
    }
    silences.dedup();
    assert_eq!(silences.len(), Silence::ALL.len());
    assert!(silences[2].contains("READ on `__consumer_offsets` is missing"), "{silences:?}");
}

#[test]
fn a_storm_is_told_with_its_cause_and_what_to_do() {
    let at = |seconds| Timestamp::from_unix(Duration::from_secs(seconds));
    let rules = StormRules::default().with(StormRule::Flapping, true).with(StormRule::Unavailable, true);
    let storm = Storm { cause: StormCause::MaxPollExceeded, since: at(1000), rules };
    let mut group = Rebalances { storm: Some(storm), last: Some(at(1290)), ..Rebalances::none(RebalanceSource::Poll) };
    group.add(RebalanceSource::Poll, 12);
    let mut sentences = Vec::new();
    rebalances::tell(&group, None, at(1300), &mut sentences);
    insta::assert_snapshot!(sentences.join("\n"), @r"
    It is in a storm of rebalances, found 5 min ago, because one member comes again and again and it cannot work for much of the time; the cause is `max_poll_exceeded`: a member is thrown out each time after the same while, as it is when it processes for longer than `max.poll.interval.ms`.
    Lower `max.poll.records`, make processing faster, or raise `max.poll.interval.ms` above the slowest batch.
    There were at least 12 rebalances since it is watched, the last 10 s ago: polls tell of them, which miss those that leave no trace.
    ");
}
