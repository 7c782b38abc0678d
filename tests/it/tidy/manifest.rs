//! Every dependency is preceded by a comment that says what it is for.
//!
//! It is NOT about licences, versions or sources; `dependencies` is.
//! Invariant: a dependency without a reason cannot be committed.

use super::Finding;

/// Dependencies without a comment line directly above them.
pub(super) fn check(path: &str, manifest: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_dependencies = false;
    let mut previous = "";
    for (index, line) in manifest.lines().enumerate() {
        if let Some(table) = line.strip_prefix('[') {
            in_dependencies = table.trim_end_matches(']').ends_with("dependencies");
            // `[dependencies.name]` is a dependency by itself.
            if table.contains("dependencies.") && !previous.starts_with('#') {
                findings.push(Finding::new(path, index + 1, "a dependency says above it what it is for"));
            }
        } else if in_dependencies && starts_an_entry(line) && !previous.starts_with("# ") {
            let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
            findings.push(Finding::new(path, index + 1, format!("`{name}` does not say above it what it is for")));
        }
        previous = line;
    }
    findings
}

/// Entries stand at the margin; what continues one is indented or closes a bracket.
fn starts_an_entry(line: &str) -> bool {
    line.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '"')
}

#[test]
fn a_dependency_without_a_reason_is_found() {
    let finds = |manifest: &str| check("Cargo.toml", manifest).len();
    assert_eq!(finds("[dependencies]\n# Why.\na = \"1\"\nb = \"1\""), 1);
    assert_eq!(finds("[dev-dependencies]\na = \"1\""), 1);
    assert_eq!(finds("[target.'cfg(unix)'.dependencies]\na.version = \"1\""), 1);
    assert_eq!(finds("[dependencies.a]\nversion = \"1\""), 1);
    assert_eq!(finds("[dependencies]\n# Why.\na = { features = [\n  \"b\",\n] }\n\n[profile.dev]\ndebug = 1"), 0);
}
