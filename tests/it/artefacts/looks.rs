//! The habits of dashboards: what their linter asks for, and what keeps them apart from anybody's changes.
//! It is NOT about whether a query finds data; that needs a server.
//! Invariant: every query is narrowed by the variables on top, or choosing one there would not do what it says.

use serde_json::{Value, json};

use crate::support::panels::{Dashboard, list, text};

const NARROWED_BY: [&str; 3] = [r#"job=~"$job""#, r#"instance=~"$instance""#, r#"cluster_name=~"$cluster_name""#];

/// Where a dashboard differs from the habits.
pub(super) fn mistakes(dashboard: &Dashboard) -> Vec<String> {
    let mut mistakes = of_the_whole(&dashboard.json);
    mistakes.extend(dashboard.variables().flat_map(of_a_variable));
    mistakes.extend(dashboard.panels().flat_map(of_a_panel));
    let mut ids: Vec<_> = list(&dashboard.json["panels"]).iter().map(|panel| panel["id"].as_u64()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) || ids.contains(&None) {
        mistakes.push("every panel has an id of its own".to_owned());
    }
    mistakes.iter().map(|mistake| format!("{}: {mistake}", dashboard.path)).collect()
}

fn unmet(demands: &[(bool, &str)]) -> Vec<String> {
    demands.iter().filter(|(holds, _)| !holds).map(|(_, what)| (*what).to_owned()).collect()
}

fn of_the_whole(json: &Value) -> Vec<String> {
    let variable = |name: &str| list(&json["templating"]["list"]).iter().find(|variable| variable["name"] == name);
    let source = variable("datasource").unwrap_or(&Value::Null);
    let has_all = ["job", "instance", "cluster_name"].iter().all(|name| variable(name).is_some());
    unmet(&[
        (!text(&json["uid"]).is_empty(), "a uid keeps links alive when it is imported again"),
        (json["id"].is_null(), "the id belongs to the Grafana that imports it"),
        (!text(&json["title"]).is_empty(), "it has a title"),
        (json["editable"] == false, "it is not editable: changes would be lost with the next version"),
        (json["graphTooltip"] == 1, "the cross hair is shared between panels"),
        (matches!(json["schemaVersion"].as_u64(), Some(39..=42)), "the schema is one that Grafana 10 to 13 read"),
        (json.get("__inputs").is_none(), "there are no inputs: a variable chooses the data source"),
        (source["type"] == "datasource" && source["query"] == "prometheus", "the data source is a variable"),
        (source["label"] == "Data source", "the variable of the data source is labelled `Data source`"),
        (has_all, "job, instance and cluster_name are variables"),
    ])
}

fn of_a_variable(variable: &Value) -> Vec<String> {
    let name = text(&variable["name"]);
    let unmet = unmet(&[
        (!text(&variable["label"]).is_empty(), "it has a label"),
        (variable["refresh"] == 2, "it is read again when the time range changes"),
        (variable["multi"] == true && variable["includeAll"] == true, "several or all can be chosen"),
        (variable["allValue"] == ".+", "All matches whatever there is"),
        (variable["datasource"]["uid"] == "${datasource}", "it asks the chosen data source"),
    ]);
    unmet.iter().map(|what| format!("variable {name}: {what}")).collect()
}

fn of_a_panel(panel: &Value) -> Vec<String> {
    let source = json!({"type": "prometheus", "uid": "${datasource}"});
    let mut unmet = unmet(&[
        (!text(&panel["title"]).is_empty(), "it has a title"),
        (text(&panel["description"]).ends_with('.'), "its description is a sentence"),
        (!text(&panel["fieldConfig"]["defaults"]["unit"]).is_empty(), "it has a unit"),
        (panel["datasource"] == source, "it asks the chosen data source"),
        (!list(&panel["targets"]).is_empty(), "it asks something"),
    ]);
    for target in list(&panel["targets"]) {
        let expression = text(&target["expr"]);
        if target["datasource"] != source {
            unmet.push(format!("`{expression}` asks the chosen data source"));
        }
        unmet.extend(of_an_expression(&expression));
    }
    unmet.iter().map(|what| format!("panel {}: {what}", panel["title"])).collect()
}

fn of_an_expression(expression: &str) -> Vec<String> {
    let selectors: Vec<_> = expression.match_indices('{').collect();
    let is_narrowed = |at: usize| {
        let selector = expression[at..].split('}').next().unwrap_or_default();
        NARROWED_BY.iter().all(|matcher| selector.contains(matcher))
    };
    let name = regex::Regex::new(r"\b(?:kafka|highwater|process)_[a-z0-9_]+").expect("a valid pattern");
    let names: Vec<_> = name.find_iter(expression).collect();
    let is_selected = names.iter().all(|name| expression[name.end()..].starts_with('{'));
    let is_rate = |at: usize| expression[..at].ends_with("rate(") || expression[..at].ends_with("increase(");
    let counters = names.iter().filter(|name| name.as_str().ends_with("_total")).map(regex::Match::start);
    unmet(&[
        (!names.is_empty() && is_selected, "every metric has a selector"),
        (selectors.iter().all(|(at, _)| is_narrowed(*at)), "every selector uses job, instance and cluster_name"),
        (counters.into_iter().all(is_rate), "a counter is shown as a rate"),
        (!expression.contains("rate(") || expression.contains("[$__rate_interval]"), "rates are over $__rate_interval"),
    ])
    .iter()
    .map(|what| format!("`{expression}`: {what}"))
    .collect()
}

#[test]
fn queries_that_ignore_the_variables_are_found() {
    let all = NARROWED_BY.join(", ");
    let finds = |expression: &str| of_an_expression(&expression.replace("ALL", &all)).len();
    assert_eq!(finds("max(kafka_brokers{ALL})"), 0);
    assert_eq!(finds("sum(rate(highwater_polls_total{ALL}[$__rate_interval]))"), 0);
    assert_eq!(finds("max(kafka_brokers)"), 1);
    assert_eq!(finds("max(kafka_brokers{job=~\"$job\"})"), 1);
    assert_eq!(finds("kafka_brokers{ALL} + kafka_brokers{}"), 1);
    assert_eq!(finds("highwater_polls_total{ALL}"), 1);
    assert_eq!(finds("rate(highwater_polls_total{ALL}[5m])"), 1);
}

#[test]
fn an_empty_dashboard_meets_no_demand() {
    let dashboard = |json: Value| Dashboard { path: "dashboards/x.json".to_owned(), json };
    assert_eq!(mistakes(&dashboard(json!({"id": 1, "__inputs": []}))).len(), 10);
    let panel = json!({"panels": [{"type": "stat"}, {"type": "row", "id": 1}]});
    assert!(mistakes(&dashboard(panel)).iter().any(|mistake| mistake.contains("it asks something")));
    let variable = json!({"templating": {"list": [{"type": "query", "name": "job"}]}});
    assert!(mistakes(&dashboard(variable)).iter().any(|mistake| mistake.contains("variable job: it has a label")));
}
