//! The course of one stretch: whether somebody has answered, whether it is behind, and what of what it reads is taken.
//!
//! Not where records come from.
//! Invariant: everything is said to be heard only once a fetch succeeded, and never while a backlog is read: what is in one
//! may be what polls have counted.

use std::collections::BTreeMap;

use tracing::{debug, info};

use crate::model::{Heard, Moment, Timestamp};
use crate::wire::{OffsetsRecord, OffsetsSubject, offsets_record, offsets_subject};

use super::health::{Health, Standing};
use super::tail::TOPIC;
use super::{FollowState, Shared};

/// A record, where it stood, and when it was appended, if that is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record<'a> {
    pub(super) partition: i32,
    pub(super) offset: i64,
    pub(super) appended: Option<Timestamp>,
    pub(super) key: &'a [u8],
    pub(super) value: Option<&'a [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Everything since this moment is asked for, and nobody has answered yet.
    Asking(Moment),
    /// Everything is heard.
    Hearing,
    /// A backlog is read, or somebody is out of reach.
    Behind,
}

/// See the module.
pub(super) struct Course<'a> {
    shared: &'a Shared,
    cluster: &'a str,
    phase: Phase,
    health: Health,
    /// Where what was appended since the last beginning starts, if that was not at the ends that are read from.
    from: BTreeMap<i32, i64>,
}

impl<'a> Course<'a> {
    /// The course of a stretch that reads these partitions from where they ended at `since`.
    pub(super) fn new(shared: &'a Shared, cluster: &'a str, partitions: Vec<i32>, since: Moment) -> Self {
        Self { shared, cluster, phase: Phase::Asking(since), health: Health::new(partitions), from: BTreeMap::new() }
    }

    /// Whether not all that is read is heard.
    pub(super) fn is_behind(&self) -> bool {
        self.phase == Phase::Behind
    }

    /// A fetch succeeded, so the topic may be read.
    pub(super) fn answered(&mut self) {
        if let Phase::Asking(since) = self.phase {
            self.begin(since);
        }
    }

    /// Takes in how it stands with the partitions.
    pub(super) fn told(&mut self, told: &BTreeMap<i32, Standing>) {
        if told.values().any(|standing| standing.is_reached) {
            self.answered();
        }
        let is_well = self.health.is_well(|partition| told.get(&partition).copied());
        if is_well && self.phase == Phase::Behind {
            // Some of what is before these may wait to be looked at.
            self.from = told.iter().map(|(partition, standing)| (*partition, standing.end)).collect();
            self.begin(self.shared.clock.moment());
        } else if !is_well && self.phase != Phase::Behind {
            self.phase = Phase::Behind;
            self.shared.heard().lose();
            if self.shared.state.send_replace(FollowState::Behind) != FollowState::Behind {
                info!(
                    cluster = self.cluster,
                    topic = TOPIC,
                    "cannot hear all of the topic for now: rebalances are estimated"
                );
            }
        }
    }

    fn begin(&mut self, since: Moment) {
        self.phase = Phase::Hearing;
        self.shared.heard().begin(since);
        if self.shared.state.send_replace(FollowState::Following) != FollowState::Following {
            info!(cluster = self.cluster, topic = TOPIC, "follows the topic: rebalances are exact");
        }
    }

    /// Takes in a record, unless it is of a backlog.
    pub(super) fn hear(&mut self, record: Record<'_>) {
        self.answered();
        let Record { partition, offset, appended, key, value } = record;
        if self.phase == Phase::Behind || self.from.get(&partition).is_some_and(|from| offset < *from) {
            return;
        }
        match offsets_record(key, value) {
            Some(OffsetsRecord::Commit { group, .. }) => self.shared.heard().commit(group, appended),
            Some(OffsetsRecord::Said { group, said }) => self.shared.heard().say(group, Heard { appended, said }),
            Some(OffsetsRecord::CommitRemoved { .. } | OffsetsRecord::Unwanted) => {}
            Some(OffsetsRecord::Unknown) | None => {
                debug!(cluster = self.cluster, partition, offset, "a record cannot be read");
                match offsets_subject(key) {
                    Some(OffsetsSubject::Group(group)) => self.shared.heard().miss_of(group),
                    Some(OffsetsSubject::Other) => {}
                    None => self.shared.heard().miss(),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
