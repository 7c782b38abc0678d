//! The dashboards as a manifest for Kubernetes. It is NOT the other manifests.
//! Invariant: what a cluster gets is byte for byte what lies in `dashboards/`.

use std::fmt::Write as _;

use serde::Deserialize as _;
use serde_yaml::Value;

use crate::support::generated::mistakes;

use super::made;

const PATH: &str = "deploy/kubernetes/dashboards.yaml";

/// What the sidecar of Grafana's chart looks for by default.
const LABEL: &str = "grafana_dashboard: \"1\"";

/// More than this is refused by the server that stores it.
const BYTES_MAX: usize = 1 << 20;

/// One `ConfigMap` for each dashboard, so that none gets too large for the annotation of `kubectl apply`.
fn manifest() -> String {
    let mut text = String::from(
        "# The dashboards for Grafana's sidecar, which takes every ConfigMap with this label. Made from dashboards/source by\n\
         # `HIGHWATER_UPDATE=1 cargo test --test it -- boards::`; do not edit.\n",
    );
    for (path, json) in made() {
        let file = path.trim_start_matches("dashboards/");
        let name = file.trim_end_matches(".json");
        let written = write!(
            text,
            "---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: highwater-dashboard-{name}\n  labels:\n    \
             app.kubernetes.io/name: highwater\n    {LABEL}\n  annotations:\n    grafana_folder: Highwater\ndata:\n  \
             highwater-{file}: |\n"
        );
        written.expect("text takes text");
        for line in json.lines() {
            text.push_str("    ");
            text.push_str(line);
            text.push('\n');
        }
    }
    text
}

#[test]
fn the_manifest_holds_the_dashboards() {
    let manifest = manifest();
    assert_eq!(mistakes(PATH, &manifest), None);
    let mut dashboards = made();
    for document in serde_yaml::Deserializer::from_str(&manifest) {
        let document = Value::deserialize(document).expect("YAML");
        assert_eq!(document["metadata"]["labels"]["grafana_dashboard"], "1");
        let data = document["data"].as_mapping().expect("data");
        for (file, json) in data {
            let json = json.as_str().expect("text");
            assert!(json.len() < BYTES_MAX, "{file:?} is {} bytes", json.len());
            let before = dashboards.len();
            dashboards.retain(|(_, made)| made != json);
            assert_eq!(dashboards.len() + 1, before, "{file:?} is no dashboard");
        }
    }
    assert!(dashboards.is_empty(), "{:?}", dashboards.iter().map(|(path, _)| path).collect::<Vec<_>>());
}
