//! `docs/reference.yml` as rows of a table: keys, defaults, and what is said of them.
//!
//! It is NOT a reader of YAML: comments are what it is after, in the form in which that file is written.
//! Invariant: every key is in a row, in the order of the file.

use crate::support::tree;

/// Keys that are explained together.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Row {
    pub(super) keys: Vec<String>,
    pub(super) defaults: Vec<String>,
    pub(super) text: String,
}

/// The heading of what follows the keys.
const PROPERTIES: &str = "# The properties that are known.";

fn reference() -> String {
    std::fs::read_to_string(tree::root().join("docs/reference.yml")).expect("the reference is there")
}

/// The rows of the reference.
pub(super) fn rows() -> Vec<Row> {
    read(reference().split_once(PROPERTIES).expect("the properties have their heading").0)
}

/// The properties: each with what is said of it.
pub(super) fn properties() -> Vec<(String, String)> {
    let reference = reference();
    let (_, list) = reference.split_once(PROPERTIES).expect("the properties have their heading");
    let items = list.lines().filter_map(|line| line.strip_prefix("#   ")?.split_once(": "));
    items.map(|(name, meaning)| (name.to_owned(), meaning.to_owned())).collect()
}

fn read(text: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut parents: Vec<(usize, String)> = Vec::new();
    let mut comment: Vec<&str> = Vec::new();
    // What is said of a mapping holds for its keys, unless they say something themselves.
    let mut inherited: Vec<&str> = Vec::new();
    let lines: Vec<&str> = text.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let content = line.trim_start();
        let indent = line.len() - content.len();
        if let Some(words) = content.strip_prefix('#') {
            // What is further in is a sample.
            if !words.starts_with(" - ") && !words.starts_with("   ") {
                comment.push(words.trim());
            }
            continue;
        }
        let Some((name, value)) = content.trim_start_matches("- ").split_once(':') else {
            comment.clear();
            continue;
        };
        let is_item = content.starts_with("- ");
        // An element of a list lies two further in than its dash.
        let indent = if is_item { indent + 2 } else { indent };
        parents.retain(|(other, _)| *other < indent);
        if is_item && let Some((_, parent)) = parents.last_mut() {
            *parent = format!("{}[]", parent.trim_end_matches("[]"));
        }
        // `bootstrap.servers` is not a path of ours, and the table of properties has it.
        if parents.last().is_some_and(|(_, name)| name == "properties") {
            comment.clear();
            continue;
        }
        let path = parents.iter().map(|(_, name)| name.as_str()).chain([name]).collect::<Vec<_>>().join(".");
        let next = lines[index + 1..].iter().find(|line| !line.trim().is_empty() && !line.trim().starts_with('#'));
        let is_mapping = value.is_empty() && next.is_some_and(|next| next.len() - next.trim_start().len() > indent);
        if is_mapping {
            parents.push((indent, name.to_owned()));
        }
        if is_mapping && name != "properties" {
            inherited = std::mem::take(&mut comment);
            continue;
        }
        let said = if comment.is_empty() { &inherited } else { &comment };
        if !said.is_empty() || rows.is_empty() {
            rows.push(Row { text: said.join(" "), ..Row::default() });
        }
        comment.clear();
        inherited.clear();
        let row = rows.last_mut().expect("one was pushed");
        row.keys.push(path);
        let default = if is_mapping { "none" } else { value.trim() };
        row.defaults.push(if default.is_empty() { "none" } else { default }.to_owned());
    }
    rows
}

#[test]
fn the_reference_is_read_as_it_is_meant() {
    let text = "# Head.\n\n# Of a.\n# More.\na: 1s\n# Of s.\ns:\n  # Of b.\n  b: 2\n  c: 3\nl:\n    # Of n.\n  - name: d\n    # Of g.\n    g:\n      i: [x]\n      e: []\n# None.\nz:\n";
    let row = |keys: &[&str], defaults: &[&str], text: &str| Row {
        keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        defaults: defaults.iter().map(|default| (*default).to_owned()).collect(),
        text: text.to_owned(),
    };
    let expected = [
        row(&["a"], &["1s"], "Of a. More."),
        row(&["s.b", "s.c"], &["2", "3"], "Of b."),
        row(&["l[].name"], &["d"], "Of n."),
        row(&["l[].g.i", "l[].g.e"], &["[x]", "[]"], "Of g."),
        row(&["z"], &["none"], "None."),
    ];
    assert_eq!(read(text), expected);
}
