//! The pages that alerts point to. It is NOT about whether their advice is good.
//! Invariant: an alert has a page, a page has an alert, and the commands of ours that it shows exist.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::exporter::BINARY;
use crate::support::tree;

const SECTIONS: [&str; 4] = ["## Meaning", "## Likely causes", "## Confirm", "## Mend"];

/// What a page lacks.
pub(super) fn mistakes(name: &str, page: Option<&str>) -> Vec<String> {
    let Some(page) = page else { return vec![format!("{name}: docs/runbooks/{name}.md is missing")] };
    let mut mistakes = Vec::new();
    let mut lines = page.lines();
    if lines.next() != Some(format!("# {name}").as_str()) {
        mistakes.push(format!("{name}: the page's title is another one"));
    }
    let sections: Vec<_> = lines.filter(|line| line.starts_with("## ")).collect();
    if sections != SECTIONS {
        mistakes.push(format!("{name}: the page has the sections {sections:?}"));
    }
    if !page.contains("\n$ highwater ") && !page.contains("\n$ kafka-") {
        mistakes.push(format!("{name}: the page confirms with no command"));
    }
    mistakes
}

/// The pages by name.
pub(super) fn pages() -> Vec<(String, String)> {
    let files = tree::texts(|name| name.starts_with("docs/runbooks/"));
    let name = |path: String| path.trim_start_matches("docs/runbooks/").trim_end_matches(".md").to_owned();
    files.into_iter().map(|(path, text)| (name(path), text)).collect()
}

#[test]
fn an_incomplete_page_is_found() {
    let page = "# A\n\n## Meaning\n\n## Likely causes\n\n## Confirm\n\n$ highwater lag\n\n## Mend\n";
    assert_eq!(mistakes("A", Some(page)), [""; 0]);
    assert_eq!(mistakes("A", None), ["A: docs/runbooks/A.md is missing"]);
    assert_eq!(mistakes("B", Some(page)).len(), 1);
    assert_eq!(mistakes("A", Some(&page.replace("## Mend", "## Fix"))).len(), 1);
    assert_eq!(mistakes("A", Some(&page.replace("$ highwater", "$ other"))).len(), 1);
}

#[test]
fn commands_of_the_runbooks_exist() {
    let pages = pages();
    let commands: BTreeSet<&str> =
        pages.iter().flat_map(|(_, text)| text.lines()).filter_map(|line| line.strip_prefix("$ highwater ")).collect();
    assert!(commands.len() >= 5, "{commands:?}");
    for command in commands {
        // Words that do not exist are refused before help is given.
        let output = Command::new(BINARY).args(command.split(' ')).arg("--help").output().expect("the binary runs");
        assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn links_between_runbooks_lead_somewhere() {
    let pages = pages();
    let mut links = 0;
    for (name, text) in &pages {
        for (_, rest) in text.match_indices("](").map(|(at, _)| text.split_at(at + 2)) {
            let target = rest.split(')').next().unwrap_or_default();
            assert!(pages.iter().any(|(name, _)| format!("{name}.md") == target), "{name}: {target}");
            links += 1;
        }
    }
    assert!(links > 10, "{links}");
}
