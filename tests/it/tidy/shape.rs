//! How files look: short, with a head that says what they are, and each reachable from a root.
//!
//! It is NOT about functions, whose length clippy watches. Invariant: a file is read in one sitting.

use super::Finding;
use super::source::Source;

/// Files are about 120 lines; beyond this nobody reads one in one sitting.
const LINES_MAX: usize = 600;

/// A table of metric families is as long as the list of families, and is looked up, not read.
const LONG_BY_NATURE: &[&str] = &["catalogue.rs"];

/// Length, head and name of one file.
pub(super) fn check_file(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |line, reason: String| findings.push(Finding::new(&source.path, line, reason));
    let name = source.path.rsplit('/').next().unwrap_or_default();
    let lines = source.text.lines().count();
    if lines > LINES_MAX && !LONG_BY_NATURE.contains(&name) {
        find(LINES_MAX + 1, format!("{lines} lines are more than {LINES_MAX}: find the seam and make two files"));
    }
    if !source.text.starts_with("//! ") {
        find(1, "a file opens with `//!`: what it is, what it is not, and one invariant".to_owned());
    }
    if name == "mod.rs" {
        find(1, "a module lives in `name.rs` beside its folder, so that tabs of an editor have names".to_owned());
    }
    findings
}

/// Files that no `mod` line names: the compiler never sees them, so nothing in them is checked.
pub(super) fn check_reachable(sources: &[Source]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for source in sources {
        let Some(parent) = parent(&source.path) else { continue };
        let stem = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        let is_named =
            sources.iter().any(|other| other.path == parent && other.text.lines().any(|line| declares(line, stem)));
        if !is_named {
            findings.push(Finding::new(&source.path, 1, format!("no `mod {stem};` in {parent}")));
        }
    }
    findings
}

/// The file that has to name this one; `None` for the root of a crate.
fn parent(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/')?;
    match folder {
        "src" if name == "lib.rs" || name == "main.rs" => None,
        "src" => Some("src/lib.rs".to_owned()),
        "tests/it" | "benches/scale" | "benches/evaluate" if name == "main.rs" => None,
        "tests/it" | "benches/scale" | "benches/evaluate" => Some(format!("{folder}/main.rs")),
        // Each file there is a crate of its own.
        "tests" | "benches" | "examples" => None,
        _ => Some(format!("{folder}.rs")),
    }
}

/// Whether the line is `mod name;`, whatever its visibility.
fn declares(line: &str, name: &str) -> bool {
    let declaration = line.trim().strip_suffix(';').and_then(|words| words.rsplit_once("mod "));
    declaration.is_some_and(|(visibility, declared)| {
        declared == name && (visibility.is_empty() || (visibility.starts_with("pub") && visibility.ends_with(' ')))
    })
}

#[test]
fn long_headless_and_misnamed_files_are_found() {
    let file = |path: &str, text: String| check_file(&Source::new(path, text));
    let long = format!("//! Head.\n{}", "const A: u8 = 1;\n".repeat(LINES_MAX));
    assert_eq!(file("src/model/a.rs", long.clone())[0].line, LINES_MAX + 1);
    assert_eq!(file("src/render/catalogue.rs", long), []);
    assert_eq!(file("src/model/a.rs", "// Not a head.\n".to_owned()).len(), 1);
    assert_eq!(file("src/model/mod.rs", "//! Head.\n".to_owned()).len(), 1);
    assert_eq!(file("src/model/a.rs", "//! Head.\n".to_owned()), []);
}

#[test]
fn a_file_that_no_module_names_is_found() {
    let tree = |lib: &str, model: &str| {
        let files = [("src/lib.rs", lib), ("src/model.rs", model), ("src/model/ids.rs", ""), ("src/main.rs", "")];
        check_reachable(&files.map(|(path, text)| Source::new(path, text)))
    };
    assert_eq!(tree("pub mod model;", "mod ids;"), []);
    assert_eq!(tree("pub mod model;", "pub(in crate::model) mod ids;"), []);
    assert_eq!(tree("pub mod model;", "// mod ids;\nmod ids2;")[0].file, "src/model/ids.rs");
    assert_eq!(tree("", "mod ids;")[0].file, "src/model.rs");
}
