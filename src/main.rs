//! The binary: nothing but a door to the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    highwater::cli::main()
}
