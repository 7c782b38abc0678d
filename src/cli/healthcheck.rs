//! `highwater healthcheck`: whether an exporter lives, as an exit code.
//!
//! Not whether Kafka does; that is a metric.
//! Invariant: it ends within its time-out, whatever is at the other end.

use std::time::Duration;

use anyhow::{Context, bail};

use super::args::HealthcheckArgs;
use super::fail::Failure;
use super::url::exporter_url;

/// An exporter answers at once or is in trouble; orchestrators usually wait for 30 s.
const TIMEOUT: Duration = Duration::from_secs(5);

pub(super) fn healthcheck(args: &HealthcheckArgs) -> Result<(), Failure> {
    Ok(super::runtime()?.block_on(ask(&args.url))?)
}

async fn ask(url: &str) -> anyhow::Result<()> {
    let url = health_url(url)?;
    let client = reqwest::Client::builder().timeout(TIMEOUT).build().context("cannot set up an HTTP client")?;
    let answer = client.get(url.clone()).send().await.with_context(|| format!("{url} does not answer"))?;
    if !answer.status().is_success() {
        bail!("{url} answers {}", answer.status());
    }
    Ok(())
}

/// The page to ask: the one that was named, or the health page of the exporter that was.
fn health_url(text: &str) -> anyhow::Result<reqwest::Url> {
    let url = exporter_url(text)?;
    if url.path() == "/" {
        return url.join("/-/healthy").with_context(|| format!("`{text}` is not an exporter's URL"));
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::health_url;

    #[test]
    fn an_exporter_stands_for_its_health_page() {
        let asked = |text| health_url(text).expect("a URL").to_string();
        assert_eq!(asked("http://127.0.0.1:10308"), "http://127.0.0.1:10308/-/healthy");
        assert_eq!(asked("http://127.0.0.1:10308/-/ready"), "http://127.0.0.1:10308/-/ready");
        assert!(health_url("127.0.0.1").is_err());
    }
}
