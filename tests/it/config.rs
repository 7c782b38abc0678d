//! Configurations as people write them: good ones load, bad ones say everything that is wrong.
//!
//! Not the judgement of single values, which is tested where it is made.
//! Invariant: the text of every `*.bad.txt` is exactly what is shown for its `*.bad.yml`.

use std::collections::BTreeSet;
use std::env::VarError;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use highwater::config::{
    Authorization, BrokerAddress, ClusterConfig, Config, ConfigError, NameFilter, NotifySettings, OffsetsTopic,
    Overrides, PROPERTIES, PollSettings, ReceiverKind, ReceiverSettings, Support, Surroundings, load, parse,
};
use highwater::model::{
    CapacityThresholds, ClusterName, HotThresholds, Objective, PartitionDetail, RenderOptions, StatusThresholds,
    StormThresholds, Thresholds, TimeLagThresholds,
};
use proptest::prelude::{prop_assert, proptest};

/// Some names, as the caller would bring them.
const FAMILIES: &[&str] = &[
    "kafka_consumergroup_lag",
    "kafka_consumergroup_lag_seconds",
    "kafka_consumergroup_lag_uncertainty_seconds",
    "kafka_consumergroup_member_partitions",
];

/// What `${…}` may refer to in the files of this test.
pub(crate) struct Fixed;

impl Surroundings for Fixed {
    fn variable(&self, name: &str) -> Result<String, VarError> {
        match name {
            "BROKERS" => Ok("kafka-1:9092,[::1]:9093".to_owned()),
            "LIKE_YAML" => Ok("a: b".to_owned()),
            "INTERVAL" => Ok("30s".to_owned()),
            "SUMS" => Ok("true".to_owned()),
            "SERIES" => Ok("1000".to_owned()),
            "PREFIX" => Ok("orders".to_owned()),
            _ => Err(VarError::NotPresent),
        }
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        match path.to_str() {
            Some("/run/client-id") => Ok("from-file\n".to_owned()),
            Some("/run/secret") => Ok("hunter2\n".to_owned()),
            _ => Err(io::Error::from_raw_os_error(2)),
        }
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/testdata/config")
}

/// The files of the folder with this ending, by name.
fn files(ending: &str) -> BTreeSet<PathBuf> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let files: BTreeSet<_> = paths.filter(|path| path.to_string_lossy().ends_with(ending)).collect();
    assert!(!files.is_empty(), "no file ends with {ending}");
    files
}

fn read(path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    parse(&name, &text, FAMILIES, &Fixed, overrides)
}

fn read_good(name: &str, overrides: &Overrides) -> Config {
    read(&folder().join(name), overrides).unwrap_or_else(|error| panic!("{error}"))
}

fn filter(include: &[&str], exclude: &[&str]) -> NameFilter {
    NameFilter::new(include, exclude).expect("patterns of the test are valid")
}

fn broker(host: &str, port: u16) -> BrokerAddress {
    BrokerAddress { host: host.to_owned(), port }
}

#[test]
fn good_files_load() {
    for path in files(".good.yml") {
        assert!(read(&path, &Overrides::default()).is_ok(), "{}", path.display());
    }
}

#[test]
fn bad_files_say_everything_that_is_wrong() {
    for path in files(".bad.yml") {
        let error = read(&path, &Overrides::default()).expect_err(&path.to_string_lossy());
        let expected = fs::read_to_string(path.with_extension("txt")).unwrap_or_default();
        assert_eq!(format!("{error}\n"), expected, "{}", path.display());
        let everything = format!("{error:?} {error}");
        assert!(!everything.contains("hunter2"), "{} shows a secret: {everything}", path.display());
    }
}

/// Those of `full.good.yml`.
fn thresholds() -> Thresholds {
    Thresholds {
        commit_interval_default: Duration::from_mins(1),
        window: Duration::from_mins(5),
        time_lag: TimeLagThresholds {
            precision: 0.2,
            horizon: Duration::from_hours(24),
            probes_per_poll: 0,
            asks_remote_storage: true,
        },
        status: StatusThresholds {
            stalled_after: Duration::from_mins(1),
            stopped_after: Duration::from_mins(5),
            velocity_least: 0.1,
            falling_behind_least: Duration::from_secs(10),
            trend_z: 3.0,
            samples_least: 8,
            loss_critical_within: Duration::from_mins(30),
        },
        capacity: CapacityThresholds { drain_within: Duration::from_mins(15) },
        storm: StormThresholds {
            joins: 4,
            without_reason: 6,
            excess: 7,
            unstable_ratio: 0.5,
            while_unstable: 8,
            aborted: 9,
            calm_for: Duration::from_mins(20),
        },
        hot: HotThresholds {
            window: Duration::from_mins(2),
            window_long: Duration::from_mins(20),
            ratio: 2.5,
            ratio_critical: 8.0,
            z: 4.5,
            rate_min: 10.0,
            score: 4,
            slow_lag: Duration::from_mins(2),
            broker_rate_min: 1000.0,
        },
        expected_brokers: None,
    }
}

/// Those of `full.good.yml`.
fn receivers() -> NotifySettings {
    let receiver = |kind, url: &str, timeout, repeat, authorization| ReceiverSettings {
        pace: Duration::from_secs(if kind == ReceiverKind::Webhook { 30 } else { 0 }),
        runbooks: "https://wiki/kafka/".to_owned(),
        kind,
        url: url.parse().expect("an address"),
        timeout: Duration::from_secs(timeout),
        repeat: Duration::from_secs(repeat),
        authorization,
    };
    let (first, second) = ("http://alertmanager-1:9093", "http://alertmanager-2:9093/prefix");
    let basic = Authorization::Basic { username: "a".to_owned(), password: "b".to_owned().into() };
    let bearer = Authorization::BearerFile("/run/secrets/token".into());
    NotifySettings {
        receivers: vec![
            receiver(ReceiverKind::Alertmanager, first, 10, 60, None),
            receiver(ReceiverKind::Alertmanager, second, 5, 30, Some(basic)),
            receiver(ReceiverKind::Webhook, "http://hook:8080/path?token=1", 10, 3600, Some(bearer)),
        ],
    }
}

#[test]
fn every_setting_reaches_its_place() {
    let expected = Config {
        listen: "127.0.0.1:9999".parse().expect("an address"),
        poll: PollSettings {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(20),
            request_timeout: Duration::from_millis(1500),
            stale_after: Duration::from_secs(90),
            groups_per_request: 50,
            frame_bytes_max: 10 << 20,
        },
        clusters: vec![
            ClusterConfig {
                name: ClusterName::from("orders"),
                bootstrap: vec![broker("kafka-1", 9092), broker("::1", 9093)],
                client_id: "from-file".to_owned(),
                groups: filter(&["orders-.*", r"pay\.1"], &["test$"]),
                topics: filter(&["orders"], &[]),
                offsets_topic: OffsetsTopic::Off,
                expected_brokers: Some(3),
            },
            ClusterConfig {
                name: ClusterName::from("a: b"),
                bootstrap: vec![broker("kafka-9", 9092)],
                client_id: "7".to_owned(),
                groups: filter(&[".*"], &[]),
                topics: filter(&[".*"], &["__.*"]),
                offsets_topic: OffsetsTopic::Auto,
                expected_brokers: None,
            },
        ],
        analysis: thresholds(),
        metrics: RenderOptions {
            kafka_exporter_sums: true,
            partitions: PartitionDetail::Lagging,
            included_families: BTreeSet::from(["kafka_consumergroup_member_partitions".to_owned()]),
            excluded_families: BTreeSet::from(["kafka_consumergroup_lag".to_owned()]),
            series_max: 1000,
            objectives: [objective(&["pay.*", "test"], 90), objective(&["a"], 3600)].into_iter().collect(),
        },
        notify: receivers(),
    };
    assert_eq!(read_good("full.good.yml", &Overrides::default()), expected);
}

fn objective(groups: &[&str], seconds: u64) -> Objective {
    let written = groups.iter().map(|&group| group.to_owned()).collect();
    Objective { groups: None, written, lag: Duration::from_secs(seconds) }
}

#[test]
fn the_first_objective_that_names_a_group_is_its_own() {
    let of = |list: &str, group: &str| {
        let text = format!("clusters: [{{name: a, properties: {{bootstrap.servers: 'a:1'}}}}]\n{list}");
        let config = parse("text", &text, FAMILIES, &Fixed, &Overrides::default());
        config.unwrap_or_else(|error| panic!("{error}")).metrics.objectives.of(group)
    };
    let list = "objectives: [{groups: ['pay.*', audit], lag: 30s}, {groups: [payments], lag: 1h}, {lag: 10m}]";
    for (group, minutes) in [("payments", 0.5), ("audit", 0.5), ("audit-2", 10.0), ("repay", 10.0)] {
        assert_eq!(of(list, group).map(|lag| lag.as_secs_f64() / 60.0), Some(minutes), "{group}");
    }
    assert_eq!(of("objectives: [{groups: [payments], lag: 1h}]", "audit"), None, "nothing is promised of it");
    assert_eq!(of("objectives: []", "audit"), None);
    assert_eq!(of("", "audit"), Some(Duration::from_mins(5)));
}

#[test]
fn defaults_follow_the_settings_they_depend_on() {
    let poll = read_good("derived.good.yml", &Overrides::default()).poll;
    assert_eq!(poll.request_timeout, Duration::from_secs(2), "no more than the timeout of 2s");
    assert_eq!(poll.stale_after, Duration::from_mins(8), "four intervals of 2m");
}

#[test]
fn flags_speak_louder_than_the_file() {
    let properties = vec![
        ("client.id".to_owned(), "first".to_owned()),
        ("client.id".to_owned(), "${not replaced}".to_owned()),
        ("bootstrap.servers".to_owned(), "other:1".to_owned()),
    ];
    let overrides = Overrides {
        listen: Some(":1".to_owned()),
        poll_interval: Some("20s".to_owned()),
        cluster: Some("orders".to_owned()),
        properties,
    };
    let written = read_good("full.good.yml", &Overrides::default());
    let mut expected = written.clone();
    expected.listen = "0.0.0.0:1".parse().expect("an address");
    expected.poll.interval = Duration::from_secs(20);
    expected.clusters.truncate(1);
    expected.clusters[0].client_id = "${not replaced}".to_owned();
    expected.clusters[0].bootstrap = vec![broker("other", 1)];
    assert_eq!(read_good("full.good.yml", &overrides), expected);
}

#[test]
fn mistakes_in_flags_are_named_by_flag() {
    let overrides = Overrides {
        listen: Some("10308".to_owned()),
        poll_interval: Some("5".to_owned()),
        cluster: Some("order".to_owned()),
        properties: vec![("sasl.pasword=hunter2".to_owned(), String::new())],
    };
    let error = read(&folder().join("full.good.yml"), &overrides).expect_err("every flag is wrong");
    insta::assert_snapshot!(error, @r"
    config `full.good.yml` has 3 problems
      --listen: expected an address and port such as `0.0.0.0:10308`, got `10308`
        hint: write `:10308` to listen at all addresses
      --poll.interval: expected a duration such as `15s` or `10m`, got `5`
        hint: write the unit, such as `5s`
      --cluster: no cluster of this name in the file, got `order`
        hint: did you mean `orders`?
    ");
    let overrides = Overrides { cluster: None, ..overrides };
    let error = Config::from_flags("kafka-1, kafka-2:9092", &overrides).expect_err("every flag is wrong");
    insta::assert_snapshot!(error, @r"
    the command line has 4 problems
      --listen: expected an address and port such as `0.0.0.0:10308`, got `10308`
        hint: write `:10308` to listen at all addresses
      --poll.interval: expected a duration such as `15s` or `10m`, got `5`
        hint: write the unit, such as `5s`
      --bootstrap: expected `host:port`, got `kafka-1`
        hint: add the port, usually `kafka-1:9092`
      --property sasl.pasword=…: unknown property
        hint: YAML is written `key: value`
    ");
    assert!(!format!("{error:?}").contains("hunter2"));
}

#[test]
fn a_flag_that_is_wrong_for_every_cluster_is_told_once() {
    let properties = vec![("client.idd".to_owned(), "x".to_owned())];
    let overrides = Overrides { properties, ..Overrides::default() };
    let error = read(&folder().join("full.good.yml"), &overrides).expect_err("the property is unknown");
    insta::assert_snapshot!(error, @r"
    config `full.good.yml` has 1 problem
      --property client.idd: unknown property
        hint: did you mean `client.id`?
    ");
}

proptest! {
    #[test]
    fn any_text_is_a_configuration_or_has_mistakes(
        text in r#"(clusters|poll|interval|listen|name|include|[-:?&*!|>%@`,#'"\[\]{}$~ \n\t]|\n  |\n- |\PC){0,40}"#
    ) {
        match parse("any", &text, FAMILIES, &Fixed, &Overrides::default()) {
            Err(ConfigError::Invalid { mistakes, .. }) => prop_assert!(!mistakes.is_empty()),
            other => prop_assert!(other.is_ok(), "{:?}", other),
        }
    }
}

#[test]
fn a_bootstrap_list_is_enough() {
    let config = Config::from_flags("kafka-1:9092", &Overrides::default()).expect("a list of brokers");
    let [cluster] = &config.clusters[..] else { panic!("one cluster, got {:?}", config.clusters) };
    assert_eq!((cluster.name.as_str(), cluster.client_id.as_str()), ("default", "highwater"));
    assert_eq!(cluster.bootstrap, [broker("kafka-1", 9092)]);
    assert_eq!(config.poll, PollSettings::default());
    let properties = vec![("client.id".to_owned(), "me".to_owned())];
    let named = Overrides { properties, ..Overrides::default() };
    let config = Config::from_flags("kafka-1:9092", &named).expect("a known property");
    assert_eq!(config.clusters[0].client_id, "me");
}

#[test]
fn the_reference_holds_the_defaults_and_every_property() {
    let path = reference();
    let config = load(&path, &[], &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    let defaults = Config::from_flags("localhost:9092", &Overrides::default()).expect("a list of brokers");
    assert_eq!(config, defaults);
    assert_eq!(config.analysis, Thresholds::default());
    assert_eq!(config.metrics, RenderOptions::default());
    let text = fs::read_to_string(&path).expect("it has just been read");
    let (_, listed) = text.split_once("# The properties that are known.").expect("the list has its heading");
    let listed: Vec<&str> = listed.lines().skip(1).collect();
    let known: Vec<String> = PROPERTIES
        .iter()
        .map(|property| {
            let support = match property.support {
                Support::Works => "",
                Support::Later => " (not supported yet)",
                Support::JavaOnly(_) => " (Java only)",
                Support::Elsewhere(_) | Support::NoEffect => " (has no effect)",
            };
            format!("#   {}: {}{support}", property.name, property.meaning)
        })
        .collect();
    assert_eq!(listed, known);
}

#[test]
fn the_reference_holds_every_key() {
    // An unknown key that is near to none is answered with those that are known beside it.
    let unknown = "zzzzzzzzzz: 1";
    let names = format!("groups: {{{unknown}}}, topics: {{{unknown}}}");
    let below = format!("[{{{unknown}, basic_auth: {{{unknown}}}}}]");
    let receivers = format!("alertmanagers: {below}, webhooks: {below}");
    let text = format!(
        "{unknown}\npoll: {{{unknown}}}\nclusters: [{{{unknown}, {names}}}]\nnotify: {{{unknown}, {receivers}}}\n\
         analysis: {{{unknown}, time_lag: {{{unknown}}}, status: {{{unknown}}}, capacity: {{{unknown}}}, storm: {{{unknown}}}}}\nmetrics: {{{unknown}, families: {{{unknown}}}}}\n"
    );
    let error = parse("unknown", &text, FAMILIES, &Fixed, &Overrides::default()).expect_err("keys are unknown");
    let ConfigError::Invalid { mistakes, .. } = error else { panic!("read from memory: {error}") };
    let hints = mistakes.iter().filter_map(|mistake| mistake.hint.as_deref()?.strip_prefix("known here: "));
    let known: Vec<&str> = hints.flat_map(|names| names.split(", ")).collect();
    assert!(known.contains(&"listen") && known.contains(&"horizon") && known.contains(&"webhooks"), "{known:?}");
    let reference = fs::read_to_string(reference()).expect("the reference is there");
    for key in known {
        // Settings of what there is none of by default stand in comments.
        let is_written = |line: &str| line.trim_start_matches([' ', '-', '#']).starts_with(&format!("{key}:"));
        assert!(reference.lines().any(is_written), "{key} is not in the reference");
    }
}

fn reference() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference.yml")
}

#[test]
fn files_that_cannot_be_read_say_why() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let check = |name: &str, content: Option<&[u8]>, expected: &str| {
        let path = folder.path().join(name);
        if let Some(content) = content {
            fs::write(&path, content).expect("the file can be written");
        }
        let error = load(&path, FAMILIES, &Overrides::default()).expect_err(name);
        let text = error.to_string().replace(&folder.path().display().to_string(), "");
        assert_eq!(text, expected);
    };
    check(
        "none.yml",
        None,
        "cannot read config `/none.yml`: No such file or directory\n  hint: `--bootstrap HOST:PORT` starts without a file",
    );
    check("binary.yml", Some(b"\xff\xfe"), "cannot read config `/binary.yml`: not UTF-8 text");
    check("large.yml", Some(&vec![b'#'; (1 << 20) + 1]), "cannot read config `/large.yml`: larger than 1 MiB");
    check("", None, "cannot read config `/`: Is a directory");
}

#[test]
fn files_and_variables_are_really_read() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let (config, secret) = (folder.path().join("kafkas.yml"), folder.path().join("client-id"));
    fs::write(&secret, "from-disk\n").expect("the file can be written");
    let text = format!(
        "clusters: [{{name: \"${{CARGO_PKG_NAME}}\", properties: {{bootstrap.servers: \"a:1\", client.id: \"${{file:{}}}\"}}}}]",
        secret.display()
    );
    fs::write(&config, text).expect("the file can be written");
    let config = load(&config, FAMILIES, &Overrides::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(config.clusters[0].client_id, "from-disk");
    // Cargo sets it for every test it runs.
    assert_eq!(config.clusters[0].name.as_str(), "highwater");
}
