//! A version of Kafka on this machine's disk. It is NOT where it is fetched: `tests/kafka/fetch.sh` does that, so
//! that jars can be fetched before any test runs.
//! Invariant: a [`Dist`] exists only when everything needed to start a broker is there.

use std::path::PathBuf;

use tokio::process::Command;

use super::version::Version;

const FETCH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kafka/fetch.sh");

/// Kafka's files on disk: jars, class data archives, the content of a formatted log directory.
#[derive(Clone, Debug)]
pub(crate) struct Dist {
    folder: PathBuf,
}

impl Dist {
    /// Fetches what is missing; takes 30 ms when nothing is.
    ///
    /// # Panics
    /// With the words of the script when Java or Maven is missing, or a download fails.
    pub(crate) async fn prepare(version: Version) -> Self {
        let output = Command::new(FETCH).arg(version.number()).kill_on_drop(true).output().await;
        let output = output.unwrap_or_else(|error| panic!("cannot run {FETCH}: {error}"));
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "Kafka {} cannot be prepared: {complaint}", version.number());
        let folder = String::from_utf8_lossy(&output.stdout).trim().into();
        Self { folder }
    }

    /// For Java's `-cp`; Java itself expands the star.
    pub(crate) fn class_path(&self) -> PathBuf {
        self.folder.join("libs/*")
    }

    /// The archive that speeds up `name` (`broker` or `tool`), where there is one.
    pub(crate) fn archive(&self, name: &str) -> Option<PathBuf> {
        let archive = self.folder.join(name).with_extension("jsa");
        archive.exists().then_some(archive)
    }

    /// What a formatted `KRaft` log directory holds besides its `meta.properties`.
    pub(crate) fn bootstrap_checkpoint(&self) -> PathBuf {
        self.folder.join("bootstrap.checkpoint")
    }
}
