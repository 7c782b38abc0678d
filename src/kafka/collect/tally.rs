//! Problems of one poll, gathered: one line for a thousand groups that fail alike.
//!
//! Not a log.
//! Invariant: as many problems as there are questions, brokers and kinds, however many things fail, and
//! a bounded number however many brokers there are.

use std::collections::BTreeMap;

use crate::model::{BrokerId, Problem, ProblemKind, Question, Subject};

use super::super::code::Refusal;

/// Beyond this many problems those of further brokers are told together. More brokers than any cluster
/// has can only be of an answer that is wrong.
const PROBLEMS_MAX: usize = 1000;

type Key = (Question, Option<BrokerId>, ProblemKind);

/// What failed alike is counted together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    failures: BTreeMap<Key, Failures>,
}

#[derive(Debug)]
struct Failures {
    count: usize,
    first: Subject,
    detail: String,
}

impl Tally {
    /// Notes one thing that was not told, by a broker if one was asked for it.
    pub(super) fn refused(
        &mut self,
        question: Question,
        broker: Option<BrokerId>,
        refusal: &Refusal,
        subject: impl FnOnce() -> Subject,
    ) {
        let key = self.bounded((question, broker, refusal.kind));
        self.failures.entry(key).and_modify(|failures| failures.count += 1).or_insert_with(|| Failures {
            count: 1,
            first: subject(),
            detail: refusal.to_string(),
        });
    }

    /// Notes that a broker told nothing at all, with the reason in words.
    pub(super) fn broker_failed(&mut self, question: Question, broker: BrokerId, kind: ProblemKind, detail: String) {
        let key = self.bounded((question, Some(broker), kind));
        let failures = Failures { count: 1, first: Subject::Broker, detail };
        match key {
            (_, None, _) => self.failures.entry(key).and_modify(|others| others.count += 1).or_insert(failures),
            // The same broker failed in another step of the poll; it is one broker all the same.
            _ => self.failures.entry(key).or_insert(failures),
        };
    }

    fn bounded(&self, key: Key) -> Key {
        let (question, _, kind) = key;
        let is_full = self.failures.len() >= PROBLEMS_MAX && !self.failures.contains_key(&key);
        if is_full { (question, None, kind) } else { key }
    }

    /// The problems, in a fixed order.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.failures.into_iter().map(|(key, failures)| failures.told(key)).collect()
    }
}

impl Failures {
    fn told(self, (question, broker, kind): Key) -> Problem {
        let name = question.name();
        let place = broker.map_or_else(String::new, |broker| format!(" at broker {broker}"));
        let what = match &self.first {
            Subject::Cluster | Subject::Broker => String::new(),
            Subject::Topic(topic) => format!(" for topic `{topic}`"),
            Subject::Group(group) => format!(" for group `{group}`"),
        };
        let more = if self.count > 1 { format!(" and {} more", self.count - 1) } else { String::new() };
        let detail = format!("{name}{place}{what}{more}: {}", self.detail);
        Problem { question, broker, subject: self.first, kind, count: self.count, detail }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::GroupId;

    fn group(number: i32) -> Subject {
        Subject::Group(GroupId::from(format!("g{number}").as_str()))
    }

    #[test]
    fn what_fails_alike_is_one_problem() {
        let mut tally = Tally::default();
        let refusal = Refusal::of(30).expect("a code of a failure");
        for number in 0..5000 {
            tally.refused(Question::OffsetFetch, Some(BrokerId(1)), &refusal, || group(number));
        }
        tally.refused(Question::FindCoordinator, None, &Refusal::from(ProblemKind::Missing), || group(7));
        tally.broker_failed(Question::ListGroups, BrokerId(2), ProblemKind::Timeout, "silence".to_owned());
        tally.broker_failed(Question::ListGroups, BrokerId(2), ProblemKind::Timeout, "again".to_owned());
        let told: Vec<_> = tally.into_problems().into_iter().map(|problem| (problem.count, problem.detail)).collect();
        let expected = [
            (1, "FindCoordinator for group `g7`: missing_in_answer"),
            (1, "ListGroups at broker 2: silence"),
            (5000, "OffsetFetch at broker 1 for group `g0` and 4999 more: GROUP_AUTHORIZATION_FAILED"),
        ];
        assert_eq!(told, expected.map(|(count, detail)| (count, detail.to_owned())));
    }

    #[test]
    fn more_brokers_than_there_can_be_are_told_together() {
        let mut tally = Tally::default();
        for broker in 0..1_000_000 {
            tally.broker_failed(Question::ListOffsets, BrokerId(broker), ProblemKind::Connect, "unknown".to_owned());
        }
        let problems = tally.into_problems();
        assert_eq!(problems.len(), PROBLEMS_MAX + 1);
        assert_eq!(problems.iter().map(|problem| problem.count).sum::<usize>(), 1_000_000);
    }
}
