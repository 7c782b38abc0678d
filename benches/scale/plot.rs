//! How cost grows with size, as a plot in text: CPU time per thousand commits, which stays level where growth is linear.
//!
//! Not the numbers themselves; the table has those.
//! Invariant: all bars have one scale.

use std::io::{self, Write};

use crate::shape::Setting;
use crate::table::Cost;

const WIDTH: f64 = 50.0;

/// A step and what it cost.
type Step = (&'static str, fn(&Cost) -> f64);

pub(crate) fn plot(out: &mut impl Write, measured: &[(Setting, Cost)]) -> io::Result<()> {
    let near = measured.iter().filter(|(setting, _)| setting.brokers == 3 && setting.round_trip_ms == 0);
    let steps: [Step; 4] = [
        ("collect", |cost| cost.stages.collect.cpu_ms),
        ("analyze", |cost| cost.stages.analyze_cpu_ms),
        ("render", |cost| cost.stages.render_all_cpu_ms),
        ("whole", |cost| cost.whole.cpu_ms),
    ];
    let near: Vec<_> = near.collect();
    let bars = steps.iter().flat_map(|(step, read)| {
        near.iter().map(move |(setting, cost)| {
            (*step, setting.shape.name, read(cost) * 1000.0 / f64::from(setting.shape.commits()))
        })
    });
    let bars: Vec<(&str, &str, f64)> = bars.collect();
    let longest = bars.iter().map(|(_, _, cost)| *cost).fold(f64::MIN_POSITIVE, f64::max);
    writeln!(out, "\nCPU ms per thousand commits (3 brokers, no round trip)\n")?;
    for (step, shape, cost) in bars {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the width")]
        let length = (cost / longest * WIDTH).round().clamp(0.0, WIDTH) as usize;
        writeln!(out, "{step:>8} {shape:>3} {} {cost:.3}", "█".repeat(length))?;
    }
    Ok(())
}
