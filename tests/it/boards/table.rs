//! The columns of a table. It is NOT its queries.
//! Invariant: every column has a name, and nothing that a query gives appears under a name of its own choosing.

use serde_json::{Map, Value, json};

use super::panel::{STATUS_COLOURS, letter, steps};
use super::source::{Column, Panel, Style};

pub(super) fn options(written: &Panel) -> Value {
    let sort = written.sort.as_ref().unwrap_or_else(|| panic!("{:?} is not sorted", written.title));
    let is_column = written.columns.iter().any(|column| &column.name == sort);
    assert!(is_column, "{:?} is sorted by {sort}, which it has not", written.title);
    // Names go up, numbers go down: the worst is first.
    let is_number = written.columns.iter().any(|column| &column.name == sort && column.label.is_none());
    json!({"cellHeight": "sm", "showHeader": true, "sortBy": [{"desc": is_number, "displayName": sort}]})
}

/// All answers side by side, then each column by its name and in its place.
pub(super) fn transformations(written: &Panel) -> Value {
    let mut excluded = Map::from_iter([("Time".to_owned(), json!(true))]);
    let (mut places, mut names) = (Map::new(), Map::new());
    let mut queries = 0;
    let count = written.asked().len();
    for (place, column) in written.columns.iter().enumerate() {
        let value = column.query.as_ref().map(|_| {
            queries += 1;
            // Grafana leaves the letter away where there is one query only.
            if count == 1 { "Value".to_owned() } else { format!("Value #{}", letter(queries - 1)) }
        });
        if let (Some(value), Some(_)) = (&value, &column.label) {
            excluded.insert(value.clone(), json!(true));
        }
        let source = column.label.clone().or(value).unwrap_or_else(|| panic!("{} shows nothing", column.name));
        places.insert(source.clone(), json!(place));
        names.insert(source, json!(column.name));
    }
    json!([
        {"id": "merge", "options": {}},
        {"id": "organize", "options": {"excludeByName": excluded, "indexByName": places, "renameByName": names}},
    ])
}

pub(super) fn overrides(written: &Panel) -> Vec<Value> {
    let overrides = written.columns.iter().map(|column| {
        let properties = properties(column);
        json!({"matcher": {"id": "byName", "options": column.name}, "properties": properties})
    });
    overrides.filter(|one| one["properties"].as_array().is_some_and(|list| !list.is_empty())).collect()
}

fn properties(column: &Column) -> Vec<Value> {
    let mut properties = Vec::new();
    let mut add = |id: &str, value: Value| properties.push(json!({"id": id, "value": value}));
    if let Some(unit) = &column.unit {
        add("unit", json!(unit));
    }
    if let Some(decimals) = column.decimals {
        add("decimals", json!(decimals));
    }
    if let Some(width) = column.width {
        add("custom.width", json!(width));
    }
    match column.style {
        Some(Style::Text) => add("custom.cellOptions", json!({"type": "color-text"})),
        Some(Style::Background) => add("custom.cellOptions", json!({"mode": "basic", "type": "color-background"})),
        Some(Style::Status) => {
            add("custom.cellOptions", json!({"mode": "basic", "type": "color-background"}));
            add("mappings", json!([{"type": "value", "options": status_colours()}]));
        }
        Some(Style::Name) => panic!("{}: a cell has no name", column.name),
        None => {}
    }
    if !column.steps.is_empty() {
        add("thresholds", steps(&column.steps));
    }
    if let Some(link) = &column.link {
        add("links", json!([{"targetBlank": false, "title": format!("Show this {link}"), "url": url(link)}]));
    }
    properties
}

fn status_colours() -> Value {
    let statuses = STATUS_COLOURS.iter().flat_map(|(colour, words)| words.iter().map(move |word| (word, colour)));
    let mapped = statuses.enumerate().map(|(index, (word, colour))| {
        let name = word.replace('_', " ");
        ((*word).to_owned(), json!({"color": colour, "index": index, "text": name}))
    });
    Value::Object(mapped.collect())
}

/// The dashboard of what the row is about, with the time and what is chosen on top.
fn url(link: &str) -> String {
    let variable = match link {
        "group" => "&var-consumergroup=${__data.fields.Group:percentencode}",
        "topic" => "&var-topic=${__data.fields.Topic:percentencode}",
        "cluster" => "",
        other => panic!("there is no dashboard of a {other}"),
    };
    format!(
        "/d/highwater-{link}?${{__url_time_range}}&${{datasource:queryparam}}&${{job:queryparam}}\
         &${{instance:queryparam}}&var-cluster_name=${{__data.fields.Cluster:percentencode}}{variable}"
    )
}
