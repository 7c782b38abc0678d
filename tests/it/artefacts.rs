//! What is shipped beside the binary: alert rules and dashboards, judged by Prometheus's own tools and by the habits of
//! those who maintain many of them.
//!
//! It is NOT about what the exporter says; only that what is asked of it exists.
//! Invariant: rules are checked and tested on the oldest and on the newest Prometheus, or the list of what did not run
//! says which and why.

mod alerts;
mod looks;
mod manifest;
mod names;
mod runbooks;

use std::path::Path;
use std::process::Command;

use crate::support::not_run::not_run;
use crate::support::panels::{Dashboard, PanelQuery, dashboards};
use crate::support::prometheus::{RELEASES, Release};
use crate::support::tree;

/// Runs promtool and gives its words back if it does not agree.
fn promtool(release: Release, folder: &Path, arguments: &[&str]) -> Result<(), String> {
    tool("promtool", release, folder, arguments)
}

fn tool(name: &str, release: Release, folder: &Path, arguments: &[&str]) -> Result<(), String> {
    let program = match release.program(name) {
        Ok(program) => program,
        Err(reason) => {
            not_run(&format!("{name} {} of the {release:?} release", arguments[..2].join(" ")), &reason);
            return Ok(());
        }
    };
    let output = Command::new(program).args(arguments).current_dir(folder).output().expect("the tool runs");
    let words = [output.stdout, output.stderr].map(|words| String::from_utf8_lossy(&words).into_owned()).concat();
    if output.status.success() { Ok(()) } else { Err(format!("{release:?}: {words}")) }
}

/// Each expression as a rule of its own, because promtool has no other way to check one on every release.
fn as_rules(queries: &[PanelQuery]) -> String {
    let rule = |(index, query): (usize, &PanelQuery)| format!("  - {{record: 'q{index}', expr: {:?}}}\n", query.promql);
    let rules: String = queries.iter().enumerate().map(rule).collect();
    format!("groups:\n- name: panels\n  rules:\n{rules}")
}

fn check_queries(release: Release, queries: &[PanelQuery]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("rules.yml"), as_rules(queries)).expect("the folder can be written to");
    promtool(release, folder.path(), &["check", "rules", "rules.yml"])
}

/// The files of tests, by path.
fn tests() -> Vec<(String, String)> {
    tree::texts(|name| name.starts_with("alerts/tests/"))
}

#[test]
fn promtool_agrees_with_the_alerts() {
    for release in RELEASES {
        let arguments = [&["check", "rules"][..], &manifest::RULES].concat();
        promtool(release, tree::root(), &arguments).expect("valid rules");
    }
}

#[test]
fn alerts_fire_when_they_should_and_only_then() {
    let tests = tests();
    assert!(tests.len() >= 6, "{} files", tests.len());
    for release in RELEASES {
        let paths = tests.iter().map(|(path, _)| path.as_str());
        let arguments: Vec<_> = ["test", "rules"].into_iter().chain(paths).collect();
        promtool(release, tree::root(), &arguments).expect("passing tests");
    }
}

#[test]
fn amtool_agrees_with_the_sample() {
    let file = "alerts/alertmanager.yml";
    let routed = |release, receiver: &str, labels: &[&str]| {
        let verify = format!("--verify.receivers={receiver}");
        let words = ["config", "routes", "test", "--config.file", file, &verify];
        tool("amtool", release, tree::root(), &[&words[..], labels].concat())
    };
    for release in RELEASES {
        tool("amtool", release, tree::root(), &["check-config", file]).expect("a valid configuration");
        routed(release, "page", &["severity=critical", "consumergroup=g"]).expect("who is on call hears of it");
        routed(release, "team", &["severity=warning", "consumergroup=g"]).expect("the team hears of it");
        routed(release, "nobody", &["severity=info", "topic=t"]).expect("nobody is told");
        if release.program("amtool").is_ok() {
            routed(release, "page", &["severity=warning"]).expect_err("amtool tells receivers apart");
        }
    }
}

#[test]
fn promtool_finds_a_broken_rule_and_a_failing_test() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).expect("a writable folder");
    write("broken.yml", "groups: [{name: g, rules: [{alert: A, expr: 'sum('}]}]");
    write("rules.yml", "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]");
    write(
        "test.yml",
        "rule_files: [rules.yml]\ntests: [{interval: 1m, input_series: [{series: up, values: 0x5}], \
         alert_rule_test: [{alertname: A, eval_time: 2m, exp_alerts: []}]}]",
    );
    for release in RELEASES.into_iter().filter(|release| release.program("promtool").is_ok()) {
        promtool(release, folder.path(), &["check", "rules", "broken.yml"]).expect_err("a broken rule is found");
        promtool(release, folder.path(), &["test", "rules", "test.yml"]).expect_err("a failing test is found");
    }
}

#[test]
fn every_alert_is_complete_tested_and_has_a_runbook() {
    let read = |path: &str| std::fs::read_to_string(tree::root().join(path)).expect("the file is readable");
    let rules = read("alerts/highwater.rules.yml");
    let tests: Vec<_> = tests().into_iter().map(|(_, text)| text).collect();
    let pages = runbooks::pages();
    let mut mistakes = alerts::mistakes(&rules, &tests, &pages);
    let names = alerts::names(&rules);
    let orphans = pages.iter().filter(|(name, _)| !names.contains(name));
    mistakes.extend(orphans.map(|(name, _)| format!("docs/runbooks/{name}.md: no such alert")));
    let overview = read("alerts/README.md");
    let untold = names.iter().filter(|name| !overview.contains(&format!("](../docs/runbooks/{name}.md)")));
    mistakes.extend(untold.map(|name| format!("{name}: alerts/README.md does not list it")));
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn every_metric_that_is_named_is_exported() {
    let files = tree::texts(|name| {
        ["alerts/", "dashboards/", "docs/runbooks/", "deploy/"].iter().any(|folder| name.starts_with(folder))
    });
    let known: Vec<_> = highwater::render::FAMILIES.iter().map(|family| family.name).collect();
    let unknown = names::unknown(&files, &known);
    assert!(unknown.is_empty(), "no such metric:\n{}", unknown.join("\n"));
}

#[test]
fn panel_queries_are_valid_promql() {
    for dashboard in dashboards() {
        let queries = dashboard.queries();
        assert!(!queries.is_empty(), "{} has no query", dashboard.path);
        for release in RELEASES {
            check_queries(release, &queries).unwrap_or_else(|words| panic!("{}: {words}", dashboard.path));
        }
    }
}

#[test]
fn dashboards_have_the_looks_people_expect() {
    let mistakes: Vec<_> = dashboards().iter().flat_map(looks::mistakes).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}

#[test]
fn dashboards_are_told_apart() {
    let uids: Vec<_> = dashboards().iter().map(|Dashboard { json, .. }| json["uid"].clone()).collect();
    for (index, uid) in uids.iter().enumerate() {
        assert!(!uids[..index].contains(uid), "two dashboards have the uid {uid}");
    }
}
