//! One Java process of a cluster. It is NOT aware of what runs in it.
//! Invariant: a dropped node is dead.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::support::wait::eventually;

/// A running broker, or `ZooKeeper`.
#[derive(Debug)]
pub(crate) struct Node {
    process: Child,
    folder: PathBuf,
    paused: bool,
}

impl Node {
    /// Runs `command`; what it prints goes to `stdout.log` in `folder`.
    ///
    /// # Panics
    /// When the folder cannot be written or `sh` cannot be run.
    pub(crate) fn spawn(mut command: Command, folder: PathBuf) -> Self {
        let log = std::fs::File::options().create(true).append(true).open(folder.join("stdout.log"));
        let log = log.expect("a log file for the node");
        let errors = log.try_clone().expect("a second handle on the log");
        let process = command.stdout(Stdio::from(log)).stderr(errors).spawn().expect("sh can be run");
        Self { process, folder, paused: false }
    }

    /// The number of the process.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Whether the process has come to its end by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().is_ok_and(|status| status.is_some())
    }

    /// SIGSTOP: the port still accepts, and nothing ever answers.
    pub(crate) fn pause(&mut self) {
        self.signal("-STOP");
        self.paused = true;
    }

    /// Undoes [`Self::pause`].
    pub(crate) fn resume(&mut self) {
        self.signal("-CONT");
        self.paused = false;
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.paused
    }

    /// SIGTERM, and waits until the process has ended.
    pub(crate) async fn terminate(mut self) {
        self.signal("-CONT");
        self.signal("-TERM");
        eventually("a node to stop", || {
            let ended = self.has_ended();
            async move { if ended { Ok(()) } else { Err("it still runs") } }
        })
        .await;
    }

    /// Whether it found one of its ports taken, as its logs say: long before its process ends, at times.
    pub(crate) fn found_port_taken(&self) -> bool {
        self.logs().any(|text| text.contains("Address already in use"))
    }

    /// The lines of its logs that speak of errors, the last ones, oldest first.
    pub(crate) fn complaints(&self) -> String {
        let mut complaints: Vec<String> = Vec::new();
        for text in self.logs() {
            let lines: Vec<&str> = text.lines().collect();
            for (index, line) in lines.iter().enumerate() {
                if ["ERROR", "FATAL", "Exception"].iter().any(|word| line.contains(word)) {
                    // The line after names the cause more often than not.
                    complaints.extend(lines.iter().skip(index).take(2).map(ToString::to_string));
                }
            }
        }
        complaints.dedup();
        let surplus = complaints.len().saturating_sub(20);
        complaints.split_off(surplus).join("\n")
    }

    fn logs(&self) -> impl Iterator<Item = String> {
        ["stdout.log", "server.log"]
            .iter()
            .map(|file| std::fs::read_to_string(self.folder.join(file)).unwrap_or_default())
    }

    fn signal(&self, signal: &str) {
        let status = Command::new("kill").args([signal, &self.pid().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "process {} takes no signals", self.pid());
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Both fail only for a process that has been waited for, which is dead already.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}
