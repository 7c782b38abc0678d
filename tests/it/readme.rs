//! The README says what the program says. It is NOT a test of the program.
//! Links, tables and examples of all documents are `documents`' to test.
//! Invariant: every command that is named is one of the program's.

use std::process::Command;

use crate::support::exporter::BINARY;
use crate::support::tree;

fn readme() -> String {
    std::fs::read_to_string(tree::root().join("README.md")).expect("the README can be read")
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

#[test]
fn every_target_of_make_exists() {
    let makefile = std::fs::read_to_string(tree::root().join("Makefile")).expect("the Makefile can be read");
    let readme = readme();
    let called: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("$ make ")?.split(' ').next()).collect();
    assert!(called.contains(&"demo") && called.contains(&"test"), "{called:?}");
    for target in called {
        assert!(
            makefile.lines().any(|line| line.starts_with(&format!("{target}:"))),
            "{target} is not in the Makefile"
        );
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
