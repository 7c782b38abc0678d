//! Decides which families are written, before the first byte is.
//!
//! It writes nothing; it counts with the same walk that writes.
//! Invariant: what it says of a family's series is what the page holds, also where a family was dropped.

use std::cmp::Reverse;
use std::io;

use super::catalogue::FAMILIES;
use super::family::{Detail, Family, Origin, Values};
use super::series::{Cluster, Sink, each_series};
use super::text::{Label, Value};
use crate::model::RenderOptions;

/// The families of the reports that the options ask for.
pub(super) struct Plan {
    pub(super) rows: Vec<Row>,
}

/// One family and how many series it has.
pub(super) struct Row {
    pub(super) family: &'static Family,
    /// Series by cluster, in the order the clusters were given.
    counts: Vec<usize>,
    is_dropped: bool,
}

impl Row {
    fn series_count(&self) -> usize {
        self.counts.iter().sum()
    }

    /// Whether the family is on the page: dropped or empty ones are not, not even by their `HELP`.
    pub(super) fn is_written(&self) -> bool {
        !self.is_dropped && self.series_count() > 0
    }

    /// Series on the page.
    pub(super) fn written_count(&self, cluster: usize) -> usize {
        if self.is_dropped { 0 } else { self.counts.get(cluster).copied().unwrap_or_default() }
    }

    /// Series left out.
    pub(super) fn dropped_count(&self, cluster: usize) -> usize {
        if self.is_dropped { self.counts.get(cluster).copied().unwrap_or_default() } else { 0 }
    }
}

impl Plan {
    pub(super) fn new(clusters: &[Cluster<'_>], options: &RenderOptions) -> io::Result<Self> {
        let mut rows = Vec::new();
        for family in FAMILIES.iter().filter(|family| family.origin() == Origin::Report) {
            let is_about_page = matches!(family.values, Values::SeriesWritten | Values::SeriesDropped);
            if is_about_page || !family.is_on(options) {
                continue;
            }
            let counts = clusters.iter().map(|cluster| count(family, cluster)).collect::<io::Result<_>>()?;
            rows.push(Row { family, counts, is_dropped: false });
        }
        drop_above(options.series_max, &mut rows);
        Ok(Self { rows })
    }
}

/// Drops whole families, one by one, until what is left fits: the finest detail first and of equal
/// detail the one that stands last in the catalogue. What tells of a whole cluster always stays.
fn drop_above(series_max: usize, rows: &mut [Row]) {
    let mut series_count: usize = rows.iter().map(Row::series_count).sum();
    let mut candidates: Vec<&mut Row> = rows.iter_mut().filter(|row| row.family.detail > Detail::Cluster).collect();
    candidates.reverse();
    candidates.sort_by_key(|row| Reverse(row.family.detail));
    for row in candidates {
        if series_count <= series_max {
            return;
        }
        row.is_dropped = true;
        series_count -= row.series_count();
    }
}

fn count(family: &Family, cluster: &Cluster<'_>) -> io::Result<usize> {
    let mut counter = Counter(0);
    each_series(family, cluster, &mut counter)?;
    Ok(counter.0)
}

struct Counter(usize);

impl Sink for Counter {
    fn label(&mut self, _depth: usize, _value: Label<'_>) -> io::Result<()> {
        Ok(())
    }

    fn sample(&mut self, _value: Value) -> io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}
