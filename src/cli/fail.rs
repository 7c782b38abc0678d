//! How a command fails: what is printed, and the exit code.
//!
//! Not the log of a running exporter.
//! Invariant: the first line says what failed, the following ones why and what may help.

use std::io::Write;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::render::printable;
use crate::simulator::scenario::ScenarioError;

/// `EX_CONFIG` of sysexits.
const BAD_CONFIGURATION: u8 = 78;
const BAD_USAGE: u8 = 2;

/// Why a command ended without having done its work.
#[derive(Debug)]
pub(super) enum Failure {
    /// The configuration has mistakes.
    Config(ConfigError),
    /// A scenario cannot be told.
    Scenario(ScenarioError),
    /// The command line asks for something that cannot be.
    Usage(String),
    /// Something failed on the way.
    Runtime(anyhow::Error),
    /// Nothing is left to say; the reader of the output went away.
    Silent,
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Runtime(error)
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<ScenarioError> for Failure {
    fn from(error: ScenarioError) -> Self {
        Self::Scenario(error)
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe {
            return Self::Silent;
        }
        Self::Runtime(anyhow::Error::new(error).context("cannot write the output"))
    }
}

impl Failure {
    /// Prints the failure and gives its exit code.
    pub(super) fn exit(self) -> ExitCode {
        match self {
            Self::Config(error) => print(&format!("error: {error}"), BAD_CONFIGURATION),
            Self::Scenario(error) => {
                let is_read = matches!(error, ScenarioError::Invalid { .. });
                print(&format!("error: {error}"), if is_read { BAD_CONFIGURATION } else { BAD_USAGE })
            }
            Self::Usage(sentence) => print(&format!("error: {sentence}"), BAD_USAGE),
            Self::Runtime(error) => {
                // Some of it may be what another program answered.
                let lines = error.chain().map(|cause| printable(cause.to_string().trim_end()).into_owned());
                print(&format!("error: {}", lines.collect::<Vec<_>>().join("\n  ")), 1)
            }
            Self::Silent => ExitCode::SUCCESS,
        }
    }
}

/// Prints what clap has to say: help and version are no failures.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    // Whoever closed the stream does not want to read it.
    drop(error.print());
    if error.use_stderr() { ExitCode::from(BAD_USAGE) } else { ExitCode::SUCCESS }
}

fn print(text: &str, code: u8) -> ExitCode {
    let mut stderr = std::io::stderr().lock();
    drop(writeln!(stderr, "{}", text.trim_end()));
    ExitCode::from(code)
}
