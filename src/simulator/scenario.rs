//! Where scenarios come from: the built-in ones, and files.
//!
//! Not what happens in them; `world` lives them.
//! Invariant: a scenario that comes from here makes sense as it stands, so that a world can be made of it.

mod bounds;
mod check;
mod claim;
mod error;
mod file;
mod hint;
mod missing;
mod place;
mod read;
mod sizes;
mod typed;

#[cfg(test)]
mod tests;

use std::path::Path;

use super::spec::Scenario;

pub use bounds::{check_action, limits};
pub use error::{Mistake, ScenarioError};
pub use read::parse;
pub use sizes::{Excess, Sizes};

/// The built-in stories, in the order in which they are listed: name and text.
const BUILT_IN: [(&str, &str); 21] = [
    ("healthy", include_str!("scenario/healthy.yml")),
    ("slow-consumer", include_str!("scenario/slow-consumer.yml")),
    ("stuck-consumer", include_str!("scenario/stuck-consumer.yml")),
    ("dead-consumer", include_str!("scenario/dead-consumer.yml")),
    ("producer-stopped", include_str!("scenario/producer-stopped.yml")),
    ("storm-max-poll", include_str!("scenario/storm-max-poll.yml")),
    ("storm-crash-loop", include_str!("scenario/storm-crash-loop.yml")),
    ("storm-no-membership-change", include_str!("scenario/storm-no-membership-change.yml")),
    ("rolling-deploy", include_str!("scenario/rolling-deploy.yml")),
    ("hot-partition", include_str!("scenario/hot-partition.yml")),
    ("two-hot-of-six", include_str!("scenario/two-hot-of-six.yml")),
    ("hot-partition-moves", include_str!("scenario/hot-partition-moves.yml")),
    ("retention-loss", include_str!("scenario/retention-loss.yml")),
    ("open-transaction", include_str!("scenario/open-transaction.yml")),
    ("topic-recreated", include_str!("scenario/topic-recreated.yml")),
    ("unclean-election", include_str!("scenario/unclean-election.yml")),
    ("broker-down", include_str!("scenario/broker-down.yml")),
    ("broker-hanging", include_str!("scenario/broker-hanging.yml")),
    ("coordinator-moving", include_str!("scenario/coordinator-moving.yml")),
    ("leaderless-partition", include_str!("scenario/leaderless-partition.yml")),
    ("hidden-topics", include_str!("scenario/hidden-topics.yml")),
];

/// The names of the built-in scenarios.
pub fn names() -> impl Iterator<Item = &'static str> {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// All built-in scenarios; they fit side by side on one cluster.
#[must_use]
pub fn all() -> Vec<Scenario> {
    // A test reads them all, so that none is missing here.
    BUILT_IN.iter().filter_map(|(name, text)| parse(text, name).ok()).collect()
}

/// The built-in scenario of this name, or else the one in the file of this name.
pub fn find(name_or_path: &str) -> Result<Scenario, ScenarioError> {
    if let Some((name, text)) = BUILT_IN.iter().find(|(name, _)| *name == name_or_path) {
        return parse(text, name);
    }
    let is_path = name_or_path.contains(['/', '.']);
    match file::read(Path::new(name_or_path)) {
        Ok(text) => parse(&text, name_or_path),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !is_path => Err(ScenarioError::Unknown {
            name: error::shown(name_or_path),
            hint: hint::did_you_mean(name_or_path, names()).unwrap_or_else(|| {
                format!("there are {}, or the path of a file", names().collect::<Vec<_>>().join(", "))
            }),
        }),
        Err(error) => {
            Err(ScenarioError::Unreadable { name: error::shown(name_or_path), reason: error::reason(&error) })
        }
    }
}
