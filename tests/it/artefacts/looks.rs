//! The habits of dashboards: what their linter asks for, and what keeps them apart from anybody's changes.
//! It is NOT about whether a query finds data; that needs a server.
//! Invariant: every query is narrowed by the variables on top, or choosing one there would not do what it says.

use regex::Regex;
use serde_json::{Value, json};

use crate::support::panels::{Dashboard, list, text};

use super::labels;

/// Where a dashboard differs from the habits.
pub(super) fn mistakes(dashboard: &Dashboard) -> Vec<String> {
    let mut mistakes = of_the_whole(&dashboard.json);
    mistakes.extend(dashboard.variables().flat_map(of_a_variable));
    let variables: Vec<String> = dashboard.variables().map(|variable| text(&variable["name"])).collect();
    mistakes.extend(dashboard.panels().flat_map(|panel| of_a_panel(panel, &variables)));
    for annotation in list(&dashboard.json["annotations"]["list"]).iter().filter(|one| one["expr"].is_string()) {
        mistakes.extend(of_an_expression(&text(&annotation["expr"]), &variables));
    }
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
    let label = match name.as_str() {
        "job" => variable["label"] == "Job",
        "instance" => variable["label"] == "Instance",
        _ => !text(&variable["label"]).is_empty(),
    };
    let asked = text(&variable["query"]["query"]);
    let values = Regex::new(r"^label_values\((\w+)(\{[^}]*\})?, (\w+)\)$").expect("a valid pattern");
    let is_asked =
        values.captures(&asked).is_some_and(|found| labels::of(&found[1]).iter().any(|label| *label == &found[3]));
    let mut unknown = labels::unknown(&asked);
    let unmet = unmet(&[
        (label, "it has a label, which is Job and Instance for those two"),
        (is_asked && variable["definition"] == asked, "it asks for the values of a label that is there"),
        (variable["refresh"] == 2, "it is read again when the time range changes"),
        (variable["multi"] == true && variable["includeAll"] == true, "several or all can be chosen"),
        (variable["allValue"] == ".+", "All matches whatever there is"),
        (variable["datasource"]["uid"] == "${datasource}", "it asks the chosen data source"),
    ]);
    unknown.extend(unmet);
    unknown.iter().map(|what| format!("variable {name}: {what}")).collect()
}

fn of_a_panel(panel: &Value, variables: &[String]) -> Vec<String> {
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
        unmet.extend(of_an_expression(&expression, variables));
    }
    unmet.iter().map(|what| format!("panel {}: {what}", panel["title"])).collect()
}

/// `variables` are those that the dashboard asks Prometheus for.
fn of_an_expression(expression: &str, variables: &[String]) -> Vec<String> {
    let name = Regex::new(r"\b(?:kafka|highwater|process)_[a-z0-9_]+").expect("a valid pattern");
    // Words in the list of a `by` are labels, whatever they look like.
    let names: Vec<_> = name.find_iter(expression).collect();
    let is_selected = names.iter().all(|name| expression[name.end()..].starts_with('{'));
    let is_narrowed = |name: &regex::Match<'_>| {
        let selector = expression[name.end()..].split('}').next().unwrap_or_default();
        let labels = labels::of(name.as_str());
        let wanted = variables.iter().filter(|variable| labels.contains(&variable.as_str()));
        wanted.into_iter().all(|label| selector.contains(&format!("{label}=~\"${label}\"")))
    };
    let is_rate = |at: usize| expression[..at].ends_with("rate(") || expression[..at].ends_with("increase(");
    let counters = names.iter().filter(|name| name.as_str().ends_with("_total")).map(regex::Match::start);
    let is_average = expression.contains("avg") && names.iter().any(|name| name.as_str().contains("lag"));
    let mut unmet = unmet(&[
        (!names.is_empty() && is_selected, "every metric has a selector"),
        (names.iter().all(is_narrowed), "every selector uses the variables on top whose label it has"),
        (counters.into_iter().all(is_rate), "a counter is shown as a rate"),
        (!expression.contains("rate(") || expression.contains("[$__rate_interval]"), "rates are over $__rate_interval"),
        (!is_average, "an average hides the one that lags"),
    ]);
    unmet.extend(labels::unknown(expression));
    unmet.iter().map(|what| format!("`{expression}`: {what}")).collect()
}

#[test]
fn queries_that_ignore_the_variables_are_found() {
    let variables = ["job", "instance", "cluster_name", "topic"].map(str::to_owned);
    let all = r#"job=~"$job", instance=~"$instance", cluster_name=~"$cluster_name""#;
    let finds = |expression: &str| of_an_expression(&expression.replace("ALL", all), &variables).len();
    assert_eq!(finds("max(kafka_brokers{ALL})"), 0);
    assert_eq!(finds("sum(rate(highwater_polls_total{ALL}[$__rate_interval]))"), 0);
    assert_eq!(finds("max by (topic) (kafka_topic_partitions{ALL, topic=~\"$topic\"})"), 0);
    assert_eq!(finds("process_open_fds{job=~\"$job\", instance=~\"$instance\"}"), 0);
    assert_eq!(finds("max(kafka_topic_partitions{ALL})"), 1);
    assert_eq!(finds("max(kafka_brokers)"), 2);
    assert_eq!(finds("max(kafka_brokers{job=~\"$job\"})"), 1);
    assert_eq!(finds("kafka_brokers{ALL} + kafka_brokers{}"), 1);
    assert_eq!(finds("highwater_polls_total{ALL}"), 1);
    assert_eq!(finds("rate(highwater_polls_total{ALL}[5m])"), 1);
    assert_eq!(finds("avg(kafka_consumergroup_topic_lag{ALL, topic=~\"$topic\"})"), 1);
    assert_eq!(finds("max by (tpoic) (kafka_brokers{ALL})"), 1);
}

#[test]
fn an_empty_dashboard_meets_no_demand() {
    let dashboard = |json: Value| Dashboard { path: "dashboards/x.json".to_owned(), json };
    assert_eq!(mistakes(&dashboard(json!({"id": 1, "__inputs": []}))).len(), 10);
    let panel = json!({"panels": [{"type": "stat"}, {"type": "row", "id": 1}]});
    assert!(mistakes(&dashboard(panel)).iter().any(|mistake| mistake.contains("it asks something")));
    let asking =
        |query: &str| json!({"templating": {"list": [{"type": "query", "name": "x", "query": {"query": query}}]}});
    let finds = |query: &str, what: &str| mistakes(&dashboard(asking(query))).iter().any(|one| one.contains(what));
    assert!(finds("label_values(kafka_brokers, topic)", "a label that is there"));
    assert!(finds("label_values(kafka_brokers{topic=\"x\"}, job)", "no label `topic`"));
    let variable = json!({"templating": {"list": [{"type": "query", "name": "job"}]}});
    assert!(mistakes(&dashboard(variable)).iter().any(|mistake| mistake.contains("variable job: it has a label")));
}
