//! What an alert has to have beyond being valid.
//! It is NOT promtool. Invariant: whoever is woken by an alert finds a section that says what to look at.

use serde_yaml::Value;

const SEVERITIES: [&str; 3] = ["critical", "warning", "info"];

/// What the alerts lack, given the rules, their tests and the runbook.
pub(super) fn mistakes(rules: &str, tests: &str, runbook: &str) -> Vec<String> {
    let rules: Value = serde_yaml::from_str(rules).expect("the rules are YAML");
    let tests: Value = serde_yaml::from_str(tests).expect("the tests are YAML");
    let rules: Vec<_> = list(&rules["groups"]).iter().flat_map(|group| list(&group["rules"])).collect();
    let cases: Vec<_> = list(&tests["tests"]).iter().flat_map(|test| list(&test["alert_rule_test"])).collect();
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
        demand(description.contains("{{"), "the description says where");
        let runbook_url = alert["annotations"]["runbook_url"].as_str().unwrap_or_default();
        let section = format!("alerts/README.md#{}", name.to_lowercase());
        demand(runbook_url == section, "runbook_url points to its section of alerts/README.md");
        demand(runbook.lines().any(|line| line == format!("## {name}")), "alerts/README.md has a section for it");
        let expected = |fires: bool| {
            cases.iter().any(|case| case["alertname"] == name && list(&case["exp_alerts"]).is_empty() != fires)
        };
        demand(expected(true), "a test shows it firing");
        demand(expected(false), "a test shows it not firing");
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
             annotations: {{summary: '{summary}', description: '{{{{ $value }}}}', \
             runbook_url: 'alerts/README.md#kafkax'}}}}]}}]"
        )
    };
    let both =
        "tests: [{alert_rule_test: [{alertname: KafkaX, exp_alerts: []}, {alertname: KafkaX, exp_alerts: [{}]}]}]";
    let one = "tests: [{alert_rule_test: [{alertname: KafkaX, exp_alerts: [{}]}]}]";
    let complete = rules("warning", "Something is wrong.");
    assert_eq!(mistakes(&complete, both, "## KafkaX\n"), [""; 0]);
    assert_eq!(mistakes(&complete, one, "## KafkaX\n"), ["KafkaX: a test shows it not firing"]);
    assert_eq!(mistakes(&complete, both, "## KafkaY\n"), ["KafkaX: alerts/README.md has a section for it"]);
    assert_eq!(mistakes(&rules("page", "Something is wrong."), both, "## KafkaX\n").len(), 1);
    assert_eq!(mistakes(&rules("info", "{{ $value }}"), both, "## KafkaX\n").len(), 1);
    assert_eq!(mistakes("groups: [{rules: [{alert: Y}]}]", "tests: []", "").len(), 9);
}
