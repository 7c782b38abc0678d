//! The queries of the shipped dashboards, as Grafana would send them with every variable set to "All".
//! It is NOT Grafana: transformations and looks are not followed.
//! Invariant: a variable that the dashboard does not declare is an error, not a query that finds nothing.

use serde_json::Value;

use super::tree;

/// A shipped dashboard.
pub(crate) struct Dashboard {
    /// Relative to the package.
    pub(crate) path: String,
    pub(crate) json: Value,
}

/// One query of one panel.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PanelQuery {
    pub(crate) panel: String,
    /// Without variables, as Prometheus understands it.
    pub(crate) promql: String,
}

/// Every dashboard in `dashboards/`.
pub(crate) fn dashboards() -> Vec<Dashboard> {
    let texts = tree::texts(|name| name.starts_with("dashboards/"));
    assert!(!texts.is_empty(), "there is no dashboard");
    let parse = |(path, text): (String, String)| {
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        Dashboard { path, json }
    };
    texts.into_iter().map(parse).collect()
}

impl Dashboard {
    /// All panels but the headings of rows.
    pub(crate) fn panels(&self) -> impl Iterator<Item = &Value> {
        list(&self.json["panels"]).iter().filter(|panel| panel["type"] != "row")
    }

    /// The variables that are queries.
    pub(crate) fn variables(&self) -> impl Iterator<Item = &Value> {
        list(&self.json["templating"]["list"]).iter().filter(|variable| variable["type"] == "query")
    }

    /// The queries of all panels.
    pub(crate) fn queries(&self) -> Vec<PanelQuery> {
        let mut queries = Vec::new();
        for panel in self.panels() {
            for target in list(&panel["targets"]) {
                let (panel, expression) = (text(&panel["title"]), text(&target["expr"]));
                let promql = self.substitute(&expression).unwrap_or_else(|name| panic!("{panel}: no variable {name}"));
                queries.push(PanelQuery { panel, promql });
            }
        }
        queries
    }

    /// What Grafana sends; else the name that nobody declared.
    fn substitute(&self, written: &str) -> Result<String, String> {
        // Four scrapes of a quarter minute, which is what Grafana makes of this at the usual interval.
        let mut promql = written.replace("$__rate_interval", "1m");
        for variable in self.variables() {
            let all = variable["allValue"].as_str().expect("every variable says what All means");
            promql = promql.replace(&format!("${}", text(&variable["name"])), all);
        }
        match promql.split_once('$') {
            Some((_, rest)) => {
                Err(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned())
            }
            None => Ok(promql),
        }
    }
}

/// The entries of a list; none if it is not there.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The text, or nothing if it is none.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
