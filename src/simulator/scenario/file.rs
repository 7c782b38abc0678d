//! Reading the file of a scenario.
//!
//! Not its meaning. Nothing else in the simulator touches files.
//! Invariant: no file, however large, fills the memory.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Far more than any story; it keeps a wrong path from filling the memory.
const FILE_BYTES_MAX: u64 = 1 << 20;

pub(super) fn read(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    String::from_utf8(bytes).map_err(|_| io::Error::other("not UTF-8 text"))
}
