//! Reading the configuration again while the program runs.
//!
//! Not watching the file: somebody has to ask.
//! Invariant: a configuration with a mistake changes nothing but the gauge that shows it.

use std::sync::Arc;

use tokio::task::JoinSet;
use tracing::{error, info};

use crate::config::Config;
use crate::publish::{Board, BoardSettings};
use crate::telemetry::SelfMetrics;

use super::clusters::Clusters;
use super::notifying::Notifying;
use super::{Ended, ReadConfig};

/// What a reload reads and what it changes.
pub(super) struct Reloader {
    pub(super) read_config: Option<ReadConfig>,
    pub(super) running: Config,
    pub(super) board: Arc<Board>,
    pub(super) notifying: Notifying,
    pub(super) self_metrics: SelfMetrics,
}

impl Reloader {
    /// Reads and applies the configuration, and says how that went.
    pub(super) fn reload(&mut self, clusters: &mut Clusters, tasks: &mut JoinSet<Ended>) -> Result<String, String> {
        let outcome = self.apply(clusters, tasks);
        match &outcome {
            Ok(told) => info!(outcome = told.as_str(), "configuration reloaded"),
            Err(mistakes) => error!(error = mistakes.as_str(), "the configuration stays as it was"),
        }
        // Having no file to read is not a bad file.
        if self.read_config.is_some() {
            self.self_metrics.config_reloaded(outcome.is_ok());
        }
        outcome
    }

    /// Starts again what failed.
    pub(super) fn revive(&mut self, clusters: &mut Clusters, tasks: &mut JoinSet<Ended>) -> anyhow::Result<()> {
        if clusters.revive(tasks)? {
            self.board.replace(board_settings(&self.running), clusters.latest());
        }
        self.notifying.follow(&self.running, clusters.latest(), tasks)
    }

    fn apply(&mut self, clusters: &mut Clusters, tasks: &mut JoinSet<Ended>) -> Result<String, String> {
        let Some(read_config) = &self.read_config else {
            return Err("there is no file to reload: the exporter was started with --bootstrap".to_owned());
        };
        // Reading may wait for the disk, or for whatever the path names.
        let config = tokio::task::block_in_place(read_config)?;
        clusters.follow(&config, tasks).map_err(|error| format!("{error:#}"))?;
        self.board.replace(board_settings(&config), clusters.latest());
        self.notifying.follow(&config, clusters.latest(), tasks).map_err(|error| format!("{error:#}"))?;
        let listen = self.running.listen;
        let told = if config.listen == listen {
            "configuration reloaded".to_owned()
        } else {
            format!("configuration reloaded; `listen` stays {listen} until the next start")
        };
        self.running = Config { listen, ..config };
        Ok(told)
    }
}

/// What the configuration says about showing reports.
pub(super) fn board_settings(config: &Config) -> BoardSettings {
    BoardSettings { stale_after: config.poll.stale_after, options: config.metrics.clone() }
}
