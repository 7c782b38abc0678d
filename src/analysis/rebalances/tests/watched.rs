//! A group of which polls and records are analyzed, in time that is told.
//!
//! Not what happens to the group.
//! Invariant: a poll sees the coordinator as it is at that moment, and of its records those that were written since the last.

use std::sync::Arc;
use std::time::Duration;

use crate::analysis::{History, analyze};
use crate::model::{
    Assignment, BrokerId, ClusterName, ClusterReport, EndOffset, Followed, FollowedGroup, Group, GroupEpochs, GroupId,
    GroupKind, Heard, Member, Moment, Partition, PartitionId, Rebalances, Replicas, Said, SnapshotBuilder, StormCause,
    Thresholds, Timestamp, Topic, Unheard, Unknown,
};

use super::coordinator::{Coordinator, Op};

pub(super) const SECOND: u64 = 1000;
pub(super) const MINUTE: u64 = 60 * SECOND;

/// What is told of the group at a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum By {
    Poll,
    /// Generations are taken for group epochs.
    Epoch,
    Log,
    /// Both, and generations are taken for group epochs.
    LogAndEpoch,
    /// Nothing but that the group is there.
    Nothing,
}

impl By {
    fn has_epochs(self) -> bool {
        matches!(self, Self::Epoch | Self::LogAndEpoch)
    }

    fn is_followed(self) -> bool {
        matches!(self, Self::Log | Self::LogAndEpoch)
    }
}

pub(super) struct Watched {
    pub(super) coordinator: Coordinator,
    pub(super) protocol: &'static str,
    pub(super) id: &'static str,
    /// Whether what the log says of the group cannot be read.
    pub(super) has_gap: bool,
    /// Partitions of the offsets topic that nobody leads.
    pub(super) unheard: Unheard,
    history: History,
    heard: usize,
    last: Option<u64>,
    pub(super) report: Option<Arc<ClusterReport>>,
    /// When the first storm was found, and of what cause.
    pub(super) found: Option<(u64, StormCause)>,
    pub(super) rollouts: usize,
}

fn moment(at: u64) -> Moment {
    Moment::from_origin(Duration::from_millis(at))
}

pub(super) fn timestamp(at: u64) -> Timestamp {
    Timestamp::from_unix(Duration::from_millis(1_700_000_000_000 + at))
}

impl Watched {
    pub(super) fn new(coordinator: Coordinator) -> Self {
        let (history, heard, last, report, found, rollouts) = Default::default();
        Self {
            coordinator,
            protocol: "range",
            id: "g",
            has_gap: false,
            unheard: Unheard::default(),
            history,
            heard,
            last,
            report,
            found,
            rollouts,
        }
    }

    /// Polls now; of the log all but the last `late` records are handed over, if those are of the last seconds.
    pub(super) fn poll(&mut self, now: u64, by: By, late: usize) -> Option<Arc<Rebalances>> {
        self.coordinator.until(now);
        let mut builder = SnapshotBuilder::new(ClusterName::from("c"), moment(now));
        let partition = |id| Partition {
            id: PartitionId(id),
            leader: Some(BrokerId(1)),
            leader_epoch: None,
            replicas: Replicas { preferred_leader: None, assigned_count: 1, in_sync_count: 1 },
            last_stable: Err(Unknown::NotAsked),
            high_watermark: Ok(EndOffset { offset: 0, answered: moment(now) }),
            low_watermark: Ok(0),
        };
        builder.found_topic(Topic {
            name: "orders".into(),
            id: None,
            config: None,
            is_listed: true,
            partitions: (0..self.coordinator.partition_count).map(partition).collect(),
        });
        let topic = builder.topic_index("orders");
        builder.found_group(self.group(topic, by));
        let mut snapshot = builder.build(moment(now), timestamp(now));
        snapshot.followed = self.followed(now, by, late);
        self.last = Some(now);
        let report = analyze(snapshot, &mut self.history, &Thresholds::default());
        let told = report.groups[0].rebalances.clone();
        if let Some(told) = &told {
            if let (None, Some(storm)) = (self.found, &told.storm) {
                self.found = Some((now, storm.cause));
            }
            self.rollouts += usize::from(told.is_rollout);
        }
        self.report = Some(report);
        told
    }

    fn group(&self, topic: crate::model::TopicIndex, by: By) -> Group {
        let world = &self.coordinator;
        let count = i32::try_from(world.members.len()).expect("few members").max(1);
        let owned = |place: i32| {
            let mine = (0..world.partition_count).filter(|partition| partition % count == place);
            let partitions: Vec<_> = mine.map(|partition| (topic, PartitionId(partition))).collect();
            Assignment { partition_count: partitions.len(), partitions, subscribed: vec![topic] }
        };
        let member = |(place, (process, id)): (i32, (&u32, &String))| Member {
            member_id: id.clone(),
            client_id: if world.is_one_host { "worker".to_owned() } else { format!("worker-{process}") },
            client_host: world.host(*process),
            group_instance_id: None,
            assignment: Some(owned(place)),
        };
        let members = (0..).zip(&world.members).map(member).collect();
        Group {
            epochs: by.has_epochs().then_some(GroupEpochs { group: world.generation, assignment: world.generation }),
            id: GroupId::from(self.id),
            kind: if by.has_epochs() { GroupKind::Consumer } else { GroupKind::Classic },
            protocol_type: "consumer".to_owned(),
            protocol: self.protocol.to_owned(),
            state: world.state,
            coordinator: BrokerId(world.broker),
            members: if by == By::Nothing { Err(Unknown::NotAsked) } else { Ok(members) },
            commits: Err(Unknown::NotAsked),
        }
    }

    fn followed(&mut self, now: u64, by: By, late: usize) -> Followed {
        let fresh = self.coordinator.log.iter().rev().take(late).take_while(|(at, _)| at + 5 * SECOND > now).count();
        let until = self.coordinator.log.len().saturating_sub(fresh).max(self.heard);
        let since = by.is_followed().then(|| moment(self.last.unwrap_or(0)));
        let records = &self.coordinator.log[self.heard..until];
        let said = |said: &Said| match said {
            Said::Generation(generation) if by.has_epochs() => Said::Epoch(generation.generation),
            said => said.clone(),
        };
        let heard =
            records.iter().map(|(at, what)| Heard { appended: Some(timestamp(*at)), said: said(what) }).collect();
        self.heard = until;
        if !by.is_followed() {
            return Followed::default();
        }
        let group = FollowedGroup {
            id: GroupId::from(self.id),
            heard,
            is_cut: false,
            has_gap: self.has_gap,
            last_commit: None,
        };
        Followed { since, groups: vec![group], unheard: self.unheard.clone(), silence: None }
    }

    /// Plays what happens, in order of time, and polls every so often.
    pub(super) fn play(&mut self, ops: &[(u64, Op)], until: u64, interval: u64, by: By) -> Arc<Rebalances> {
        let mut ops = ops.to_vec();
        ops.sort_by_key(|(at, _)| *at);
        let mut ops = ops.into_iter().peekable();
        let (mut now, mut told) = (0, None);
        while now <= until {
            while let Some((at, op)) = ops.next_if(|(at, _)| *at <= now) {
                self.coordinator.act(at, op);
            }
            told = self.poll(now, by, 0);
            now += interval;
        }
        told.expect("rebalances are told of")
    }
}

/// Everybody is replaced, one after the other.
pub(super) fn deploy(start: u64, members: u32, step: u64, away: u64) -> Vec<(u64, Op)> {
    let each = (0..members).flat_map(|process| {
        let at = start + u64::from(process) * step;
        [(at, Op::Leave(process)), (at + away, Op::Join(process))]
    });
    each.collect()
}

/// A process that goes and comes again.
pub(super) fn flap(process: u32, start: u64, tenure: u64, away: u64, times: u64) -> Vec<(u64, Op)> {
    let each = (0..times).flat_map(|time| {
        let at = start + time * (tenure + away);
        [(at, Op::Leave(process)), (at + away, Op::Join(process))]
    });
    each.collect()
}
