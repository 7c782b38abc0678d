//! What an event from outside may ask for, so that no number in it fills memory or overflows.
//!
//! Not whether it makes sense now; the world knows that.
//! Invariant: what a scenario file may not say is not let in here either.

use super::error::ControlError;
use crate::simulator::scenario::{check_action, limits};
use crate::simulator::spec::Action;

/// Far beyond any log, and far from overflow.
const RECORDS_MAX: u64 = 1 << 48;

/// Says what is beyond a bound.
pub(super) fn check(action: &Action) -> Result<(), ControlError> {
    let mistakes: Vec<String> = check_action(action).iter().map(ToString::to_string).collect();
    if !mistakes.is_empty() {
        return Err(ControlError::bad_request(mistakes.join("; ")));
    }
    match action {
        Action::Reset { behind, .. } if behind.unsigned_abs() > RECORDS_MAX => {
            Err(ControlError::bad_request(format!("behind: expected at most {RECORDS_MAX} records either way")))
        }
        Action::Join(of) if of.member.is_some_and(|member| member >= limits::MEMBERS) => {
            Err(ControlError::bad_request(format!("member: expected at most {} members", limits::MEMBERS)))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fill_memory_or_overflow_is_refused() {
        let is_let_in = |text: &str| check(&serde_json::from_str(text).expect("an action")).is_ok();
        assert!(!is_let_in(r#"{"add_partitions": {"topic": "t", "partitions": 4000000000}}"#));
        assert!(!is_let_in(r#"{"scale": {"group": "g", "members": 4000000000}}"#));
        assert!(!is_let_in(r#"{"join": {"group": "g", "member": 4000000000}}"#));
        assert!(!is_let_in(r#"{"produce": {"topic": "t", "rate": -1.0}}"#));
        assert!(!is_let_in(r#"{"capacity": {"group": "g", "rate": 1e300}}"#));
        assert!(!is_let_in(r#"{"reset": {"group": "g", "topic": "t", "behind": -9223372036854775808}}"#));
        assert!(!is_let_in(r#"{"deploy": {"group": "g", "step": "10000days"}}"#));
        assert!(is_let_in(r#"{"crash": {"group": "g", "member": 0}}"#));
        assert!(is_let_in(r#"{"reset": {"group": "g", "topic": "t", "behind": -100}}"#));
    }
}
