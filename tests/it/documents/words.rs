//! The words of labels: what they mean is written down for every one of them, with the severity that the program gives it.
//!
//! It is NOT a test of the rules.
//! Invariant: a status, a check or a cause that is added is missed here until it is explained.

use highwater::model::{Check, Severity, SlowCause, Status, StormCause};

use super::markdown;

fn semantics() -> String {
    let documents = markdown();
    let page = documents.into_iter().find(|(path, _)| path == "docs/semantics.md");
    page.expect("the page of meanings").1
}

/// The rows of tables that begin with the word, by cells.
fn rows<'p>(page: &'p str, word: &str) -> Vec<Vec<&'p str>> {
    let begins = format!("| `{word}` |");
    let rows = page.lines().filter(|line| line.starts_with(&begins));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn every_status_is_explained_with_its_severity() {
    let page = semantics();
    for status in Status::ALL {
        let rows = rows(&page, status.word());
        assert!(!rows.is_empty(), "{} is not explained", status.word());
        for row in rows {
            let written = row.last().and_then(|cell| cell.split(';').next());
            assert_eq!(written, Some(status.severity().word()), "{row:?}");
        }
    }
    let statuses = Status::ALL.iter().filter(|status| status.severity() == Severity::Critical).count();
    let critical = page.lines().filter(|line| line.starts_with("| `") && line.ends_with("| critical |")).count();
    // One check is critical too.
    assert_eq!(critical, statuses + 1, "no other row is critical");
}

#[test]
fn every_check_and_every_cause_is_explained() {
    let page = semantics();
    for check in Check::ALL {
        assert_eq!(rows(&page, check.word()).len(), 1, "{}", check.word());
    }
    let causes =
        StormCause::ALL.iter().map(|cause| cause.word()).chain(SlowCause::ALL.iter().map(|cause| cause.word()));
    for cause in causes {
        assert!(page.contains(&format!("`{cause}`")), "{cause} is not named");
    }
}
