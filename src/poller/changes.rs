//! What is new about a poll's problems, so that the log tells a change once and not every poll.
//!
//! Not a store of problems: those of the last poll are in its report.
//! Invariant: a problem that lasts is told once; a poll without news tells nothing.

use std::collections::BTreeSet;

use crate::model::{BrokerId, Problem, ProblemKind, Question};

type Key = (Question, Option<BrokerId>, ProblemKind);

/// The problems that were told and still last.
#[derive(Debug, Default)]
pub(super) struct Changes {
    lasting: BTreeSet<Key>,
    has_succeeded: bool,
    last_failure: Option<String>,
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
        let had_failed = self.last_failure.take().is_some();
        let is_first = !std::mem::replace(&mut self.has_succeeded, true);
        had_failed || is_first
    }

    /// Whether this failure follows a success or reads differently from the last one.
    pub(super) fn is_first_failure(&mut self, sentence: &str) -> bool {
        let is_news = self.last_failure.as_deref() != Some(sentence);
        self.last_failure = Some(sentence.to_owned());
        is_news
    }

    /// Compares a poll's problems with those of the one before.
    pub(super) fn of<'a>(&mut self, problems: &'a [Problem]) -> Told<'a> {
        let key = |problem: &Problem| (problem.question, problem.broker, problem.kind);
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
        Problem {
            question: Question::ListOffsets,
            broker: Some(BrokerId(broker)),
            subject: Subject::Broker,
            kind: ProblemKind::Timeout,
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
    fn success_is_told_at_first_and_after_failures() {
        let mut changes = Changes::default();
        assert!(changes.is_first_success());
        assert!(!changes.is_first_success());
        assert!(changes.is_first_failure("no broker answered"));
        assert!(!changes.is_first_failure("no broker answered"));
        assert!(changes.is_first_failure("another reason"));
        assert!(changes.is_first_success());
    }
}
