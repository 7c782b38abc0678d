//! The table of rooms: which part of the crate may use which.
//!
//! It is NOT about what a room does inside; `words` is. Invariant: a room that is not in the table does not exist.

use super::Finding;
use super::source::Source;

/// One row of the table.
struct Room {
    name: &'static str,
    may_use: &'static [&'static str],
    why: &'static str,
}

const ROOMS: &[Room] = &[
    Room { name: "model", may_use: &[], why: "model is the vocabulary everybody shares, so it knows nobody" },
    Room { name: "wire", may_use: &["model"], why: "wire turns bytes into facts and nothing else" },
    Room { name: "analysis", may_use: &["model"], why: "analysis is a function from facts to conclusions" },
    Room { name: "render", may_use: &["model"], why: "render is a function from conclusions to text" },
    Room { name: "config", may_use: &["model"], why: "config fills plain values; it asks nobody whether they work" },
    Room { name: "telemetry", may_use: &["model"], why: "everybody reports to telemetry, so it may depend on nobody" },
    Room {
        name: "kafka",
        may_use: &["model", "wire", "config", "telemetry"],
        why: "kafka learns facts; it does not judge, show or serve them, so a scrape cannot cause a request to Kafka",
    },
    Room {
        name: "client",
        may_use: &["model", "wire", "config", "telemetry"],
        why: "client learns facts through librdkafka; it does not judge, show or serve them",
    },
    Room {
        name: "poller",
        may_use: &["model", "kafka", "analysis", "publish", "config", "telemetry"],
        why: "poller only joins asking, thinking and publishing",
    },
    Room {
        name: "publish",
        may_use: &["model", "render"],
        why: "publish holds the latest and does not know who reads",
    },
    Room {
        name: "http",
        may_use: &["model", "publish", "render", "telemetry"],
        why: "http serves what is published and never meets kafka, so a scrape cannot cause a request to Kafka",
    },
    Room {
        name: "notify",
        may_use: &["model", "publish", "render", "config", "telemetry"],
        why: "notify tells others what is published and never meets kafka",
    },
    Room {
        name: "simulator",
        may_use: &["model"],
        why: "the simulator shares nothing with kafka, so that a mistake in one is not mirrored in the other",
    },
    Room {
        name: "app",
        may_use: &[
            "model",
            "wire",
            "analysis",
            "render",
            "config",
            "telemetry",
            "kafka",
            "client",
            "poller",
            "publish",
            "http",
            "notify",
            "simulator",
        ],
        why: "app joins all rooms, and only the command line stands above it",
    },
    Room {
        name: "cli",
        may_use: &["model", "app", "config", "telemetry", "render", "simulator"],
        why: "cli reads arguments, sets up the log and prints; rules live in the rooms behind it",
    },
    Room { name: "main", may_use: &["cli"], why: "main is a door and nothing else" },
    Room { name: "lib", may_use: &[], why: "lib names the rooms and holds no code" },
];

/// Uses of one room by another that the table does not allow.
pub(super) fn check(source: &Source) -> Vec<Finding> {
    let Some(name) = source.room() else { return Vec::new() };
    let Some(room) = ROOMS.iter().find(|room| room.name == name) else {
        let reason = format!("`{name}` is not in the table of rooms; add it there with what it may use, and why");
        return vec![Finding::new(&source.path, 1, reason)];
    };
    let mut findings = Vec::new();
    for path in source.paths() {
        let through_own_name = path.segments.first().is_some_and(|first| first == "highwater");
        let target = if through_own_name { path.segments.get(1).cloned() } else { path.in_crate().and_then(first) };
        let Some(target) = target else { continue };
        let allowed = target == name || room.may_use.contains(&target.as_str());
        if target == "*" || (through_own_name && name != "main") {
            let reason = format!("`{}` hides which room is used", path.segments.join("::"));
            findings.push(Finding::new(&source.path, path.line, reason));
        } else if !allowed && ROOMS.iter().any(|other| other.name == target) {
            let reason = format!("`{name}` may not use `{target}`: {}", room.why);
            findings.push(Finding::new(&source.path, path.line, reason));
        }
    }
    findings
}

fn first(path: Vec<String>) -> Option<String> {
    path.into_iter().next()
}

#[test]
fn a_forbidden_edge_is_found_however_it_is_written() {
    let broken = [
        ("src/http.rs", "use crate::kafka::ask;"),
        ("src/http/page.rs", "use super::super::kafka;"),
        ("src/kafka/ask.rs", "fn f() { g(crate::http::serve()) }"),
        ("src/analysis.rs", "use crate::{model::Group, config::Config};"),
        ("src/render.rs", "mod tests { use super::super::publish; }"),
        ("src/model.rs", "use crate::*;"),
        ("src/kafka.rs", "use highwater::model;"),
        ("src/main.rs", "use highwater::kafka;"),
        ("src/gadgets.rs", "//! a room nobody knows"),
    ];
    for (path, text) in broken {
        let findings = check(&Source::new(path, text));
        assert_eq!(findings.len(), 1, "{path}: {text}: {findings:?}");
        assert_eq!(findings[0].line, 1);
    }
}

#[test]
fn an_allowed_edge_is_not_a_finding() {
    let fine = [
        ("src/http.rs", "use crate::publish::Latest; // crate::kafka\nconst TEXT: &str = \"crate::kafka\";"),
        ("src/kafka/ask.rs", "use super::super::model; use crate::kafka::connection; pub(crate) struct S;"),
        ("src/main.rs", "fn main() { highwater::cli::main() }"),
        ("tests/it/main.rs", "use highwater::kafka;"),
    ];
    for (path, text) in fine {
        assert_eq!(check(&Source::new(path, text)), [], "{path}: {text}");
    }
}

#[test]
fn the_table_has_no_circle() {
    fn reaches(from: &str, to: &str) -> bool {
        let Some(room) = ROOMS.iter().find(|room| room.name == from) else { panic!("{from} is not in the table") };
        room.may_use.iter().any(|next| *next == to || reaches(next, to))
    }
    for room in ROOMS {
        assert!(!reaches(room.name, room.name), "{} reaches itself", room.name);
    }
}
