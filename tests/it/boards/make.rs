//! A dashboard in Grafana's classic JSON. It is NOT its panels; `panel` makes those.
//! Invariant: the same source gives the same bytes, so a change of a dashboard shows as what was changed.

use serde_json::{Value, json};

use super::panel::panel;
use super::selectors::expand;
use super::source::{Board, Panel};

/// Panels stand side by side in so many columns.
const PAGE_WIDTH: u64 = 24;

/// The data source that is chosen on top.
pub(super) fn data_source() -> Value {
    json!({"type": "prometheus", "uid": "${datasource}"})
}

/// What Grafana reads.
pub(super) fn dashboard(board: &Board) -> Value {
    json!({
        "annotations": {"list": annotations(board)},
        "description": board.description,
        "editable": false,
        "fiscalYearStartMonth": 0,
        "graphTooltip": 1,
        "id": null,
        "links": [links()],
        "liveNow": false,
        "panels": panels(&board.panels),
        "refresh": "30s",
        "schemaVersion": 39,
        "tags": ["highwater", "kafka"],
        "templating": {"list": variables(board)},
        "time": {"from": "now-1h", "to": "now"},
        "timepicker": {},
        "timezone": "browser",
        "title": board.title,
        "uid": board.uid,
        "version": 1,
        "weekStart": "",
    })
}

/// To the other dashboards, with the time and what is chosen on top.
fn links() -> Value {
    json!({
        "asDropdown": false,
        "icon": "external link",
        "includeVars": true,
        "keepTime": true,
        "tags": ["highwater"],
        "targetBlank": false,
        "title": "Highwater",
        "tooltip": "",
        "type": "dashboards",
        "url": "",
    })
}

fn annotations(board: &Board) -> Vec<Value> {
    let built_in = json!({
        "builtIn": 1,
        "datasource": {"type": "grafana", "uid": "-- Grafana --"},
        "enable": true,
        "hide": true,
        "iconColor": "rgba(0, 211, 255, 1)",
        "name": "Annotations & Alerts",
        "type": "dashboard",
    });
    let own = board.annotations.iter().map(|name| annotation(name));
    std::iter::once(built_in).chain(own).collect()
}

fn annotation(name: &str) -> Value {
    let (title, colour, text, query) = match name {
        "rebalances" => (
            "Rebalances",
            "blue",
            "Rebalance of {{consumergroup}} ({{cluster_name}})",
            "sum by (cluster_name, consumergroup) (increase(kafka_consumergroup_rebalances_total@group[$__rate_interval])) > 0",
        ),
        "storms" => (
            "Rebalance storms",
            "red",
            "Storm in {{consumergroup}} ({{cluster_name}}): {{cause}}",
            "max by (cluster_name, consumergroup, cause) (kafka_consumergroup_rebalance_storm_info@group)",
        ),
        "rollouts" => (
            "Rollouts",
            "purple",
            "Rollout of {{consumergroup}} ({{cluster_name}})",
            "max by (cluster_name, consumergroup) (kafka_consumergroup_rollout_in_progress@group) > 0",
        ),
        other => panic!("there are no annotations `{other}`"),
    };
    json!({
        "datasource": data_source(),
        // Every rebalance of every group would bury the rest, so they are shown when somebody asks.
        "enable": name != "rebalances",
        "expr": expand(query),
        "hide": false,
        "iconColor": colour,
        "name": title,
        "tagKeys": "cluster_name,consumergroup",
        "textFormat": text,
        "titleFormat": title,
        "useValueForTime": false,
    })
}

fn variables(board: &Board) -> Vec<Value> {
    let query = |name: &str, label: &str, query: &str| asked_variable(name, label, &expand(query));
    let mut variables = vec![
        json!({
            "current": {}, "hide": 0, "includeAll": false, "label": "Data source", "multi": false, "name": "datasource",
            "options": [], "query": "prometheus", "refresh": 1, "regex": "", "skipUrlSync": false, "type": "datasource",
        }),
        query("job", "Job", "label_values(highwater_up, job)"),
        query("instance", "Instance", "label_values(highwater_up{job=~\"$job\"}, instance)"),
        query("cluster_name", "Cluster", "label_values(highwater_up@process, cluster_name)"),
    ];
    variables.extend(board.variables.iter().map(|variable| query(&variable.name, &variable.label, &variable.query)));
    variables
}

fn asked_variable(name: &str, label: &str, query: &str) -> Value {
    json!({
        "allValue": ".+",
        "current": {"selected": true, "text": ["All"], "value": ["$__all"]},
        "datasource": data_source(),
        "definition": query,
        "hide": 0,
        "includeAll": true,
        "label": label,
        "multi": true,
        "name": name,
        "options": [],
        "query": {"qryType": 1, "query": query, "refId": format!("variable-{name}")},
        "refresh": 2,
        "regex": "",
        "skipUrlSync": false,
        "sort": 1,
        "type": "query",
    })
}

/// Side by side until a row of the page is full, then below the highest of it.
fn panels(panels: &[Panel]) -> Vec<Value> {
    let (mut x, mut y, mut tallest) = (0, 0, 0);
    let place = |(index, written): (usize, &Panel)| {
        let [width, height] = if written.row.is_some() { [PAGE_WIDTH, 1] } else { written.size };
        assert!((1..=PAGE_WIDTH).contains(&width) && height > 0, "{:?} has no size", written.title);
        if x + width > PAGE_WIDTH {
            (x, y, tallest) = (0, y + tallest, 0);
        }
        let at = json!({"h": height, "w": width, "x": x, "y": y});
        (x, tallest) = (x + width, tallest.max(height));
        let mut made = match &written.row {
            Some(title) => json!({"type": "row", "title": title, "collapsed": false, "panels": []}),
            None => panel(written),
        };
        made["id"] = json!(index + 1);
        made["gridPos"] = at;
        made
    };
    panels.iter().enumerate().map(place).collect()
}
