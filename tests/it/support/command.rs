//! The binary run to its end, as from a shell. It is NOT for the exporter, which does not end by itself: see `exporter`.
//! Invariant: a command that does not end fails its test.

use std::fmt;
use std::path::Path;
use std::process::Stdio;

use tokio::process::Command;
use tokio::time::timeout;

use super::exporter::BINARY;
use super::wait::PATIENCE;

/// How a command ended and what it printed. As text it is what a reader of a shell session would see.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl fmt::Display for Ended {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let code = self.code.map_or_else(|| "none".to_owned(), |code| code.to_string());
        write!(formatter, "exit code {code}\n--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}

/// Runs the binary with these words.
pub(crate) async fn highwater(words: &[&str]) -> Ended {
    highwater_in(Path::new("."), words).await
}

/// The same in another folder.
pub(crate) async fn highwater_in(folder: &Path, words: &[&str]) -> Ended {
    let output = Command::new(BINARY)
        .args(words)
        .current_dir(folder)
        // The width of help would follow it.
        .env_remove("COLUMNS")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = timeout(PATIENCE, output).await.unwrap_or_else(|_| panic!("highwater {words:?} does not end"));
    let output = output.expect("the binary starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the output is UTF-8");
    Ended { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
