//! What panels say of what has ended, is not wanted any more, or begins anew: answers on series that are made up. It is NOT
//! about whether they find something; `asked` is.
//! Invariant: a tile that says how it is now says nothing where nobody watches, and is not green.

use highwater::render::FAMILIES;
use regex::Regex;
use serde_json::{Value, json};

use crate::artefacts::promtool;
use crate::support::panels::{Dashboard, dashboards, list, text};
use crate::support::prometheus::RELEASES;

/// A quarter of a minute apart, as scrapes are.
const INTERVAL: &str = "15s";

/// Each query with what it finds at a minute, on these series.
fn check(series: &[(String, &str)], queries: &[(String, &str, Value)]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let inputs: Vec<_> = series.iter().map(|(series, values)| json!({"series": series, "values": values})).collect();
    let asked: Vec<_> = queries
        .iter()
        .map(|(query, at, found)| json!({"expr": query, "eval_time": at, "exp_samples": found}))
        .collect();
    let test = json!({"interval": INTERVAL, "input_series": inputs, "promql_expr_test": asked});
    let file = json!({"evaluation_interval": INTERVAL, "tests": [test]});
    std::fs::write(folder.path().join("test.yml"), file.to_string()).expect("the folder can be written to");
    RELEASES.into_iter().try_for_each(|release| promtool(release, folder.path(), &["test", "rules", "test.yml"]))
}

fn found(value: f64) -> Value {
    json!([{"labels": "{}", "value": value}])
}

/// The queries of the panels of this kind, with All for every variable.
fn queries(dashboard: &Dashboard, is_asked: impl Fn(&Value) -> bool) -> Vec<String> {
    let targets = dashboard.panels().filter(|panel| is_asked(panel)).flat_map(|panel| list(&panel["targets"]));
    let all = targets.map(|target| dashboard.substitute(&text(&target["expr"]), &std::collections::BTreeMap::new()));
    all.collect::<Result<_, _>>().expect("every variable is known")
}

fn query(name: &str, kind: &str, title: &str, target: usize) -> String {
    let dashboards = dashboards();
    let dashboard = dashboards.iter().find(|one| one.path == format!("dashboards/{name}.json")).expect("a dashboard");
    queries(dashboard, |panel| panel["title"] == title && panel["type"] == kind).swap_remove(target)
}

/// One series of each family that there is.
fn everything(values: &'static str) -> Vec<(String, &'static str)> {
    let series = |family: &highwater::render::Family| {
        let labels: Vec<_> = family.all_labels().map(|label| format!("{label}=\"1\"")).collect();
        (format!("{}{{job=\"highwater\", instance=\"a\", {}}}", family.name, labels.join(", ")), values)
    };
    FAMILIES.iter().map(series).collect()
}

#[test]
fn a_tile_shows_nothing_of_an_exporter_that_is_gone() {
    for dashboard in dashboards() {
        let stats: Vec<_> = dashboard.panels().filter(|panel| panel["type"] == "stat").collect();
        for target in stats.iter().flat_map(|panel| list(&panel["targets"])) {
            assert_eq!((&target["instant"], &target["range"]), (&json!(true), &json!(false)), "{}", target["expr"]);
        }
        assert!(stats.iter().all(|panel| panel["options"]["graphMode"] == "none"), "{}", dashboard.path);
        let gone: Vec<_> = queries(&dashboard, |panel| panel["type"] == "stat" || panel["type"] == "table")
            .into_iter()
            .map(|query| (query, "30m", json!([])))
            .collect();
        assert!(gone.len() >= 5, "{}", dashboard.path);
        check(&everything("1x20 stale"), &gone).unwrap_or_else(|words| panic!("{}: {words}", dashboard.path));
    }
}

#[test]
fn tiles_that_count_say_none_only_where_somebody_looks() {
    let over = query("overview", "stat", "Groups over the objective", 0);
    let up = |value| vec![(r#"highwater_up{job="highwater", instance="a", cluster_name="c"}"#.to_owned(), value)];
    check(&up("1x20"), &[(over.clone(), "3m", found(0.0))]).expect("nobody is over it");
    check(&up("0x20"), &[(over, "3m", json!([]))]).expect("nobody knows");
}

#[test]
fn topics_that_a_group_reads_no_more_are_in_no_tile() {
    let series = |family: &str, group: &str, topic: &str, value| {
        let labels = format!(r#"job="highwater", instance="a", cluster_name="c", consumergroup="{group}""#);
        (format!(r#"{family}{{{labels}, topic="{topic}"}}"#), value)
    };
    let mut all = vec![(r#"highwater_up{job="highwater", instance="a", cluster_name="c"}"#.to_owned(), "1x20")];
    for family in ["topic_lag_seconds", "topic_lag", "lag_velocity"] {
        let family = format!("kafka_consumergroup_{family}");
        all.push(series(&family, "g", "wanted", "30x20"));
        all.push(series(&family, "g", "former", "9000x20"));
    }
    all.push(series("kafka_consumergroup_topic_unsubscribed", "g", "former", "1x20"));
    let objective =
        r#"kafka_consumergroup_objective_seconds{job="highwater", instance="a", cluster_name="c", consumergroup="g"}"#;
    all.push((objective.to_owned(), "300x20"));
    let of_group = |value: f64| json!([{"labels": r#"{cluster_name="c", consumergroup="g"}"#, "value": value}]);
    let column = |number| query("overview", "table", "Groups, worst first", number);
    let asked = [
        (query("overview", "stat", "Groups over the objective", 0), "3m", found(0.0)),
        (query("overview", "stat", "Longest wait", 0), "3m", found(30.0)),
        (column(1), "3m", of_group(0.1)),
        (column(2), "3m", of_group(30.0)),
        (column(3), "3m", of_group(30.0)),
        (column(4), "3m", of_group(30.0)),
        (query("group", "stat", "Of objective", 0), "3m", found(0.1)),
        (query("group", "stat", "Lag in time", 0), "3m", found(30.0)),
        (query("group", "stat", "Lag in records", 0), "3m", found(30.0)),
        (query("group", "stat", "Trend", 0), "3m", found(30.0)),
    ];
    check(&all, &asked).expect("only what is wanted counts");
}

/// A group that is told to read again commits an offset that is less: nothing was read at the rate of a whole log.
#[test]
fn an_offset_that_is_set_back_is_not_read_from_its_start() {
    let labels = r#"{job="highwater", instance="a", cluster_name="c", consumergroup="g", topic="t", partition="0"}"#;
    let series = [(format!("kafka_consumergroup_current_offset{labels}"), "900000+150x40 5000+150x40")];
    let read = query("group", "timeseries", "Written and read", 0);
    let of_topic = json!([{"labels": r#"{cluster_name="c", consumergroup="g", topic="t"}"#, "value": 10}]);
    let greatest = (format!("max_over_time(({read})[19m:15s]) > 11"), "19m", json!([]));
    check(&series, &[(read, "5m", of_topic), greatest]).expect("no spike");
}

#[test]
fn lines_of_one_panel_have_names_of_their_own() {
    let list_of_labels = Regex::new(r"\bby \(([^)]*)\)").expect("a valid pattern");
    let mut mistakes = Vec::new();
    for dashboard in dashboards() {
        let drawn = dashboard.panels().filter(|panel| panel["type"] == "timeseries" || panel["type"] == "heatmap");
        for target in drawn.flat_map(|panel| list(&panel["targets"])) {
            let (query, legend) = (text(&target["expr"]), text(&target["legendFormat"]));
            // What is aggregated last gives a series its labels.
            let labels = list_of_labels.captures(&query).map(|found| found[1].to_owned()).unwrap_or_default();
            let untold =
                labels.split(", ").filter(|label| !label.is_empty() && !legend.contains(&format!("{{{{{label}}}}}")));
            mistakes.extend(untold.map(|label| format!("{}: `{legend}` leaves {label} away", dashboard.path)));
        }
    }
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
