//! `highwater lag`: the lag of all groups in one go, from Kafka itself or from a running exporter.
//!
//! Not a consumer: it reads what everybody committed and commits nothing.
//! Invariant: both sources give the same output for the same facts.

use crate::render::json::{Group, GroupFilter, LIMIT_MAX, List, groups};
use crate::render::lag_table;

use super::args::{LagArgs, LagOutput};
use super::fail::Failure;
use super::remote::Remote;
use super::{local, output};

pub(super) fn lag(args: &LagArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    if let Some(url) = &args.source.url {
        let found = super::runtime()?.block_on(remote_groups(url, args))?;
        return show(args, found);
    }
    let polled = local::poll(&args.source.connection, args.polls)?;
    local::warn_of_problems(&polled);
    let filter = GroupFilter { group: args.group.as_deref(), topic: args.topic.as_deref(), ..GroupFilter::default() };
    show(args, groups(&polled.report, filter).collect())
}

/// Reads all pieces of an exporter's list of groups.
async fn remote_groups(url: &str, args: &LagArgs) -> anyhow::Result<Vec<Group<'static>>> {
    let exporter = Remote::find(url, &args.source.connection).await?;
    let limit = LIMIT_MAX.to_string();
    let mut found = Vec::new();
    let mut next: Option<String> = None;
    loop {
        let limit = ("limit", limit.as_str());
        let list: List<Group<'static>> = match &next {
            Some(after) => exporter.get("groups", &[limit, ("next", after)]).await?,
            None => exporter.get("groups", &[limit]).await?,
        };
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

fn show(args: &LagArgs, found: Vec<Group<'_>>) -> Result<(), Failure> {
    if let Some(group) = args.group.as_ref().filter(|_| found.is_empty()) {
        return Err(Failure::Runtime(anyhow::anyhow!("there is no group `{group}` that passes the filters")));
    }
    output::print(|out| match args.output {
        LagOutput::Table => lag_table(&found, out),
        LagOutput::Json => {
            let total = found.len();
            output::json(&List { items: found, next: None, total }, out)
        }
    })
}
