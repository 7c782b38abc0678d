//! Tables of the documentation that are made from the program or from `docs/reference.yml`.
//!
//! It is NOT a generator that anybody has to know of: the test fails, says what to run, and writes the table when asked.
//! Invariant: what stands between the marks is exactly what is made.

use std::process::Command;

use super::keys;
use crate::support::exporter::BINARY;
use crate::support::generated::mistakes;
use crate::support::tree;

/// Holds what stands between `<!-- NAME: …-->` and `<!-- end of NAME -->` against what is made.
fn assert_is_made(path: &str, name: &str, made: &str) {
    let file = tree::root().join(path);
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{path}: {error}"));
    let (head, rest) = text.split_once(&format!("<!-- {name}: ")).unwrap_or_else(|| panic!("{path}: {name} begins"));
    let (note, rest) = rest.split_once(" -->\n").expect("the mark ends");
    let (_, tail) = rest.split_once(&format!("<!-- end of {name} -->")).expect("the table ends");
    let text = format!("{head}<!-- {name}: {note} -->\n{}\n<!-- end of {name} -->{tail}", made.trim());
    assert_eq!(mistakes(path, &text), None);
}

#[test]
fn the_table_of_metrics_is_the_catalogue() {
    let output = Command::new(BINARY).args(["metrics", "--output", "markdown"]).output().expect("the binary runs");
    let catalogue = String::from_utf8(output.stdout).expect("the catalogue is text");
    assert_is_made("docs/metrics.md", "metrics", &catalogue);
}

#[test]
fn the_tables_of_the_configuration_are_the_reference() {
    let cell = |words: &[String]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join("<br>");
    let line = |row: &keys::Row| {
        format!("| {} | {} | {} |\n", cell(&row.keys), cell(&row.defaults), row.text.replace('|', "\\|"))
    };
    let lines: String = keys::rows().iter().map(line).collect();
    let table = format!("| Key | Default | Meaning |\n|---|---|---|\n{lines}");
    assert_is_made("docs/configuration.md", "keys", &table);
    // Not a test of its own: both write the same file when asked to.
    let rows = keys::properties().into_iter().map(|(name, meaning)| format!("| `{name}` | {meaning} |\n"));
    let table = format!("| Property | Meaning |\n|---|---|\n{}", rows.collect::<String>());
    assert_is_made("docs/configuration.md", "properties", &table);
}
