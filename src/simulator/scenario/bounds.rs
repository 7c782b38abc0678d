//! How large, long and fast things may be, so that no scenario fills the memory or computes with nonsense.
//!
//! Not whether names are known; `check` judges that.
//! Invariant: whatever passes here can be computed with in a world without overflow.

use std::time::Duration;

use crate::simulator::spec::Action;

use super::claim::{Claim, claims};
use super::error::Mistake;

/// The bounds.
pub mod limits {
    use std::time::Duration;

    /// Brokers of a cluster.
    pub const BROKERS: u16 = 1000;
    /// Topics of a cluster.
    pub const TOPICS: usize = 100_000;
    /// Partitions of a topic.
    pub const PARTITIONS: u32 = 10_000;
    /// Partitions of a cluster.
    pub const PARTITIONS_IN_ALL: u64 = 1_000_000;
    /// Groups of a cluster.
    pub const GROUPS: usize = 100_000;
    /// Members of a group.
    pub const MEMBERS: u32 = 1000;
    /// Members in a cluster.
    pub const MEMBERS_IN_ALL: u64 = 1_000_000;
    /// Partitions that groups read, each counted once for each group.
    pub const COMMITS_IN_ALL: u64 = 10_000_000;
    /// Events of a scenario.
    pub const EVENTS: usize = 10_000;
    /// Records per second.
    pub const RATE: f64 = 1e9;
    /// How many times as hot as others a partition may be.
    pub const HEAT: f64 = 1e6;
    /// Any time; ten years.
    pub const TIME: Duration = Duration::from_hours(10 * 365 * 24);
    /// From one time an event happens to the next.
    pub const EVERY_MIN: Duration = Duration::from_secs(1);
    /// From one commit of a group to the next: hundreds of partitions are lived through each time.
    pub const COMMIT_INTERVAL_MIN: Duration = Duration::from_millis(100);
    /// Bytes of a record.
    pub const RECORD_BYTES: u32 = 1 << 20;
    /// Letters of a name, as Kafka has it for topics.
    pub const NAME: usize = 249;
}

/// What is wrong with the numbers of an action, whatever world it happens in; nothing if they can be computed with.
#[must_use]
pub fn check_action(action: &Action) -> Vec<Mistake> {
    let (_, claims) = claims(action);
    claims.into_iter().flat_map(|(field, claim)| of_claim(field, claim)).collect()
}

/// What is wrong with the numbers of one field.
pub(super) fn of_claim(key: &str, claim: Claim<'_>) -> Vec<Mistake> {
    match claim {
        Claim::Rate(rate) => of_rate(key, rate).into_iter().collect(),
        Claim::Lasts(time) => of_time(key, time, Duration::ZERO).into_iter().collect(),
        Claim::Partitions(count) => of_count(key, count, limits::PARTITIONS).into_iter().collect(),
        Claim::Members(count) if count > limits::MEMBERS => {
            vec![Mistake::new(key, format!("expected at most {} members", limits::MEMBERS)).got(count)]
        }
        Claim::Hot(_, hot) => {
            hot.iter().filter_map(|(partition, factor)| of_heat(&format!("{key}.{partition}"), *factor)).collect()
        }
        _ => Vec::new(),
    }
}

pub(super) fn of_rate(key: &str, rate: f64) -> Option<Mistake> {
    let message = format!("expected records per second, from 0 to {}", limits::RATE);
    outside(rate, limits::RATE).then(|| Mistake::new(key, message).got(rate))
}

pub(super) fn of_heat(key: &str, factor: f64) -> Option<Mistake> {
    let message = format!("expected how many times the records of the others, from 0 to {}", limits::HEAT);
    outside(factor, limits::HEAT).then(|| Mistake::new(key, message).got(factor))
}

pub(super) fn of_wobble(key: &str, wobble: f64) -> Option<Mistake> {
    outside(wobble, 0.9).then(|| Mistake::new(key, "expected a part of the rate, from 0 to 0.9").got(wobble))
}

/// A count of at least 1.
pub(super) fn of_count(key: &str, count: u32, max: u32) -> Option<Mistake> {
    let is_within = (1..=max).contains(&count);
    (!is_within).then(|| Mistake::new(key, format!("expected a whole number from 1 to {max}")).got(count))
}

pub(super) fn of_time(key: &str, time: Duration, min: Duration) -> Option<Mistake> {
    let message = if time < min {
        format!("expected at least {}", humantime::format_duration(min))
    } else if time > limits::TIME {
        "expected at most ten years".to_owned()
    } else {
        return None;
    };
    Some(Mistake::new(key, message).got(humantime::format_duration(time)))
}

fn outside(value: f64, max: f64) -> bool {
    // What is not a number lies outside of everything.
    !(0.0..=max).contains(&value)
}
