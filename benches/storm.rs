//! How well storms of rebalances are told from what is none, beside counting rebalances of ten minutes.
//!
//! Not a measurement of speed, and not evidence from real clusters: histories and rules are by the same hand.
//! Invariant: each history says what it is, and every method sees only what a poll shows.

use std::collections::VecDeque;
use std::io::{self, Write};

use fastrand::Rng;

// The coordinator of the tests names things as the library does.
use highwater::{analysis, model};

#[path = "../src/analysis/rebalances/tests/coordinator.rs"]
#[expect(dead_code, reason = "tests do more")]
mod coordinator;
#[path = "../src/analysis/rebalances/tests/watched.rs"]
#[expect(
    dead_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "tests look at more, and say what they expect"
)]
mod watched;

use coordinator::{Coordinator, Op};
use watched::{By, MINUTE, SECOND, Watched, deploy, flap};

/// Histories of each kind.
const SEEDS: u64 = 20;
/// Seeds below this one were looked at when rules were made.
const FIRST_SEED: u64 = 1000;
const END: u64 = 60 * MINUTE;

/// What happens, and to whom.
struct Played {
    coordinator: Coordinator,
    protocol: &'static str,
    ops: Vec<(u64, Op)>,
}

/// A kind of history.
struct Kind {
    name: &'static str,
    is_storm: bool,
    make: fn(&mut Rng) -> Played,
}

fn played(random: &mut Rng, members: u32, protocol: &'static str, ops: Vec<(u64, Op)>) -> Played {
    let mut coordinator = Coordinator::new(members);
    coordinator.takes = (random.u64(2500..7000), random.u64(100..1000));
    // No two polls stand alike to what happens.
    let shift = random.u64(0..15_000);
    Played { coordinator, protocol, ops: ops.into_iter().map(|(at, op)| (at + shift, op)).collect() }
}

fn rolling(random: &mut Rng, members: u32, protocol: &'static str) -> Played {
    let (step, away) = (random.u64(20..90) * SECOND, random.u64(5..18) * SECOND);
    let mut ops = deploy(3 * MINUTE, members, step, away);
    if protocol == "cooperative-sticky" {
        // What was given up is handed out in a second round.
        let second = |(at, _): &(u64, Op)| (at + 9 * SECOND, Op::Rejoin);
        ops.extend(ops.iter().map(second).collect::<Vec<_>>());
    }
    played(random, members, protocol, ops)
}

fn crashes(process: u32, random: &mut Rng) -> Vec<(u64, Op)> {
    let (mut ops, mut at) = (Vec::new(), 3 * MINUTE);
    for away in [10, 20, 40, 80, 160, 300, 300, 300, 300] {
        ops.extend([(at, Op::Leave(process)), (at + away * SECOND, Op::Join(process))]);
        at += (away + random.u64(12..35)) * SECOND;
    }
    ops
}

const KINDS: [Kind; 18] = [
    Kind { name: "deploy of 3", is_storm: false, make: |random| rolling(random, 3, "range") },
    Kind { name: "deploy of 10", is_storm: false, make: |random| rolling(random, 10, "range") },
    Kind { name: "deploy of 40", is_storm: false, make: |random| rolling(random, 40, "range") },
    Kind {
        name: "cooperative deploy of 10",
        is_storm: false,
        make: |random| rolling(random, 10, "cooperative-sticky"),
    },
    Kind {
        name: "autoscaling",
        is_storm: false,
        make: |random| {
            let step = random.u64(30..120) * SECOND;
            let up = (4..12_u32).map(|process| (3 * MINUTE + u64::from(process) * step, Op::Join(process)));
            let down = (4..12_u32).map(|process| (30 * MINUTE + u64::from(process) * step, Op::Leave(process)));
            let ops = up.chain(down).collect();
            played(random, 4, "range", ops)
        },
    },
    Kind {
        name: "one restart",
        is_storm: false,
        make: |random| {
            let away = random.u64(5..120) * SECOND;
            played(random, 6, "range", flap(2, 5 * MINUTE, 0, away, 1))
        },
    },
    Kind {
        name: "two deploys an hour",
        is_storm: false,
        make: |random| {
            let mut ops = deploy(3 * MINUTE, 6, 40 * SECOND, 10 * SECOND);
            ops.extend(deploy(random.u64(12..30) * MINUTE, 6, 40 * SECOND, 10 * SECOND));
            played(random, 6, "range", ops)
        },
    },
    Kind {
        name: "StatefulSet rolled twice",
        is_storm: false,
        make: |random| {
            let mut ops = deploy(3 * MINUTE, 3, MINUTE, 20 * SECOND);
            ops.extend(deploy(random.u64(8..28) * MINUTE, 3, MINUTE, 20 * SECOND));
            played(random, 3, "range", ops)
        },
    },
    Kind {
        name: "Streams probing",
        is_storm: false,
        make: |random| played(random, 6, "stream", (0..6).map(|time| ((3 + 10 * time) * MINUTE, Op::Rejoin)).collect()),
    },
    Kind {
        name: "Connect's delayed rebalance",
        is_storm: false,
        make: |random| {
            let ops = vec![(3 * MINUTE, Op::Leave(2)), (5 * MINUTE, Op::Join(2)), (10 * MINUTE, Op::Rejoin)];
            played(random, 6, "sessioned", ops)
        },
    },
    Kind {
        name: "coordinator failover",
        is_storm: false,
        make: |random| {
            let back = random.u64(3..20) * MINUTE;
            let ops =
                vec![(3 * MINUTE, Op::Move), (3 * MINUTE + 12 * SECOND, Op::Rejoin), (3 * MINUTE + back, Op::Move)];
            played(random, 8, "range", ops)
        },
    },
    Kind {
        name: "topics by pattern",
        is_storm: false,
        make: |random| {
            let step = random.u64(4..9) * MINUTE;
            played(random, 6, "range", (0..6).map(|time| (3 * MINUTE + time * step, Op::Grow)).collect())
        },
    },
    Kind {
        name: "max.poll of one",
        is_storm: true,
        make: |random| {
            let away = random.u64(2..25) * SECOND;
            played(random, 6, "range", flap(2, 3 * MINUTE, 5 * MINUTE, away, 11))
        },
    },
    Kind {
        name: "crash loop",
        is_storm: true,
        make: |random| {
            let ops = crashes(1, random);
            played(random, 4, "range", ops)
        },
    },
    Kind {
        name: "max.poll of all",
        is_storm: true,
        make: |random| {
            let turns = (0..6_u32).flat_map(|process| {
                let start = 3 * MINUTE + u64::from(process) * 3 * SECOND;
                flap(process, start, 5 * MINUTE, 10 * SECOND, 10)
            });
            let ops = turns.collect();
            played(random, 6, "range", ops)
        },
    },
    Kind {
        name: "rejoining without reason",
        is_storm: true,
        make: |random| {
            let step = random.u64(7..12) * SECOND;
            let mut short =
                played(random, 1, "range", (0..300).map(|time| (3 * MINUTE + time * step, Op::Rejoin)).collect());
            short.coordinator.takes = (random.u64(3..40), random.u64(2..10));
            short
        },
    },
    Kind {
        name: "missed sessions",
        is_storm: true,
        make: |random| {
            let mut ops = Vec::new();
            for process in 0..4 {
                let mut at = 3 * MINUTE + random.u64(0..180) * SECOND;
                while at < 50 * MINUTE {
                    let away = random.u64(38..53) * SECOND;
                    ops.extend([(at, Op::Leave(process)), (at + away, Op::Join(process))]);
                    at += away + random.u64(90..500) * SECOND;
                }
            }
            played(random, 8, "range", ops)
        },
    },
    Kind {
        name: "stuck rollout",
        is_storm: true,
        make: |random| {
            let mut ops = vec![(3 * MINUTE, Op::Leave(0))];
            ops.extend(crashes(20, random).into_iter().skip(1));
            played(random, 5, "range", ops)
        },
    },
];

/// What a method says of a history: when it first calls it a storm.
type Verdicts = [Option<u64>; METHODS.len()];

const METHODS: [&str; 7] = [
    "ours, offsets",
    "ours, epochs",
    "ours, polls 15 s",
    "ours, polls 30 s",
    "3 in 10 min",
    "5 in 10 min",
    "10 in 10 min",
];
const COUNTS: [u64; 3] = [3, 5, 10];

/// Plays a history to one source; when a storm is found, and when counts of ten minutes reach each limit.
fn watch(history: &Played, by: By, interval: u64) -> (Option<u64>, [Option<u64>; 3]) {
    let mut watched = Watched::new(history.coordinator.clone());
    watched.protocol = history.protocol;
    let mut ops = history.ops.clone();
    ops.sort_by_key(|(at, _)| *at);
    let mut ops = ops.into_iter().peekable();
    let (mut now, mut reached, mut totals) = (0, [None; 3], VecDeque::new());
    while now <= END {
        while let Some((at, op)) = ops.next_if(|(at, _)| *at <= now) {
            watched.coordinator.act(at, op);
        }
        let total = watched.poll(now, by, 0).map_or(0, |told| told.total());
        totals.push_back(total);
        if totals.len() as u64 > 10 * MINUTE / interval {
            totals.pop_front();
        }
        let recent = total - totals.front().copied().unwrap_or(0);
        for (limit, reached) in COUNTS.into_iter().zip(&mut reached) {
            *reached = reached.or((recent >= limit).then_some(now));
        }
        now += interval;
    }
    (watched.found.map(|(at, _)| at), reached)
}

fn verdicts(history: &Played) -> Verdicts {
    let (offsets, [three, five, ten]) = watch(history, By::Log, 15 * SECOND);
    // No KIP-848 group has an assignor that takes two rounds, or an epoch for a probe.
    let has_epochs = history.protocol == "range";
    let epochs = if has_epochs { watch(history, By::Epoch, 15 * SECOND).0 } else { None };
    let (often, _) = watch(history, By::Poll, 15 * SECOND);
    let (seldom, _) = watch(history, By::Poll, 30 * SECOND);
    [offsets, epochs, often, seldom, three, five, ten]
}

/// Of one method: true storms found, storms missed, and false ones.
#[derive(Clone, Copy, Default)]
struct Score {
    found: u32,
    missed: u32,
    wrong: u32,
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    let mut scores = [Score::default(); METHODS.len()];
    writeln!(out, "Of {SEEDS} histories each, how many are called a storm, and the median delay in seconds:\n")?;
    writeln!(out, "| history | {} |", METHODS.join(" | "))?;
    writeln!(out, "|---|{}", "---|".repeat(METHODS.len()))?;
    for kind in &KINDS {
        let mut delays: [Vec<u64>; METHODS.len()] = std::array::from_fn(|_| Vec::new());
        for seed in FIRST_SEED..FIRST_SEED + SEEDS {
            let history = (kind.make)(&mut Rng::with_seed(seed));
            let begin = history.ops.iter().map(|(at, _)| *at).min().unwrap_or(0);
            for (found, delays) in verdicts(&history).into_iter().zip(&mut delays) {
                delays.extend(found.map(|at| (at - begin) / SECOND));
            }
        }
        let mut cells = Vec::new();
        for (delays, score) in delays.iter_mut().zip(&mut scores) {
            let found = u32::try_from(delays.len()).unwrap_or(u32::MAX);
            let all = u32::try_from(SEEDS).unwrap_or(u32::MAX);
            if kind.is_storm {
                score.found += found;
                score.missed += all - found;
            } else {
                score.wrong += found;
            }
            delays.sort_unstable();
            let middle = delays.get(delays.len() / 2).map(|delay| format!(" ({delay})")).unwrap_or_default();
            cells.push(format!("{found}{middle}"));
        }
        let kind_word = if kind.is_storm { "storm" } else { "none" };
        writeln!(out, "| {} ({kind_word}) | {} |", kind.name, cells.join(" | "))?;
    }
    let ratio = |part: u32, rest: u32| if part + rest == 0 { 0.0 } else { f64::from(part) / f64::from(part + rest) };
    let of = |value: fn(&Score) -> (u32, u32)| {
        let cells = scores.iter().map(|score| {
            let (part, rest) = value(score);
            format!("{:.2}", ratio(part, rest))
        });
        cells.collect::<Vec<_>>().join(" | ")
    };
    writeln!(out, "| precision | {} |", of(|score| (score.found, score.wrong)))?;
    writeln!(out, "| recall | {} |", of(|score| (score.found, score.missed)))
}
