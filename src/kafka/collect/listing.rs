//! Which groups there are, and what became of those that nobody lists any more.
//!
//! Not their members or commits.
//! Invariant: each group once; a group is gone only when the broker that coordinates it says so.

use std::collections::{BTreeMap, HashMap};

use crate::model::{BrokerId, Group, GroupId, GroupState, ProblemKind, Question, Unknown};

use super::super::ask::GROUP_ID_BYTES_MAX;
use super::super::ask::listed::{self, ListedGroup};
use super::super::fleet::Jobs;
use super::Round;
use super::known::{KnownGroup, KnownGroups};

/// A group of the last poll that nobody lists, although its coordinator answered.
pub(super) struct Unlisted {
    pub(super) id: GroupId,
    pub(super) known: KnownGroup,
    /// The coordinator gave its whole list: the group moved, or was deleted. Else it gave none.
    pub(super) was_missed: bool,
}

/// How much of its list a broker that answered gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    Whole,
    /// Some of it or nothing, with an error: while a broker takes over from another it does not even
    /// list what it has.
    Part,
}

impl Round<'_> {
    /// Asks every broker for its groups. Groups whose coordinator is silent stay, as unknown; those
    /// that were not listed by one that answered are returned.
    pub(super) async fn list_groups(&mut self, known: &KnownGroups) -> Vec<Unlisted> {
        let poll = self.poll;
        let jobs: Jobs<BrokerId> = self.fleet.broker_ids().map(|id| (id, id)).collect();
        let answers = self.fleet.on_each(jobs, |link, _| listed::ask(link, poll)).await;
        let mut lists = BTreeMap::new();
        let mut listed: HashMap<GroupId, (BrokerId, ListedGroup)> = HashMap::new();
        for (broker, answer) in answers {
            match answer {
                Ok(answer) => {
                    let extent = if answer.incomplete.is_some() { Extent::Part } else { Extent::Whole };
                    lists.insert(broker, extent);
                    if let Some(error) = answer.incomplete {
                        self.tally.broker_failed(Question::ListGroups, broker, error.kind, error.to_string());
                    }
                    if let count @ 1.. = answer.left_out_count {
                        let detail =
                            format!("{count} group ids are left out, being longer than {GROUP_ID_BYTES_MAX} bytes");
                        self.tally.broker_failed(Question::ListGroups, broker, ProblemKind::Invalid, detail);
                    }
                    for group in answer.groups {
                        self.found_listed(&mut listed, broker, group, known);
                    }
                }
                Err(error) => {
                    if error.is_answered() {
                        lists.insert(broker, Extent::Part);
                    }
                    self.tally.broker_failed(Question::ListGroups, broker, error.kind, error.to_string());
                }
            }
        }
        let unlisted = self.unlisted(&listed, &lists, known);
        let mut listed: Vec<_> = listed.into_iter().collect();
        listed.sort_by(|left, right| left.0.cmp(&right.0));
        self.listing.groups = listed.iter().map(|(id, _)| id.clone()).collect();
        for (id, (coordinator, group)) in listed {
            self.builder.found_group(as_group(id, coordinator, group));
        }
        unlisted
    }

    fn found_listed(
        &mut self,
        listed: &mut HashMap<GroupId, (BrokerId, ListedGroup)>,
        broker: BrokerId,
        group: ListedGroup,
        known: &KnownGroups,
    ) {
        if !self.config.groups.passes(&group.id) {
            return;
        }
        let id = GroupId::from(group.id.as_str());
        let Some((first_broker, first)) = listed.get(&id) else {
            listed.insert(id, (broker, group));
            return;
        };
        // A broker that lost the coordination lists what it remembers: for a moment, or for as long as
        // it is cut off and does not know. Whoever sees life is right; then who took over, which is
        // whoever did not list it before; and who was believed before is believed again.
        self.builder.found_duplicate_listing();
        let is_alive = |group: &ListedGroup| !matches!(group.state, GroupState::Dead | GroupState::Empty);
        let credit = |broker: BrokerId, group: &ListedGroup| {
            (is_alive(group), !known.was_listed_by(&id, broker), known.coordinator_of(&id) == Some(broker))
        };
        let is_better = credit(broker, &group) > credit(*first_broker, first);
        self.listing.outvoted.entry(id.clone()).or_default().insert(if is_better { *first_broker } else { broker });
        if is_better {
            listed.insert(id, (broker, group));
        }
    }

    fn unlisted(
        &mut self,
        listed: &HashMap<GroupId, (BrokerId, ListedGroup)>,
        lists: &BTreeMap<BrokerId, Extent>,
        known: &KnownGroups,
    ) -> Vec<Unlisted> {
        let mut unlisted = Vec::new();
        for (id, group) in known.fresh(self.poll.clock.moment()) {
            if listed.contains_key(id) {
                continue;
            }
            match lists.get(&group.coordinator) {
                Some(extent) => {
                    let was_missed = *extent == Extent::Whole;
                    unlisted.push(Unlisted { id: id.clone(), known: group.clone(), was_missed });
                }
                None => self.builder.found_group(group.as_unknown(id.clone(), Unknown::NoCoordinator)),
            }
        }
        unlisted.sort_by(|left, right| left.id.cmp(&right.id));
        unlisted
    }
}

fn as_group(id: GroupId, coordinator: BrokerId, listed: ListedGroup) -> Group {
    let unknown = if listed.kind.commits_offsets() { Unknown::Failed(ProblemKind::Missing) } else { Unknown::NotAsked };
    Group {
        epochs: None,
        id,
        kind: listed.kind,
        protocol_type: listed.protocol_type,
        protocol: String::new(),
        state: listed.state,
        coordinator,
        members: Err(unknown),
        commits: Err(unknown),
    }
}
