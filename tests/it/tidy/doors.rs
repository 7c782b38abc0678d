//! Which names one room may take from another where the whole room would be too much.
//!
//! It is NOT the table of rooms: an edge that is forbidden there is not allowed here.
//! Invariant: a name is on a list because a test can put something else in its place.

use super::Finding;
use super::source::Source;

/// A room that is used only through these names.
struct Door {
    user: &'static str,
    used: &'static str,
    names: &'static [&'static str],
    why: &'static str,
}

const DOORS: &[Door] = &[Door {
    user: "poller",
    used: "kafka",
    names: &["ClusterSource", "LearnedNothing"],
    why: "the poller asks through a trait, so that its tests need no broker",
}];

/// Names taken from a room past its door.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    for door in DOORS.iter().filter(|door| source.room() == Some(door.user)) {
        for path in source.paths() {
            let Some(place) = path.in_crate() else { continue };
            if place.first().is_none_or(|room| room != door.used) {
                continue;
            }
            if !place.get(1).is_some_and(|name| door.names.contains(&name.as_str())) {
                let names = door.names.join("`, `");
                let reason = format!("`{}` takes only `{names}` from `{}`: {}", door.user, door.used, door.why);
                findings.push(Finding::new(&source.path, path.line, reason));
            }
        }
    }
    findings
}

#[test]
fn only_the_listed_names_pass() {
    let passes = |text: &str| check(&Source::new("src/poller/tick.rs", text)).is_empty();
    assert!(passes("use crate::kafka::ClusterSource; use crate::publish::Publisher;"));
    assert!(!passes("use crate::kafka::Connection;"));
    assert!(!passes("use crate::kafka::{ClusterSource, Connection};"));
    assert!(!passes("use crate::kafka::*;"));
    assert!(!passes("use crate::kafka;"));
    assert!(check(&Source::new("src/app.rs", "use crate::kafka::Connection;")).is_empty());
}
