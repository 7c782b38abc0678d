//! The list of what could not run on this machine. It is NOT a way to skip what fails.
//! Invariant: whoever reads the end of a run sees each entry with its reason.

use std::fs::OpenOptions;
use std::io::Write;

use super::release::{RELEASES, Release};

/// Where `scripts/test.sh` collects the list; it prints it before the closing line.
const FILE: &str = "HIGHWATER_NOT_RUN_FILE";

/// Says that something could not be tested here, and why, in one line each.
pub(crate) fn not_run(what: &str, reason: &str) {
    let line = format!("{what}: {}\n", reason.trim().replace('\n', " "));
    eprint!("not run: {line}");
    let Some(path) = std::env::var_os(FILE) else { return };
    // One write of a whole line: tests append to the file at the same time.
    let file = OpenOptions::new().append(true).create(true).open(&path);
    let written = file.and_then(|mut file| file.write_all(line.as_bytes()));
    written.unwrap_or_else(|error| panic!("{} cannot be written: {error}", path.display()));
}

/// Runs a test on each release, the oldest first; one that is not here is listed.
pub(crate) async fn on_each_release(what: &str, test: impl AsyncFn(Release) -> Result<(), String>) {
    for release in RELEASES {
        if let Err(reason) = test(release).await {
            not_run(&format!("{what}, {release:?}"), &reason);
        }
    }
}
