//! Standard output for data.
//!
//! Not for messages.
//! Invariant: written whole or failed; a reader that went away is no failure worth words.

use std::io::{self, BufWriter, Write};

use serde::Serialize;

use super::fail::Failure;

/// Gives `write` the buffered standard output.
pub(super) fn print(
    write: impl FnOnce(&mut BufWriter<io::StdoutLock<'static>>) -> io::Result<()>,
) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// Writes JSON for people to read too.
pub(super) fn json(thing: &impl Serialize, out: &mut impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, thing)?;
    writeln!(out)
}
