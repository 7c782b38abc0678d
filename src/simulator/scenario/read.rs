//! From the text of a scenario to the scenario.
//!
//! Not whether it makes sense; `check` judges that.
//! Invariant: either a whole scenario or its mistakes, each with its place.

use crate::simulator::spec::Scenario;

use super::error::{MISTAKES_SHOWN_MAX, Mistake, ScenarioError, shown};
use super::{check, missing, place, typed};

/// Reads a scenario; `origin` is what messages call its text: a file, or a built-in name.
///
/// Where it is not YAML, or a key or a value does not fit, that is told first; keys that are missing are told all at once,
/// and then what makes no sense.
pub fn parse(text: &str, origin: &str) -> Result<Scenario, ScenarioError> {
    let invalid = |mistakes, more| ScenarioError::Invalid { name: shown(origin), mistakes, more };
    let read: Result<Scenario, _> = serde_yaml::from_str(text);
    let mut mistakes = match &read {
        Ok(scenario) => check::mistakes(scenario),
        Err(error) => unreadable(text, typed::mistake(error)),
    };
    let more = mistakes.len().saturating_sub(MISTAKES_SHOWN_MAX);
    mistakes.truncate(MISTAKES_SHOWN_MAX);
    if let (Ok(scenario), true) = (read, mistakes.is_empty()) {
        return Ok(scenario);
    }
    // What the parser said has its place already, if it has one.
    for mistake in mistakes.iter_mut().filter(|mistake| mistake.line.is_none() && !mistake.key.is_empty()) {
        (mistake.line, mistake.column) = place::find(text, &mistake.key).unzip();
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    Err(invalid(mistakes, more))
}

/// What the parser stumbled over, and where that is a key that is missing, all others that are missing too.
fn unreadable(text: &str, told: Mistake) -> Vec<Mistake> {
    let mut mistakes = if told.message == missing::REQUIRED { missing::keys(text) } else { Vec::new() };
    if mistakes.iter().all(|mistake| mistake.key != told.key) {
        mistakes.push(told);
    }
    mistakes
}
