//! Keeps a status from flickering: it worsens after two evaluations that agree and improves after three.
//!
//! Not a rule: what is judged is judged elsewhere, and only when it is shown is decided here.
//! Invariant: what is not known is shown at once, and so is the first thing that is.

use std::cmp::Ordering;

use crate::model::{Because, Status};

/// Evaluations in a row that found something worse before it is shown.
const WORSE: i8 = 2;
/// Evaluations in a row that found something better before it is shown.
const BETTER: i8 = 3;

/// Evaluations in a row that found something worse (above 0) or better (below) than what is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Steady(i8);

impl Steady {
    /// What is shown after this verdict, where `shown` was shown before.
    pub(super) fn settle(&mut self, shown: Option<(Status, Because)>, verdict: (Status, Because)) -> (Status, Because) {
        let shown = shown.filter(|shown| shown.0 != Status::Unknown && verdict.0 != Status::Unknown);
        let Some(shown) = shown else {
            *self = Self::default();
            return verdict;
        };
        let (run, needed) = match verdict.0.cmp(&shown.0) {
            Ordering::Equal => (0, 0),
            Ordering::Less if matches!(verdict.0, Status::Truncated | Status::DataLoss) => (1, 1),
            Ordering::Less => (self.0.max(0) + 1, WORSE),
            Ordering::Greater => (self.0.min(0) - 1, BETTER),
        };
        if run.abs() < needed {
            *self = Self(run);
            return shown;
        }
        *self = Self::default();
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of each of these verdicts.
    fn shown(verdicts: &[Status]) -> Vec<Status> {
        let (mut steady, mut last) = (Steady::default(), None);
        let settle = |verdict: &Status| {
            let settled = steady.settle(last, (*verdict, Because::NoTrend));
            last = Some(settled);
            settled.0
        };
        verdicts.iter().map(settle).collect()
    }

    #[test]
    fn it_worsens_after_two_and_improves_after_three() {
        use Status::{CatchingUp, Ok, Stalled, Stopped};
        assert_eq!(shown(&[Ok, Stalled, Stalled]), [Ok, Ok, Stalled]);
        assert_eq!(shown(&[Ok, Stalled, Ok, Stalled]), [Ok, Ok, Ok, Ok]);
        assert_eq!(shown(&[Stalled, Ok, CatchingUp, Ok]), [Stalled, Stalled, Stalled, Ok]);
        assert_eq!(shown(&[Stalled, Ok, Ok, Stopped, Ok, Ok]), [Stalled; 6], "only what follows in a row counts");
    }

    #[test]
    fn losing_records_and_not_knowing_are_shown_at_once() {
        use Status::{DataLoss, Ok, Stalled, Truncated, Unknown};
        assert_eq!(shown(&[Ok, DataLoss, Truncated]), [Ok, DataLoss, Truncated]);
        assert_eq!(shown(&[Ok, Unknown, Stalled]), [Ok, Unknown, Stalled]);
        assert_eq!(shown(&[Unknown, Ok]), [Unknown, Ok]);
    }
}
