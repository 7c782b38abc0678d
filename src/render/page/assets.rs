//! The parts of the page that are the same for everybody: script, style and icon.
//!
//! Not the page itself, which tells of clusters.
//! Invariant: what the script imports is here under the name it imports it by.

/// One part.
#[derive(Clone, Copy, Debug)]
pub struct Asset {
    /// Its name in the address.
    pub name: &'static str,
    /// Its content.
    pub text: &'static str,
}

impl Asset {
    /// The part of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        ASSETS.iter().find(|asset| asset.name == name)
    }

    /// Its type, by the end of its name.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.name.rsplit('.').next() {
            Some("js") => "text/javascript; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            _ => "image/svg+xml",
        }
    }
}

macro_rules! assets {
    ($($name:literal)*) => {
        &[$(Asset { name: $name, text: include_str!(concat!("assets/", $name)) }),*]
    };
}

/// All of them.
pub static ASSETS: &[Asset] = assets!(
    "api.js" "chart.js" "clusters.js" "controls.js" "dom.js" "findings.js" "group.js" "groups.js" "icon.svg" "keys.js"
    "lists.js" "main.js" "notices.js" "parts.css" "partitions.js" "route.js" "status.js" "style.css" "topic.js" "topics.js"
    "words.js"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    #[test]
    fn what_is_imported_is_there_and_nothing_comes_from_elsewhere() {
        for asset in ASSETS.iter().filter(|asset| asset.content_type().starts_with("text/javascript")) {
            for from in asset.text.lines().filter_map(|line| line.split_once(" from '")).map(|(_, from)| from) {
                let name = from.strip_prefix("./").and_then(|name| name.strip_suffix("';"));
                assert!(name.and_then(Asset::named).is_some(), "{} imports {from}", asset.name);
            }
            for parsed in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "DOMParser"] {
                assert!(!asset.text.contains(parsed), "{} has {parsed}: text must stay text", asset.name);
            }
        }
        let outside = |text: &str| text.replace("http://www.w3.org/2000/svg", "").contains("://");
        assert!(ASSETS.iter().all(|asset| !outside(asset.text) && !asset.text.contains("@import")));
    }

    #[test]
    fn the_script_says_of_each_status_how_bad_it_is_as_the_exporter_does() {
        let script = Asset::named("status.js").expect("a part of the page").text;
        let (_, table) = script.split_once("const SEVERITIES = {").expect("the table");
        let (table, _) = table.split_once("};").expect("its end");
        let lines = table.lines().filter_map(|line| line.trim().strip_suffix("],")?.split_once(": ["));
        let mut told: Vec<_> = lines
            .flat_map(|(severity, statuses)| statuses.split(", ").map(move |one| (one.trim_matches('\''), severity)))
            .collect();
        told.sort_unstable();
        let mut expected = Status::ALL.map(|status| (status.word(), status.severity().word()));
        expected.sort_unstable();
        assert_eq!(told, expected);
    }

    #[test]
    fn parts_are_short_and_small_altogether() {
        for asset in ASSETS {
            assert!(asset.text.lines().count() <= 200, "{} is long", asset.name);
        }
        let bytes: usize = ASSETS.iter().map(|asset| asset.text.len()).sum();
        assert!(bytes < 100_000, "{bytes} bytes");
    }
}
