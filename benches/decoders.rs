//! Everything that reads bytes of brokers by hand, against spoiled bytes, for as long as is asked for:
//! `cargo bench --bench decoders -- seconds=600 seed=1`.
//!
//! Not a measurement. A test does the same for a moment, beginning with records of real brokers (`tests/it/real/follow`).
//! Invariant: it begins with records that simulated groups wrote and with empty answers, and a panic ends it with the input.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use highwater::simulator::{ClusterSettings, World, scenario};
use kafka_protocol::messages::{DescribeGroupsResponse, FetchResponse, ListOffsetsResponse, OffsetFetchResponse};
use kafka_protocol::protocol::Encodable;

#[path = "../tests/it/support/spoiled.rs"]
mod spoiled;

use spoiled::{Input, Spoiler};

const START: i64 = 1_700_000_000_000;
/// When the records are taken, in milliseconds.
const AFTER: [i64; 3] = [60_000, 600_000, 1_800_000];
/// Of each partition, each time.
const RECORDS_MAX: usize = 40;

fn records() -> anyhow::Result<Vec<Input>> {
    let mut world = World::new(&ClusterSettings::default(), &scenario::all(), START)?;
    let mut inputs = Vec::new();
    for after in AFTER {
        world.advance(START + after);
        let topic = world.topic("__consumer_offsets").context("it is always there")?;
        for partition in &topic.partitions {
            let records = world.kept_records(partition, 0).into_iter().flatten().take(RECORDS_MAX);
            inputs.extend(records.map(|(_, record)| Input {
                version: 0,
                key: record.key.to_vec(),
                value: record.value.clone().unwrap_or_default().to_vec(),
            }));
        }
    }
    Ok(inputs)
}

fn answers() -> anyhow::Result<Vec<Input>> {
    fn encoded(message: &impl Encodable, version: i16) -> anyhow::Result<Input> {
        let mut value = Vec::new();
        message.encode(&mut value, version)?;
        Ok(Input { version, key: Vec::new(), value })
    }
    let mut inputs = Vec::new();
    for version in 4..=9 {
        inputs.push(encoded(&FetchResponse::default(), version)?);
        inputs.push(encoded(&ListOffsetsResponse::default(), version)?);
    }
    for version in 2..=9 {
        inputs.push(encoded(&OffsetFetchResponse::default(), version)?);
    }
    for version in 0..=5 {
        inputs.push(encoded(&DescribeGroupsResponse::default(), version)?);
    }
    Ok(inputs)
}

#[expect(clippy::disallowed_methods, reason = "it lasts for as long as it is told, and measures nothing")]
fn now() -> Instant {
    Instant::now()
}

fn main() -> anyhow::Result<()> {
    let (mut seconds, mut seed) = (20, 1);
    for word in std::env::args().skip(1).filter(|word| word != "--bench") {
        match word.split_once('=') {
            Some(("seconds", number)) => seconds = number.parse().context("seconds is a number")?,
            Some(("seed", number)) => seed = number.parse().context("seed is a number")?,
            _ => bail!("`{word}` is none of: seconds=N, seed=N"),
        }
    }
    let mut beginnings = records()?;
    beginnings.extend(answers()?);
    let begun_with = beginnings.len();
    let mut spoiler = Spoiler::new(seed, beginnings);
    let (began, mut count) = (now(), 0_u64);
    while !count.is_multiple_of(1024) || began.elapsed() < Duration::from_secs(seconds) {
        if let Err(input) = spoiler.step() {
            bail!("a decoder panics at step {count} of seed {seed}: {input:?}");
        }
        count += 1;
    }
    let ways = spoiler.ways();
    writeln!(
        io::stdout().lock(),
        "seed {seed}: {count} inputs in {seconds} s from {begun_with} records and answers, read in {ways} ways; nothing panicked"
    )?;
    Ok(())
}
