//! `highwater dashboards`: the shipped dashboards, put into a Grafana or into files.
//!
//! Not how Grafana is spoken to; `notify` knows that.
//! Invariant: the token comes from a file or the environment, and is printed nowhere.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context, anyhow};

use crate::app::dashboards::{DASHBOARDS, Grafana, GrafanaAddress, Patience, Progress, Token, push};
use crate::render::printable;

use super::args::{DashboardsArgs, DashboardsCommand, ExportArgs, PushArgs};
use super::fail::Failure;
use super::output;

/// The variable with the token, for where there is no file.
const TOKEN_VARIABLE: &str = "GRAFANA_TOKEN";

pub(super) fn dashboards(args: &DashboardsArgs) -> Result<(), Failure> {
    match &args.command {
        DashboardsCommand::Push(args) => push_all(args),
        DashboardsCommand::Export(args) => export(args),
    }
}

fn push_all(args: &PushArgs) -> Result<(), Failure> {
    let address = GrafanaAddress::new(&args.grafana).map_err(|error| Failure::Usage(error.to_string()))?;
    if args.folder.as_ref().is_some_and(|title| title.trim().is_empty()) {
        return Err(Failure::Usage("a folder needs a title: leave --folder away to use none".to_owned()));
    }
    let patience = Patience { timeout: args.timeout, ..Patience::default() };
    let grafana = Grafana { address, token: token(args.token_file.as_deref())?, folder: args.folder.clone(), patience };
    let mut unwritten = None;
    let pushed = super::runtime()?.block_on(push(&grafana, |progress| {
        if let Err(error) = tell(progress) {
            unwritten.get_or_insert(error);
        }
    }));
    pushed.map_err(anyhow::Error::new)?;
    unwritten.map_or(Ok(()), Err)
}

/// One line for what happened: what is there now is data, the rest is not.
fn tell(progress: &Progress) -> Result<(), Failure> {
    match progress {
        Progress::FolderMade(title) => output::print(|out| writeln!(out, "made the folder {}", printable(title))),
        Progress::Pushed { title, url } => output::print(|out| writeln!(out, "{title}  {}", printable(url))),
        Progress::Again(retry) => {
            let within = humantime::format_duration(retry.within);
            let mut stderr = std::io::stderr().lock();
            // Who closed the stream does not want to know.
            drop(writeln!(stderr, "{} {}: once more within {within}", retry.url, retry.because));
            Ok(())
        }
    }
}

/// The token from the file, else from the environment; none if neither is there.
fn token(file: Option<&Path>) -> Result<Option<Token>, Failure> {
    let (text, from) = match file {
        Some(file) => (text_of(file)?, file.display().to_string()),
        None => match std::env::var_os(TOKEN_VARIABLE).filter(|value| !value.is_empty()) {
            // Letters that are no text are no token either, which is said below.
            Some(value) => (value.to_string_lossy().into_owned(), format!("the variable {TOKEN_VARIABLE}")),
            None => return Ok(None),
        },
    };
    let token = Token::new(&text).map_err(|error| anyhow!("{from} holds no token: {error}"))?;
    Ok(Some(token))
}

fn text_of(file: &Path) -> anyhow::Result<String> {
    Token::text_of(file).with_context(|| format!("cannot read the token from {}", file.display()))
}

fn export(args: &ExportArgs) -> Result<(), Failure> {
    let folder = &args.folder;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder {}", folder.display()))?;
    for dashboard in &DASHBOARDS {
        let file = folder.join(dashboard.file);
        std::fs::write(&file, dashboard.json).with_context(|| format!("cannot write {}", file.display()))?;
        output::print(|out| writeln!(out, "{}", file.display()))?;
    }
    Ok(())
}
