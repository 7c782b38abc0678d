//! Every relative link leads to a file, and every anchor to a heading, as GitHub shows them.
//!
//! It is NOT about addresses on the web, which a test must not depend on.
//! Invariant: links in code are not links.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use regex::Regex;

use super::{markdown, prose};
use crate::support::tree;

/// The anchor that GitHub gives a heading.
fn slug(heading: &str) -> String {
    let plain = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    plain.collect::<String>().to_lowercase().replace(' ', "-")
}

fn anchors(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for (_, line) in prose(text) {
        let title = line.trim_start_matches('#');
        if title.len() < line.len() && title.starts_with(' ') {
            let slug = slug(title.trim());
            let again = (1..).map(|count| format!("{slug}-{count}"));
            let free = std::iter::once(slug.clone()).chain(again).find(|one| !anchors.contains(one));
            anchors.extend(free);
        }
    }
    anchors
}

/// The targets of links and pictures, with the numbers of their lines.
fn targets(text: &str) -> Vec<(usize, String)> {
    let code = Regex::new("`[^`]*`").expect("a valid pattern");
    let link = Regex::new(r#"\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)""#).expect("a valid pattern");
    let mut targets = Vec::new();
    for (number, line) in prose(text) {
        let without_code = code.replace_all(line, "code");
        for found in link.captures_iter(&without_code) {
            let target = found.get(1).or_else(|| found.get(2)).expect("one of the two");
            targets.push((number, target.as_str().to_owned()));
        }
    }
    targets
}

/// The path without `..`, which a link may contain.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(normal.pop(), "{} leaves the repository", path.display()),
            Component::CurDir => {}
            other => normal.push(other),
        }
    }
    normal
}

/// Links of these documents that lead nowhere.
fn broken(documents: &[(String, String)], exists: impl Fn(&Path) -> bool) -> Vec<String> {
    let anchors: BTreeMap<_, _> = documents.iter().map(|(path, text)| (path.as_str(), anchors(text))).collect();
    let mut broken = Vec::new();
    for (path, text) in documents {
        for (number, target) in targets(text) {
            let (file, anchor) = target.split_once('#').map_or((target.as_str(), None), |(a, b)| (a, Some(b)));
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let folder = Path::new(path).parent().unwrap_or(Path::new(""));
            let file = if file.is_empty() { PathBuf::from(path) } else { normal(&folder.join(file)) };
            let name = file.to_string_lossy();
            let leads = match anchor {
                None => exists(&file),
                Some(anchor) => anchors.get(&*name).is_some_and(|anchors| anchors.contains(anchor)),
            };
            if !leads {
                broken.push(format!("{path}:{number}: {target}"));
            }
        }
    }
    broken
}

#[test]
fn every_link_leads_somewhere() {
    let documents = markdown();
    assert!(documents.iter().map(|(_, text)| targets(text).len()).sum::<usize>() > 50, "links are seen");
    let broken = broken(&documents, |file| tree::root().join(file).exists());
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

/// Whoever opens a page of the documentation has found it by a link.
#[test]
fn every_page_of_the_documentation_is_linked() {
    let documents = markdown();
    let linked: BTreeSet<PathBuf> = documents
        .iter()
        .flat_map(|(path, text)| {
            let folder = Path::new(path).parent().unwrap_or(Path::new("")).to_owned();
            let files = targets(text).into_iter().filter(|(_, target)| !target.contains("://"));
            files.map(move |(_, target)| normal(&folder.join(target.split('#').next().unwrap_or_default())))
        })
        .collect();
    let pages = documents.iter().filter(|(path, _)| path.starts_with("docs/"));
    let lost: Vec<_> = pages.filter(|(path, _)| !linked.contains(Path::new(path))).map(|(path, _)| path).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

#[test]
fn a_link_that_leads_nowhere_is_found() {
    let document = |text: &str| vec![("docs/a.md".to_owned(), text.to_owned())];
    let is_broken = |text: &str| !broken(&document(text), |file| file == Path::new("docs/b.yml")).is_empty();
    assert!(!is_broken("[b](b.yml) [b](../docs/b.yml) [web](https://example.org/x) `[c](c.yml)`"));
    assert!(is_broken("[c](c.yml)"));
    assert!(is_broken("<img src=\"c.png\">"));
    assert!(!is_broken("# What `it` is: a, b\n[here](#what-it-is-a-b)\n```\n[c](c.yml)\n```"));
    assert!(is_broken("# A\n[here](#b)"));
    assert!(!is_broken("# A\n# A\n[there](a.md#a-1)"));
}
