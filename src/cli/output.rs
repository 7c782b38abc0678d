//! Standard output for data.
//!
//! Not for messages.
//! Invariant: written whole or failed; a reader that went away is no failure worth words.

use std::io::{self, BufWriter, Write};

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
