//! The words of `highwater explain`.
//!
//! Not what they do.
//! Invariant: every flag has a help text.

use clap::{Args, ValueEnum};

use super::{LogArgs, SourceArgs};

#[derive(Debug, Args)]
pub(in crate::cli) struct ExplainArgs {
    #[command(flatten)]
    pub(in crate::cli) source: SourceArgs,
    /// The group to explain, whether it shows up anywhere or not
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) group: String,
    /// Only this topic
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) topic: Option<String>,
    /// How often to poll, an interval apart, before explaining the last result: what is said of trends needs some
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub(in crate::cli) polls: u32,
    /// In which form
    #[arg(long, value_enum, default_value_t = ExplainOutput::Text)]
    pub(in crate::cli) output: ExplainOutput,
    #[command(flatten)]
    pub(in crate::cli) log: LogArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(in crate::cli) enum ExplainOutput {
    Text,
    Json,
}
