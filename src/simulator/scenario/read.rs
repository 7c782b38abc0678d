//! From the text of a scenario to the scenario.
//!
//! Not whether it makes sense; `check` judges that.
//! Invariant: either a whole scenario or its mistakes, each with its place.

use crate::simulator::spec::Scenario;

use super::error::{MISTAKES_SHOWN_MAX, ScenarioError, shown};
use super::{check, place, typed};

/// Reads a scenario; `origin` is what messages call its text: a file, or a built-in name.
///
/// Where it is not YAML, or a key or a value does not fit, that is told first; what makes no sense is told all at once.
pub fn parse(text: &str, origin: &str) -> Result<Scenario, ScenarioError> {
    let invalid = |mistakes, more| ScenarioError::Invalid { name: shown(origin), mistakes, more };
    let scenario: Scenario = serde_yaml::from_str(text).map_err(|error| invalid(vec![typed::mistake(&error)], 0))?;
    let mut mistakes = check::mistakes(&scenario);
    let more = mistakes.len().saturating_sub(MISTAKES_SHOWN_MAX);
    mistakes.truncate(MISTAKES_SHOWN_MAX);
    if mistakes.is_empty() {
        return Ok(scenario);
    }
    for mistake in &mut mistakes {
        (mistake.line, mistake.column) = place::find(text, &mistake.key).unzip();
    }
    mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
    Err(invalid(mistakes, more))
}
