//! The page `/metrics`: reports of all clusters, family by family.
//!
//! Our own counters are not in them: [`own()`] appends those to a page that may be cached meanwhile.
//! Invariant: a page is made from reports alone, so what vanished from Kafka vanishes here, and equal
//! reports make equal bytes.

mod catalogue;
mod family;
mod lines;
mod own;
#[cfg(test)]
mod parse;
mod plan;
mod series;
#[cfg(test)]
mod tests;
mod text;

use std::io::{self, Write};

pub use catalogue::FAMILIES;
pub use family::{Detail, Family, Kind, Origin};
pub use own::own;
pub use text::Format;

use crate::model::{ClusterReport, RenderOptions};
use family::Values;
use lines::Lines;
use plan::Plan;
use series::{Cluster, Sink, each_series};
use text::{Label, Value};

/// Writes the body of the page: every family once, its series over all clusters together. It does not
/// end the page: [`own()`] does.
///
/// Each series is one small write, so a sink for which writes are dear wants a `BufWriter` around it.
/// Errors are those of the sink. Of two reports of one cluster the first is taken.
pub fn metrics(
    reports: &[&ClusterReport],
    options: &RenderOptions,
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut clusters: Vec<Cluster<'_>> = reports.iter().map(|report| Cluster::new(report, options)).collect();
    clusters.sort_by(|left, right| left.name().cmp(right.name()));
    clusters.dedup_by(|later, first| later.name() == first.name());
    let plan = Plan::new(&clusters, options)?;
    for row in plan.rows.iter().filter(|row| row.is_written()) {
        let mut lines = Lines::begin(row.family, format, out)?;
        for cluster in &clusters {
            each_series(row.family, cluster, &mut lines)?;
        }
    }
    if clusters.is_empty() {
        return Ok(());
    }
    for family in FAMILIES.iter().filter(|family| family.is_on(options)) {
        match family.values {
            Values::SeriesWritten => write_counts(family, &plan, &clusters, format, out)?,
            Values::SeriesDropped => write_dropped(family, &plan, &clusters, format, out)?,
            _ => {}
        }
    }
    Ok(())
}

fn write_counts(
    family: &Family,
    plan: &Plan,
    clusters: &[Cluster<'_>],
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    if plan.rows.is_empty() {
        return Ok(());
    }
    let mut lines = Lines::begin(family, format, out)?;
    for (place, cluster) in clusters.iter().enumerate() {
        lines.label(0, Label::Text(cluster.name()))?;
        for row in &plan.rows {
            lines.label(1, Label::Text(row.family.name))?;
            lines.sample(Value::Count(row.written_count(place)))?;
        }
    }
    Ok(())
}

fn write_dropped(
    family: &Family,
    plan: &Plan,
    clusters: &[Cluster<'_>],
    format: Format,
    out: &mut impl Write,
) -> io::Result<()> {
    let mut lines = Lines::begin(family, format, out)?;
    for (place, cluster) in clusters.iter().enumerate() {
        lines.label(0, Label::Text(cluster.name()))?;
        lines.sample(Value::Count(plan.rows.iter().map(|row| row.dropped_count(place)).sum()))?;
    }
    Ok(())
}
