//! Where a configuration comes from: a file, a text, or the command line.
//!
//! Not the meaning of any key. All reading of files and of the environment happens here.
//! Invariant: either a whole configuration or all its mistakes, never a part of it.

use std::env::VarError;
use std::fs::File;
use std::io::{self, Read as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use crate::model::RenderOptions;

use super::complaint::{Reading, Reported};
use super::entry::Entry;
use super::error::{ConfigError, Mistake};
use super::mapping::TOP;
use super::meaning::{Config, NotifySettings};
use super::overrides::{Flags, Overrides};
use super::substitute::Surroundings;
use super::value::listen_address;
use super::written::{self, Written};
use super::{analysis, cluster, later, metrics, notify, objectives, poll};

/// Far more than any configuration or secret; it keeps a wrong path from filling the memory.
const FILE_BYTES_MAX: u64 = 1 << 20;

/// All addresses, as scrapers come from elsewhere; the port is none that other Kafka exporters use.
const LISTEN_DEFAULT: (Ipv4Addr, u16) = (Ipv4Addr::UNSPECIFIED, 10308);

/// Reads the file, the environment and the files it refers to. `families` are the names of all
/// families of metrics, which the file may include or exclude.
pub fn load(path: &Path, families: &[&str], overrides: &Overrides) -> Result<Config, ConfigError> {
    let name = path.display().to_string();
    match read_file(path) {
        Ok(text) => parse(&name, &text, families, &Machine, overrides),
        Err(error) => Err(ConfigError::Unreadable { name, error }),
    }
}

/// Reads a configuration that is at hand as text; `name` is what errors call it.
pub fn parse(
    name: &str,
    text: &str,
    families: &[&str],
    surroundings: &dyn Surroundings,
    overrides: &Overrides,
) -> Result<Config, ConfigError> {
    let invalid = |mistakes| ConfigError::Invalid { name: Some(name.to_owned()), mistakes };
    let written = written::read(text).map_err(|mistake| invalid(vec![mistake]))?;
    mean(written, families, surroundings, &Flags::new(overrides, None)).map_err(invalid)
}

impl Config {
    /// One plaintext cluster named `default`, for `--bootstrap` without a file.
    pub fn from_flags(bootstrap: &str, overrides: &Overrides) -> Result<Self, ConfigError> {
        let cluster = Written::Mapping(vec![("name".to_owned(), Written::Flag("default".to_owned()))]);
        let written = Written::Mapping(vec![("clusters".to_owned(), Written::List(vec![cluster]))]);
        mean(written, &[], &Machine, &Flags::new(overrides, Some(bootstrap)))
            .map_err(|mistakes| ConfigError::Invalid { name: None, mistakes })
    }
}

impl NotifySettings {
    /// Receivers by their addresses alone.
    pub fn from_flags(alertmanagers: &[String], webhooks: &[String]) -> Result<Self, ConfigError> {
        let list = |key: &str, urls: &[String]| {
            let written = Written::List(urls.iter().cloned().map(Written::Flag).collect());
            Entry { key: key.to_owned(), written: Some(written) }
        };
        let mut reading = Reading { surroundings: &Machine, mistakes: Vec::new() };
        let flags = (list("--alertmanager", alertmanagers), list("--webhook", webhooks));
        let settings = notify::read_lists(flags, &mut reading);
        settings.map_err(|_| ConfigError::Invalid { name: None, mistakes: reading.mistakes })
    }
}

fn mean(
    written: Written,
    families: &[&str],
    surroundings: &dyn Surroundings,
    flags: &Flags<'_>,
) -> Result<Config, Vec<Mistake>> {
    let mut reading = Reading { surroundings, mistakes: Vec::new() };
    let config = whole(written, families, flags, &mut reading);
    match config {
        Ok(config) if reading.mistakes.is_empty() => Ok(config),
        _ => Err(reading.mistakes),
    }
}

fn whole(
    written: Written,
    families: &[&str],
    flags: &Flags<'_>,
    reading: &mut Reading<'_>,
) -> Result<Config, Reported> {
    let mut top = Entry { key: TOP.to_owned(), written: Some(written) }.mapping(reading)?;
    let listen = top.take("listen").or_flag("--listen", flags.listen);
    let listen = listen.value_or(reading, SocketAddr::from(LISTEN_DEFAULT), listen_address);
    let poll = poll::read(top.take("poll"), flags.poll_interval, reading);
    let clusters = cluster::read(top.take("clusters"), flags, reading);
    let analysis = analysis::read(top.take("analysis"), poll.as_ref().ok().map(|poll| poll.interval), reading);
    let metrics = metrics::read(top.take("metrics"), families, reading);
    let objectives = objectives::read(top.take("objectives"), reading);
    let notify = notify::read(top.take("notify"), reading);
    let later = later::top(&mut top, reading);
    top.finish(reading, |_| None);
    later?;
    let (notify, listen) = (notify?, listen?);
    let metrics = RenderOptions { objectives: objectives?, ..metrics? };
    Ok(Config { listen, poll: poll?, clusters: clusters?, analysis: analysis?, metrics, notify })
}

/// The environment and the files of this machine.
struct Machine;

impl Surroundings for Machine {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the environment enters")]
    fn variable(&self, name: &str) -> Result<String, VarError> {
        std::env::var(name)
    }

    fn file(&self, path: &Path) -> io::Result<String> {
        read_file(path)
    }
}

fn read_file(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8 text"))
}
