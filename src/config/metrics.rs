//! `metrics`: what the exposition holds.
//!
//! Not the list of families: whoever calls brings their names, since this room knows no metric.
//! Invariant: a family that is named exists, and is not both wanted and unwanted.

use std::collections::BTreeSet;

use crate::model::{PartitionDetail, RenderOptions};

use super::entry::{Complaint, Entry, Reading, Reported};
use super::hint::did_you_mean;
use super::value::{Bounds, count, one_of, switch};

const SERIES_MAX: Bounds<usize> =
    Bounds { least: 1, most: 1_000_000_000, why: "`metrics.partitions: none` shows least" };
const PARTITION_DETAILS: &[(&str, PartitionDetail)] =
    &[("all", PartitionDetail::All), ("lagging", PartitionDetail::Lagging), ("none", PartitionDetail::None)];

/// Reads the options of rendering; `families` are the names that exist.
pub(super) fn read(entry: Entry, families: &[&str], reading: &mut Reading<'_>) -> Result<RenderOptions, Reported> {
    let defaults = RenderOptions::default();
    let mut metrics = entry.mapping(reading)?;
    let sums = metrics.take("kafka_exporter_sums").value_or(reading, defaults.kafka_exporter_sums, switch);
    let partitions =
        metrics.take("partitions").value_or(reading, defaults.partitions, |text| one_of(text, PARTITION_DETAILS));
    let chosen = chosen_families(metrics.take("families"), families, reading);
    let series_max = metrics.take("series_max").value_or(reading, defaults.series_max, |text| count(text, &SERIES_MAX));
    metrics.finish(reading, |_| None);
    let (included_families, excluded_families) = chosen?;
    Ok(RenderOptions {
        kafka_exporter_sums: sums?,
        partitions: partitions?,
        included_families,
        excluded_families,
        series_max: series_max?,
    })
}

type Families = BTreeSet<String>;

fn chosen_families(
    entry: Entry,
    families: &[&str],
    reading: &mut Reading<'_>,
) -> Result<(Families, Families), Reported> {
    let mut chosen = entry.mapping(reading)?;
    let include = family_names(chosen.take("include"), families, &Families::new(), reading);
    let included = include.as_ref().ok().cloned().unwrap_or_default();
    let exclude = family_names(chosen.take("exclude"), families, &included, reading);
    chosen.finish(reading, |_| None);
    Ok((include?, exclude?))
}

fn family_names(
    entry: Entry,
    families: &[&str],
    taken: &Families,
    reading: &mut Reading<'_>,
) -> Result<Families, Reported> {
    let items = entry.list(reading)?.unwrap_or_default();
    let judge = |name: &str| {
        if !families.contains(&name) {
            let hint = did_you_mean(name, families.iter().copied());
            return Err(Complaint::new("no such family of metrics").hint(hint));
        }
        if taken.contains(name) {
            return Err(Complaint::new("both included and excluded"));
        }
        Ok(name.to_owned())
    };
    // All are judged before the first that failed ends it.
    let names: Vec<_> = items.iter().map(|item| item.value_or(reading, String::new(), judge)).collect();
    names.into_iter().collect()
}
