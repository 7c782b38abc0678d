//! What an event from outside may ask for, so that no number in it fills memory or overflows.
//!
//! Not whether it makes sense now; the world knows that.
//! Invariant: an action that passes costs a bounded amount of memory and time.

use std::time::Duration;

use crate::simulator::spec::Action;

const PARTITIONS_MAX: u32 = 10_000;
const MEMBERS_MAX: u32 = 10_000;
/// Records per second.
const RATE_MAX: f64 = 1e9;
const RECORDS_MAX: i64 = 1 << 48;
const DURATION_MAX: Duration = Duration::from_hours(365 * 24);

/// Says what is beyond a bound.
pub(super) fn check(action: &Action) -> Result<(), String> {
    match action {
        Action::Produce { rate, .. } | Action::Capacity { rate: Some(rate), .. } => {
            within("rate", rate, &0.0, &RATE_MAX)
        }
        Action::AddPartitions { partitions, .. } => within("partitions", partitions, &1, &PARTITIONS_MAX),
        Action::Scale { members, .. } => within("members", members, &0, &MEMBERS_MAX),
        Action::Reset { behind, .. } => within("behind", behind, &-RECORDS_MAX, &RECORDS_MAX),
        Action::Retain { retention, .. } => short("retention", *retention),
        Action::Crash { back_after: Some(back_after), .. } | Action::ExceedMaxPoll { back_after, .. } => {
            short("back_after", *back_after)
        }
        Action::Deploy { step, .. } => short("step", *step),
        Action::Join(of) => within("member", &of.member.unwrap_or(0), &0, &MEMBERS_MAX),
        _ => Ok(()),
    }
}

fn within<T: PartialOrd + std::fmt::Display>(key: &str, value: &T, min: &T, max: &T) -> Result<(), String> {
    if (min..=max).contains(&value) { Ok(()) } else { Err(format!("`{key}` is {value}, not from {min} to {max}")) }
}

fn short(key: &str, value: Duration) -> Result<(), String> {
    if value <= DURATION_MAX { Ok(()) } else { Err(format!("`{key}` is at most a year")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_fill_memory_or_overflow_is_refused() {
        let refused = |text: &str| {
            let action: Action = serde_json::from_str(text).expect("an action");
            check(&action).expect_err(text)
        };
        let error = refused(r#"{"add_partitions": {"topic": "t", "partitions": 4000000000}}"#);
        assert_eq!(error, "`partitions` is 4000000000, not from 1 to 10000");
        refused(r#"{"scale": {"group": "g", "members": 4000000000}}"#);
        refused(r#"{"produce": {"topic": "t", "rate": -1.0}}"#);
        refused(r#"{"capacity": {"group": "g", "rate": 1e300}}"#);
        refused(r#"{"reset": {"group": "g", "topic": "t", "behind": -9223372036854775808}}"#);
        refused(r#"{"deploy": {"group": "g", "step": "400days"}}"#);
        let fine: Action = serde_json::from_str(r#"{"crash": {"group": "g", "member": 0}}"#).expect("an action");
        assert_eq!(check(&fine), Ok(()));
    }
}
