//! The folder of a cluster, and the process that empties it. It is NOT needed while all goes well: it exists for the
//! test process that is killed and can clean up nothing.
//! Invariant: when the test process is gone, so are its Java processes and this folder.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use tempfile::TempDir;

/// Reads until the other end of the pipe is gone, whatever the reason, then kills and deletes.
///
/// The folder of numbers is renamed first: a process that has not yet written its number then cannot, and never
/// becomes Java. A number may by then belong to a stranger, so only processes that name this folder are killed.
const GUARD: &str = r#"
cat >/dev/null
mv "$1/pids" "$1/pids.ended"
for file in "$1"/pids.ended/*; do
    pid=$(cat "$file") || continue
    if tr '\0' '\n' <"/proc/$pid/cmdline" | grep -qFx -e "-Dhighwater.cluster=$1"; then kill -KILL "$pid"; fi
done
tries=0
until rm -rf "$1" || [ $((tries += 1)) -gt 50 ]; do sleep 0.1; done
"#;

/// A folder in the system's temporary directory that goes away with everything that runs in it.
#[derive(Debug)]
pub(crate) struct Home {
    folder: TempDir,
    guard: Child,
    pipe: Option<ChildStdin>,
}

impl Home {
    /// # Panics
    /// When the folder or the guard cannot be made.
    pub(crate) fn create() -> Self {
        let folder = tempfile::Builder::new().prefix("highwater-kafka-").tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("pids")).expect("a folder for process numbers");
        let mut guard = Command::new("sh")
            .args(["-c", GUARD, "sh"])
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // In a group of its own, so that Ctrl-C does not end the guard together with the test.
            .process_group(0)
            .spawn()
            .expect("sh can be run");
        let pipe = guard.stdin.take();
        Self { folder, guard, pipe }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn node(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }
}

impl Drop for Home {
    /// The same guard does the work on a good day too, so its path is taken by every test.
    fn drop(&mut self) {
        drop(self.pipe.take());
        // Should the guard have been killed, the folder at least goes with its owner.
        drop(self.guard.wait());
    }
}
