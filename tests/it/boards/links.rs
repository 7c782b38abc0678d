//! Where clicks lead. It is NOT Grafana's router.
//! Invariant: a link leads to a dashboard that is shipped, and sets variables that are there from columns that are there.

use regex::Regex;
use serde_json::Value;

use crate::support::panels::{Dashboard, dashboards, list, text};

/// What is wrong with the links of the panel.
fn mistakes(panel: &Value, all: &[Dashboard]) -> Vec<String> {
    let column = Regex::new(r"\$\{__data\.fields\.(\w+):percentencode\}").expect("a valid pattern");
    let variable = Regex::new(r"(?:var-(\w+)=|\$\{(\w+):queryparam\})").expect("a valid pattern");
    let names: Vec<&Value> = list(&panel["transformations"])
        .iter()
        .filter_map(|one| one["options"]["renameByName"].as_object())
        .flat_map(serde_json::Map::values)
        .collect();
    let mut mistakes = Vec::new();
    for url in urls(panel) {
        let mut complain = |what: String| mistakes.push(format!("{}: {url}: {what}", panel["title"]));
        let uid = url.strip_prefix("/d/").and_then(|rest| rest.split('?').next()).unwrap_or_default();
        let Some(target) = all.iter().find(|dashboard| dashboard.json["uid"] == uid) else {
            complain("no such dashboard".to_owned());
            continue;
        };
        for found in column.captures_iter(&url).filter(|found| !names.iter().any(|name| **name == found[1])) {
            complain(format!("no column {}", &found[1]));
        }
        let variables: Vec<String> =
            list(&target.json["templating"]["list"]).iter().map(|one| text(&one["name"])).collect();
        for found in variable.captures_iter(&url) {
            let name = found.get(1).or(found.get(2)).map_or("", |name| name.as_str());
            if !variables.iter().any(|variable| variable == name) {
                complain(format!("{uid} has no variable {name}"));
            }
        }
        if !url.contains("${__url_time_range}") {
            complain("the time is lost".to_owned());
        }
    }
    mistakes
}

fn urls(panel: &Value) -> Vec<String> {
    let properties = list(&panel["fieldConfig"]["overrides"]).iter().flat_map(|one| list(&one["properties"]));
    properties
        .filter(|one| one["id"] == "links")
        .flat_map(|one| list(&one["value"]))
        .map(|one| text(&one["url"]))
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let all = dashboards();
    let mistakes: Vec<String> =
        all.iter().flat_map(|dashboard| dashboard.panels().flat_map(|panel| mistakes(panel, &all))).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    let overview = all.iter().find(|dashboard| dashboard.json["uid"] == "highwater-overview").expect("an overview");
    let links: Vec<String> = overview.panels().flat_map(urls).collect();
    assert!(links.iter().any(|url| url.starts_with("/d/highwater-group?")), "{links:?}");
    for dashboard in &all {
        let link = &list(&dashboard.json["links"])[0];
        assert_eq!((&link["keepTime"], &link["includeVars"]), (&Value::Bool(true), &Value::Bool(true)));
        let tags = list(&link["tags"]);
        assert!(tags.iter().all(|tag| list(&dashboard.json["tags"]).contains(tag)), "{}", dashboard.path);
    }
}

#[test]
fn a_link_to_nowhere_is_found() {
    let panel = |url: &str| {
        serde_json::json!({
            "transformations": [{"options": {"renameByName": {"consumergroup": "Group"}}}],
            "fieldConfig": {"overrides": [{"properties": [{"id": "links", "value": [{"url": url}]}]}]},
        })
    };
    let finds = |url: &str| mistakes(&panel(url), &dashboards()).len();
    let good = "/d/highwater-group?${__url_time_range}&${job:queryparam}&var-consumergroup=${__data.fields.Group:percentencode}";
    assert_eq!(finds(good), 0);
    assert_eq!(finds(&good.replace("-group?", "-grupo?")), 1);
    assert_eq!(finds(&good.replace("fields.Group", "fields.Grupo")), 1);
    assert_eq!(finds(&good.replace("var-consumergroup", "var-grupo")), 1);
    assert_eq!(finds(&good.replace("${__url_time_range}&", "")), 1);
}
