//! Groups that are not where they were: found with one question, asked about once more.
//!
//! Not a loop: what is not settled by then is a problem of this poll, and the next one's business.
//! Invariant: at most one batched FindCoordinator in a poll, and none while nothing moved.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Group, GroupId, GroupState, ProblemKind, Question, Subject, Unknown};

use super::super::ask::coordinators::{self, Coordinators};
use super::super::code::Refusal;
use super::Round;
use super::describe::{Again, Protocol};
use super::listing::Unlisted;

impl Round<'_> {
    /// Finds the coordinators of moved and unlisted groups and asks there.
    pub(super) async fn follow_moved_groups(&mut self, again: Again, unlisted: Vec<Unlisted>) {
        let Again { moved, other_kind } = again;
        let sought: BTreeSet<GroupId> = moved.iter().chain(unlisted.iter().map(|group| &group.id)).cloned().collect();
        if sought.is_empty() && other_kind.is_empty() {
            return;
        }
        let sought: Vec<GroupId> = sought.into_iter().collect();
        let coordinators = self.find_coordinators(&sought).await;
        let mut second = self.redirect(moved, &coordinators);
        let tentative = self.readmit(unlisted, &coordinators);
        second.extend(tentative.keys().cloned());
        if second.is_empty() && other_kind.is_empty() {
            return;
        }
        let places = self.places();
        let groups = self.builder.groups();
        let redirected = second.iter().filter_map(|id| groups.get(*places.get(id)?));
        let mut described: BTreeMap<GroupId, Protocol> =
            redirected.map(|group| (group.id.clone(), Protocol::of(&group.kind))).collect();
        described.extend(other_kind.iter().map(|(id, protocol)| (id.clone(), *protocol)));
        self.describe(described, true).await;
        self.settle_absent(other_kind.keys());
        let second: Vec<GroupId> = second.into_iter().collect();
        self.read_commits_of(&second, true).await;
        self.builder
            .retain_groups(|group| tentative.get(&group.id).is_none_or(|was_missed| !is_deleted(group, *was_missed)));
    }

    async fn find_coordinators(&mut self, sought: &[GroupId]) -> Coordinators {
        if sought.is_empty() {
            return Coordinators::new();
        }
        let failed = |refusal: &Refusal| sought.iter().map(|group| (group.clone(), Err(refusal.clone()))).collect();
        let poll = self.poll;
        let Some((broker, link)) = self.fleet.most_promising() else {
            return failed(&ProblemKind::Connect.into());
        };
        match coordinators::ask(link, sought, poll).await {
            Ok(coordinators) => coordinators,
            Err(error) => {
                self.tally.broker_failed(Question::FindCoordinator, broker, error.kind, error.to_string());
                failed(&Refusal::from(&error))
            }
        }
    }

    /// Points listed groups at their new coordinators; returns those that have one.
    fn redirect(&mut self, moved: BTreeSet<GroupId>, coordinators: &Coordinators) -> BTreeSet<GroupId> {
        let places = self.places();
        let mut redirected = BTreeSet::new();
        for id in moved {
            let place = places.get(&id).copied();
            match (coordinators.get(&id), place.and_then(|place| self.builder.group_mut(place))) {
                (Some(Ok(coordinator)), Some(group)) => {
                    group.coordinator = *coordinator;
                    redirected.insert(id);
                }
                (Some(Err(refusal)), Some(_)) => self.found_no_coordinator(id, refusal),
                _ => {}
            }
        }
        redirected
    }

    /// Takes back groups that their coordinator did not list, each with whether the one named now gave
    /// its whole list. They may be deleted; that coordinator will tell. It may be the old one, though
    /// they moved: a broker hears of a move later than the one that gave the groups away.
    fn readmit(&mut self, unlisted: Vec<Unlisted>, coordinators: &Coordinators) -> BTreeMap<GroupId, bool> {
        let mut tentative = BTreeMap::new();
        for Unlisted { id, known, was_missed } in unlisted {
            match coordinators.get(&id) {
                Some(Ok(coordinator)) => {
                    let mut group = known.as_unknown(id.clone(), Unknown::Failed(ProblemKind::Missing));
                    group.coordinator = *coordinator;
                    self.builder.found_group(group);
                    tentative.insert(id, was_missed && *coordinator == known.coordinator);
                }
                Some(Err(refusal)) => {
                    self.builder.found_group(known.as_unknown(id.clone(), Unknown::NoCoordinator));
                    self.found_no_coordinator(id, refusal);
                }
                None => {}
            }
        }
        tentative
    }

    fn found_no_coordinator(&mut self, id: GroupId, refusal: &Refusal) {
        self.tally.refused(Question::FindCoordinator, None, refusal, || Subject::Group(id));
    }

    /// A group that neither protocol knows, although it was listed, is dead.
    fn settle_absent<'a>(&mut self, asked_twice: impl Iterator<Item = &'a GroupId>) {
        let places = self.places();
        for place in asked_twice.filter_map(|id| places.get(id)) {
            if let Some(group) = self.builder.group_mut(*place)
                && group.members.as_ref().err() == Some(&Unknown::Failed(ProblemKind::GroupNotFound))
            {
                group.state = GroupState::Dead;
                group.members = Ok(Arc::default());
            }
        }
    }
}

/// Whether a group that was not listed is gone, by what its coordinator answered about it since.
/// Nobody is asked what groups without commits did, so for them its list decides, if it gave one.
fn is_deleted(group: &Group, was_missed: bool) -> bool {
    let is_absent = matches!(group.state, GroupState::Dead)
        || group.members.as_ref().err() == Some(&Unknown::Failed(ProblemKind::GroupNotFound));
    let has_nothing = match &group.commits {
        Ok(commits) => commits.offsets.is_empty(),
        Err(_) => was_missed && !group.kind.commits_offsets(),
    };
    is_absent && has_nothing
}
