//! A program that serves HTTP from a folder of its own, on a port that the system chooses. It is NOT about what it serves.
//! Invariant: when the test process is gone, however that came, so are the server and its folder.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

use super::wait::eventually;

/// Starts the server in the folder, and ends it when the other end of the pipe is gone, whatever the reason.
const GUARD: &str = r#"
cd "$1" && shift || exit 1
"$@" >log 2>&1 </dev/null &
cat >/dev/null
kill -KILL $!
"#;

/// A running server of the Prometheus family.
pub(crate) struct Server {
    address: SocketAddr,
    guard: Child,
    pipe: Option<ChildStdin>,
    folder: TempDir,
}

impl Server {
    /// Starts the program among these files; `--web.listen-address` is added.
    ///
    /// # Panics
    /// When it does not start.
    pub(crate) async fn start(program: &Path, arguments: &[&str], files: &[(&str, &str)]) -> Self {
        let folder = tempfile::Builder::new().prefix("highwater-server-").tempdir().expect("a temporary folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("the folder can be written to");
        }
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder.path())
            .arg(program)
            .args(arguments)
            // Port 0 lets the system choose; the server logs what was chosen.
            .arg("--web.listen-address=127.0.0.1:0")
            .stdin(Stdio::piped())
            .spawn()
            .expect("sh can be run");
        let pipe = guard.stdin.take();
        let log = folder.path().join("log");
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        // Made before the waiting, so that a server that never listens ends too.
        let mut server = Self { address: nowhere, guard, pipe, folder };
        server.address = eventually(&format!("{} to listen", program.display()), async || {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            listening_address(&log).ok_or(log)
        })
        .await;
        server
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.pipe.take());
        if let Err(error) = self.guard.wait() {
            eprintln!("the guard of a server was lost: {error}");
        }
    }
}

/// `… msg="Listening on" address=127.0.0.1:41234` in either release's way of writing it.
fn listening_address(log: &str) -> Option<SocketAddr> {
    let line = log.lines().find(|line| line.contains("\"Listening on\""))?;
    line.split_once("address=")?.1.split_whitespace().next()?.trim_matches('"').parse().ok()
}
