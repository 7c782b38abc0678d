//! What is new about a poll's problems, so that the log tells a change once and not every poll.
//!
//! Not a store of problems: those of the last poll are in its report.
//! Invariant: a problem that lasts is told once, also while its broker is asked in some polls and left
//! alone in others; a poll without news tells nothing.

use std::collections::BTreeSet;

use crate::model::{BrokerId, Problem, ProblemKind, Question};

type Key = (Question, Option<BrokerId>, ProblemKind);

/// A broker that is out of reach fails in several ways by turns, and is not asked in between.
fn trouble(kind: ProblemKind) -> ProblemKind {
    match kind {
        ProblemKind::Connect | ProblemKind::Disconnected | ProblemKind::Timeout => ProblemKind::BackingOff,
        kind => kind,
    }
}

/// The problems that were told and still last.
#[derive(Debug, Default)]
pub(super) struct Changes {
    lasting: BTreeSet<Key>,
    has_succeeded: bool,
    /// How polls failed since the last that did not.
    failures: Option<BTreeSet<ProblemKind>>,
}

/// What is new.
pub(super) struct Told<'a> {
    /// Problems the last poll did not have.
    pub(super) new: Vec<&'a Problem>,
    /// How many problems of the last poll are gone.
    pub(super) settled_count: usize,
}

impl Changes {
    /// Whether this success follows a failure or is the first of all.
    pub(super) fn is_first_success(&mut self) -> bool {
        let had_failed = self.failures.take().is_some();
        let is_first = !std::mem::replace(&mut self.has_succeeded, true);
        had_failed || is_first
    }

    /// Whether this failure follows a success or is of a kind that was not told since.
    pub(super) fn is_new_failure(&mut self, problems: &[Problem]) -> bool {
        let is_first = self.failures.is_none();
        let told = self.failures.get_or_insert_default();
        let told_count = told.len();
        // What was not asked, for want of time or to leave it alone, failed in an earlier poll.
        let asked = problems.iter().map(|problem| problem.kind);
        told.extend(asked.filter(|kind| !matches!(kind, ProblemKind::BackingOff | ProblemKind::PollDeadline)));
        is_first || told.len() > told_count
    }

    /// Compares a poll's problems with those of the one before.
    pub(super) fn of<'a>(&mut self, problems: &'a [Problem]) -> Told<'a> {
        let key = |problem: &Problem| (problem.question, problem.broker, trouble(problem.kind));
        let now: BTreeSet<Key> = problems.iter().map(key).collect();
        let mut told = BTreeSet::new();
        let is_new = |problem: &&Problem| !self.lasting.contains(&key(problem)) && told.insert(key(problem));
        let new = problems.iter().filter(is_new).collect();
        let settled_count = self.lasting.difference(&now).count();
        self.lasting = now;
        Told { new, settled_count }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Subject;

    fn problem(broker: i32) -> Problem {
        failed(broker, ProblemKind::Timeout)
    }

    fn failed(broker: i32, kind: ProblemKind) -> Problem {
        Problem {
            question: Question::ListOffsets,
            broker: Some(BrokerId(broker)),
            subject: Subject::Broker,
            kind,
            count: 1,
            detail: String::new(),
        }
    }

    #[test]
    fn a_lasting_problem_is_told_once() {
        let mut changes = Changes::default();
        assert_eq!(changes.of(&[problem(1), problem(1)]).new.len(), 1);
        let mut news = |problems: &[Problem]| {
            let told = changes.of(problems);
            (told.new.len(), told.settled_count)
        };
        assert_eq!(news(&[problem(1), problem(2)]), (1, 0));
        assert_eq!(news(&[problem(2)]), (0, 1));
        assert_eq!(changes.of(&[problem(1)]).new.len(), 1);
    }

    #[test]
    fn a_broker_that_is_asked_now_and_then_is_told_once() {
        let mut changes = Changes::default();
        assert_eq!(changes.of(&[failed(1, ProblemKind::Connect)]).new.len(), 1);
        for kind in [ProblemKind::BackingOff, ProblemKind::Connect, ProblemKind::Timeout, ProblemKind::BackingOff] {
            let problems = [failed(1, kind)];
            let told = changes.of(&problems);
            assert_eq!((told.new.len(), told.settled_count), (0, 0), "{kind:?}");
        }
        assert_eq!(changes.of(&[failed(1, ProblemKind::NotLeader)]).new.len(), 1);
    }

    #[test]
    fn success_is_told_at_first_and_after_failures() {
        let mut changes = Changes::default();
        assert!(changes.is_first_success());
        assert!(!changes.is_first_success());
        let refused = [failed(1, ProblemKind::Connect), failed(2, ProblemKind::BackingOff)];
        assert!(changes.is_new_failure(&refused));
        assert!(!changes.is_new_failure(&refused));
        assert!(!changes.is_new_failure(&[failed(1, ProblemKind::BackingOff), failed(2, ProblemKind::Connect)]));
        assert!(changes.is_new_failure(&[failed(1, ProblemKind::Timeout), failed(2, ProblemKind::Connect)]));
        assert!(!changes.is_new_failure(&refused));
        assert!(changes.is_first_success());
        assert!(changes.is_new_failure(&refused));
    }
}
