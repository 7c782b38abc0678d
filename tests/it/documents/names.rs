//! Families and keys that the documentation names exist.
//!
//! It is NOT about names of other exporters, which stand in the first column of the tables of `docs/migration.md`.
//! Invariant: a name of ours is found wherever it stands, in prose, tables and examples.

use super::{keys, markdown};
use crate::artefacts::names::unknown;

/// Where names of other exporters stand beside ours.
const MIGRATION: &str = "docs/migration.md";
/// A program, and a key of ours.
const OTHERS: [&str; 2] = ["kafka_exporter", "kafka_exporter_sums"];

/// The text without what is others' to name: the first column of tables.
fn without_first_columns(text: &str) -> String {
    let keep = |line: &str| match line.strip_prefix("| ").and_then(|row| row.split_once(" |")) {
        Some((_, rest)) => format!("{rest}\n"),
        None => format!("{line}\n"),
    };
    text.lines().map(keep).collect()
}

#[test]
fn every_family_that_is_named_exists() {
    let mut documents = markdown();
    documents.retain(|(path, _)| path == "README.md" || path.starts_with("docs/") || path.starts_with("deploy/"));
    for (_, text) in documents.iter_mut().filter(|(path, _)| path == MIGRATION) {
        *text = without_first_columns(text);
    }
    let mut known: Vec<_> = highwater::render::FAMILIES.iter().map(|family| family.name).collect();
    known.extend(OTHERS);
    let unknown = unknown(&documents, &known);
    assert!(unknown.is_empty(), "no such family:\n{}", unknown.join("\n"));
}

#[test]
fn every_key_that_is_named_exists() {
    let rows = keys::rows();
    let known: Vec<&String> = rows.iter().flat_map(|row| &row.keys).collect();
    let is_ours = |word: &str| {
        let first = word.split(['.', '[']).next().unwrap_or_default();
        word.contains('.') && ["poll", "clusters", "analysis", "metrics", "notify"].contains(&first)
    };
    let mut unknown = Vec::new();
    for (path, text) in markdown() {
        for word in text.split('`').skip(1).step_by(2).filter(|word| is_ours(word)) {
            let key = word.split(':').next().unwrap_or_default();
            if !known.iter().any(|one| *one == key || one.starts_with(&format!("{key}."))) {
                unknown.push(format!("{path}: {word}"));
            }
        }
    }
    assert!(unknown.is_empty(), "no such key:\n{}", unknown.join("\n"));
}

/// What is copied from here must not blend clusters, nor wake anybody for what a group reads no more.
#[test]
fn expressions_of_the_documentation_tell_clusters_and_wanted_topics_apart() {
    let list = regex::Regex::new(r"\b(?:sum|max|min|count|avg) by \(([^)]*)\)").expect("a valid pattern");
    let limit =
        regex::Regex::new(r"kafka_consumergroup_(?:topic_lag_seconds|lag_velocity) > [^`]*").expect("a valid pattern");
    let (mut mistakes, mut found) = (Vec::new(), 0);
    for (path, text) in markdown() {
        let text = if path == MIGRATION { without_first_columns(&text) } else { text };
        for labels in list.captures_iter(&text).filter(|labels| !labels[1].contains("cluster_name")) {
            mistakes.push(format!("{path}: `{}` blends clusters", &labels[0]));
        }
        for expression in limit.find_iter(&text).map(|found| found.as_str()) {
            found += 1;
            if !expression
                .contains("unless on (cluster_name, consumergroup, topic) kafka_consumergroup_topic_unsubscribed")
            {
                mistakes.push(format!("{path}: `{expression}` is also about topics that are not read any more"));
            }
        }
    }
    assert!(mistakes.is_empty() && found >= 2, "{found} limits; {}", mistakes.join("\n"));
}

#[test]
fn only_the_first_column_is_others() {
    assert_eq!(without_first_columns("| a | b | c |\nkafka\n"), " b | c |\nkafka\n");
}
