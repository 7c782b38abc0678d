//! A running exporter, asked over HTTP.
//!
//! Not a second notion of what it tells: its JSON is read and shown.
//! Invariant: each question ends within a time-out, whatever is at the other end.

use std::time::Duration;

use anyhow::{Context, bail};
use reqwest::{Client, Url};
use serde::Deserialize;

use crate::render::json::{Cluster, LIMIT_MAX, List};

use super::args::ConnectionArgs;
use super::url::exporter_url;

/// For one answer; an exporter makes it from memory.
const TIMEOUT: Duration = Duration::from_secs(30);

/// An exporter's only cluster, or the one that was named.
pub(super) struct Remote {
    client: Client,
    base: Url,
    cluster: String,
}

impl Remote {
    /// Finds the cluster.
    pub(super) async fn find(url: &str, connection: &ConnectionArgs) -> anyhow::Result<Self> {
        let base = exporter_url(url)?;
        let client = Client::builder().timeout(TIMEOUT).build().context("cannot set up an HTTP client")?;
        let cluster = match &connection.cluster {
            Some(name) => name.clone(),
            None => only_cluster(&client, &base).await?,
        };
        Ok(Self { client, base, cluster })
    }

    /// Reads what the exporter tells of the cluster under this path.
    pub(super) async fn get<T: for<'de> Deserialize<'de>>(
        &self,
        path: &str,
        query: &[(&str, &str)],
    ) -> anyhow::Result<T> {
        let path = ["api", "v1", "clusters", self.cluster.as_str(), path];
        get(&self.client, address(&self.base, &path, query)?).await
    }
}

async fn only_cluster(client: &Client, base: &Url) -> anyhow::Result<String> {
    let limit = LIMIT_MAX.to_string();
    let url = address(base, &["api", "v1", "clusters"], &[("limit", limit.as_str())])?;
    let list: List<Cluster<'static>> = get(client, url).await?;
    let names: Vec<String> = list.items.into_iter().map(|cluster| cluster.name.into_owned()).collect();
    match names.as_slice() {
        [name] => Ok(name.clone()),
        [] => bail!("the exporter at {base} watches no cluster"),
        names => bail!("which cluster? give --cluster with one of: {}", names.join(", ")),
    }
}

fn address(base: &Url, path: &[&str], query: &[(&str, &str)]) -> anyhow::Result<Url> {
    let mut url = base.clone();
    let Ok(mut segments) = url.path_segments_mut() else { bail!("`{base}` is not an exporter's URL") };
    segments.pop_if_empty().extend(path);
    drop(segments);
    url.query_pairs_mut().extend_pairs(query);
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
