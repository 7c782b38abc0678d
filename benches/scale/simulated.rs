//! A simulated cluster in a process of its own, so that its work is not counted as ours.
//!
//! Not what it answers.
//! Invariant: the process ends with the value.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, bail};
use serde_json::{Value, json};

use crate::shape::Shape;

/// A running simulated cluster.
pub(crate) struct Simulated {
    child: Child,
    pub(crate) bootstrap: String,
    control: String,
    brokers: u16,
    client: reqwest::Client,
}

impl Simulated {
    pub(crate) fn start(shape: &Shape, brokers: u16) -> anyhow::Result<Self> {
        let sizes = [
            ("--brokers", u32::from(brokers)),
            ("--topics", shape.topics),
            ("--partitions", shape.partitions_per_topic),
            ("--groups", shape.groups),
            ("--commits", shape.commits_per_group),
        ];
        let words = sizes.into_iter().flat_map(|(flag, size)| [flag.to_owned(), size.to_string()]);
        Self::of(&words.collect::<Vec<_>>(), brokers)
    }

    /// The cluster that these words of the command line make.
    pub(crate) fn of(words: &[String], brokers: u16) -> anyhow::Result<Self> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_highwater"));
        command
            .args(["simulate", "--port", "0", "--control", "127.0.0.1:0", "--log.level", "warn"])
            .args(words)
            .stdout(Stdio::piped())
            .stdin(Stdio::null());
        let mut child = command.spawn().context("cannot start the simulated cluster")?;
        let told = child.stdout.take().context("its output is piped")?;
        let (mut bootstrap, mut control) = (None, None);
        for line in BufReader::new(told).lines() {
            let line = line?;
            if let Some((_, servers)) = line.split_once("bootstrap.servers=") {
                bootstrap = Some(servers.trim().to_owned());
            }
            if let Some((_, url)) = line.split_once("http://") {
                control = Some(format!("http://{}", url.trim().trim_end_matches('/')));
            }
            if bootstrap.is_some() && control.is_some() {
                break;
            }
        }
        let (Some(bootstrap), Some(control)) = (bootstrap, control) else {
            drop(child.kill());
            bail!("the simulated cluster did not say where it listens");
        };
        Ok(Self { child, bootstrap, control, brokers, client: reqwest::Client::new() })
    }

    /// Lets every broker answer so much later.
    pub(crate) async fn delay(&self, milliseconds: u32) -> anyhow::Result<()> {
        let faults = json!({ "delay": format!("{milliseconds}ms") }).to_string();
        for broker in 1..=self.brokers {
            let url = format!("{}/brokers/{broker}/faults", self.control);
            let request = self.client.put(url).header("content-type", "application/json").body(faults.clone());
            request.send().await?.error_for_status()?;
        }
        Ok(())
    }

    /// Lets the world's time jump ahead.
    pub(crate) async fn advance(&self, by: Duration) -> anyhow::Result<()> {
        let step = json!({ "advance": format!("{}s", by.as_secs()) }).to_string();
        let url = format!("{}/clock", self.control);
        let request = self.client.post(url).header("content-type", "application/json").body(step);
        request.send().await?.error_for_status()?;
        Ok(())
    }

    /// How many requests arrived since the last call.
    pub(crate) async fn take_requests(&self) -> anyhow::Result<u64> {
        let url = format!("{}/requests", self.control);
        let told = self.client.get(&url).send().await?.error_for_status()?.bytes().await?;
        self.client.delete(&url).send().await?.error_for_status()?;
        Ok(count(&serde_json::from_slice(&told)?))
    }
}

/// The sum of all numbers under `count`, however they are nested.
fn count(value: &Value) -> u64 {
    match value {
        Value::Array(items) => items.iter().map(count).sum(),
        Value::Object(fields) => match fields.get("count").and_then(Value::as_u64) {
            Some(number) => number,
            None => fields.values().map(count).sum(),
        },
        _ => 0,
    }
}

impl Drop for Simulated {
    fn drop(&mut self) {
        // Both fail only for a process that is gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
