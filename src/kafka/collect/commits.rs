//! What every group committed, asked of its coordinator.
//!
//! Not of share and streams groups, whose progress is told elsewhere.
//! Invariant: a group whose commits cannot be read has unknown commits, not none.

use std::collections::BTreeMap;

use crate::model::{BrokerId, Commit, Commits, GroupId, PartitionId, ProblemKind, Question, Subject, Unknown};

use super::super::ask::committed::{self, GroupOffsets};
use super::super::ask::may_name_topic;
use super::super::code::Refusal;
use super::{Round, watched_topic};

impl Round<'_> {
    /// Reads the commits of every listed group; returns those that their broker does not coordinate.
    pub(super) async fn read_commits(&mut self) -> Vec<GroupId> {
        let waiting = Unknown::Failed(ProblemKind::Missing);
        let listed = self.builder.groups().iter().filter(|group| group.commits.as_ref().err() == Some(&waiting));
        let listed: Vec<GroupId> = listed.map(|group| group.id.clone()).collect();
        self.read_commits_of(&listed, false).await
    }

    /// Reads the commits of these groups; `is_second` asks no further.
    pub(super) async fn read_commits_of(&mut self, asked: &[GroupId], is_second: bool) -> Vec<GroupId> {
        let places = self.places();
        let mut jobs: BTreeMap<BrokerId, Vec<GroupId>> = BTreeMap::new();
        for id in asked {
            let group = places.get(id).and_then(|place| self.builder.groups().get(*place));
            if let Some(group) = group.filter(|group| group.kind.commits_offsets()) {
                jobs.entry(group.coordinator).or_default().push(id.clone());
            }
        }
        let poll = self.poll;
        let sent = jobs.clone();
        let answers = self.fleet.on_each(jobs, |link, groups| committed::ask(link, groups, poll)).await;
        let mut moved = Vec::new();
        for (broker, answer) in answers {
            let committed = match answer {
                Ok(committed) => committed,
                Err(error) => {
                    let asked = sent.get(&broker).into_iter().flatten();
                    for place in asked.filter_map(|id| places.get(id)) {
                        self.builder.found_commits(*place, Err(Unknown::Failed(error.kind)));
                    }
                    self.tally.broker_failed(Question::OffsetFetch, broker, error.kind, error.sentence);
                    continue;
                }
            };
            for (id, outcome) in committed {
                let Some(place) = places.get(&id) else { continue };
                match outcome {
                    Ok(offsets) => self.found_offsets(*place, broker, &id, offsets),
                    Err(refusal) => {
                        self.builder.found_commits(*place, Err(Unknown::Failed(refusal.kind)));
                        if refusal.kind == ProblemKind::NotCoordinator && !is_second {
                            moved.push(id);
                        } else {
                            self.tally.refused(Question::OffsetFetch, Some(broker), &refusal, || Subject::Group(id));
                        }
                    }
                }
            }
        }
        moved
    }

    fn found_offsets(&mut self, place: usize, broker: BrokerId, id: &GroupId, told: GroupOffsets) {
        let mut commits =
            Commits { answered: told.answered, offsets: Vec::new(), unreadable: Vec::new(), filtered_count: 0 };
        for (topic, partitions) in told.topics {
            let subject = || Subject::Group(id.clone());
            if !may_name_topic(&topic) {
                self.tally.refused(Question::OffsetFetch, Some(broker), &ProblemKind::Invalid.into(), subject);
                continue;
            }
            let Some(index) = watched_topic(&mut self.builder, &self.config.topics, &topic) else {
                commits.filtered_count += partitions.len();
                continue;
            };
            commits.offsets.reserve(partitions.len());
            for told in partitions {
                let partition = PartitionId(told.partition);
                if told.partition < 0 {
                    self.tally.refused(Question::OffsetFetch, Some(broker), &ProblemKind::Invalid.into(), subject);
                } else if let Some(refusal) = Refusal::of(told.error_code) {
                    self.tally.refused(Question::OffsetFetch, Some(broker), &refusal, subject);
                    commits.unreadable.push((index, partition));
                } else if told.offset >= 0 {
                    let leader_epoch = Some(told.leader_epoch).filter(|epoch| *epoch >= 0);
                    commits.offsets.push(Commit { topic: index, partition, offset: told.offset, leader_epoch });
                }
            }
        }
        self.builder.found_commits(place, Ok(commits));
    }
}
