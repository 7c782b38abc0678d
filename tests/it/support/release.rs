//! The releases of Prometheus and Alertmanager that the tests run. It is NOT where they come from:
//! `scripts/prometheus.sh` is.
//! Invariant: what is not here is said with its reason.

use std::path::PathBuf;

/// The releases that rules, queries and notifications have to work on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Release {
    /// What the distribution ships.
    Oldest,
    /// Prometheus of at least 3.5, Alertmanager of at least 0.28.
    Newest,
}

/// The releases, the oldest first.
pub(crate) const RELEASES: [Release; 2] = [Release::Oldest, Release::Newest];

impl Release {
    /// A program of the release, `prometheus`, `promtool`, `alertmanager` or `amtool`; else why it is not here.
    pub(crate) fn program(self, name: &str) -> Result<PathBuf, String> {
        let package = if matches!(name, "alertmanager" | "amtool") { "alertmanager" } else { "prometheus" };
        let link = match self {
            Self::Oldest => format!("{package}-oldest"),
            Self::Newest => format!("{package}-newest"),
        };
        let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
        let cache = cache.ok_or("there is no home directory")?.join("highwater");
        let program = cache.join(&link).join("bin").join(name);
        if program.is_file() {
            return Ok(program);
        }
        let reason = std::fs::read_to_string(cache.join(link).with_extension("reason"));
        Err(reason.unwrap_or_else(|_| format!("{} is missing: run scripts/prometheus.sh", program.display())))
    }
}
