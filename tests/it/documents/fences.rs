//! Fenced YAML in the documentation, judged by who would read it.
//!
//! It is NOT a judgement of other languages.
//! Invariant: a block that looks like a configuration of ours or of Prometheus is one that is accepted.

use serde_yaml::Value;

use highwater::config::{Overrides, parse};
use highwater::simulator::scenario;

use super::markdown;
use crate::artefacts::promtool;
use crate::config::Fixed;
use crate::support::prometheus::RELEASES;

/// What a file of ours may begin with, beside `clusters`.
const OURS: [&str; 6] = ["analysis", "poll", "metrics", "objectives", "notify", "listen"];
const CLUSTERS: &str = "clusters: [{name: a, properties: {bootstrap.servers: 'kafka-1:9092'}}]\n";

/// The fenced blocks in the language, each with where it begins.
fn blocks(language: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for (path, text) in markdown() {
        let mut open: Option<(String, String)> = None;
        for (index, line) in text.lines().enumerate() {
            match open.take() {
                Some(block) if line.trim() == "```" => blocks.push(block),
                Some((place, content)) => open = Some((place, format!("{content}{line}\n"))),
                None if line.trim() == format!("```{language}") => {
                    open = Some((format!("{path}:{}", index + 1), String::new()));
                }
                None => {}
            }
        }
        assert!(open.is_none(), "{path} has a block that does not end");
    }
    blocks
}

fn check_ours(text: &str) -> Result<(), String> {
    let names: Vec<_> = highwater::render::FAMILIES.iter().map(|family| family.name).collect();
    parse("it", text, &names, &Fixed, &Overrides::default()).map(drop).map_err(|error| error.to_string())
}

/// By `promtool check`, on every release.
fn check_prometheus(what: &str, text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("it.yml"), text).expect("the folder can be written to");
    // What it names need not lie here.
    let syntax_only =
        if what == "config" { &["check", "config", "--syntax-only", "it.yml"][..] } else { &["check", what, "it.yml"] };
    RELEASES.into_iter().try_for_each(|release| promtool(release, folder.path(), syntax_only))
}

fn check(text: &str) -> Result<(), String> {
    let yaml: Value = serde_yaml::from_str(text).map_err(|error| error.to_string())?;
    let has = |key: &str| yaml.get(key).is_some();
    if has("story") {
        scenario::parse(text, "it").map(drop).map_err(|error| error.to_string())
    } else if has("scrape_configs") {
        check_prometheus("config", text)
    } else if has("groups") && text.contains("expr:") {
        check_prometheus("rules", text)
    } else if has("clusters") {
        check_ours(text)
    } else if OURS.iter().any(|key| has(key)) {
        check_ours(&format!("{CLUSTERS}{text}"))
    } else {
        Ok(())
    }
}

#[test]
fn every_block_of_yaml_is_accepted() {
    let blocks = blocks("yaml");
    assert!(blocks.len() > 3, "blocks are seen");
    assert!(blocks.iter().any(|(_, text)| text.contains("scrape_configs")), "also one for Prometheus");
    for (place, text) in blocks {
        check(&text).unwrap_or_else(|error| panic!("{place}: {error}"));
    }
}

#[test]
fn a_block_that_nobody_would_accept_is_found() {
    assert_eq!(check("poll: {interval: 30s}\n"), Ok(()));
    assert!(check("poll: {intervall: 30s}\n").is_err());
    assert!(check("clusters: [{name: a}]\n").is_err());
    assert!(check("a: b: c\n").is_err());
    assert!(check("story: x\nbrokerz: 7\n").is_err());
    if RELEASES.iter().any(|release| release.program("promtool").is_ok()) {
        assert!(check("scrape_configs: [{job: a}]\n").is_err());
    }
}
