//! Who is a member, by numbers: what tells one membership from another, and what stays the same when a process comes back.
//!
//! Not who reads what.
//! Invariant: a static member is its `group.instance.id`, whatever member id it has; replacing it changes nothing.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::model::{Assignment, Group, HeardMember, Member, Moment, TopicIndex};

use super::super::compact::Stamp;
use super::super::history::InPoll;

/// A member as it is remembered.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Live {
    /// This membership: another one has another number.
    pub(super) member: u64,
    /// The id the coordinator gave it, by which it tells that a static member is gone too.
    pub(super) member_id: u64,
    /// The process behind it, as far as it can be known again.
    pub(super) identity: u64,
    /// When it came; `None` if it was there before.
    pub(super) since: Option<Stamp>,
    /// `max.poll.interval.ms` and `session.timeout.ms` in seconds, where the log told them.
    pub(super) poll_within: Option<f64>,
    pub(super) session: Option<f64>,
}

/// The members of a poll, each once, by number.
pub(super) fn of_poll(members: &[Member]) -> Vec<Live> {
    let live = |member: &Member| Live {
        member: number(key(member)),
        member_id: number(member.member_id.as_str()),
        identity: identity(member.group_instance_id.as_deref(), &member.client_id, &member.client_host),
        since: None,
        poll_within: None,
        session: None,
    };
    in_order(members.iter().map(live).collect())
}

/// The members of a record, each once, by number.
pub(super) fn of_log(members: &[HeardMember]) -> Vec<Live> {
    in_order(members.iter().map(of_heard).collect())
}

/// A member that was heard of.
pub(super) fn of_heard(member: &HeardMember) -> Live {
    let instance = member.group_instance_id.as_deref();
    let seconds = |millis: u32| (millis > 0).then(|| f64::from(millis) / 1000.0);
    Live {
        member: number(instance.unwrap_or(&member.member_id)),
        member_id: number(member.member_id.as_str()),
        identity: identity(instance, &member.client_id, &member.client_host),
        since: None,
        poll_within: seconds(member.rebalance_timeout_ms),
        session: seconds(member.session_timeout_ms),
    }
}

fn in_order(mut members: Vec<Live>) -> Vec<Live> {
    members.sort_unstable_by_key(|live| live.member);
    members.dedup_by_key(|live| live.member);
    members
}

/// What a membership is told by.
fn key(member: &Member) -> &str {
    member.group_instance_id.as_deref().unwrap_or(&member.member_id)
}

/// The number of a word.
pub(super) fn number(word: &(impl Hash + ?Sized)) -> u64 {
    let mut hasher = DefaultHasher::new();
    word.hash(&mut hasher);
    hasher.finish()
}

/// The process behind a member, as far as it can be known again.
pub(super) fn identity(instance: Option<&str>, client_id: &str, host: &str) -> u64 {
    instance.map_or_else(|| number(&(client_id, host)), number)
}

impl<'a> InPoll<'a> {
    /// When the poll ended.
    pub(super) fn at(&self) -> Moment {
        self.snapshot.finished
    }

    /// Whose each partition is, by numbers and in order; `None` where a member does not tell.
    pub(super) fn owners(&self) -> Option<Vec<(u64, u64)>> {
        let mut owners = Vec::new();
        for member in self.group.members.as_ref().ok()?.iter() {
            let owner = number(key(member));
            for (topic, partition) in &member.assignment.as_ref()?.partitions {
                let name = self.snapshot.topic(*topic).map(|topic| topic.name.as_str());
                owners.push((number(&(name, partition.0)), owner));
            }
        }
        owners.sort_unstable();
        Some(owners)
    }

    /// Whether members subscribe to one of these topics, which are in order, or own partitions of one.
    pub(super) fn wants_any(&self, names: &[&str]) -> bool {
        let is_named = |index: TopicIndex| {
            self.snapshot.topic(index).is_some_and(|topic| names.binary_search(&topic.name.as_str()).is_ok())
        };
        let mut last = None;
        // Partitions of one topic follow each other.
        self.group
            .assignments()
            .flat_map(Assignment::topics)
            .any(|index| last.replace(index) != Some(index) && is_named(index))
    }

    /// The names of the topics that members subscribe to or own partitions of, in order, each once.
    pub(super) fn topics(&self) -> Vec<&'a str> {
        let indices = self.group.assignments().flat_map(Assignment::topics);
        let names = indices.filter_map(|topic| self.snapshot.topic(topic));
        let mut names: Vec<_> = names.map(|topic| topic.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Whether the same members are there, in whatever order; `None` where a poll does not tell.
pub(super) fn are_same(before: &Group, now: &Group) -> Option<bool> {
    let (before, now) = (before.members.as_ref().ok()?, now.members.as_ref().ok()?);
    if Arc::ptr_eq(before, now) {
        return Some(true);
    }
    if before.len() != now.len() {
        return Some(false);
    }
    // Mostly they come in the same order.
    if before.iter().zip(now.iter()).all(|(left, right)| key(left) == key(right)) {
        return Some(true);
    }
    let sorted = |members: &'_ [Member]| {
        let mut keys: Vec<String> = members.iter().map(|member| key(member).to_owned()).collect();
        keys.sort_unstable();
        keys
    };
    Some(sorted(before) == sorted(now))
}

/// Whether each partition is still with the same member; `true` where that is not told.
pub(super) fn own_the_same(before: InPoll<'_>, now: InPoll<'_>) -> bool {
    if let (Ok(were), Ok(are)) = (&before.group.members, &now.group.members)
        && Arc::ptr_eq(were, are)
    {
        return true;
    }
    let (were, are) = (before.group.known_members(), now.group.known_members());
    let have_told = |members: &[Member]| members.iter().all(|member| member.assignment.is_some());
    // Mostly nothing changed, and no name has to be looked up.
    let is_unchanged = were.len() == are.len() && were.iter().zip(are).all(|(left, right)| owns_the_same(left, right));
    is_unchanged || !have_told(were) || !have_told(are) || before.owners() == now.owners()
}

/// Whether it is the same member with the same partitions, by the numbers that topics have in each poll.
fn owns_the_same(left: &Member, right: &Member) -> bool {
    key(left) == key(right)
        && match (&left.assignment, &right.assignment) {
            (Some(left), Some(right)) => left.partitions == right.partitions,
            (left, right) => left.is_none() && right.is_none(),
        }
}

/// The share of partitions that belong to somebody else than before, or to nobody.
pub(super) fn moved_share(before: &[(u64, u64)], now: &[(u64, u64)]) -> f64 {
    let kept = before.iter().filter(|owned| now.binary_search(owned).is_ok()).count();
    let all = before.len().max(now.len());
    if all == 0 { 1.0 } else { share(all - kept.min(all), all) }
}

fn share(part: usize, all: usize) -> f64 {
    let count = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    count(part) / count(all)
}
