//! The container image: what its builder runs, run here; and the image itself where a Docker engine answers.
//!
//! It is NOT the release: the optimiser is told to do nothing, because what is shown is that the commands work.
//! Invariant: the commands and the files come from `Dockerfile` and `.dockerignore`, not from a copy of them here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::not_run::not_run;
use crate::support::tree;

/// The instructions of the stage called `builder`, with continued lines joined and comments left out.
fn builder_instructions(dockerfile: &str) -> Vec<String> {
    let lines: Vec<_> = dockerfile.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    let instructions = joined.lines().skip_while(|line| !line.ends_with(" AS builder"));
    let stage = instructions.enumerate().take_while(|(index, line)| *index == 0 || !line.starts_with("FROM "));
    stage.map(|(_, line)| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// Whether the file is part of the build's context: everything is left out but the lines with `!`.
fn is_in_context(dockerignore: &str, file: &Path) -> bool {
    dockerignore.lines().filter_map(|line| line.strip_prefix('!')).any(|kept| file.starts_with(kept))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(tree::root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// A clean copy of what Docker would be sent.
fn context() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("image");
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("the last context can be removed");
    }
    let dockerignore = read(".dockerignore");
    for file in tree::files().iter().filter(|file| is_in_context(&dockerignore, file)) {
        let to = folder.join(file);
        std::fs::create_dir_all(to.parent().expect("a file lies in a folder")).expect("a writable target folder");
        std::fs::copy(tree::root().join(file), to).expect("a tracked file can be copied");
    }
    folder
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} ended with {}\n{words}", output.status);
    output
}

fn assert_is_this_version(output: &Output) {
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(told.trim(), concat!("highwater ", env!("CARGO_PKG_VERSION")));
}

/// Whether the program asks for a dynamic loader, which an image made from `scratch` does not have.
fn wants_a_loader(program: &[u8]) -> bool {
    const PT_INTERP: u32 = 3;
    let number =
        |at: usize, size: usize| program[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    assert_eq!(&program[..6], b"\x7fELF\x02\x01", "a 64-bit little-endian program");
    let (start, size, count) = (number(0x20, 8), number(0x36, 2), number(0x38, 2));
    (0..count).any(|index| number(start + index * size, 4) == PT_INTERP as usize)
}

#[test]
fn the_builders_commands_make_a_binary_that_needs_nothing() {
    let folder = context();
    let instructions = builder_instructions(&read("Dockerfile"));
    let commands: Vec<_> = instructions.iter().filter_map(|line| line.strip_prefix("RUN ")).collect();
    assert!(!commands.is_empty(), "the builder runs nothing: {instructions:?}");
    for command in commands {
        run(Command::new("sh")
            .args(["-c", command])
            .current_dir(&folder)
            // Kept between runs; it is of no use to anybody else, because nothing in it is optimised.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("image-target"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"));
    }
    let program = folder.join("highwater");
    assert_is_this_version(&run(Command::new(&program).arg("--version")));
    assert!(!wants_a_loader(&std::fs::read(&program).expect("the program is readable")), "it is linked statically");
    let own = std::env::current_exe().and_then(std::fs::read).expect("this test can be read");
    assert!(wants_a_loader(&own), "this test itself is linked dynamically, and that is seen");
}

#[test]
fn the_image_is_unprivileged_and_runs() {
    let answers = Command::new("docker").arg("info").output();
    let reason = match answers {
        Ok(output) if output.status.success() => None,
        Ok(output) => Some(String::from_utf8_lossy(&output.stderr).into_owned()),
        Err(error) => Some(format!("docker cannot be run: {error}")),
    };
    if let Some(reason) = reason {
        not_run("the build of the container image", &reason);
        return;
    }
    let tag = format!("highwater-test:{}", std::process::id());
    run(Command::new("docker").args(["build", "--tag", &tag, "."]).current_dir(tree::root()));
    let version = Command::new("docker").args(["run", "--rm", &tag, "--version"]).output().expect("docker runs");
    let user = run(Command::new("docker").args(["image", "inspect", "--format", "{{.Config.User}}", &tag]));
    run(Command::new("docker").args(["image", "rm", &tag]));
    assert_is_this_version(&version);
    assert_eq!(String::from_utf8_lossy(&user.stdout).trim(), "65532:65532");
}

#[test]
fn instructions_are_read_as_docker_reads_them() {
    let dockerfile = "# x\nFROM a AS builder\nRUN one \\\n  # between\n  && two\n\nFROM scratch\nRUN three\n";
    assert_eq!(builder_instructions(dockerfile), ["FROM a AS builder", "RUN one    && two"]);
    assert!(is_in_context("*\n!src\n", Path::new("src/lib.rs")));
    assert!(!is_in_context("*\n!src\n", Path::new("tests/it/main.rs")));
}
