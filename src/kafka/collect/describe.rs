//! State and members of groups, each asked about in the protocol it speaks.
//!
//! Not commits: what fails here costs members and state, never lag.
//! Invariant: a group is described at the broker that coordinates it, at most once per protocol and poll.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::model::{BrokerId, GroupId, GroupKind, GroupState, ProblemKind, Question, Subject, Unknown};

use super::super::ask::groups::{Described, Descriptions};
use super::super::ask::{consumer_groups, groups};
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::Round;

/// Groups to ask about once more.
#[derive(Debug, Default)]
pub(super) struct Again {
    /// Their broker says that it does not coordinate them.
    pub(super) moved: BTreeSet<GroupId>,
    /// Their coordinator does not know them in the protocol they were asked about in; in this one it may.
    pub(super) other_kind: BTreeMap<GroupId, Protocol>,
}

/// The two protocols that can be asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    Classic,
    Consumer,
}

impl Protocol {
    pub(super) fn of(kind: &GroupKind) -> Self {
        if *kind == GroupKind::Consumer { Self::Consumer } else { Self::Classic }
    }

    fn other(self) -> Self {
        match self {
            Self::Classic => Self::Consumer,
            Self::Consumer => Self::Classic,
        }
    }

    const fn question(self) -> Question {
        match self {
            Self::Classic => Question::DescribeGroups,
            Self::Consumer => Question::ConsumerGroupDescribe,
        }
    }

    fn kind(self) -> GroupKind {
        match self {
            Self::Classic => GroupKind::Classic,
            Self::Consumer => GroupKind::Consumer,
        }
    }
}

/// What one coordinator is asked to describe.
#[derive(Debug, Default)]
struct Job {
    classic: Vec<GroupId>,
    consumer: Vec<GroupId>,
}

impl Round<'_> {
    /// Describes every group that was listed.
    pub(super) async fn describe_groups(&mut self) -> Again {
        let waiting = Unknown::Failed(ProblemKind::Missing);
        let listed = self.builder.groups().iter().filter(|group| group.members.as_ref().err() == Some(&waiting));
        let listed: Vec<_> = listed.map(|group| (group.id.clone(), Protocol::of(&group.kind))).collect();
        self.describe(listed, false).await
    }

    /// Describes these groups; `is_second` asks no further.
    pub(super) async fn describe(
        &mut self,
        asked: impl IntoIterator<Item = (GroupId, Protocol)>,
        is_second: bool,
    ) -> Again {
        let places = self.places();
        let mut jobs: BTreeMap<BrokerId, Job> = BTreeMap::new();
        for (id, protocol) in asked {
            let Some(group) = places.get(&id).and_then(|place| self.builder.groups().get(*place)) else { continue };
            let job = jobs.entry(group.coordinator).or_default();
            match protocol {
                Protocol::Classic => job.classic.push(id),
                Protocol::Consumer => job.consumer.push(id),
            }
        }
        let poll = self.poll;
        let answers = self.fleet.on_each(jobs, |link, job| run(link, job, poll)).await;
        let mut again = Again::default();
        for (broker, answer) in answers {
            match answer {
                Ok((classic, consumer)) => {
                    self.take(&places, broker, Protocol::Classic, classic, is_second, &mut again);
                    self.take(&places, broker, Protocol::Consumer, consumer, is_second, &mut again);
                }
                Err(error) => {
                    self.tally.broker_failed(Question::DescribeGroups, broker, error.kind, error.to_string());
                }
            }
        }
        again
    }

    /// Where each group is in the builder.
    pub(super) fn places(&self) -> HashMap<GroupId, usize> {
        self.builder.groups().iter().enumerate().map(|(place, group)| (group.id.clone(), place)).collect()
    }

    fn take(
        &mut self,
        places: &HashMap<GroupId, usize>,
        broker: BrokerId,
        protocol: Protocol,
        (asked, answer): Answer,
        is_second: bool,
        again: &mut Again,
    ) {
        let question = protocol.question();
        let descriptions = match answer {
            Ok(descriptions) => descriptions,
            Err(error) => {
                for place in asked.iter().filter_map(|id| places.get(id)) {
                    self.builder.found_members(*place, Err(Unknown::Failed(error.kind)));
                }
                self.tally.broker_failed(question, broker, error.kind, error.sentence);
                return;
            }
        };
        for (id, outcome) in descriptions {
            let Some(place) = places.get(&id) else { continue };
            let is_absent = match &outcome {
                Ok(described) => described.state == GroupState::Dead,
                Err(refusal) => refusal.kind == ProblemKind::GroupNotFound,
            };
            if is_absent && !is_second && self.may_be_other_kind(broker, protocol) {
                again.other_kind.insert(id, protocol.other());
                continue;
            }
            match outcome {
                Ok(described) => self.found_description(*place, protocol, described),
                Err(refusal) => {
                    self.builder.found_members(*place, Err(Unknown::Failed(refusal.kind)));
                    if refusal.kind == ProblemKind::NotCoordinator && !is_second {
                        again.moved.insert(id);
                    } else if !(is_absent && is_second) {
                        self.tally.refused(question, Some(broker), &refusal, || Subject::Group(id));
                    }
                }
            }
        }
    }

    /// Brokers before Kafka 3.8 do not tell a group's kind, and a group can change it between two
    /// questions; the other question then knows the group.
    fn may_be_other_kind(&self, broker: BrokerId, asked: Protocol) -> bool {
        asked == Protocol::Consumer || self.fleet.serves(broker, Question::ConsumerGroupDescribe)
    }

    fn found_description(&mut self, place: usize, protocol: Protocol, described: Described) {
        let members = self.members(place, &described.members);
        if let Some(group) = self.builder.group_mut(place) {
            group.state = described.state;
            group.protocol = described.protocol;
            if let Some(protocol_type) = described.protocol_type.filter(|word| !word.is_empty()) {
                group.protocol_type = protocol_type;
            }
            group.members = Ok(members);
            group.epochs = described.epochs;
            if Protocol::of(&group.kind) != protocol && group.state != GroupState::Dead {
                group.kind = protocol.kind();
            }
        }
    }
}

type Answer = (Vec<GroupId>, Result<Descriptions, Error>);

async fn run(link: &mut Link, job: Job, poll: &Poll) -> Result<(Answer, Answer), Error> {
    let Job { classic, consumer } = job;
    let described = if classic.is_empty() { Ok(Vec::new()) } else { groups::ask(link, classic.clone(), poll).await };
    let classic = (classic, described);
    let described =
        if consumer.is_empty() { Ok(Vec::new()) } else { consumer_groups::ask(link, consumer.clone(), poll).await };
    Ok((classic, (consumer, described)))
}
