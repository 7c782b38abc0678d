//! A configuration file that can be changed while it is in use. It is NOT judged here.
//! Invariant: a reader finds the old text or the new one, never half of either.

use tempfile::TempDir;

/// An address of this machine where nobody listens: the port needs rights that no test has, and nothing uses it.
pub(crate) const NOBODY: &str = "127.0.0.1:1";

/// A file in a folder of its own, which goes with it.
pub(crate) struct ConfigFile {
    folder: TempDir,
    path: String,
}

impl ConfigFile {
    pub(crate) fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("highwater.yml").to_string_lossy().into_owned();
        let file = Self { folder, path };
        file.write(text);
        file
    }

    /// Puts this text in place of the one before.
    pub(crate) fn write(&self, text: &str) {
        let new = self.folder.path().join("new.yml");
        std::fs::write(&new, text).expect("the file can be written");
        std::fs::rename(&new, &self.path).expect("the file can be replaced");
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }
}

/// The lines of `clusters` for these names and addresses.
pub(crate) fn clusters(clusters: &[(&str, &str)]) -> String {
    let one = |(name, bootstrap): &(&str, &str)| {
        format!("  - name: {name}\n    properties: {{bootstrap.servers: \"{bootstrap}\"}}\n")
    };
    format!("clusters:\n{}", clusters.iter().map(one).collect::<String>())
}
