//! The queries of the shipped dashboards, as Grafana would send them. It is NOT Grafana: transformations and looks are
//! not followed.
//! Invariant: a variable that the dashboard does not declare is an error, not a query that finds nothing.

use std::collections::BTreeMap;

use serde_json::Value;

use super::tree;

/// A shipped dashboard.
pub(crate) struct Dashboard {
    /// Relative to the package.
    pub(crate) path: String,
    pub(crate) json: Value,
}

/// One query of one panel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PanelQuery {
    pub(crate) panel: String,
    /// As it stands in the dashboard.
    pub(crate) written: String,
    /// Without variables, as Prometheus understands it.
    pub(crate) promql: String,
}

/// What is chosen on top, by variable; where nothing is, All is.
pub(crate) type Choice = BTreeMap<String, String>;

/// Every dashboard in `dashboards/`.
pub(crate) fn dashboards() -> Vec<Dashboard> {
    let is_dashboard = |name: &str| {
        let name = name.strip_prefix("dashboards/").and_then(|file| file.strip_suffix(".json"));
        name.is_some_and(|name| !name.contains('/'))
    };
    let texts = tree::texts(is_dashboard);
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

    /// The queries of all panels, with All for every variable.
    pub(crate) fn queries(&self) -> Vec<PanelQuery> {
        self.queries_with(&Choice::new())
    }

    /// The queries of all panels and annotations.
    pub(crate) fn queries_with(&self, choice: &Choice) -> Vec<PanelQuery> {
        let asked = self.panels().flat_map(|panel| {
            list(&panel["targets"]).iter().map(|target| (text(&panel["title"]), text(&target["expr"])))
        });
        let annotations = list(&self.json["annotations"]["list"]).iter().filter(|one| one["expr"].is_string());
        let annotations = annotations.map(|one| (text(&one["name"]), text(&one["expr"])));
        let substituted = asked.chain(annotations).map(|(panel, written)| {
            let promql = self.substitute(&written, choice).unwrap_or_else(|name| panic!("{panel}: no variable {name}"));
            PanelQuery { panel, written, promql }
        });
        substituted.collect()
    }

    /// What Grafana sends; else the name that nobody declared.
    pub(crate) fn substitute(&self, written: &str, choice: &Choice) -> Result<String, String> {
        // Four scrapes of a quarter minute, which is what Grafana makes of this at the usual interval.
        let mut promql = written.replace("$__rate_interval", "1m");
        for variable in self.variables() {
            let name = text(&variable["name"]);
            let value = match choice.get(&name) {
                Some(chosen) => escaped(chosen),
                None => text(&variable["allValue"]),
            };
            promql = promql.replace(&format!("${name}"), &value);
        }
        // `$1` is a group of a pattern, which Grafana leaves alone.
        let rest = promql.split('$').skip(1).find(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()));
        match rest {
            Some(rest) => Err(rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("").to_owned()),
            None => Ok(promql),
        }
    }
}

/// As Grafana writes a value of a variable of which several can be chosen: a pattern, in a string.
fn escaped(value: &str) -> String {
    regex::escape(value).replace('\\', "\\\\")
}

/// The entries of a list; none if it is not there.
pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The text, or nothing if it is none.
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
