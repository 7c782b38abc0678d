//! The dashboards: made from `dashboards/source`, and asked of a real Prometheus that scrapes the demo.
//!
//! It is NOT Grafana: how a panel looks is not followed, only what it asks and whether there is an answer.
//! Invariant: what is shipped is what the sources say, and no panel is empty but those that say why.

mod asked;
mod compose;
mod kubernetes;
mod links;
mod make;
mod now;
mod others;
mod panel;
mod selectors;
mod source;
mod table;

use crate::support::generated::mistakes;
use crate::support::panels::dashboards;
use crate::support::tree;

/// The sources by the name of the dashboard.
fn sources() -> Vec<(String, source::Board)> {
    let texts = tree::texts(|path| path.starts_with("dashboards/source/"));
    let parse = |(path, text): (String, String)| {
        let name = path.trim_start_matches("dashboards/source/").trim_end_matches(".yml").to_owned();
        (name, serde_yaml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}")))
    };
    texts.into_iter().map(parse).collect()
}

/// Every dashboard that is shipped, as it should be.
fn made() -> Vec<(String, String)> {
    let make = |(name, board): &(String, source::Board)| {
        let json = serde_json::to_string_pretty(&make::dashboard(board)).expect("JSON can be written");
        (format!("dashboards/{name}.json"), json + "\n")
    };
    sources().iter().map(make).collect()
}

#[test]
fn dashboards_are_what_their_sources_say() {
    let made = made();
    assert_eq!(made.len(), 5, "{:?}", made.iter().map(|(path, _)| path).collect::<Vec<_>>());
    let mistakes: Vec<String> = made.iter().filter_map(|(path, text)| mistakes(path, text)).collect();
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
    assert_eq!(dashboards().len(), made.len(), "each dashboard has a source");
}
