//! Consumer groups: their members, what each reads, and how far it got.
//!
//! Not how they rebalance; `rebalance` is.
//! Invariant: a partition is read by at most one process of a group at a time.

use crate::simulator::spec::{GroupSpec, GroupType};

use super::Millis;
use super::log::MilliRate;

/// A group.
#[derive(Clone, Debug)]
pub struct Group {
    /// How it was asked for, changed by what happened since.
    pub spec: GroupSpec,
    /// Where its protocol stands.
    pub state: GroupState,
    /// The generation, or the epoch of a group of KIP-848.
    pub generation: i32,
    /// The epoch of the target assignment (KIP-848).
    pub assignment_epoch: i32,
    /// Rebalances so far: joins that were completed, or epochs (KIP-848).
    pub rebalance_count: u64,
    /// Members as the coordinator knows them.
    pub members: Vec<Member>,
    /// What it reads or read, in order of topic and partition.
    pub readings: Vec<Reading>,
    /// When the state began.
    pub since: Millis,
    /// Tells what was scheduled for a rebalance that another one overtook.
    pub(super) round: u64,
    /// Whether it is the round that hands out what the one before took (KIP-429).
    pub(super) is_second_round: bool,
    /// Counts members, for their ids.
    pub(super) joined_count: u32,
    /// Where in its interval it commits.
    pub(super) commit_phase: Millis,
}

/// Where a group's protocol stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GroupState {
    /// No members.
    Empty,
    /// Members are asked to join again.
    PreparingRebalance,
    /// Members wait for the leader's assignment.
    CompletingRebalance,
    /// The coordinator computes an assignment (KIP-848).
    Assigning,
    /// Members give up and take over partitions (KIP-848).
    Reconciling,
    /// All is settled.
    Stable,
}

/// A member as the coordinator knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Which process of the group it is.
    pub process: u32,
    /// Its id.
    pub id: String,
    /// `group.instance.id`, of a static member.
    pub instance: Option<String>,
    /// `client.id`.
    pub client_id: String,
    /// The host as the coordinator shows it, with a slash.
    pub host: String,
    /// When it joined.
    pub joined: Millis,
    /// The epoch it has reached (KIP-848).
    pub epoch: i32,
    /// Whether it processes nothing though its heart beats.
    pub is_paused: bool,
    /// Whether it is dead and nobody noticed yet.
    pub is_dead: bool,
}

/// One partition as a group reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The topic's place in [`World::topics`](super::World::topics).
    pub topic: usize,
    /// The partition.
    pub partition: u32,
    /// The process it is assigned to.
    pub owner: Option<u32>,
    /// Whether somebody reads it now.
    pub(super) is_read: bool,
    /// When what follows held.
    pub(super) anchor: Millis,
    /// The next record to be processed.
    pub(super) position: i64,
    /// The committed offset.
    pub(super) committed: Option<i64>,
    /// Records per second times a thousand its reader can spend on it.
    pub(super) capacity: MilliRate,
    /// The record it cannot get past.
    pub(super) poison: Option<i64>,
}

impl GroupState {
    /// As Kafka spells it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Assigning => "Assigning",
            Self::Reconciling => "Reconciling",
            Self::Stable => "Stable",
        }
    }
}

impl Group {
    /// Whether the coordinator assigns partitions (KIP-848).
    #[must_use]
    pub fn is_consumer(&self) -> bool {
        self.spec.kind == GroupType::Consumer
    }

    /// `group.type`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        if self.is_consumer() { "consumer" } else { "classic" }
    }

    /// The protocol type; a group that only commits never told one.
    #[must_use]
    pub fn protocol_type(&self) -> &'static str {
        match self.spec.kind {
            GroupType::Simple => "",
            GroupType::Connect => "connect",
            GroupType::Classic
            | GroupType::Cooperative
            | GroupType::Static
            | GroupType::Consumer
            | GroupType::Streams
            | GroupType::Empty => "consumer",
        }
    }

    /// The protocol the members of a classic group agreed on.
    #[must_use]
    pub fn protocol_name(&self) -> &'static str {
        match self.spec.kind {
            GroupType::Cooperative => "cooperative-sticky",
            GroupType::Streams => "stream",
            GroupType::Connect => "sessioned",
            GroupType::Classic | GroupType::Static => "range",
            GroupType::Consumer | GroupType::Simple | GroupType::Empty => "",
        }
    }

    /// The member that runs in a process.
    #[must_use]
    pub fn member(&self, process: u32) -> Option<&Member> {
        self.members.iter().find(|member| member.process == process)
    }

    /// What is assigned to a process.
    pub fn assigned(&self, process: u32) -> impl Iterator<Item = &Reading> {
        self.readings.iter().filter(move |reading| reading.owner == Some(process))
    }

    /// When its process last committed a reading, if it did so since that was settled.
    pub(super) fn last_commit(&self, reading: &Reading, at: Millis) -> Option<Millis> {
        let is_committing = reading.is_read && self.commits_at_times();
        let tick = reading.owner.filter(|_| is_committing).map(|process| self.last_tick(process, at));
        tick.filter(|tick| *tick > reading.anchor)
    }

    /// Whether it commits again and again what it processed.
    pub(super) fn commits_at_times(&self) -> bool {
        !matches!(self.spec.kind, GroupType::Connect | GroupType::Empty)
    }

    /// The last time before or at a moment that a process commits.
    pub(super) fn last_tick(&self, process: u32, at: Millis) -> Millis {
        let interval = self.commit_interval();
        let phase = self.commit_phase + Millis::from(process) * interval / 7;
        at - (at - phase).rem_euclid(interval)
    }

    pub(super) fn commit_interval(&self) -> Millis {
        Millis::try_from(self.spec.commit_interval.as_millis()).unwrap_or(Millis::MAX / 4).max(1)
    }
}
