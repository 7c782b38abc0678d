//! The rules as a `PrometheusRule` of the Prometheus operator. It is NOT a second set of rules.
//! Invariant: the manifest is what is made from the rules now; `HIGHWATER_WRITE=1` makes it anew.

use std::path::PathBuf;

use serde_yaml::Value;

use crate::support::tree;

const HEAD: &str = "\
# Made from alerts/*.rules.yml: change those, then run HIGHWATER_WRITE=1 cargo test --test it -- artefacts::manifest
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: highwater
  labels:
    app.kubernetes.io/name: highwater
spec:
  groups:
";

/// The rule files, in the order in which they are loaded.
pub(super) const RULES: [&str; 2] = ["alerts/thresholds.rules.yml", "alerts/highwater.rules.yml"];

fn path() -> PathBuf {
    tree::root().join("deploy/kubernetes/prometheus-rule.yaml")
}

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
    let made = made(&sources());
    if std::env::var_os("HIGHWATER_WRITE").is_some() {
        std::fs::write(path(), &made).expect("the manifest can be written");
    }
    let written = std::fs::read_to_string(path()).unwrap_or_default();
    let differs = written.lines().zip(made.lines()).find(|(written, made)| written != made);
    assert_eq!(differs, None, "{} is not what the rules make: see its first line", path().display());
    assert_eq!(written.len(), made.len(), "{} is not what the rules make: see its first line", path().display());
}

#[test]
fn the_manifest_holds_the_same_groups() {
    let written = std::fs::read_to_string(path()).expect("the manifest is readable");
    let manifest: Value = serde_yaml::from_str(&written).expect("the manifest is YAML");
    let groups = |text: &String| -> Vec<Value> {
        let rules: Value = serde_yaml::from_str(text).expect("the rules are YAML");
        rules["groups"].as_sequence().cloned().unwrap_or_default()
    };
    let expected: Vec<Value> = sources().iter().flat_map(groups).collect();
    assert!(expected.len() > 3, "{expected:?}");
    assert_eq!(manifest["spec"]["groups"], Value::Sequence(expected));
    assert_eq!(
        (&manifest["kind"], &manifest["apiVersion"]),
        (&"PrometheusRule".into(), &"monitoring.coreos.com/v1".into())
    );
}
