//! What is told without Prometheus, held against the alert rules. It is NOT about whether either fires.
//! Invariant: an alert has one name, one severity and one sentence, however it came.

use std::time::Duration;

use highwater::render::alerts::ALERT_KINDS;
use serde_json::Value;

use crate::support::tree;

fn rules() -> Vec<Value> {
    let text = std::fs::read_to_string(tree::root().join("alerts/highwater.rules.yml")).expect("the rules are there");
    let rules: Value = serde_yaml::from_str(&text).expect("the rules are YAML");
    let groups = rules["groups"].as_array().expect("there are groups");
    groups.iter().flat_map(|group| group["rules"].as_array().expect("a group has rules").clone()).collect()
}

fn time(rule: &Value, key: &str) -> Duration {
    rule[key].as_str().map_or(Duration::ZERO, |text| humantime::parse_duration(text).expect("a duration"))
}

#[test]
fn an_alert_is_the_same_however_it_came() {
    let rules = rules();
    for kind in ALERT_KINDS {
        let rule = rules.iter().find(|rule| rule["alert"] == kind.name);
        let rule = rule.unwrap_or_else(|| panic!("{} is no rule", kind.name));
        assert_eq!(rule["labels"]["severity"], kind.severity.word(), "{}", kind.name);
        assert_eq!(rule["annotations"]["summary"], kind.summary, "{}", kind.name);
        let runbook = format!("docs/runbooks/{}.md", kind.name);
        assert_eq!(rule["annotations"]["runbook_url"], runbook.as_str());
        assert!(tree::root().join(&runbook).is_file(), "{runbook} is missing");
        // That rule looks at shares of an hour, which is not remembered here.
        if kind.name != "KafkaConsumerGroupObjectiveBurningFast" {
            assert_eq!(kind.pending, time(rule, "for"), "{}", kind.name);
            assert_eq!(kind.keep, time(rule, "keep_firing_for"), "{}", kind.name);
        }
    }
}
