//! The Kubernetes manifests, read and held against each other, the Dockerfile and the running binary.
//!
//! It is NOT a validation against Kubernetes's schemas, which takes a cluster.
//! Invariant: whatever one manifest names in another is there under that name.

use serde_yaml::Value;

use super::{default_port, last_in_dockerfile, list, read};
use crate::support::command::highwater_in;
use crate::support::config_file::NOBODY;
use crate::support::exporter::Exporter;
use crate::support::tree;
use crate::support::wait::eventually;

const FOLDER: &str = "deploy/kubernetes/";
fn manifest(name: &str) -> Value {
    serde_yaml::from_str(&read(&format!("{FOLDER}{name}"))).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn names_of_manifests() -> Vec<String> {
    let files = tree::texts(|name| name.starts_with(FOLDER));
    files.iter().filter_map(|(name, _)| name.strip_prefix(FOLDER)).map(str::to_owned).collect()
}

fn pod() -> Value {
    manifest("deployment.yaml")["spec"]["template"].clone()
}

fn container() -> Value {
    let pod = pod();
    let [container] = list(&pod["spec"]["containers"]) else { panic!("one container") };
    container.clone()
}

#[test]
fn every_manifest_is_applied_and_complete() {
    let kustomization = manifest("kustomization.yaml");
    let listed: Vec<_> = list(&kustomization["resources"]).iter().filter_map(Value::as_str).collect();
    let there = names_of_manifests();
    for name in there.iter().filter(|name| *name != "kustomization.yaml") {
        assert!(listed.contains(&name.as_str()), "{name} is not in kustomization.yaml");
    }
    for name in listed {
        assert!(there.iter().any(|other| other == name), "{name} is not there");
    }
    for name in there {
        for document in serde_yaml::Deserializer::from_str(&read(&format!("{FOLDER}{name}"))) {
            let document: Value = serde::Deserialize::deserialize(document).expect("YAML");
            assert!(document["apiVersion"].is_string() && document["kind"].is_string(), "{name}: {document:?}");
        }
    }
}

#[test]
fn labels_select_what_they_should() {
    let deployment = manifest("deployment.yaml");
    let selected = &deployment["spec"]["selector"]["matchLabels"];
    assert!(selected.is_mapping());
    assert_eq!(selected, &pod()["metadata"]["labels"], "the Deployment selects its pods");
    let service = manifest("service.yaml");
    assert_eq!(selected, &service["spec"]["selector"], "the Service selects the pods");
    let monitor = manifest("servicemonitor.yaml");
    assert_eq!(&monitor["spec"]["selector"]["matchLabels"], &service["metadata"]["labels"], "the monitor, the Service");
    assert_eq!(service["metadata"]["name"], "highwater", "the label `job` that rules and dashboards expect");
}

#[test]
fn ports_are_one_port() {
    let port = u64::from(default_port());
    assert_eq!(last_in_dockerfile("EXPOSE ").parse(), Ok(port));
    let container = container();
    let [opened] = list(&container["ports"]) else { panic!("one port") };
    assert_eq!(opened["containerPort"].as_u64(), Some(port));
    let service = manifest("service.yaml");
    let [served] = list(&service["spec"]["ports"]) else { panic!("one port") };
    assert_eq!((served["port"].as_u64(), &served["targetPort"]), (Some(port), &opened["name"]));
    let monitor = manifest("servicemonitor.yaml");
    let [endpoint] = list(&monitor["spec"]["endpoints"]) else { panic!("one endpoint") };
    assert_eq!((&endpoint["port"], &endpoint["path"]), (&served["name"], &Value::from("/metrics")));
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        assert_eq!(container[probe]["httpGet"]["port"], opened["name"], "{probe}");
    }
}

#[test]
fn nothing_is_allowed_that_is_not_needed() {
    let pod = pod();
    let user = pod["spec"]["securityContext"]["runAsUser"].as_u64().expect("a user");
    let group = pod["spec"]["securityContext"]["runAsGroup"].as_u64().expect("a group");
    assert_eq!(last_in_dockerfile("USER "), format!("{user}:{group}"));
    assert_eq!(pod["spec"]["securityContext"]["runAsNonRoot"], true);
    assert_eq!(pod["spec"]["securityContext"]["seccompProfile"]["type"], "RuntimeDefault");
    assert_eq!(pod["spec"]["automountServiceAccountToken"], false);
    let container = container();
    let context = &container["securityContext"];
    assert_eq!(context["allowPrivilegeEscalation"], false);
    assert_eq!(context["readOnlyRootFilesystem"], true);
    assert_eq!(list(&context["capabilities"]["drop"]), ["ALL"]);
    for mount in list(&container["volumeMounts"]) {
        assert_eq!(mount["readOnly"], true, "{mount:?}");
        let volumes = list(&pod["spec"]["volumes"]);
        assert!(volumes.iter().any(|volume| volume["name"] == mount["name"]), "{mount:?} is not there");
    }
}

#[test]
fn the_image_is_the_one_that_is_named() {
    assert_eq!(container()["image"], concat!("highwater:", env!("CARGO_PKG_VERSION")));
    let kustomization = manifest("kustomization.yaml");
    let [named] = list(&kustomization["images"]) else { panic!("one image") };
    assert_eq!((&named["name"], &named["newTag"]), (&"highwater".into(), &env!("CARGO_PKG_VERSION").into()));
}

/// The container's own words on the file of the `ConfigMap`, with brokers that are nobody: its probes are answered.
#[tokio::test(flavor = "multi_thread")]
async fn the_container_starts_and_its_probes_are_answered() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let (container, pod) = (container(), pod());
    let config = manifest("configmap.yaml");
    let volume = list(&pod["spec"]["volumes"]).iter().find(|volume| volume["configMap"].is_mapping());
    assert_eq!(volume.expect("a volume of the ConfigMap")["configMap"]["name"], config["metadata"]["name"]);
    let text = config["data"]["highwater.yml"].as_str().expect("a configuration");
    std::fs::write(folder.path().join("highwater.yml"), text).expect("a writable folder");
    let ended = highwater_in(folder.path(), &["check-config", "highwater.yml"]).await;
    assert_eq!(ended.code, Some(0), "{ended}");

    let nobody = text.replace("kafka-bootstrap.kafka.svc:9092", NOBODY);
    assert_ne!(nobody, text);
    std::fs::write(folder.path().join("highwater.yml"), nobody).expect("a writable folder");
    let words = list(&container["args"]).iter().filter_map(Value::as_str);
    let mounted = folder.path().to_string_lossy();
    let words: Vec<_> = words.map(|word| word.replace("/etc/highwater", &mounted)).collect();
    let exporter = Exporter::start(&words.iter().map(String::as_str).collect::<Vec<_>>()).await;
    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
        let path = container[probe]["httpGet"]["path"].as_str().expect("a path");
        eventually(probe, async || match exporter.status(path).await {
            200 => Ok(()),
            other => Err(format!("{path} answers {other}")),
        })
        .await;
    }
}
