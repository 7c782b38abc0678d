//! The files of the repository, as git knows them.
//! It is NOT a way to build or change them. Invariant: what git ignores is never among them.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder of the package.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file that is tracked, or would be if it were added, relative to [`root`].
pub(crate) fn files() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .current_dir(root())
        .output()
        .expect("git has to be installed: the checks look at the files it tracks");
    assert!(
        output.status.success(),
        "the checks look at what git tracks, so the package has to be a checkout: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let listed = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let mut files: Vec<_> = listed.split_terminator('\0').map(PathBuf::from).collect();
    // A file that was deleted and not yet committed is still listed.
    files.retain(|file| root().join(file).is_file());
    files.sort();
    assert!(!files.is_empty(), "git lists no file in {}", root().display());
    files
}

/// The text files among [`files`] that pass the filter, as (path with `/`, content).
pub(crate) fn texts(wanted: impl Fn(&str) -> bool) -> Vec<(String, String)> {
    let mut texts = Vec::new();
    for file in files() {
        let name = file.to_str().expect("file names are UTF-8").replace('\\', "/");
        if !wanted(&name) {
            continue;
        }
        // Pictures and the like are not text and hold none of what is looked for.
        if let Ok(content) = std::fs::read_to_string(root().join(&file)) {
            texts.push((name, content));
        }
    }
    texts
}
