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
