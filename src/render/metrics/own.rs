//! Our own counters, as the prometheus crate gathers them, in both formats.
//!
//! Not the crate's own encoder: that one knows only 0.0.4.
//! Invariant: it ends the page, and repeats no family of the body before it.

use std::io::{self, Write};

use prometheus::proto::{Metric, MetricFamily, MetricType};

use super::catalogue::FAMILIES;
use super::family::Origin;
use super::text::{Format, Label, Value, family_name, write_end, write_head};
use crate::model::RenderOptions;

/// Writes the families of our own registry that the options ask for, and what ends a page of this
/// format. The body made by [`super::metrics`] comes before it; the two together are one page.
pub fn own(families: &[MetricFamily], options: &RenderOptions, format: Format, out: &mut impl Write) -> io::Result<()> {
    for family in families.iter().filter(|family| !family.get_metric().is_empty()) {
        let listed = FAMILIES.iter().find(|listed| listed.name == family.name());
        if listed.is_some_and(|listed| listed.origin() == Origin::Report || !listed.is_on(options)) {
            continue;
        }
        let help = listed.map_or(family.help(), |listed| listed.help);
        write_family(family, help, format, out)?;
    }
    write_end(format, out)
}

fn write_family(family: &MetricFamily, help: &str, format: Format, out: &mut impl Write) -> io::Result<()> {
    let type_word = match family.get_field_type() {
        MetricType::COUNTER => "counter",
        MetricType::GAUGE => "gauge",
        MetricType::HISTOGRAM => "histogram",
        // The crate has no way to register one of the other types.
        MetricType::SUMMARY | MetricType::UNTYPED => return Ok(()),
    };
    let name = family.name();
    write_head(name, type_word, help, format, out)?;
    let mut series = Series { line: Vec::with_capacity(256), out };
    for metric in family.get_metric() {
        match family.get_field_type() {
            MetricType::COUNTER => {
                let suffix = if format == Format::OpenMetrics { "_total" } else { "" };
                let name = family_name(name, type_word, format);
                series.write(name, suffix, metric, None, Value::Float(metric.get_counter().get_value()))?;
            }
            MetricType::HISTOGRAM => write_histogram(name, metric, format, &mut series)?,
            _ => series.write(name, "", metric, None, Value::Float(metric.get_gauge().get_value()))?,
        }
    }
    Ok(())
}

fn write_histogram<W: Write>(
    name: &str,
    metric: &Metric,
    format: Format,
    series: &mut Series<'_, W>,
) -> io::Result<()> {
    let histogram = metric.get_histogram();
    let count = histogram.get_sample_count();
    for bucket in histogram.get_bucket().iter().filter(|bucket| bucket.upper_bound().is_finite()) {
        // OpenMetrics wants the bound as a float also where it is whole.
        let bound = match format {
            Format::Text => bucket.upper_bound().to_string(),
            Format::OpenMetrics => format!("{:?}", bucket.upper_bound()),
        };
        series.write(name, "_bucket", metric, Some(&bound), Value::Unsigned(bucket.cumulative_count()))?;
    }
    series.write(name, "_bucket", metric, Some("+Inf"), Value::Unsigned(count))?;
    series.write(name, "_sum", metric, None, Value::Float(histogram.get_sample_sum()))?;
    series.write(name, "_count", metric, None, Value::Unsigned(count))
}

struct Series<'a, W> {
    line: Vec<u8>,
    out: &'a mut W,
}

impl<W: Write> Series<'_, W> {
    fn write(
        &mut self,
        name: &str,
        suffix: &str,
        metric: &Metric,
        bound: Option<&str>,
        value: Value,
    ) -> io::Result<()> {
        self.line.clear();
        write!(self.line, "{name}{suffix}")?;
        let labels = metric.get_label().iter().map(|label| (label.name(), label.value()));
        let mut mark = b'{';
        for (name, value) in labels.chain(bound.map(|bound| ("le", bound))) {
            self.line.push(mark);
            mark = b',';
            write!(self.line, "{name}=\"")?;
            Label::Text(value).write(&mut self.line)?;
            self.line.push(b'"');
        }
        self.line.extend_from_slice(if mark == b'{' { b" " } else { b"} " });
        value.write(&mut self.line)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
    }
}
