//! The page about scenarios says what is so.
//!
//! Not how it is worded.
//! Invariant: every story and every action is on it.

use super::super::*;
use super::told;

const PAGE: &str = include_str!("../../../../docs/scenarios.md");

#[test]
fn the_page_lists_every_scenario() {
    let rows = all()
        .into_iter()
        .map(|scenario| format!("| `{}` | {} | {} |\n", scenario.name, scenario.story, scenario.look_at));
    let table: String = rows.collect();
    assert!(PAGE.contains(&table), "the table has to be\n{table}");
}

#[test]
fn the_page_lists_every_action() {
    let text = "name: a\nstory: b\nevents: [{ at: 1m, do: { qqqqqqqqqqq: {} } }]";
    let error = parse(text, "it").expect_err("there is no such action").to_string();
    let (_, actions) = error.split_once("hint: one of ").expect("the actions are listed");
    let actions: Vec<&str> = actions.split(", ").collect();
    assert!(actions.len() > 30, "{error}");
    for action in actions {
        assert!(PAGE.contains(&format!("| `{action}` | ")), "`{action}` is not on the page");
    }
}

#[test]
fn the_example_of_the_page_can_be_read() {
    let (_, rest) = PAGE.split_once("```yaml\n").expect("there is an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let scenario = parse(example, "example").unwrap_or_else(|error| panic!("{error}"));
    told::Told::together(&[scenario]).until(3600);
}
