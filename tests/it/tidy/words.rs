//! Words a pure room may not contain, and words that belong to one room.
//!
//! It is NOT about edges between rooms; `rooms` is.
//! Invariant: a rule names the words and the reason, and looks at paths, so comments and strings do not count.

use super::Finding;
use super::source::Source;

/// Code that is a pure function of its arguments.
struct Pure {
    /// A room, or a part of one, by its path.
    place: &'static str,
    /// Files in it that stand at the edge by design.
    edge: &'static [&'static str],
}

const PURE: &[Pure] = &[
    Pure { place: "src/model", edge: &[] },
    Pure { place: "src/wire", edge: &[] },
    Pure { place: "src/analysis", edge: &[] },
    Pure { place: "src/render", edge: &[] },
    // One file opens the configuration and what it refers to; the rest is parsing.
    Pure { place: "src/config", edge: &["src/config/load.rs"] },
    Pure { place: "src/notify/ledger", edge: &[] },
    Pure { place: "src/notify/outbox", edge: &[] },
    Pure { place: "src/simulator/world", edge: &[] },
    Pure { place: "src/simulator/spec", edge: &[] },
    Pure { place: "src/simulator/shape", edge: &[] },
    // One file opens a scenario, and its tests write some.
    Pure {
        place: "src/simulator/scenario",
        edge: &["src/simulator/scenario/file.rs", "src/simulator/scenario/tests/files.rs"],
    },
];

const IMPURE: &[(&[&str], &str)] = &[
    (&["async"], "nothing is waited for"),
    (&["tokio"], "nothing is waited for"),
    (&["tracing"], "what is worth saying is returned, and said at the edge"),
    (&["Instant"], "time is data and comes in as an argument"),
    (&["SystemTime"], "time is data and comes in as an argument"),
    (&["std", "fs"], "files are read at the edge"),
    (&["File"], "files are read at the edge"),
    (&["env", "var"], "the environment is read at the edge"),
    (&["env", "var_os"], "the environment is read at the edge"),
    (&["env", "vars"], "the environment is read at the edge"),
    (&["env", "args"], "arguments are read at the edge"),
    (&["std", "process"], "processes are the edge's business"),
    (&["TcpStream"], "sockets are the edge's business"),
    (&["TcpListener"], "sockets are the edge's business"),
    (&["UdpSocket"], "sockets are the edge's business"),
    (&["ToSocketAddrs"], "asking for the address of a name is input and output"),
    (&["println"], "text is returned, and printed at the edge"),
    (&["eprintln"], "text is returned, and printed at the edge"),
    (&["print"], "text is returned, and printed at the edge"),
    (&["eprint"], "text is returned, and printed at the edge"),
];

/// Words that only some rooms may contain.
struct Owned {
    words: &'static [&'static str],
    owners: &'static [&'static str],
    why: &'static str,
}

const OWNED: &[Owned] = &[
    Owned {
        words: &["rdkafka"],
        owners: &["client"],
        why: "librdkafka costs many times the requests, so only what cannot be had without it goes through it",
    },
    Owned {
        words: &["tokio", "spawn"],
        owners: &["app", "http"],
        why: "tasks belong to the one who waits for them, so that none dies unseen",
    },
    Owned {
        words: &["task", "spawn"],
        owners: &["app", "http"],
        why: "tasks belong to the one who waits for them, so that none dies unseen",
    },
    Owned {
        words: &["JoinSet"],
        // The simulator has one set per broker, which ends with the broker's connections when it goes down.
        owners: &["app", "http", "simulator"],
        why: "tasks belong to the one who waits for them, so that none dies unseen",
    },
];

/// Impure words in pure code.
pub(super) fn check_purity(source: &Source) -> Vec<Finding> {
    let is_inside =
        |place: &str| source.path.strip_prefix(place).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'));
    let Some(pure) = PURE.iter().find(|pure| is_inside(pure.place)) else { return Vec::new() };
    if pure.edge.contains(&source.path.as_str()) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for path in source.paths() {
        for (words, why) in IMPURE.iter().filter(|(words, _)| path.contains(words)) {
            let reason = format!("`{}` has no place in a pure room: {why}", words.join("::"));
            findings.push(Finding::new(&source.path, path.line, reason));
        }
    }
    findings
}

/// Words outside the rooms they belong to.
pub(super) fn check_owners(source: &Source) -> Vec<Finding> {
    let Some(room) = source.room() else { return Vec::new() };
    let mut findings = Vec::new();
    for path in source.paths() {
        for owned in OWNED.iter().filter(|owned| !owned.owners.contains(&room) && path.contains(owned.words)) {
            let (words, owners) = (owned.words.join("::"), owned.owners.join("`, `"));
            let reason = format!("`{words}` belongs to `{owners}`: {}", owned.why);
            findings.push(Finding::new(&source.path, path.line, reason));
        }
    }
    findings
}

#[test]
fn impure_words_are_found_in_pure_rooms_only() {
    let broken = [
        "async fn f() {}",
        "use tokio::time;",
        "fn f() { tracing::info!(\"text\"); }",
        "use std::time::{Duration, Instant};",
        "fn f() { std::fs::read(\"x\"); }",
        "use std::{fmt, fs};",
        "fn f() { std::env::var(\"x\"); }",
        "fn f() { println!(\"text\"); }",
        "use std::net::TcpStream;",
    ];
    for text in broken {
        assert_eq!(check_purity(&Source::new("src/analysis/lag.rs", text)).len(), 1, "{text}");
        assert_eq!(check_purity(&Source::new("src/kafka/ask.rs", text)), [], "{text}");
        assert_eq!(check_purity(&Source::new("src/config/load.rs", text)), [], "{text}");
    }
    let fine = "use std::time::Duration; use std::net::IpAddr; // tokio\nconst TEXT: &str = \"std::fs\";";
    assert_eq!(check_purity(&Source::new("src/analysis.rs", fine)), []);
    assert_eq!(check_purity(&Source::new("src/modelling.rs", "async fn f() {}")), []);
}

#[test]
fn owned_words_are_found_outside_their_rooms() {
    let finds = |path: &str, text: &str| check_owners(&Source::new(path, text)).len();
    assert_eq!(finds("src/kafka/ask.rs", "use rdkafka::ClientConfig;"), 1);
    assert_eq!(finds("src/client/follow.rs", "use rdkafka::ClientConfig;"), 0);
    assert_eq!(finds("tests/it/kafka.rs", "use rdkafka::ClientConfig;"), 0);
    assert_eq!(finds("src/poller.rs", "fn f() { tokio::spawn(g()); }"), 1);
    assert_eq!(finds("src/poller.rs", "use tokio::task::{self, JoinSet};"), 1);
    assert_eq!(finds("src/app.rs", "use tokio::task::JoinSet;"), 0);
}
