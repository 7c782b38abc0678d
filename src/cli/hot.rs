//! `highwater hot`: the keys that make a partition hot.
//!
//! Not whether it is hot, which the exporter finds without reading a record.
//! Invariant: records are read where READ is granted, on demand, and none is stored.

use crate::app;
use crate::model::{PartitionId, SampleSettings, TopicName};
use crate::render::{hot_keys_table, json};

use super::args::{HotArgs, HotOutput};
use super::fail::Failure;
use super::progress::Progress;
use super::{local, output};

pub(super) fn hot(args: &HotArgs) -> Result<(), Failure> {
    args.log.set_up()?;
    let cluster = local::cluster(&args.connection)?;
    let settings = SampleSettings {
        topic: TopicName::from(args.topic.as_str()),
        partition: args.partition.map(PartitionId),
        since: args.since,
        records_max: args.records,
        bytes_max: args.bytes,
        time_max: args.time,
    };
    let mut progress = Progress::on_a_terminal();
    let topic = &args.topic;
    let found = app::hot_keys(&cluster, &settings, usize::from(args.keys), |partition, read, of| {
        progress.show(read, of, || format!("{topic} {partition}"));
    });
    progress.clear();
    let (sample, shares) = found?;
    let found = json::hot_keys(&sample, &shares);
    output::print(|out| match args.output {
        HotOutput::Table => hot_keys_table(&found, out),
        HotOutput::Json => output::json(&found, out),
    })
}
