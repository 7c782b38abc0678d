//! `highwater check-config`: every mistake of a file at once, or that there is none.
//!
//! It connects to nothing.
//! Invariant: a file that passes is one that `run` starts with, on the same machine and environment.

use std::io::Write;

use crate::config::Overrides;

use super::args::CheckConfigArgs;
use super::fail::Failure;
use super::{output, run};

pub(super) fn check_config(args: &CheckConfigArgs) -> Result<(), Failure> {
    let config = run::load(&args.file, &Overrides::default())?;
    output::print(|out| {
        writeln!(out, "config `{}` has no mistakes", args.file.display())?;
        for cluster in &config.clusters {
            let bootstrap: Vec<String> = cluster.bootstrap.iter().map(ToString::to_string).collect();
            writeln!(out, "  cluster `{}` at {}", cluster.name, bootstrap.join(", "))?;
        }
        Ok(())
    })
}
