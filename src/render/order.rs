//! In which order people want to see groups and topics, and which of them they look for.
//!
//! Not how many of them are shown.
//! Invariant: two different things never have the same place, so a list in pieces neither repeats nor skips what keeps its place.

use crate::model::{GroupReport, Severity, TopicReport};

/// What comes first; smaller is earlier. Ties go by name.
pub(super) type Place = (u64, u64);

/// What groups can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupSort {
    /// Severity, then status, then lag in seconds.
    #[default]
    Worst,
    /// By id.
    Name,
    /// Most records first.
    Lag,
    /// Furthest behind in time first.
    Seconds,
    /// What loses records soonest first.
    Loss,
    /// Most members first.
    Members,
}

impl GroupSort {
    /// Every order.
    pub const ALL: [Self; 6] = [Self::Worst, Self::Name, Self::Lag, Self::Seconds, Self::Loss, Self::Members];

    /// The word in queries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Worst => "worst",
            Self::Name => "name",
            Self::Lag => "lag",
            Self::Seconds => "seconds",
            Self::Loss => "loss",
            Self::Members => "members",
        }
    }

    pub(super) fn place(self, group: &GroupReport) -> Place {
        let seconds = group.time_lag().map(|time_lag| time_lag.seconds());
        match self {
            Self::Worst => (
                u64::from(u8::MAX) * most_first(severity(group.severity)) + group.status as u64,
                longest_first(seconds),
            ),
            Self::Name => (0, 0),
            Self::Lag => (group.lag().map_or(u64::MAX, |lag| u64::MAX - 1 - lag.min(u64::MAX - 1)), 0),
            Self::Seconds => (longest_first(seconds), 0),
            Self::Loss => (soonest_first(loss_eta(group)), longest_first(seconds)),
            Self::Members => (group.member_count.map_or(u64::MAX, |count| u64::MAX - 1 - count as u64), 0),
        }
    }
}

/// What topics can be sorted by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TopicSort {
    /// By name.
    #[default]
    Name,
    /// Those with most hot partitions first, then the most uneven.
    Hot,
    /// Most records per second first.
    Rate,
}

impl TopicSort {
    /// Every order.
    pub const ALL: [Self; 3] = [Self::Name, Self::Hot, Self::Rate];

    /// The word in queries.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Hot => "hot",
            Self::Rate => "rate",
        }
    }

    pub(super) fn place(self, topic: Option<&TopicReport>) -> Place {
        let skew = topic.and_then(|topic| topic.skew.as_ref());
        match self {
            Self::Name => (0, 0),
            Self::Hot => {
                let hot_count = skew.map_or(0, |skew| skew.hot.len() as u64);
                (u64::MAX - hot_count, longest_first(skew.map(|skew| skew.ratio)))
            }
            Self::Rate => (longest_first(topic.and_then(|topic| topic.produced_per_second)), 0),
        }
    }
}

/// When the first of its topics loses records.
pub(super) fn loss_eta(group: &GroupReport) -> Option<f64> {
    let etas = group.topics.iter().filter_map(|topic| topic.trend.loss_eta.map(|eta| eta.at_least));
    etas.min_by(f64::total_cmp)
}

fn severity(severity: Severity) -> u64 {
    severity as u64
}

fn most_first(small: u64) -> u64 {
    u64::from(u8::MAX) - small
}

/// Numbers that are not negative keep their order as bits. What is not known comes last.
fn soonest_first(seconds: Option<f64>) -> u64 {
    seconds.map_or(u64::MAX, |seconds| seconds.max(0.0).to_bits())
}

fn longest_first(seconds: Option<f64>) -> u64 {
    seconds.map_or(u64::MAX, |seconds| u64::MAX - 1 - seconds.max(0.0).to_bits())
}

/// Whether a name contains what is looked for, whatever the case.
pub(super) fn is_found(name: &str, looked_for: Option<&str>) -> bool {
    looked_for.is_none_or(|part| name.contains(part) || name.to_lowercase().contains(&part.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Status, TimeLag};
    use crate::render::world::World;

    fn names(sort: GroupSort) -> Vec<String> {
        let facts = |status: Status, seconds: Option<f64>, members| {
            move |group: &mut GroupReport| {
                (group.status, group.severity) = (status, status.severity());
                group.member_count = Ok(members);
                let seconds = seconds.map(|seconds| TimeLag::new(seconds, (0.0, 1e6), crate::model::Quality::Coarse));
                group.topics.iter_mut().for_each(|topic| topic.time_lag = seconds);
            }
        };
        let report = World::new("shop")
            .topic("orders", &[(0, 1000)])
            .group("fine", &[("orders", 0, 1000)])
            .group_facts(facts(Status::Ok, Some(0.0), 9))
            .group("behind", &[("orders", 0, 10)])
            .group_facts(facts(Status::LaggingSteady, Some(900.0), 1))
            .group("stalled-long", &[("orders", 0, 500)])
            .group_facts(facts(Status::Stalled, Some(600.0), 2))
            .group("stalled", &[("orders", 0, 100)])
            .group_facts(facts(Status::Stalled, Some(60.0), 3))
            .group("stopped", &[("orders", 0, 900)])
            .group_facts(facts(Status::Stopped, None, 0))
            .report();
        let mut groups: Vec<_> = report.groups.iter().collect();
        groups.sort_by_key(|group| (sort.place(group), group.id.clone()));
        groups.into_iter().map(|group| group.id.as_str().to_owned()).collect()
    }

    #[test]
    fn each_order_puts_first_what_it_is_named_for() {
        assert_eq!(names(GroupSort::Worst), ["stopped", "stalled-long", "stalled", "behind", "fine"]);
        assert_eq!(names(GroupSort::Name), ["behind", "fine", "stalled", "stalled-long", "stopped"]);
        assert_eq!(names(GroupSort::Lag), ["behind", "stalled", "stalled-long", "stopped", "fine"]);
        assert_eq!(names(GroupSort::Seconds), ["behind", "stalled-long", "stalled", "fine", "stopped"]);
        assert_eq!(names(GroupSort::Members), ["fine", "stalled", "stalled-long", "behind", "stopped"]);
    }

    #[test]
    fn what_is_looked_for_is_found_whatever_the_case() {
        assert!(is_found("Order-Fulfilment", Some("order")) && is_found("ÄRGER", Some("ärg")) && is_found("x", None));
        assert!(!is_found("billing", Some("order")));
    }
}
