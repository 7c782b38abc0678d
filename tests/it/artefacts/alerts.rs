//! What an alert has to have beyond being valid.
//! It is NOT promtool. Invariant: whoever is woken by an alert finds a page that says what to look at.

use serde_yaml::Value;

use super::runbooks;

const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];

/// The names of the alerts among the rules.
pub(super) fn names(rules: &str) -> Vec<String> {
    let rules: Value = serde_yaml::from_str(rules).expect("the rules are YAML");
    let rules = list(&rules["groups"]).iter().flat_map(|group| list(&group["rules"]));
    rules.filter_map(|rule| rule["alert"].as_str()).map(str::to_owned).collect()
}

/// What the alerts lack, given the rules, their tests and the runbooks by name.
pub(super) fn mistakes(rules: &str, tests: &[String], pages: &[(String, String)]) -> Vec<String> {
    let rules: Value = serde_yaml::from_str(rules).expect("the rules are YAML");
    let tests: Vec<Value> =
        tests.iter().map(|tests| serde_yaml::from_str(tests).expect("the tests are YAML")).collect();
    let rules: Vec<_> = list(&rules["groups"]).iter().flat_map(|group| list(&group["rules"])).collect();
    let tests = tests.iter().flat_map(|tests| list(&tests["tests"]));
    let cases: Vec<_> = tests.flat_map(|test| list(&test["alert_rule_test"])).collect();
    let mut mistakes = Vec::new();
    for alert in rules {
        let Some(name) = alert["alert"].as_str() else { continue };
        let mut demand = |holds: bool, what: &str| {
            if !holds {
                mistakes.push(format!("{name}: {what}"));
            }
        };
        demand(name.starts_with("Kafka"), "the name starts with `Kafka`, as all do");
        demand(alert["for"].is_string(), "`for` keeps a blip from waking somebody");
        let severity = alert["labels"]["severity"].as_str().unwrap_or_default();
        demand(SEVERITIES.contains(&severity), "the severity is critical, warning or info");
        let summary = alert["annotations"]["summary"].as_str().unwrap_or_default();
        demand(summary.ends_with('.') && !summary.contains("{{"), "the summary is a plain sentence");
        let description = alert["annotations"]["description"].as_str().unwrap_or_default();
        demand(description.contains("{{ $labels."), "the description says where");
        for label in ["consumergroup", "topic"] {
            let is_about = name.starts_with("KafkaConsumerGroup") && label == "consumergroup"
                || name.starts_with("KafkaTopic") && label == "topic";
            demand(
                !is_about || description.contains(&format!("$labels.{label} ")),
                "the description names its group or topic",
            );
        }
        let runbook_url = alert["annotations"]["runbook_url"].as_str().unwrap_or_default();
        demand(runbook_url == format!("docs/runbooks/{name}.md"), "runbook_url points to its page");
        let expected = |fires: bool| {
            cases.iter().any(|case| case["alertname"] == name && list(&case["exp_alerts"]).is_empty() != fires)
        };
        demand(expected(true), "a test shows it firing");
        demand(expected(false), "a test shows it not firing");
        let page = pages.iter().find(|(page, _)| page == name).map(|(_, text)| text.as_str());
        mistakes.extend(runbooks::mistakes(name, page));
    }
    mistakes
}

fn list(value: &Value) -> &[Value] {
    value.as_sequence().map(Vec::as_slice).unwrap_or_default()
}

#[test]
fn an_incomplete_alert_is_found() {
    let rules = |severity: &str, summary: &str| {
        format!(
            "groups: [{{name: g, rules: [{{alert: KafkaX, expr: up, for: 1m, labels: {{severity: {severity}}}, \
             annotations: {{summary: '{summary}', description: '{{{{ $labels.x }}}}', \
             runbook_url: 'docs/runbooks/KafkaX.md'}}}}]}}]"
        )
    };
    let both =
        ["tests: [{alert_rule_test: [{alertname: KafkaX, exp_alerts: []}, {alertname: KafkaX, exp_alerts: [{}]}]}]"
            .to_owned()];
    let one = ["tests: [{alert_rule_test: [{alertname: KafkaX, exp_alerts: [{}]}]}]".to_owned()];
    let page = "# KafkaX\n## Meaning\n## Likely causes\n## Confirm\n$ highwater lag\n## Mend\n";
    let pages = [("KafkaX".to_owned(), page.to_owned())];
    let complete = rules("warning", "Something is wrong.");
    assert_eq!(names(&complete), ["KafkaX"]);
    assert_eq!(mistakes(&complete, &both, &pages), [""; 0]);
    assert_eq!(mistakes(&complete, &one, &pages), ["KafkaX: a test shows it not firing"]);
    assert_eq!(mistakes(&complete, &both, &[]), ["KafkaX: docs/runbooks/KafkaX.md is missing"]);
    assert_eq!(mistakes(&rules("page", "Something is wrong."), &both, &pages).len(), 1);
    assert_eq!(mistakes(&rules("info", "{{ $value }}"), &both, &pages).len(), 1);
    let of_group = complete.replace("KafkaX", "KafkaConsumerGroupX");
    assert!(mistakes(&of_group, &[], &[]).iter().any(|mistake| mistake.ends_with("names its group or topic")));
    assert_eq!(mistakes("groups: [{rules: [{alert: Y}]}]", &[], &[]).len(), 9);
}
