//! What is wrong with a cluster, in JSON, each with a sentence for people.
//!
//! Not what is wrong with its groups; they have a status.
//! Invariant: an id stays the same for as long as its finding lasts.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::list::{List, Paging, piece_of};
use crate::model::{About, ClusterReport, Finding as Found};

mod sentence;

pub(in crate::render) use sentence::Sentences;

/// One finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding<'a> {
    /// What tells it from all others of its cluster.
    pub id: String,
    /// Which check found it: `offline_partitions`, …
    pub check: Cow<'static, str>,
    /// How much it matters: `info`, `warning` or `critical`.
    pub severity: Cow<'static, str>,
    /// For how long it has been so, as far as was watched.
    pub lasting_seconds: f64,
    /// The broker it is about; `null` where it is about none.
    pub broker: Option<i32>,
    /// The topic it is about; `null` where it is about none.
    pub topic: Option<Cow<'a, str>>,
    /// The partition it is about, or the first of those of the topic; `null` where it is about none.
    pub partition: Option<i32>,
    /// How many partitions or brokers are concerned.
    pub count: usize,
    /// All of this for people.
    pub sentence: String,
}

/// One piece of the list of findings, by check and then by what they are about.
#[must_use]
pub fn finding_list<'a>(report: &'a ClusterReport, paging: Paging<'_>) -> List<Finding<'a>> {
    let mut named: Vec<_> = report.findings.iter().map(|found| (id(found), found)).collect();
    named.sort_by(|left, right| left.0.cmp(&right.0));
    piece_of(&named, paging, |shown| {
        let sentences = Sentences::about(&report.snapshot);
        shown.iter().map(|(id, found)| to_json(id, found, &sentences)).collect()
    })
}

fn id(found: &Found) -> String {
    let check = found.check.word();
    match &found.about {
        About::Cluster => check.to_owned(),
        About::Broker(id) => format!("{check}/broker/{id}"),
        About::Partition(topic, partition) => format!("{check}/partition/{topic}/{partition}"),
        // Not the first partition, which another may become.
        About::Topic(topic, _) => format!("{check}/topic/{topic}"),
    }
}

fn to_json<'a>(id: &str, found: &'a Found, sentences: &Sentences<'_>) -> Finding<'a> {
    let (broker, place) = match &found.about {
        About::Cluster => (None, None),
        About::Broker(id) => (Some(id.0), None),
        About::Partition(topic, partition) | About::Topic(topic, partition) => (None, Some((topic, partition.0))),
    };
    Finding {
        id: id.to_owned(),
        check: Cow::Borrowed(found.check.word()),
        severity: Cow::Borrowed(found.severity.word()),
        lasting_seconds: found.lasting.as_secs_f64(),
        broker,
        topic: place.map(|(topic, _)| Cow::Borrowed(topic.as_str())),
        partition: place.map(|(_, partition)| partition),
        count: found.count,
        sentence: sentences.of(found),
    }
}

#[cfg(test)]
mod tests;
