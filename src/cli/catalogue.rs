//! `highwater metrics`: the catalogue of metric families.
//!
//! Not their values.
//! Invariant: what it prints is the list that the exposition is made by.

use crate::render::{self, CatalogueOutput};

use super::args::{MetricsArgs, MetricsOutput};
use super::fail::Failure;
use super::output;

pub(super) fn catalogue(args: &MetricsArgs) -> Result<(), Failure> {
    let form = match args.output {
        MetricsOutput::Table => CatalogueOutput::Table,
        MetricsOutput::Markdown => CatalogueOutput::Markdown,
        MetricsOutput::Json => CatalogueOutput::Json,
    };
    output::print(|out| render::catalogue(form, out))
}
