//! Keeps a status from flickering: it worsens after two evaluations that agree and improves after three.
//!
//! Not a rule: what is judged is judged elsewhere, and only when it is shown is decided here.
//! Invariant: what is not known is shown at once, and so is the first thing that is.

use std::cmp::Ordering;

use crate::model::Status;

/// Evaluations in a row that found something worse before it is shown.
const WORSE: i8 = 2;
/// Evaluations in a row that found something better before it is shown.
const BETTER: i8 = 3;

/// What is shown, and what was found since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Steady {
    shown: Status,
    /// Evaluations in a row that found something worse (above 0) or better (below).
    run: i8,
}

impl Default for Steady {
    fn default() -> Self {
        Self { shown: Status::Unknown, run: 0 }
    }
}

impl Steady {
    pub(super) fn shown(self) -> Status {
        self.shown
    }

    /// Whether this verdict is shown now.
    pub(super) fn settle(&mut self, verdict: Status) -> bool {
        let is_known = self.shown != Status::Unknown && verdict != Status::Unknown;
        let (run, needed) = match verdict.cmp(&self.shown) {
            _ if !is_known => (0, 0),
            Ordering::Equal => (0, 0),
            Ordering::Less if matches!(verdict, Status::Truncated | Status::DataLoss) => (1, 1),
            Ordering::Less => (self.run.max(0) + 1, WORSE),
            Ordering::Greater => (self.run.min(0) - 1, BETTER),
        };
        if run.abs() < needed {
            self.run = run;
            return false;
        }
        *self = Self { shown: verdict, run: 0 };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of each of these verdicts.
    fn shown(verdicts: &[Status]) -> Vec<Status> {
        let mut steady = Steady::default();
        let settle = |verdict: &Status| {
            let before = steady.shown();
            let is_new = steady.settle(*verdict);
            assert_eq!(steady.shown(), if is_new { *verdict } else { before });
            steady.shown()
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
