//! The words that the description of the API lists are those that are told.
//!
//! Not whether answers look as described: `tests/it/http/openapi.rs` asks a server.
//! Invariant: a word that is added to the model has to be added to the description.

use serde_json::Value;

use super::*;
use crate::model::{Check, GroupState, Quality, RebalanceSource, Severity, StormCause, StormRule};

fn description() -> Value {
    serde_json::from_str(OPENAPI).expect("the description is JSON")
}

/// The words of a schema that lists them, or the keys of one that is an object.
fn listed(schema: &str) -> Vec<String> {
    let description = description();
    let schema = &description["components"]["schemas"][schema];
    match schema["enum"].as_array() {
        Some(words) => words.iter().map(|word| word.as_str().expect("a word").to_owned()).collect(),
        None => schema["properties"].as_object().expect("an object").keys().cloned().collect(),
    }
}

fn sorted(words: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let mut words: Vec<String> = words.into_iter().map(Into::into).collect();
    words.sort();
    words.dedup();
    words
}

#[test]
fn every_word_is_described() {
    let severities = [Severity::Info, Severity::Warning, Severity::Critical].map(Severity::word);
    let qualities = [Quality::Exact, Quality::Bracketed, Quality::Coarse, Quality::LowerBound].map(Quality::word);
    let cases = [
        ("Status", sorted(Status::ALL.map(Status::word))),
        ("CountsByStatus", sorted(Status::ALL.map(Status::word))),
        ("BurrowStatus", sorted(Status::ALL.map(Status::burrow))),
        ("Severity", sorted(severities)),
        ("CountsBySeverity", sorted(severities)),
        ("Check", sorted(Check::ALL.map(Check::word))),
        ("LagQuality", sorted(qualities)),
        ("GroupState", sorted(GroupState::ALL.map(GroupState::word))),
        ("RebalanceSource", sorted(RebalanceSource::ALL.map(RebalanceSource::word))),
        ("RebalanceCounts", sorted(RebalanceSource::ALL.map(RebalanceSource::word))),
        ("StormCause", sorted(StormCause::ALL.map(StormCause::word))),
        ("StormRule", sorted(StormRule::ALL.map(StormRule::word))),
    ];
    for (schema, words) in cases {
        assert_eq!(sorted(listed(schema)), words, "{schema}");
    }
}

#[test]
fn statuses_are_listed_worst_first() {
    assert_eq!(listed("Status"), Status::ALL.map(Status::word));
}

#[test]
fn rules_are_described() {
    assert_eq!(sorted(listed("StatusRule")), sorted(groups::rules()));
}

#[test]
fn the_description_is_of_this_version() {
    assert_eq!(description()["info"]["version"], env!("CARGO_PKG_VERSION"));
}
