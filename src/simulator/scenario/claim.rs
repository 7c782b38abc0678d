//! What an action takes for granted: that a topic is there, that a number is within bounds.
//!
//! Not whether it is so; `bounds` and `check` judge that.
//! Invariant: each field of each action is claimed under the name it is written with.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::simulator::spec::{Action, MemberOf, PartitionOf, ReadingOf};

/// One thing an action takes for granted.
#[derive(Clone, Copy, Debug)]
pub(super) enum Claim<'a> {
    Topic(&'a str),
    /// A partition of a topic; all when `None`.
    Partition(&'a str, Option<u32>),
    /// Partitions of a topic, with how hot each is.
    Hot(&'a str, &'a BTreeMap<u32, f64>),
    Partitions(u32),
    Rate(f64),
    Lasts(Duration),
    Broker(i32),
    Group(&'a str),
    /// A group that has members.
    Membership(&'a str),
    /// A process of a group; all when `None`.
    Member(&'a str, Option<u32>),
    Members(u32),
    /// A topic that a group reads.
    Read(&'a str, &'a str),
}

/// An action's name, and what it takes for granted, by field.
pub(super) fn claims(action: &Action) -> (&'static str, Vec<(&'static str, Claim<'_>)>) {
    use Claim::{Broker, Hot, Lasts, Partitions, Rate, Topic};
    match action {
        Action::Produce { topic, rate } => ("produce", vec![("topic", Topic(topic)), ("rate", Rate(*rate))]),
        Action::Heat { topic, hot } => ("heat", vec![("topic", Topic(topic)), ("hot", Hot(topic, hot))]),
        Action::DeleteRecords { topic, partition, .. } => ("delete_records", of_topic(topic, *partition)),
        Action::Retain { topic, retention } => {
            ("retain", vec![("topic", Topic(topic)), ("retention", Lasts(*retention))])
        }
        Action::OpenTransaction(of) => ("open_transaction", of_partition(of)),
        Action::EndTransaction(of) => ("end_transaction", of_partition(of)),
        Action::Recreate { topic } => ("recreate", vec![("topic", Topic(topic))]),
        Action::DeleteTopic { topic } => ("delete_topic", vec![("topic", Topic(topic))]),
        Action::AddPartitions { topic, partitions } => {
            ("add_partitions", vec![("topic", Topic(topic)), ("partitions", Partitions(*partitions))])
        }
        Action::Truncate { topic, partition, .. } => ("truncate", of_topic(topic, *partition)),
        Action::LoseLeader(of) => ("lose_leader", of_partition(of)),
        Action::ElectLeader(of) => ("elect_leader", of_partition(of)),
        Action::MoveLeader(of) => ("move_leader", of_partition(of)),
        Action::Hide { topic } => ("hide", vec![("topic", Topic(topic))]),
        Action::Reveal { topic } => ("reveal", vec![("topic", Topic(topic))]),
        Action::StopBroker { broker } => ("stop_broker", vec![("broker", Broker(*broker))]),
        Action::HangBroker { broker } => ("hang_broker", vec![("broker", Broker(*broker))]),
        Action::HealBroker { broker } => ("heal_broker", vec![("broker", Broker(*broker))]),
        _ => of_groups(action),
    }
}

fn of_groups(action: &Action) -> (&'static str, Vec<(&'static str, Claim<'_>)>) {
    use Claim::{Group, Lasts, Members, Membership, Rate};
    match action {
        Action::MoveCoordinator { group } => ("move_coordinator", vec![("group", Group(group))]),
        Action::Capacity { group, rate } => {
            let rate = rate.map(|rate| ("rate", Rate(rate)));
            ("capacity", [("group", Group(group))].into_iter().chain(rate).collect())
        }
        Action::Poison(of) => ("poison", of_reading(of)),
        Action::Cure(of) => ("cure", of_reading(of)),
        Action::Pause(of) => ("pause", of_member(&of.group, of.member)),
        Action::Resume(of) => ("resume", of_member(&of.group, of.member)),
        Action::Leave(of) => ("leave", of_member(&of.group, of.member)),
        Action::Crash { group, member, back_after } => {
            let back = back_after.map(|back_after| ("back_after", Lasts(back_after)));
            ("crash", of_member(group, *member).into_iter().chain(back).collect())
        }
        Action::ExceedMaxPoll { group, member, back_after } => {
            let back = ("back_after", Lasts(*back_after));
            ("exceed_max_poll", of_member(group, *member).into_iter().chain([back]).collect())
        }
        Action::Join(MemberOf { group, member }) => ("join", of_member(group, *member)),
        Action::Scale { group, members } => {
            ("scale", vec![("group", Membership(group)), ("members", Members(*members))])
        }
        Action::Rebalance { group } => ("rebalance", vec![("group", Membership(group))]),
        Action::Deploy { group, step } => ("deploy", vec![("group", Membership(group)), ("step", Lasts(*step))]),
        Action::Reset { group, topic, partition, .. } => {
            let of = [("group", Group(group)), ("topic", Claim::Read(group, topic))];
            ("reset", of.into_iter().chain([("partition", Claim::Partition(topic, *partition))]).collect())
        }
        Action::DeleteGroup { group } => ("delete_group", vec![("group", Group(group))]),
        _ => ("", Vec::new()),
    }
}

fn of_topic(topic: &str, partition: Option<u32>) -> Vec<(&'static str, Claim<'_>)> {
    vec![("topic", Claim::Topic(topic)), ("partition", Claim::Partition(topic, partition))]
}

fn of_partition(of: &PartitionOf) -> Vec<(&'static str, Claim<'_>)> {
    of_topic(&of.topic, of.partition)
}

fn of_reading(of: &ReadingOf) -> Vec<(&'static str, Claim<'_>)> {
    let partition = Claim::Partition(&of.topic, of.partition);
    vec![("group", Claim::Group(&of.group)), ("topic", Claim::Read(&of.group, &of.topic)), ("partition", partition)]
}

fn of_member(group: &str, member: Option<u32>) -> Vec<(&'static str, Claim<'_>)> {
    vec![("group", Claim::Membership(group)), ("member", Claim::Member(group, member))]
}
