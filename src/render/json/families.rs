//! The catalogue of metric families in JSON.
//!
//! Not their values.
//! Invariant: one item per row of the catalogue, in its order.

use serde::Serialize;

use crate::render::{FAMILIES, Family as Row};

/// One metric family.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// `gauge` or `counter`.
    pub kind: &'static str,
    /// All its labels.
    pub labels: Vec<&'static str>,
    /// What one series stands for.
    pub detail: &'static str,
    /// Whether it is written without being asked for.
    pub on_by_default: bool,
    /// `report`, or `ourselves` for what the exporter counts itself.
    pub origin: &'static str,
    /// What it means.
    pub help: &'static str,
}

/// The catalogue.
#[must_use]
pub fn families() -> Vec<Family> {
    FAMILIES.iter().map(family).collect()
}

fn family(row: &Row) -> Family {
    Family {
        name: row.name,
        kind: row.kind.word(),
        labels: row.all_labels().collect(),
        detail: row.detail.word(),
        on_by_default: row.is_on_by_default,
        origin: row.origin().word(),
        help: row.help,
    }
}
