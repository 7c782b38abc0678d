//! What starts with one command where Docker is. It is NOT started here: no Docker engine is asked for.
//! Invariant: every file it mounts is there, every address it names is one that listens, and every image has a version.

use std::collections::BTreeMap;
use std::path::Path;

use serde_yaml::Value;

use crate::artefacts::promtool;
use crate::support::prometheus::RELEASES;
use crate::support::tree;

fn yaml(path: &str) -> Value {
    let text = std::fs::read_to_string(tree::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"));
    serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_sequence().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The files and folders of the repository that a service sees, as (here, there).
fn mounts(service: &Value) -> Vec<(&str, &str)> {
    let split = texts(&service["volumes"]).into_iter().filter(|mount| mount.starts_with("./"));
    split
        .map(|mount| mount.split_once(':').expect("here:there"))
        .map(|(here, there)| (here, there.trim_end_matches(":ro")))
        .collect()
}

/// The file of the repository that the service finds under this path.
fn mounted(service: &Value, path: &str) -> Option<std::path::PathBuf> {
    mounts(service).into_iter().find_map(|(here, there)| {
        let rest = Path::new(path).strip_prefix(there).ok()?;
        let file = tree::root().join(here);
        Some(if rest.as_os_str().is_empty() { file } else { file.join(rest) })
    })
}

/// What is wrong with a service by itself.
fn mistakes(name: &str, service: &Value) -> Vec<String> {
    let mut mistakes = Vec::new();
    let mut demand = |holds: bool, what: String| {
        if !holds {
            mistakes.push(format!("{name}: {what}"));
        }
    };
    match service["image"].as_str() {
        Some(image) => {
            let (repository, version) = image.rsplit_once(':').unwrap_or((image, ""));
            let first = repository.split('/').next().unwrap_or_default();
            demand(!first.contains(['.', ':']), format!("{image} names a registry"));
            let is_pinned = version.trim_start_matches('v').split('.').count() == 3;
            demand(is_pinned, format!("{image} has no version of three numbers"));
        }
        None => demand(service["build"] == ".", "it is neither an image nor built from here".to_owned()),
    }
    for (here, _) in mounts(service) {
        demand(tree::root().join(here).exists(), format!("{here} is not there"));
    }
    for port in texts(&service["ports"]) {
        demand(port.starts_with("127.0.0.1:"), format!("{port} is open to everybody"));
        let numbers: Vec<&str> = port.split(':').skip(1).collect();
        demand(numbers.len() == 2 && numbers[0] == numbers[1], format!("{port} is another one inside"));
    }
    for word in texts(&service["command"]) {
        if let Some(path) = word.strip_prefix("--config.file=") {
            demand(mounted(service, path).is_some_and(|file| file.is_file()), format!("{path} is not mounted"));
        }
    }
    mistakes
}

/// The port that each service is known to listen on.
fn ports() -> BTreeMap<String, String> {
    let compose = yaml("compose.yaml");
    let services = compose["services"].as_mapping().expect("services");
    let listens = |(name, service): (&Value, &Value)| {
        let name = name.as_str().expect("a name").to_owned();
        // Inside, Kafka is met on another listener than from outside.
        let port = match service["environment"]["KAFKA_ADVERTISED_LISTENERS"].as_str() {
            Some(listeners) => listeners.split(',').next().and_then(|one| one.rsplit(':').next()),
            None => texts(&service["ports"]).first().and_then(|port| port.rsplit(':').next()),
        };
        (name, port.expect("a port").to_owned())
    };
    services.iter().map(listens).collect()
}

#[test]
fn services_are_complete() {
    let compose = yaml("compose.yaml");
    let services = compose["services"].as_mapping().expect("services");
    let names: Vec<_> = services.keys().filter_map(Value::as_str).collect();
    assert_eq!(names, ["kafka", "highwater", "prometheus", "alertmanager", "grafana"]);
    let mistakes: Vec<String> =
        services.iter().flat_map(|(name, service)| mistakes(name.as_str().unwrap_or_default(), service)).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn an_incomplete_service_is_found() {
    let finds = |text: &str| mistakes("x", &serde_yaml::from_str(text).expect("YAML")).len();
    assert_eq!(finds("{image: 'prom/prometheus:v3.5.0', volumes: ['./alerts:/alerts:ro']}"), 0);
    assert_eq!(finds("{image: 'prom/prometheus:latest'}"), 1);
    assert_eq!(finds("{image: prom/prometheus}"), 1);
    assert_eq!(finds("{image: 'registry.example/prom/prometheus:v3.5.0'}"), 1);
    assert_eq!(finds("{build: ., volumes: ['./nothing:/x:ro']}"), 1);
    assert_eq!(finds("{build: ., ports: ['9090:9090']}"), 2);
    assert_eq!(finds("{build: ., command: ['--config.file=/x/nothing.yml'], volumes: ['./alerts:/x:ro']}"), 1);
}

/// `host:port` wherever one service names another.
#[test]
fn services_find_each_other() {
    let ports = ports();
    let named = regex::Regex::new(r"\b(kafka|highwater|prometheus|alertmanager|grafana):(\d{4,5})").expect("a pattern");
    let files =
        ["compose.yaml", "deploy/prometheus/prometheus.yml", "deploy/grafana/provisioning/datasources/prometheus.yml"];
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(tree::root().join(file)).expect("the file is there");
        for address in named.captures_iter(&text) {
            let is_controller = &address[0] == "kafka:9093";
            assert!(is_controller || ports[&address[1]] == address[2], "{file}: {}", &address[0]);
            found += 1;
        }
    }
    assert!(found >= 6, "{found} addresses");
    let dockerfile = std::fs::read_to_string(tree::root().join("Dockerfile")).expect("a Dockerfile");
    assert!(dockerfile.contains(&format!("EXPOSE {}", ports["highwater"])));
}

/// It has no receivers, and all else is as in the sample for everybody.
#[test]
fn what_is_kept_back_is_kept_back_as_in_the_sample() {
    let rules = |path| yaml(path)["inhibit_rules"].clone();
    let sample = rules("alerts/alertmanager.yml");
    assert!(sample.as_sequence().is_some_and(|rules| rules.len() > 3), "{sample:?}");
    assert_eq!(rules("deploy/alertmanager/alertmanager.yml"), sample);
}

#[test]
fn grafana_finds_its_dashboards_and_its_data() {
    let compose = yaml("compose.yaml");
    let grafana = &compose["services"]["grafana"];
    let provider = yaml("deploy/grafana/provisioning/dashboards/highwater.yml");
    let folder = provider["providers"][0]["options"]["path"].as_str().expect("a path");
    let folder = mounted(grafana, folder).expect("the folder is mounted");
    assert!(folder.join("overview.json").is_file());
    let home = grafana["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"].as_str().expect("a home");
    assert!(mounted(grafana, home).expect("it is mounted").is_file());
    let sources = yaml("deploy/grafana/provisioning/datasources/prometheus.yml");
    assert_eq!(sources["datasources"][0]["isDefault"], true);
    let interval = yaml("deploy/prometheus/prometheus.yml")["global"]["scrape_interval"].clone();
    assert_eq!(sources["datasources"][0]["jsonData"]["timeInterval"], interval);
}

/// The rules are looked for where the container has them, so the paths are put back to where they lie here.
#[test]
fn promtool_agrees_with_the_scrape_configuration() {
    let compose = yaml("compose.yaml");
    let prometheus = &compose["services"]["prometheus"];
    let text = std::fs::read_to_string(tree::root().join("deploy/prometheus/prometheus.yml")).expect("it is there");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut here = text.clone();
    for (file, there) in mounts(prometheus) {
        here = here.replace(there, &tree::root().join(file.trim_start_matches("./")).display().to_string());
    }
    assert_ne!(here, text, "the rules are among what is mounted");
    std::fs::write(folder.path().join("prometheus.yml"), &here).expect("the folder can be written to");
    std::fs::write(folder.path().join("broken.yml"), here.replace("scrape_interval", "scrape_often"))
        .expect("as before");
    for release in RELEASES {
        promtool(release, folder.path(), &["check", "config", "prometheus.yml"]).expect("a valid configuration");
        if release.program("promtool").is_ok() {
            promtool(release, folder.path(), &["check", "config", "broken.yml"]).expect_err("a broken one is found");
        }
    }
    let pattern = yaml("deploy/prometheus/prometheus.yml")["rule_files"][0].as_str().expect("a pattern").to_owned();
    let rules = mounted(prometheus, pattern.trim_end_matches("/*.rules.yml")).expect("the rules are mounted");
    let count = std::fs::read_dir(rules).expect("a folder").flatten();
    assert!(count.filter(|file| file.file_name().to_string_lossy().ends_with(".rules.yml")).count() > 0);
}
