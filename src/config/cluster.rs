//! `clusters`: which clusters are watched, and what of them.
//!
//! Not a connection: whether a cluster answers is seen when it is polled.
//! Invariant: at least one cluster, and no two of one name.

use std::collections::BTreeMap;

use crate::model::ClusterName;

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::hint::did_you_mean;
use super::meaning::{ClusterConfig, OffsetsTopic};
use super::overrides::Flags;
use super::value::{Bounds, count};
use super::{names, properties};

const EXPECTED_BROKERS: Bounds<usize> =
    Bounds { least: 0, most: 10_000, why: "no cluster has more, and 0 expects those of the last day" };

/// Reads all clusters, and keeps the one that `--cluster` names, or all.
pub(super) fn read(entry: Entry, flags: &Flags<'_>, reading: &mut Reading<'_>) -> Result<Vec<ClusterConfig>, Reported> {
    let key = entry.key.clone();
    let items = entry.list(reading)?.unwrap_or_default();
    if items.is_empty() {
        let hint = "name at least one, with `name` and `properties`".to_owned();
        return Err(reading.note(&key, Complaint::new("no cluster to watch").hint(hint)));
    }
    let mut names = BTreeMap::new();
    let clusters: Vec<_> = items.into_iter().map(|item| cluster(item, flags, &mut names, reading)).collect();
    if let Some(chosen) = flags.cluster
        && !names.contains_key(chosen)
    {
        let hint = did_you_mean(chosen, names.keys().map(String::as_str));
        let complaint = Complaint::new("no cluster of this name in the file").about(chosen).hint(hint);
        return Err(reading.note("--cluster", complaint));
    }
    let mut clusters: Vec<ClusterConfig> = clusters.into_iter().collect::<Result<_, _>>()?;
    clusters.retain(|cluster| flags.cluster.is_none_or(|chosen| cluster.name.as_str() == chosen));
    Ok(clusters)
}

/// The keys of the clusters read so far, by name.
type Names = BTreeMap<String, String>;

fn cluster(
    entry: Entry,
    flags: &Flags<'_>,
    names: &mut Names,
    reading: &mut Reading<'_>,
) -> Result<ClusterConfig, Reported> {
    let key = entry.key.clone();
    let mut cluster = entry.mapping(reading)?;
    let name = name(&cluster.take("name"), &key, names, reading);
    // A flag speaks about the chosen cluster only.
    let is_chosen = flags.cluster.is_none_or(|chosen| matches!(&name, Ok(name) if name.as_str() == chosen));
    let (property_flags, bootstrap) = if is_chosen { (flags.properties, flags.bootstrap) } else { (&[][..], None) };
    let connection = properties::read(cluster.take("properties"), property_flags, bootstrap, reading);
    let groups = names::read(cluster.take("groups"), names::GROUPS, reading);
    let topics = names::read(cluster.take("topics"), names::TOPICS, reading);
    let offsets_topic = cluster.take("offsets_topic").value_or(reading, OffsetsTopic::default(), offsets_topic);
    let expected_brokers = cluster.take("expected_brokers").value_or(reading, 0, |text| count(text, &EXPECTED_BROKERS));
    let belongs = |name: &str| properties::is_property(name).then(|| "it belongs under `properties`".to_owned());
    cluster.finish(reading, belongs);
    let connection = connection?;
    Ok(ClusterConfig {
        name: name?,
        bootstrap: connection.bootstrap,
        client_id: connection.client_id,
        groups: groups?,
        topics: topics?,
        offsets_topic: offsets_topic?,
        expected_brokers: Some(expected_brokers?).filter(|count| *count > 0),
    })
}

fn offsets_topic(text: &str) -> Result<OffsetsTopic, Complaint> {
    match text {
        "auto" => Ok(OffsetsTopic::Auto),
        "on" => Ok(OffsetsTopic::On),
        "off" => Ok(OffsetsTopic::Off),
        _ => Err(Complaint::new("expected one of `auto`, `on`, `off`")),
    }
}

fn name(
    entry: &Entry,
    cluster_key: &str,
    names: &mut Names,
    reading: &mut Reading<'_>,
) -> Result<ClusterName, Reported> {
    let Some(text) = entry.text(reading)? else {
        let hint = "every series of the cluster carries its name".to_owned();
        return Err(reading.note(&entry.key, Complaint::new("missing").hint(hint)));
    };
    entry.judged(reading, &text, |text| {
        if text.trim().is_empty() {
            return Err(Complaint::new("expected a name"));
        }
        if text.trim() != text || text.contains(char::is_control) {
            return Err(Complaint::new("expected a name on one line, without spaces around it"));
        }
        if let Some(other) = names.get(text) {
            return Err(Complaint::new(format!("expected another name than `{other}` has")));
        }
        names.insert(text.to_owned(), cluster_key.to_owned());
        Ok(ClusterName::from(text))
    })
}
