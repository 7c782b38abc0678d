//! The rules as a `PrometheusRule` of the Prometheus operator. It is NOT a second set of rules.
//! Invariant: the manifest is what is made from the rules now.

use serde_yaml::Value;

use crate::support::generated::mistakes;
use crate::support::tree;

const HEAD: &str = "\
# Made from alerts/*.rules.yml: change those, then run HIGHWATER_UPDATE=1 cargo test --test it -- artefacts::manifest
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
# Some installations take only those with a label of theirs, such as `release: kube-prometheus-stack`, and say nothing of others:
# `kubectl get prometheus -A -o jsonpath='{.items[*].spec.ruleSelector}'` tells.
metadata:
  name: highwater
  labels:
    app.kubernetes.io/name: highwater
spec:
  groups:
";

/// The rule files, in the order in which they are loaded.
pub(super) const RULES: [&str; 2] = ["alerts/thresholds.rules.yml", "alerts/highwater.rules.yml"];

const PATH: &str = "deploy/kubernetes/prometheus-rule.yaml";

/// The groups of all files under one `spec`, comments and all.
fn made(rules: &[String]) -> String {
    let mut manifest = HEAD.to_owned();
    for text in rules {
        let (_, groups) = text.split_once("\ngroups:\n").expect("a file of rules has groups");
        for line in groups.lines() {
            manifest.push_str(if line.is_empty() { "" } else { "  " });
            manifest.push_str(line);
            manifest.push('\n');
        }
    }
    manifest
}

fn sources() -> Vec<String> {
    let read = |path| std::fs::read_to_string(tree::root().join(path)).expect("the rules are readable");
    RULES.into_iter().map(read).collect()
}

#[test]
fn the_manifest_is_made_from_the_rules() {
    assert_eq!(mistakes(PATH, &made(&sources())), None);
}

#[test]
fn the_manifest_holds_the_same_groups() {
    let written = std::fs::read_to_string(tree::root().join(PATH)).expect("the manifest is readable");
    let manifest: Value = serde_yaml::from_str(&written).expect("the manifest is YAML");
    let groups = |text: &String| -> Vec<Value> {
        let rules: Value = serde_yaml::from_str(text).expect("the rules are YAML");
        rules["groups"].as_sequence().cloned().unwrap_or_default()
    };
    let expected: Vec<Value> = sources().iter().flat_map(groups).collect();
    assert!(expected.len() > 3, "{expected:?}");
    let rules: Vec<_> = expected.iter().filter_map(|group| group["rules"].as_sequence()).flatten().collect();
    // The operator's schema takes no fractions.
    let numbers: Vec<_> = rules.iter().filter(|rule| !rule["expr"].is_string()).collect();
    assert!(numbers.is_empty(), "write it in quotes: {numbers:?}");
    assert_eq!(manifest["spec"]["groups"], Value::Sequence(expected));
    assert_eq!(
        (&manifest["kind"], &manifest["apiVersion"]),
        (&"PrometheusRule".into(), &"monitoring.coreos.com/v1".into())
    );
}
