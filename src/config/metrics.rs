//! `metrics`: what the exposition holds.
//!
//! Not the list of families: whoever calls brings their names, since this room knows no metric.
//! Invariant: a family that is named exists, and is not both wanted and unwanted.

use std::collections::BTreeSet;

use crate::model::{PartitionDetail, RenderOptions};

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::hint::did_you_mean;
use super::value::{Bounds, count, one_of, switch};

const SERIES_MAX: Bounds<usize> =
    Bounds { least: 1, most: 1_000_000_000, why: "with none nothing is shown, and no scrape could carry more" };
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
        ..defaults
    })
}

type Families = BTreeSet<String>;

fn chosen_families(
    entry: Entry,
    families: &[&str],
    reading: &mut Reading<'_>,
) -> Result<(Families, Families), Reported> {
    let mut chosen = entry.mapping(reading)?;
    let (mut included, mut excluded) = (Families::new(), Families::new());
    let include = family_names(chosen.take("include"), families, reading, &mut included);
    let exclude = family_names(chosen.take("exclude"), families, reading, &mut excluded);
    let mut both = Ok(());
    for name in included.intersection(&excluded) {
        let complaint = Complaint::new("both included and excluded").about(name);
        both = Err(reading.note(&chosen.key, complaint));
    }
    chosen.finish(reading, |_| None);
    include.and(exclude).and(both).map(|()| (included, excluded))
}

/// Adds the listed names that exist to `names`.
fn family_names(
    entry: Entry,
    families: &[&str],
    reading: &mut Reading<'_>,
    names: &mut Families,
) -> Result<(), Reported> {
    let mut outcome = Ok(());
    for item in entry.list(reading)?.unwrap_or_default() {
        let name = item.value_or(reading, String::new(), |name| {
            if families.contains(&name) {
                return Ok(name.to_owned());
            }
            let hint = did_you_mean(name, families.iter().copied());
            Err(Complaint::new("no such family of metrics").hint(hint))
        });
        match name {
            Ok(name) => drop(names.insert(name)),
            Err(reported) => outcome = Err(reported),
        }
    }
    outcome
}
