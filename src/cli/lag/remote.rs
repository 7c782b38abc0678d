//! The groups as a running exporter tells them.
//!
//! Not a second notion of lag: it reads the exporter's JSON and shows it.
//! Invariant: all pieces of the list are read, each within a time-out.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, Url};
use serde::Deserialize;

use crate::render::json::{Cluster, Group, LIMIT_MAX, List};

use super::super::args::LagArgs;
use super::super::url::exporter_url;

/// For one piece; an exporter makes it from memory.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reads all groups of the exporter's only cluster, or of the one that was named.
pub(super) async fn groups(url: &str, args: &LagArgs) -> anyhow::Result<Vec<Group<'static>>> {
    let base = exporter_url(url)?;
    let client = Client::builder().timeout(TIMEOUT).build().context("cannot set up an HTTP client")?;
    let cluster = match &args.connection.cluster {
        Some(name) => name.clone(),
        None => only_cluster(&client, &base).await?,
    };
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let path = ["api", "v1", "clusters", cluster.as_str(), "groups"];
        let list: List<Group<'static>> = get(&client, page(&base, &path, next.as_deref())?).await?;
        found.extend(list.items);
        match list.next {
            Some(after) => next = Some(after),
            None => break,
        }
    }
    found.retain(|group| args.group.as_ref().is_none_or(|id| group.group == id.as_str()));
    if let Some(topic) = &args.topic {
        for group in &mut found {
            group.topics.retain(|found| found.topic == topic.as_str());
        }
        found.retain(|group| !group.topics.is_empty());
    }
    Ok(found)
}

async fn only_cluster(client: &Client, base: &Url) -> anyhow::Result<String> {
    let list: List<Cluster<'static>> = get(client, page(base, &["api", "v1", "clusters"], None)?).await?;
    let names: Vec<String> = list.items.into_iter().map(|cluster| cluster.name.into_owned()).collect();
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => bail!("the exporter at {base} watches no cluster"),
        names => bail!("which cluster? give --cluster with one of: {}", names.join(", ")),
    }
}

fn page(base: &Url, path: &[&str], next: Option<&str>) -> anyhow::Result<Url> {
    let mut url = base.clone();
    let Ok(mut segments) = url.path_segments_mut() else { bail!("`{base}` is not an exporter's URL") };
    segments.pop_if_empty().extend(path);
    drop(segments);
    url.query_pairs_mut().append_pair("limit", &LIMIT_MAX.to_string()).extend_pairs(next.map(|next| ("next", next)));
    Ok(url)
}

async fn get<T: for<'de> Deserialize<'de>>(client: &Client, url: Url) -> anyhow::Result<T> {
    let answer = client.get(url.clone()).send().await.with_context(|| format!("{url} does not answer"))?;
    let status = answer.status();
    let body = answer.bytes().await.with_context(|| format!("{url} does not answer"))?;
    if !status.is_success() {
        bail!("{url} answers {status}: {}", String::from_utf8_lossy(&body));
    }
    serde_json::from_slice(&body).with_context(|| format!("{url} does not answer as an exporter does"))
}
