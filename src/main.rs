//! The binary: nothing but a door to the library.

use std::process::ExitCode;

/// A poll makes and drops a great many small things at once, which this allocator is made for. The library leaves the
/// choice to the binary.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    highwater::cli::main()
}
