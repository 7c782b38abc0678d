//! What a dashboard is written as. It is NOT what Grafana reads; `make` makes that.
//! Invariant: a key that nobody knows is refused, so a slip of the pen does not vanish.

use serde::Deserialize;
use serde_json::Value;

/// One file of `dashboards/source`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Board {
    pub(super) title: String,
    pub(super) uid: String,
    pub(super) description: String,
    /// Beside the data source, job, instance and cluster, which every dashboard has.
    pub(super) variables: Vec<Variable>,
    /// `rebalances`, `storms`, `rollouts`.
    pub(super) annotations: Vec<String>,
    pub(super) panels: Vec<Panel>,
}

/// A variable whose values Prometheus is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) label: String,
    pub(super) query: String,
}

/// A panel, or with `row` alone a heading.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Panel {
    pub(super) row: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) title: String,
    /// The description.
    pub(super) about: String,
    /// Width in twenty-fourths of the page, and height. Panels stand side by side until a row is full.
    pub(super) size: [u64; 2],
    pub(super) unit: String,
    pub(super) decimals: Option<u64>,
    pub(super) max: Option<f64>,
    /// A colour, then numbers each with the colour from there on.
    pub(super) steps: Vec<Value>,
    pub(super) style: Option<Style>,
    /// What is written where there is no value.
    pub(super) empty: Option<String>,
    pub(super) stacked: bool,
    pub(super) bars: bool,
    /// The series that is a limit, drawn with dashes.
    pub(super) dashed: Option<String>,
    /// A label whose value is a number, filled up with zeros so that 2 comes before 10.
    pub(super) pad: Option<String>,
    /// Of `query`.
    pub(super) legend: Option<String>,
    pub(super) query: Option<String>,
    /// Why `query` may find nothing, whatever is chosen.
    pub(super) may_be_empty: Option<String>,
    pub(super) queries: Vec<Series>,
    pub(super) columns: Vec<Column>,
    /// The column to sort by, downwards.
    pub(super) sort: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    Stat,
    Timeseries,
    Table,
    Heatmap,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Style {
    /// Coloured words.
    Text,
    /// Coloured cells.
    Background,
    /// The word of a status, in its colour.
    Status,
    /// The name of the series instead of its value.
    Name,
}

/// One of several queries of a panel.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Series {
    pub(super) legend: String,
    pub(super) query: String,
    /// Why it may find nothing, whatever is chosen.
    pub(super) may_be_empty: Option<String>,
}

/// A column of a table: a label, or the value of a query; or a label that a query adds.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) label: Option<String>,
    pub(super) query: Option<String>,
    pub(super) may_be_empty: Option<String>,
    pub(super) unit: Option<String>,
    pub(super) decimals: Option<u64>,
    pub(super) width: Option<u64>,
    pub(super) steps: Vec<Value>,
    pub(super) style: Option<Style>,
    /// The dashboard that a click leads to: `group`, `topic` or `cluster`.
    pub(super) link: Option<String>,
}

/// A query as it is written.
pub(super) struct Asked<'a> {
    pub(super) query: &'a str,
    pub(super) legend: &'a str,
    pub(super) may_be_empty: Option<&'a str>,
}

impl Panel {
    /// All queries in the order of the panel.
    pub(super) fn asked(&self) -> Vec<Asked<'_>> {
        let own = self.query.iter().map(|query| Asked {
            query,
            legend: self.legend.as_deref().unwrap_or_default(),
            may_be_empty: self.may_be_empty.as_deref(),
        });
        let several = self.queries.iter().map(|one| Asked {
            query: &one.query,
            legend: &one.legend,
            may_be_empty: one.may_be_empty.as_deref(),
        });
        let columns = self.columns.iter().filter_map(|column| {
            let may_be_empty = column.may_be_empty.as_deref();
            Some(Asked { query: column.query.as_deref()?, legend: &column.name, may_be_empty })
        });
        own.chain(several).chain(columns).collect()
    }
}
