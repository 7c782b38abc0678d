//! Problems of one poll, gathered: one line for a thousand groups that fail alike.
//!
//! Not a log.
//! Invariant: as many problems as there are questions, brokers and kinds, however many things fail.

use std::collections::BTreeMap;

use crate::model::{BrokerId, Problem, ProblemKind, Question, Subject};

/// What failed alike is counted together.
#[derive(Debug, Default)]
pub(super) struct Tally {
    failures: BTreeMap<(Question, BrokerId, ProblemKind), Failures>,
}

#[derive(Debug)]
struct Failures {
    count: usize,
    first: Subject,
    detail: String,
}

impl Tally {
    /// Notes one thing that a broker could not tell.
    pub(super) fn failed(
        &mut self,
        question: Question,
        broker: BrokerId,
        kind: ProblemKind,
        subject: impl FnOnce() -> Subject,
    ) {
        self.failures
            .entry((question, broker, kind))
            .and_modify(|failures| failures.count += 1)
            .or_insert_with(|| Failures { count: 1, first: subject(), detail: String::new() });
    }

    /// Notes that a broker told nothing at all, with the reason in words.
    pub(super) fn broker_failed(&mut self, question: Question, broker: BrokerId, kind: ProblemKind, detail: String) {
        self.failures.entry((question, broker, kind)).or_insert_with(|| Failures {
            count: 1,
            first: Subject::Broker,
            detail,
        });
    }

    /// The problems, in a fixed order.
    pub(super) fn into_problems(self) -> Vec<Problem> {
        self.failures
            .into_iter()
            .map(|((question, broker, kind), failures)| failures.told(question, broker, kind))
            .collect()
    }
}

impl Failures {
    fn told(self, question: Question, broker: BrokerId, kind: ProblemKind) -> Problem {
        let (name, word) = (question.name(), kind.word());
        let what = match &self.first {
            Subject::Cluster | Subject::Broker => String::new(),
            Subject::Topic(topic) => format!(" for topic `{topic}`"),
            Subject::Group(group) => format!(" for group `{group}`"),
        };
        let more = if self.count > 1 { format!(" and {} more", self.count - 1) } else { String::new() };
        let reason = if self.detail.is_empty() { word.to_owned() } else { self.detail };
        let detail = format!("{name} at broker {broker}{what}{more}: {reason}");
        Problem { question, broker: Some(broker), subject: self.first, kind, count: self.count, detail }
    }
}
