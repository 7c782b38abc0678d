//! Writes series as lines.
//!
//! It does not choose them: it writes what it is handed, in that order.
//! Invariant: what is written of labels stays in one buffer, so a series allocates nothing and a name
//! that many series share is escaped once.

use std::io::{self, Write};

use super::family::Family;
use super::series::Sink;
use super::text::{Format, Label, Value, write_head};

/// The lines of one family.
pub(super) struct Lines<'a, W> {
    family: &'a Family,
    out: &'a mut W,
    /// The line so far: name and labels.
    line: Vec<u8>,
    /// Where each label begins in it.
    starts: Vec<usize>,
}

impl<'a, W: Write> Lines<'a, W> {
    /// Opens a family with its `HELP` and `TYPE`.
    pub(super) fn begin(family: &'a Family, format: Format, out: &'a mut W) -> io::Result<Self> {
        write_head(family.name, family.kind.word(), family.help, format, out)?;
        let mut line = Vec::with_capacity(256);
        line.extend_from_slice(family.name.as_bytes());
        line.push(b'{');
        Ok(Self { family, out, line, starts: Vec::with_capacity(8) })
    }
}

impl<W: Write> Sink for Lines<'_, W> {
    fn label(&mut self, depth: usize, value: Label<'_>) -> io::Result<()> {
        let start = self.starts.get(depth).copied().unwrap_or(self.line.len());
        self.line.truncate(start);
        self.starts.truncate(depth);
        self.starts.push(start);
        let name = match depth.checked_sub(1) {
            None => "cluster_name",
            Some(place) => {
                self.line.push(b',');
                self.family.labels.get(place).copied().unwrap_or_default()
            }
        };
        self.line.extend_from_slice(name.as_bytes());
        self.line.extend_from_slice(b"=\"");
        value.write(&mut self.line)?;
        self.line.push(b'"');
        Ok(())
    }

    fn sample(&mut self, value: Value) -> io::Result<()> {
        let labels_end = self.line.len();
        self.line.extend_from_slice(b"} ");
        value.write(&mut self.line)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)?;
        self.line.truncate(labels_end);
        Ok(())
    }
}
