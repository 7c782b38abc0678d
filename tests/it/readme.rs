//! The README says what the program says. It is NOT a test of the program.
//! Invariant: the table of metrics is the catalogue, and every file that is linked exists.

use std::process::Command;

use crate::support::exporter::BINARY;
use crate::support::tree;

const START: &str = "<!-- metrics: made by `highwater metrics --output markdown`, kept by a test -->\n";
const END: &str = "<!-- end of metrics -->";

fn readme() -> String {
    std::fs::read_to_string(tree::root().join("README.md")).expect("the README can be read")
}

#[test]
fn the_table_of_metrics_is_the_catalogue() {
    let readme = readme();
    let (_, rest) = readme.split_once(START).expect("the table begins");
    let (table, _) = rest.split_once(END).expect("the table ends");
    let output = Command::new(BINARY).args(["metrics", "--output", "markdown"]).output().expect("the binary runs");
    let catalogue = String::from_utf8(output.stdout).expect("the catalogue is text");
    assert_eq!(table.trim(), catalogue.trim(), "put the output of `highwater metrics --output markdown` there");
}

#[test]
fn linked_files_exist() {
    let readme = readme();
    let links: Vec<&str> = readme.split("](").skip(1).filter_map(|rest| rest.split(')').next()).collect();
    assert!(links.len() > 5, "{links:?}");
    for link in links {
        assert!(tree::root().join(link).exists(), "{link}");
    }
}

#[test]
fn every_command_of_the_table_exists() {
    let help = Command::new(BINARY).arg("--help").output().expect("the binary runs");
    let help = String::from_utf8(help.stdout).expect("help is text");
    let readme = readme();
    let named = readme.lines().filter_map(|line| line.strip_prefix("| `highwater "));
    let named: Vec<&str> = named.filter_map(|rest| rest.split([' ', '`']).next()).collect();
    assert!(named.len() >= 5, "{named:?}");
    for name in named {
        let name = name.trim_matches(['[', ']']);
        assert!(help.lines().any(|line| line.trim_start().starts_with(name)), "{name} is not in the help");
    }
}

/// Who follows the demonstration finds what it tells them to look at.
#[test]
fn scenarios_name_families_that_exist() {
    let is_name = |word: &&str| word.starts_with("kafka_") || word.starts_with("highwater_");
    for scenario in highwater::simulator::scenario::all() {
        let words = scenario.look_at.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
        for name in words.filter(is_name) {
            let exists = highwater::render::FAMILIES.iter().any(|family| family.name == name);
            assert!(exists, "{}: there is no family `{name}`", scenario.name);
        }
    }
}
