//! A coordinator of one group, by the rules of Kafka's: what happens is played to it, and it knows the truth.
//!
//! Not lag: the group commits nothing.
//! Invariant: every completed join raises the generation; the record of it is written when the leader hands in the
//! assignment, or when the group is empty.

use std::collections::BTreeMap;

use crate::model::{Generation, GroupState, HeardMember, Said};

/// What happens to a group.
#[derive(Clone, Copy, Debug)]
pub(super) enum Op {
    /// A process joins, under a new member id.
    Join(u32),
    /// A process leaves, or is missed.
    Leave(u32),
    /// The leader joins again.
    Rejoin,
    /// Another broker coordinates, and everybody rejoins.
    Move,
    /// The topic grows, and everybody rejoins.
    Grow,
    /// The group is deleted, members and all.
    Delete,
}

#[derive(Clone, Debug)]
pub(super) struct Coordinator {
    /// Processes and the member ids they have now.
    pub(super) members: BTreeMap<u32, String>,
    pub(super) state: GroupState,
    pub(super) generation: i32,
    /// Rebalances so far, whatever became of generations.
    pub(super) truth: u64,
    pub(super) aborted: u64,
    pub(super) broker: i32,
    pub(super) partition_count: i32,
    /// How long members take to join, and the leader to hand in the assignment, in milliseconds.
    pub(super) takes: (u64, u64),
    /// Whether everything runs on one host under one name.
    pub(super) is_one_host: bool,
    /// Seconds of `max.poll.interval.ms`, as the log tells them.
    pub(super) max_poll: u32,
    /// Records, with when they were written.
    pub(super) log: Vec<(u64, Said)>,
    due: Option<u64>,
    /// When the last generation was made.
    made: u64,
    joined_count: u32,
}

impl Coordinator {
    pub(super) fn new(members: u32) -> Self {
        let mut new = Self {
            members: BTreeMap::new(),
            state: GroupState::Stable,
            generation: 7,
            truth: 0,
            aborted: 0,
            broker: 1,
            partition_count: 12,
            takes: (3000, 200),
            is_one_host: false,
            max_poll: 300,
            log: Vec::new(),
            due: None,
            made: 0,
            joined_count: 0,
        };
        (0..members).for_each(|process| new.add(process));
        new.write(0);
        new
    }

    fn add(&mut self, process: u32) {
        self.joined_count += 1;
        self.members.insert(process, format!("consumer-{process}-{}", self.joined_count));
    }

    pub(super) fn host(&self, process: u32) -> String {
        if self.is_one_host { "/10.0.0.1".to_owned() } else { format!("/10.0.0.{process}") }
    }

    /// Lets time pass up to this moment.
    pub(super) fn until(&mut self, now: u64) {
        while let Some(due) = self.due.filter(|due| *due <= now) {
            self.due = None;
            if self.state == GroupState::PreparingRebalance {
                (self.generation, self.truth) = (self.generation + 1, self.truth + 1);
                self.state = GroupState::CompletingRebalance;
                self.made = due;
                self.due = Some(due + self.takes.1);
            } else {
                self.state = GroupState::Stable;
                self.write(due);
            }
        }
    }

    pub(super) fn act(&mut self, now: u64, op: Op) {
        self.until(now);
        match op {
            Op::Join(process) => self.add(process),
            Op::Leave(process) if self.members.remove(&process).is_none() => return,
            Op::Rejoin if self.members.is_empty() => return,
            Op::Leave(_) | Op::Rejoin => {}
            Op::Move => self.broker = 3 - self.broker,
            Op::Grow => self.partition_count += 1,
            Op::Delete => {
                self.log.push((now, Said::Deleted));
                (self.generation, self.state, self.due) = (0, GroupState::Empty, None);
                self.members.clear();
                return;
            }
        }
        if self.members.is_empty() {
            if self.state != GroupState::Empty {
                self.aborted += u64::from(self.state == GroupState::CompletingRebalance);
                (self.generation, self.state, self.due) = (self.generation + 1, GroupState::Empty, None);
                self.made = now;
                self.write(now);
            }
            return;
        }
        self.aborted += u64::from(self.state == GroupState::CompletingRebalance);
        if self.state != GroupState::PreparingRebalance {
            self.state = GroupState::PreparingRebalance;
            self.due = Some(now + self.takes.0);
        }
    }

    pub(super) fn write(&mut self, now: u64) {
        let member = |(process, id): (&u32, &String)| HeardMember {
            member_id: id.clone(),
            group_instance_id: None,
            client_id: if self.is_one_host { "worker".to_owned() } else { format!("worker-{process}") },
            client_host: self.host(*process),
            session_timeout_ms: 45_000,
            rebalance_timeout_ms: self.max_poll * 1000,
        };
        let generation = Generation {
            generation: self.generation,
            protocol_type: "consumer".to_owned(),
            protocol: "range".to_owned(),
            state_since: Some(super::watched::timestamp(self.made)),
            members: self.members.iter().map(member).collect(),
        };
        self.log.push((now, Said::Generation(generation)));
    }
}
