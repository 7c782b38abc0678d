//! A page of metrics: the part about Kafka, made once, and the part about ourselves, made per scrape.
//!
//! Not the choice of what is on it, and no headers.
//! Invariant: packed or not, what a reader gets is the one text: the part about Kafka, then the other.

use std::io::{self, BufWriter, Write};

use bytes::Bytes;
use flate2::Compression;
use prometheus::proto::MetricFamily;

use super::cache::Coding;
use super::gzip::{MemberWriter, OpenMember};
use crate::model::{ClusterReport, RenderOptions};
use crate::render::{self, Format};

/// A series is a line of about a hundred bytes; the packer wants them by the thousand.
const BUFFER_BYTES: usize = 64 << 10;
/// Of 69 MB of series, level 2 makes 4.5 MB in about half the time in which level 6 makes 4.1 MB;
/// level 1 is a quarter faster than that and makes 6.3 MB.
const PAGE_LEVEL: Compression = Compression::new(2);
/// Our own counters are a few kilobytes.
const OWN_LEVEL: Compression = Compression::fast();

/// The part about Kafka, ready to be sent as often as it is asked for.
#[derive(Clone, Debug)]
pub struct Page {
    format: Format,
    options: RenderOptions,
    body: Body,
}

#[derive(Clone, Debug)]
enum Body {
    Plain(Bytes),
    Packed(OpenMember),
}

impl Page {
    /// Renders the reports, straight into the packer where the page is to be packed.
    pub(super) fn render(
        reports: &[&ClusterReport],
        options: &RenderOptions,
        format: Format,
        coding: Coding,
    ) -> io::Result<Self> {
        let body = match coding {
            Coding::Identity => {
                let mut text = Vec::new();
                render::metrics(reports, options, format, &mut text)?;
                text.shrink_to_fit();
                Body::Plain(Bytes::from(text))
            }
            Coding::Gzip => {
                let packer = MemberWriter::begin(PAGE_LEVEL);
                let mut buffer = BufWriter::with_capacity(BUFFER_BYTES, packer);
                render::metrics(reports, options, format, &mut buffer)?;
                buffer.flush()?;
                let packer = buffer.into_inner().map_err(io::IntoInnerError::into_error)?;
                Body::Packed(packer.suspend()?)
            }
        };
        Ok(Self { format, options: options.clone(), body })
    }

    /// The whole of it in two pieces: the shared one, and what ends the page with our own counters.
    pub fn with_own(&self, families: &[MetricFamily]) -> io::Result<[Bytes; 2]> {
        let mut own = Vec::new();
        render::own(families, &self.options, self.format, &mut own)?;
        match &self.body {
            Body::Plain(text) => Ok([text.clone(), Bytes::from(own)]),
            Body::Packed(member) => Ok([member.bytes(), member.complete(&own, OWN_LEVEL)?]),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::model::{
        BrokerId, EndOffset, Moment, Partition, PartitionId, Replicas, SnapshotBuilder, Timestamp, Topic, Unknown,
    };

    fn report_of_many_partitions() -> ClusterReport {
        let now = Moment::default();
        let partitions = (0..8_000).map(|number| Partition {
            id: PartitionId(number),
            leader: Some(BrokerId(number % 3)),
            leader_epoch: None,
            replicas: Replicas { preferred_leader: Some(BrokerId(0)), assigned_count: 3, in_sync_count: 3 },
            last_stable: Err(Unknown::NotAsked),
            high_watermark: Ok(EndOffset { offset: i64::from(number) * 7919, answered: now }),
            low_watermark: Ok(0),
        });
        let partitions = partitions.collect();
        let mut builder = SnapshotBuilder::new("test".into(), now);
        builder.found_topic(Topic { name: "orders".into(), id: None, is_listed: true, partitions, config: None });
        ClusterReport::of_groups(Arc::new(builder.build(now, Timestamp::default())), Vec::new())
    }

    #[test]
    fn a_packed_page_is_made_without_ever_holding_its_text() {
        let report = report_of_many_partitions();
        let page = |coding| Page::render(&[&report], &RenderOptions::default(), Format::Text, coding);
        let text = page(Coding::Identity).and_then(|page| page.with_own(&[])).expect("memory does not fail").concat();
        let held = allocation_counter::measure(|| drop(page(Coding::Gzip).expect("memory does not fail"))).bytes_max;
        assert!(held < text.len() as u64 / 5, "{held} bytes for a page of {}", text.len());
    }
}
