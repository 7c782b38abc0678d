//! Storms: what each source finds of each kind of history, beside counting.
//!
//! Not the histories.
//! Invariant: counts are compared with those of the coordinator.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::time::Duration;

use highwater::model::{ClusterReport, GroupReport, RebalanceSource, Storm, StormRule};
use highwater::simulator::ClusterSettings;
use highwater::simulator::world::{Group, GroupState};

use crate::Asked;
use crate::kinds::{History, KINDS, Kind, MINUTE, SECOND, world};
use crate::naive;
use crate::site::Site;

const INTERVAL: u64 = 15 * SECOND;
const END: u64 = 60 * MINUTE;
/// From the event that makes it a storm: two polls and a minute.
const IN_TIME: u64 = 2 * INTERVAL + MINUTE;
const COUNTS: [u64; 3] = [3, 5, 10];
const SOURCES: [RebalanceSource; 3] = RebalanceSource::ALL;
const METHODS: [&str; 9] = [
    "offsets",
    "epochs",
    "polls 15 s",
    "3 in 10 min",
    "5 in 10 min",
    "10 in 10 min",
    "mean + 2 sd",
    "modified z > 3.5",
    "> 2 × mean",
];

/// What was seen of one history by one method.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    is_watched: bool,
    found: Option<u64>,
    /// The storm as it was told last.
    storm: Option<Storm>,
    counted: u64,
    truth: u64,
    /// Both when the first was counted.
    first: Option<(u64, u64)>,
}

/// One history, and what each method said of it.
struct Played<'a> {
    history: &'a History,
    seen: [Seen; METHODS.len()],
    truth: VecDeque<u64>,
    /// Of ten minutes each, as of every poll so far.
    counts: Vec<f64>,
}

impl Played<'_> {
    fn take(&mut self, now: u64, source: RebalanceSource, (truth, is_settled): (u64, bool), group: &GroupReport) {
        let Some(seen) = self.seen.get_mut(source as usize) else { return };
        let Some(told) = &group.rebalances else { return };
        seen.is_watched = true;
        if let Some(storm) = &told.storm {
            seen.found.get_or_insert(now);
            seen.storm = Some(*storm);
        }
        (seen.counted, seen.truth) = (told.count(source), truth);
        if seen.counted > 0 && is_settled {
            seen.first.get_or_insert((seen.counted, seen.truth));
        }
    }

    fn count(&mut self, now: u64, truth: u64) {
        self.truth.push_back(truth);
        if self.truth.len() as u64 > 10 * MINUTE / INTERVAL + 1 {
            self.truth.pop_front();
        }
        let recent = truth - self.truth.front().copied().unwrap_or(0);
        self.counts.push(naive::float(recent));
        let said = COUNTS.map(|limit| recent >= limit).into_iter().chain(naive::stand_out(&self.counts));
        for (is_storm, seen) in said.zip(self.seen.iter_mut().skip(SOURCES.len())) {
            seen.is_watched = true;
            if is_storm {
                seen.found.get_or_insert(now);
            }
        }
    }
}

pub(crate) async fn evaluate(asked: &Asked) -> anyhow::Result<String> {
    let (scenario, histories) = world(asked.first, asked.seeds);
    let settings =
        ClusterSettings { seed: asked.first, history: Duration::from_mins(10), ..ClusterSettings::default() };
    let mut site = Site::new(&settings, scenario).await?;
    let (mut following, mut polling) = (site.exporter(true).await?, site.exporter(false).await?);
    let played_of = |history| Played { history, seen: Default::default(), truth: VecDeque::new(), counts: Vec::new() };
    let mut played: Vec<Played<'_>> = histories.iter().map(played_of).collect();
    for now in (0..=END / INTERVAL).map(|poll| poll * INTERVAL) {
        if now > 0 {
            site.pass(Duration::from_millis(INTERVAL));
        }
        let (followed, polled) = (following.poll().await?, polling.poll().await?);
        let truths: BTreeMap<String, (u64, bool)> = site.simulator.with_world(|world| {
            let of = |group: &Group| (group.rebalance_count, group.state == GroupState::Stable);
            world.groups().map(|group| (group.spec.name.clone(), of(group))).collect()
        });
        let (followed, polled) = (by_name(&followed), by_name(&polled));
        for one in &mut played {
            let name = one.history.group.as_str();
            let truth = truths.get(name).copied().unwrap_or_default();
            let (_, Some(polled)) = (followed.get(name), polled.get(name)) else { continue };
            if one.history.is_consumer {
                one.take(now, RebalanceSource::Epoch, truth, polled);
            } else {
                one.take(now, RebalanceSource::Poll, truth, polled);
                if let Some(followed) = followed.get(name) {
                    one.take(now, RebalanceSource::Offsets, truth, followed);
                }
                one.count(now, truth.0);
            }
        }
    }
    site.end().await;
    told(&played, asked)
}

fn by_name(report: &ClusterReport) -> BTreeMap<&str, &GroupReport> {
    report.groups.iter().map(|group| (group.id.as_str(), group)).collect()
}

/// Of one method: found and missed storms, and false ones.
#[derive(Clone, Copy, Default)]
struct Score {
    found: u32,
    missed: u32,
    wrong: u32,
}

impl Score {
    fn take(&mut self, is_storm: bool, is_found: bool) {
        match (is_storm, is_found) {
            (true, true) => self.found += 1,
            (true, false) => self.missed += 1,
            (false, true) => self.wrong += 1,
            (false, false) => {}
        }
    }
}

fn told(played: &[Played<'_>], asked: &Asked) -> anyhow::Result<String> {
    let mut told = format!("{} histories of each kind, from seed {}\n\n", asked.seeds, asked.first);
    writeln!(told, "| history | {} |\n|---{}|", METHODS.join(" | "), "|---".repeat(METHODS.len()))?;
    let mut scores = [Score::default(); METHODS.len()];
    let mut visible = Score::default();
    for kind in &KINDS {
        let mut cells = Vec::new();
        for (method, score) in scores.iter_mut().enumerate() {
            let of: Vec<(&History, Seen)> = seen_of(played, kind, method).collect();
            if kind.is_scored {
                for (_, seen) in &of {
                    score.take(kind.is_storm(), seen.found.is_some());
                }
            }
            if method == RebalanceSource::Poll as usize && kind.is_visible {
                for (_, seen) in &of {
                    visible.take(kind.is_storm(), seen.found.is_some());
                }
            }
            cells.push(cell(kind, method, &of));
        }
        let word = match (kind.is_storm(), kind.is_scored) {
            (true, true) => "storm",
            (false, true) => "none",
            (true, false) => "storm, beside",
            (false, false) => "none, beside",
        };
        writeln!(told, "| {} ({word}) | {} |", kind.name, cells.join(" | "))?;
    }
    let ratio = |part: u32, rest: u32| {
        if part + rest == 0 {
            return "-".to_owned();
        }
        let share = f64::from(part) / f64::from(part + rest);
        format!("{share:.3} (> {:.3})", naive::at_least(part, part + rest))
    };
    let row = |of: fn(&Score) -> (u32, u32)| {
        let cells = scores.iter().map(|score| {
            let (part, rest) = of(score);
            ratio(part, rest)
        });
        cells.collect::<Vec<_>>().join(" | ")
    };
    writeln!(told, "| precision of the 18 | {} |", row(|score| (score.found, score.wrong)))?;
    writeln!(told, "| recall of the 18 | {} |", row(|score| (score.found, score.missed)))?;
    writeln!(
        told,
        "\npolls, of all that polls can see: precision {}, recall {}\n",
        ratio(visible.found, visible.wrong),
        ratio(visible.found, visible.missed)
    )?;
    for (method, source) in SOURCES.into_iter().enumerate() {
        counts(&mut told, played, method, source)?;
    }
    Ok(told)
}

fn seen_of<'a>(played: &'a [Played<'a>], kind: &'a Kind, method: usize) -> impl Iterator<Item = (&'a History, Seen)> {
    let of_kind = played.iter().filter(|one| one.history.kind.name == kind.name);
    let seen = of_kind.filter_map(move |one| Some((one.history, *one.seen.get(method)?)));
    seen.filter(|(_, seen)| seen.is_watched)
}

/// How many were found; for storms the median delay and how many came in time, and how many causes were right.
fn cell(kind: &Kind, method: usize, of: &[(&History, Seen)]) -> String {
    if of.is_empty() {
        return "-".to_owned();
    }
    let found: Vec<(&History, Seen)> = of.iter().filter(|(_, seen)| seen.found.is_some()).copied().collect();
    let mut words = found.len().to_string();
    if !kind.is_storm() || found.is_empty() {
        return words;
    }
    let delay = |(history, seen): &(&History, Seen)| {
        let completes = history.completes.unwrap_or(history.begins);
        seen.found.map(|found| (found.cast_signed() - completes.cast_signed()) / SECOND.cast_signed())
    };
    let mut delays: Vec<i64> = found.iter().filter_map(delay).collect();
    delays.sort_unstable();
    let middle = delays.get(delays.len() / 2).copied().unwrap_or(0);
    write!(words, " ({middle} s").unwrap_or_default();
    if method < SOURCES.len() {
        let late = delays.iter().filter(|delay| **delay > (IN_TIME / SECOND).cast_signed()).count();
        let right = found.iter().filter(|(history, seen)| is_cause_right(history, seen)).count();
        write!(words, ", {late} late, cause {right}").unwrap_or_default();
    }
    words + ")"
}

fn is_cause_right(history: &History, seen: &Seen) -> bool {
    seen.storm.is_some_and(|storm| history.kind.causes.contains(&storm.cause))
}

/// How many rebalances were counted, beside how many there were.
fn counts(told: &mut String, played: &[Played<'_>], method: usize, source: RebalanceSource) -> anyhow::Result<()> {
    let seen = |one: &Played<'_>| one.seen.get(method).copied().filter(|seen| seen.is_watched);
    let all: Vec<(&History, Seen)> = played.iter().filter_map(|one| Some((one.history, seen(one)?))).collect();
    let (counted, truth) = all.iter().fold((0, 0), |sum, (_, seen)| (sum.0 + seen.counted, sum.1 + seen.truth));
    let others: Vec<_> = all.iter().filter(|(_, seen)| seen.counted != seen.truth).collect();
    let more = all.iter().filter(|(_, seen)| seen.counted > seen.truth).count();
    let since = |(counted, truth): (u64, u64), seen: &Seen| {
        let first = seen.first.unwrap_or((seen.counted, seen.truth));
        (counted + seen.counted - first.0, truth + seen.truth - first.1)
    };
    let (counted_since, truth_since) = all.iter().fold((0, 0), |sum, (_, seen)| since(sum, seen));
    let word = source.word();
    writeln!(told, "{word}, from the first that was counted on: {counted_since} of {truth_since}")?;
    writeln!(
        told,
        "{word}: {counted} of {truth} counted, {} of {} groups differ, {more} have more",
        others.len(),
        all.len()
    )?;
    for (history, seen) in &all {
        if let Some(storm) = seen.storm.filter(|_| !is_cause_right(history, seen)) {
            let rules: Vec<&str> = storm.rules.iter().map(StormRule::word).collect();
            writeln!(told, "  {}: {} by {}", history.group, storm.cause.word(), rules.join(", "))?;
        }
    }
    if source != RebalanceSource::Poll {
        for (history, seen) in others.iter().take(10) {
            writeln!(told, "  {}: {} of {}", history.group, seen.counted, seen.truth)?;
        }
    }
    Ok(())
}
