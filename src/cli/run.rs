//! `highwater run`: the exporter itself.
//!
//! Not how it works; that is the `app` room's.
//! Invariant: only a bad configuration or a taken port keep it from starting, never Kafka.

use std::path::Path;
use std::time::Duration;

use crate::app::{self, ReadConfig};
use crate::config::{self, Config, ConfigError, Overrides};
use crate::render::FAMILIES;

use super::args::{ConnectionArgs, RunArgs};
use super::fail::Failure;

/// What is still at work after the end may take so long.
const REST: Duration = Duration::from_secs(1);

pub(super) fn run(args: &RunArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    let overrides = args.connection.overrides(args.listen.as_ref());
    let config = read(&args.connection, &overrides)?;
    let read_again = args
        .connection
        .config
        .clone()
        .map(|path| -> ReadConfig { Box::new(move || load(&path, &overrides).map_err(|error| error.to_string())) });
    let runtime = super::runtime()?;
    let ended = runtime.block_on(app::run(config, read_again));
    // Who reads a file of a disk that is gone cannot be told to end.
    runtime.shutdown_timeout(REST);
    Ok(ended?)
}

/// The configuration that these flags mean.
pub(super) fn read(connection: &ConnectionArgs, overrides: &Overrides) -> Result<Config, Failure> {
    match (&connection.config, &connection.bootstrap) {
        (Some(path), _) => Ok(load(path, overrides)?),
        (None, Some(bootstrap)) => Ok(Config::from_flags(bootstrap, overrides)?),
        (None, None) => {
            let sentence = "which cluster? give --config FILE, or --bootstrap HOST:PORT for a plaintext one";
            Err(Failure::Usage(sentence.to_owned()))
        }
    }
}

/// Reads a file.
pub(super) fn load(path: &Path, overrides: &Overrides) -> Result<Config, ConfigError> {
    let families: Vec<&str> = FAMILIES.iter().map(|family| family.name).collect();
    config::load(path, &families, overrides)
}
