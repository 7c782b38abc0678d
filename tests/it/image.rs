//! The container image: what its builder runs, run here; and the image itself where a Docker engine answers.
//!
//! It is NOT the release: the optimiser is told to do nothing, because what is shown is that the commands work.
//! Invariant: the commands and the files come from `Dockerfile` and `.dockerignore`, not from a copy of them here.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::not_run::not_run;
use crate::support::tree;

/// The instructions, with continued lines joined and comments left out.
fn instructions(dockerfile: &str) -> Vec<String> {
    let lines: Vec<_> = dockerfile.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let joined = lines.join("\n").replace("\\\n", " ");
    joined.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()).collect()
}

/// The stages, each with the words after its `FROM`.
fn stages(dockerfile: &str) -> Vec<(String, Vec<String>)> {
    let mut stages: Vec<(String, Vec<String>)> = Vec::new();
    for line in instructions(dockerfile) {
        match (line.strip_prefix("FROM "), stages.last_mut()) {
            (Some(base), _) => stages.push((base.to_owned(), Vec::new())),
            (None, Some((_, stage))) => stage.push(line),
            (None, None) => panic!("{line} is in no stage"),
        }
    }
    stages
}

/// What follows an instruction, wherever it stands in the stage.
fn all<'s>(stage: &'s [String], instruction: &str) -> Vec<&'s str> {
    stage.iter().filter_map(|line| line.strip_prefix(instruction)?.strip_prefix(' ')).collect()
}

/// What the builder installs beside Rust; else what is missing here.
fn lacks_of_builder() -> Option<String> {
    let output = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok().filter(|output| output.status.success());
        output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    if output("musl-gcc", &["--version"]).is_none() {
        return Some("there is no musl-gcc: run scripts/setup.sh test".to_owned());
    }
    if output("perl", &["-MFindBin", "-MIPC::Cmd", "-e", "1"]).is_none() {
        return Some("there are no modules of Perl to configure OpenSSL with: run scripts/setup.sh test".to_owned());
    }
    let target = format!("{}-unknown-linux-musl", std::env::consts::ARCH);
    let library = output("rustc", &["--print", "target-libdir", "--target", &target]);
    let is_there = library.is_some_and(|library| Path::new(&library).is_dir());
    (!is_there).then(|| format!("Rust's library for {target} is missing: run rustup target add {target}"))
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
    if let Some(lack) = lacks_of_builder() {
        not_run("the commands of the image's builder", &lack);
        return;
    }
    let folder = context();
    let stages = stages(&read("Dockerfile"));
    let (_, builder) = &stages[0];
    // The first one installs what `lacks_of_builder` looked for.
    let commands = all(builder, "RUN");
    let [install, commands @ ..] = &commands[..] else { panic!("the builder runs nothing: {builder:?}") };
    assert!(install.starts_with("apt-get "), "{install}");
    assert!(!commands.is_empty(), "the builder builds nothing: {builder:?}");
    for command in commands {
        run(Command::new("sh")
            .args(["-c", command])
            .current_dir(&folder)
            .envs(all(builder, "ARG").iter().filter_map(|argument| argument.split_once('=')))
            // Kept between runs; it is of no use to anybody else, because nothing in it is optimised.
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("image-target"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"));
    }
    let program = folder.join("highwater");
    assert_is_this_version(&run(Command::new(&program).arg("--version")));
    assert!(!wants_a_loader(&std::fs::read(&program).expect("the program is readable")), "it is linked statically");
    // Names of functions, which are not stripped.
    let binary = std::fs::read(&program).expect("the program is readable");
    let has = |part: &[u8]| binary.windows(part.len()).any(|window| window == part);
    assert!(has(b"inflateInit2_\0"), "zlib is inside");
    assert!(has(b"SSL_CTX_new\0"), "OpenSSL is inside");
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
fn the_last_stage_holds_the_program_and_nothing_to_run_it_with() {
    let stages = stages(&read("Dockerfile"));
    let [(builder, _), (last, stage)] = &stages[..] else { panic!("two stages: {stages:?}") };
    assert_eq!(last, "scratch");
    // A library image: no host, no owner.
    let is_library = |base: &str| !base.contains('/') && base.ends_with("-bookworm AS builder");
    assert!(is_library(builder), "{builder}");
    assert!(all(stage, "RUN").is_empty() && all(stage, "ADD").is_empty() && all(stage, "HEALTHCHECK").is_empty());
    let [user] = all(stage, "USER")[..] else { panic!("one user") };
    let numbers: Vec<u32> = user.split(':').filter_map(|number| number.parse().ok()).collect();
    assert_eq!(numbers, [65532, 65532], "a user that is not root, by number");
    let [start] = all(stage, "ENTRYPOINT")[..] else { panic!("one program") };
    let copied = all(stage, "COPY");
    let is_copied = |file: &str| copied.iter().any(|copy| copy.starts_with("--from=builder ") && copy.ends_with(file));
    assert!(is_copied(" /usr/bin/highwater") && start == "[\"/usr/bin/highwater\"]", "{start}: {copied:?}");
    assert!(is_copied("/ca-certificates.crt") && is_copied("/LICENSE"), "{copied:?}");
    let labels = all(stage, "LABEL").join(" ");
    for label in ["title", "description", "licenses", "version", "revision"] {
        assert!(labels.contains(&format!("org.opencontainers.image.{label}=\"")), "{label}: {labels}");
    }
    assert!(labels.contains("licenses=\"Apache-2.0\""), "{labels}");
}

#[test]
fn the_image_is_built_with_openssl() {
    let stages = stages(&read("Dockerfile"));
    assert!(all(&stages[0].1, "ARG").contains(&"FEATURES=rdkafka-ssl"), "{stages:?}");
    let manifest: toml::Table = toml::from_str(&read("Cargo.toml")).expect("the manifest is TOML");
    let of_feature = manifest["features"]["rdkafka-ssl"].as_array().expect("the feature is a list");
    assert!(of_feature.contains(&"rdkafka/ssl-vendored".into()), "{of_feature:?}");
    let of_rdkafka = manifest["dependencies"]["rdkafka"]["features"].as_array().expect("rdkafka has features");
    assert!(of_rdkafka.contains(&"libz-static".into()), "{of_rdkafka:?}");
}

#[test]
fn the_builder_is_the_rust_that_is_wanted() {
    let stages = stages(&read("Dockerfile"));
    let wanted = format!("rust:{}-bookworm AS builder", env!("CARGO_PKG_RUST_VERSION"));
    assert_eq!(stages[0].0, wanted);
}

#[test]
fn instructions_are_read_as_docker_reads_them() {
    let dockerfile = "# x\nFROM a AS builder\nRUN one \\\n  # between\n  && two\n\nFROM scratch\nRUN three\n";
    let stages = stages(dockerfile);
    assert_eq!(stages[0], ("a AS builder".to_owned(), vec!["RUN one    && two".to_owned()]));
    assert_eq!(all(&stages[1].1, "RUN"), ["three"]);
    assert!(is_in_context("*\n!src\n", Path::new("src/lib.rs")));
    assert!(!is_in_context("*\n!src\n", Path::new("tests/it/main.rs")));
}
