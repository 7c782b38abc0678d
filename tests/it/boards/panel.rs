//! One panel in Grafana's JSON. It is NOT where it stands on the page, nor the columns of a table; `table` makes those.
//! Invariant: what the source does not say is the same for all panels of a kind.

use serde_json::{Value, json};

use super::make::data_source;
use super::selectors::{expand, padded};
use super::source::{Asked, Kind, Panel, Style};
use super::table;

/// What each status means at a glance. Those that do not mend by themselves are red.
pub(super) const STATUS_COLOURS: [(&str, &[&str]); 5] = [
    ("red", &["truncated", "data_loss", "stopped", "stalled", "unassigned"]),
    ("orange", &["recreated", "ahead", "txn_blocked", "falling_behind"]),
    ("yellow", &["no_commit", "rewind", "unknown", "lagging_steady"]),
    ("blue", &["catching_up"]),
    ("green", &["ok"]),
];

/// The panel without its place.
pub(super) fn panel(written: &Panel) -> Value {
    let kind = written.kind.unwrap_or_else(|| panic!("{:?} has no kind", written.title));
    let (name, custom, options) = match kind {
        Kind::Stat => ("stat", Value::Null, stat(written)),
        Kind::Timeseries => ("timeseries", lines(written), timeseries()),
        Kind::Heatmap => ("heatmap", json!({"scaleDistribution": {"type": "linear"}}), heatmap(written)),
        Kind::Table => ("table", json!({"align": "auto", "filterable": true}), table::options(written)),
    };
    let mut panel = json!({
        "type": name,
        "title": written.title,
        "description": written.about,
        "datasource": data_source(),
        "fieldConfig": {"defaults": defaults(written, kind), "overrides": overrides(written, kind)},
        "options": options,
        "targets": written.asked().iter().enumerate().map(|at| target(at, written, kind)).collect::<Vec<_>>(),
    });
    if !custom.is_null() {
        panel["fieldConfig"]["defaults"]["custom"] = custom;
    }
    if kind == Kind::Table {
        panel["transformations"] = table::transformations(written);
    }
    panel
}

/// `A`, `B` and so on.
pub(super) fn letter(index: usize) -> char {
    (b'A'..=b'Z').nth(index).map(char::from).expect("no panel has so many queries")
}

fn target((index, asked): (usize, &Asked<'_>), written: &Panel, kind: Kind) -> Value {
    let query = expand(asked.query);
    let query = written.pad.as_ref().map_or_else(|| query.clone(), |label| padded(&query, label));
    let is_table = kind == Kind::Table;
    // A tile and a row say how it is now: of what has ended, the last value within the time on top is a lie.
    let is_now = is_table || kind == Kind::Stat;
    let mut target = json!({
        "datasource": data_source(),
        "editorMode": "code",
        "expr": query,
        "instant": is_now,
        "range": !is_now,
        "refId": letter(index).to_string(),
    });
    if is_table {
        target["format"] = json!("table");
    } else if !asked.legend.is_empty() {
        target["legendFormat"] = json!(asked.legend);
    }
    target
}

/// `[green, 1, red]` is green, and red from 1 on.
pub(super) fn steps(written: &[Value]) -> Value {
    let Some((first, rest)) = written.split_first() else {
        return json!({"mode": "absolute", "steps": [{"color": "text", "value": null}]});
    };
    let mut steps = vec![json!({"color": first, "value": null})];
    steps.extend(rest.chunks(2).map(|pair| json!({"color": pair[1], "value": pair[0]})));
    json!({"mode": "absolute", "steps": steps})
}

fn defaults(written: &Panel, kind: Kind) -> Value {
    let mut defaults = json!({"unit": written.unit});
    match kind {
        Kind::Stat | Kind::Table => {
            defaults["color"] = json!({"mode": "thresholds"});
            defaults["thresholds"] = steps(&written.steps);
        }
        Kind::Timeseries => defaults["color"] = json!({"mode": "palette-classic"}),
        Kind::Heatmap => {}
    }
    for (key, value) in [
        ("decimals", written.decimals.map(Value::from)),
        ("max", written.max.map(Value::from)),
        ("noValue", written.empty.clone().map(Value::from)),
    ] {
        if let Some(value) = value {
            defaults[key] = value;
        }
    }
    defaults
}

fn overrides(written: &Panel, kind: Kind) -> Vec<Value> {
    if kind == Kind::Table {
        return table::overrides(written);
    }
    let mut overrides = Vec::new();
    if written.style == Some(Style::Status) {
        overrides.extend(STATUS_COLOURS.iter().map(|(colour, statuses)| {
            json!({
                "matcher": {"id": "byRegexp", "options": format!("^({})$", statuses.join("|"))},
                "properties": [{"id": "color", "value": {"fixedColor": colour, "mode": "fixed"}}],
            })
        }));
    }
    overrides.extend(written.dashed.iter().map(|name| {
        json!({
            "matcher": {"id": "byName", "options": name},
            "properties": [
                {"id": "color", "value": {"fixedColor": "red", "mode": "fixed"}},
                {"id": "custom.lineStyle", "value": {"dash": [10, 10], "fill": "dash"}},
                {"id": "custom.fillOpacity", "value": 0},
            ],
        })
    }));
    overrides
}

fn stat(written: &Panel) -> Value {
    let is_name = matches!(written.style, Some(Style::Status | Style::Name));
    let is_coloured = written.style == Some(Style::Status) || !written.steps.is_empty();
    json!({
        "colorMode": if is_coloured { "background" } else { "value" },
        "graphMode": "none",
        "justifyMode": "center",
        "orientation": "auto",
        "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": false},
        "textMode": if is_name { "name" } else { "auto" },
        "wideLayout": true,
    })
}

fn lines(written: &Panel) -> Value {
    let stacking = json!({"group": "A", "mode": if written.stacked { "normal" } else { "none" }});
    json!({
        "drawStyle": if written.bars { "bars" } else { "line" },
        "fillOpacity": if written.stacked || written.bars { 40 } else { 5 },
        "lineWidth": 1,
        "showPoints": "never",
        "spanNulls": false,
        "stacking": stacking,
    })
}

fn timeseries() -> Value {
    json!({
        "legend": {
            "calcs": ["lastNotNull", "max"], "displayMode": "table", "placement": "bottom", "showLegend": true,
            "sortBy": "Last *", "sortDesc": true,
        },
        "tooltip": {"mode": "multi", "sort": "desc"},
    })
}

fn heatmap(written: &Panel) -> Value {
    json!({
        "calculate": false,
        "cellGap": 1,
        "cellValues": {"unit": written.unit},
        "color": {
            "exponent": 0.5, "fill": "dark-orange", "mode": "scheme", "reverse": false, "scale": "exponential",
            "scheme": "Turbo", "steps": 64,
        },
        "exemplars": {"color": "rgba(255,0,255,0.7)"},
        "filterValues": {"le": 1e-9},
        "legend": {"show": true},
        "rowsFrame": {"layout": "auto", "value": written.title},
        "showValue": "never",
        "tooltip": {"mode": "single", "showColorScale": true, "yHistogram": false},
        "yAxis": {"axisPlacement": "left", "reverse": true, "unit": "none"},
    })
}

#[test]
fn every_status_has_a_colour() {
    let coloured: Vec<&str> = STATUS_COLOURS.iter().flat_map(|(_, statuses)| statuses.iter().copied()).collect();
    for status in highwater::model::Status::ALL {
        let count = coloured.iter().filter(|word| **word == status.word()).count();
        assert_eq!(count, 1, "{}", status.word());
    }
    assert_eq!(coloured.len(), highwater::model::Status::ALL.len());
}
