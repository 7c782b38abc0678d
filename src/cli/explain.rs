//! `highwater explain`: why a group's series are what they are, or are not there.
//!
//! Not the sentences; whoever has the report makes them, this process or a running exporter.
//! Invariant: a group that nobody knows is explained, and is no failure.

use std::borrow::Cow;
use std::io::Write;

use crate::render::json::Explanation;
use crate::render::{self, Explain, printable};

use super::args::{ExplainArgs, ExplainOutput};
use super::fail::Failure;
use super::remote::Remote;
use super::{local, output};

pub(super) fn explain(args: &ExplainArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    if let Some(url) = &args.source.url {
        let told = super::runtime()?.block_on(remote(url, args))?;
        return show(args, &told);
    }
    let polled = local::poll(&args.source.connection, args.polls)?;
    let sentences = render::explain(&Explain {
        report: &polled.report,
        group: &args.group,
        topic: args.topic.as_deref(),
        filters: Some(&polled.cluster),
        options: Some(&polled.options),
        last_error: polled.last_error.as_deref(),
    });
    let topic = args.topic.as_deref().map(Cow::Borrowed);
    show(args, &Explanation { group: Cow::Borrowed(&args.group), topic, sentences })
}

async fn remote(url: &str, args: &ExplainArgs) -> anyhow::Result<Explanation<'static>> {
    let exporter = Remote::find(url, &args.source.connection).await?;
    let group = ("group", args.group.as_str());
    match &args.topic {
        Some(topic) => exporter.get("explain", &[group, ("topic", topic)]).await,
        None => exporter.get("explain", &[group]).await,
    }
}

fn show(args: &ExplainArgs, told: &Explanation<'_>) -> Result<(), Failure> {
    output::print(|out| match args.output {
        // What was read over the network need not be what we would have said.
        ExplainOutput::Text => told.sentences.iter().try_for_each(|text| writeln!(out, "{}", printable(text))),
        ExplainOutput::Json => output::json(told, out),
    })
}
