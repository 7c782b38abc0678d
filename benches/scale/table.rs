//! The table of what was measured, and what it should be.
//!
//! Not the measuring.
//! Invariant: a target that is missed is shown as missed.

use std::io::{self, Write};

use crate::shape::Setting;
use crate::stages::Stages;
use crate::whole::Whole;

/// What one setting cost.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Cost {
    pub(crate) stages: Stages,
    pub(crate) whole: Whole,
}

pub(crate) fn head(out: &mut impl Write) -> io::Result<()> {
    writeln!(
        out,
        "| shape | groups | partitions | commits | brokers | RTT | requests | collect wall | collect CPU | analyze CPU \
         | render kafka_exporter's CPU | render all CPU | render + gzip CPU | series | page MB | gzip MB \
         | poll + scrape CPU | 20 more scrapes CPU | peak MB |"
    )?;
    writeln!(out, "|{}", "---|".repeat(19))
}

pub(crate) fn row(out: &mut impl Write, setting: Setting, cost: &Cost) -> io::Result<()> {
    let (shape, stages) = (setting.shape, &cost.stages);
    writeln!(
        out,
        "| {} | {} | {} | {} | {} | {} ms | {} | {:.0} | {:.1} | {:.1} | {:.1} | {:.1} | {:.1} | {} | {:.1} | {:.1} \
         | {:.0} | {:.0} | {} |",
        shape.name,
        shape.groups,
        shape.partitions(),
        shape.commits(),
        setting.brokers,
        setting.round_trip_ms,
        stages.requests,
        stages.collect.wall_ms,
        stages.collect.cpu_ms,
        stages.analyze_cpu_ms,
        stages.render_known_cpu_ms,
        stages.render_all_cpu_ms,
        stages.gzip_cpu_ms,
        stages.series,
        megabytes(stages.page_bytes),
        megabytes(stages.gzip_bytes),
        cost.whole.cpu_ms,
        cost.whole.twenty_scrapes_cpu_ms,
        cost.whole.peak_mb,
    )?;
    out.flush()
}

#[expect(clippy::cast_precision_loss, reason = "a rounded figure for people")]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// What was measured beside what it should be at most. `slower` is how many milliseconds of this machine one is where the
/// targets were set, if that was measured; then CPU times are judged by it.
pub(crate) fn targets(out: &mut impl Write, measured: &[(Setting, Cost)], slower: Option<f64>) -> io::Result<()> {
    let find = |name: &str| {
        let at = |setting: &Setting| setting.shape.name == name && setting.brokers == 3 && setting.round_trip_ms == 0;
        measured.iter().find(|(setting, _)| at(setting)).map(|(_, cost)| *cost)
    };
    let Some(medium) = find("M") else { return Ok(()) };
    writeln!(out, "\n| on M, 3 brokers, no round trip | at most | measured | |\n|---|---|---|---|")?;
    let stages = medium.stages;
    #[expect(clippy::cast_precision_loss, reason = "small counts")]
    let counts = [
        ("requests of a poll", 60.0, stages.requests as f64),
        ("peak MB while scraped with gzip", 150.0, medium.whole.peak_mb as f64),
    ];
    let times = [
        ("CPU ms to collect", 25.0, stages.collect.cpu_ms),
        ("CPU ms to analyze", 15.0, stages.analyze_cpu_ms),
        ("CPU ms to render kafka_exporter's families", 40.0, stages.render_known_cpu_ms),
        ("CPU ms to render all families", 120.0, stages.render_all_cpu_ms),
    ];
    for (what, most, measured) in counts.into_iter().chain(times) {
        target(out, what, most, measured)?;
    }
    for (what, most, measured) in slower.into_iter().flat_map(|slower| times.map(|it| (it.0, it.1, it.2 / slower))) {
        target(out, &format!("{what}, in milliseconds of where the targets were set"), most, measured)?;
    }
    if let Some(large) = find("L") {
        let ratios = [
            ("L over M: collect", large.stages.collect.cpu_ms / stages.collect.cpu_ms),
            ("L over M: analyze", large.stages.analyze_cpu_ms / stages.analyze_cpu_ms),
            ("L over M: render all", large.stages.render_all_cpu_ms / stages.render_all_cpu_ms),
            ("L over M: whole process", large.whole.cpu_ms / medium.whole.cpu_ms),
        ];
        for (what, measured) in ratios {
            target(out, what, 6.5, measured)?;
        }
    }
    Ok(())
}

fn target(out: &mut impl Write, what: &str, most: f64, measured: f64) -> io::Result<()> {
    let verdict = if measured <= most { "held" } else { "MISSED" };
    writeln!(out, "| {what} | {most} | {measured:.1} | {verdict} |")
}
