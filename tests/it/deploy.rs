//! What is shipped for running it as a service: the systemd unit and the Kubernetes manifests.
//!
//! It is NOT a cluster or an init system: that the files say what they should is shown, by their own tools where there are.
//! Invariant: ports, users, names and labels are written in many files and are the same in all of them.

mod kubernetes;
mod systemd;

use serde_yaml::Value;

use crate::support::tree;

/// A file of the repository.
fn read(path: &str) -> String {
    std::fs::read_to_string(tree::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The elements of a list; none of anything else.
fn list(value: &Value) -> &[Value] {
    value.as_sequence().map(Vec::as_slice).unwrap_or_default()
}

/// The words after an instruction of the last stage of the Dockerfile.
fn last_in_dockerfile(instruction: &str) -> String {
    let dockerfile = read("Dockerfile");
    let line = dockerfile.lines().rev().find_map(|line| line.strip_prefix(instruction));
    line.unwrap_or_else(|| panic!("the Dockerfile has no {instruction}")).trim().to_owned()
}

/// The port that the exporter listens at unless it is told otherwise, as its own help says.
fn default_port() -> u16 {
    let help = std::process::Command::new(crate::support::exporter::BINARY).args(["run", "--help"]).output();
    let help = String::from_utf8(help.expect("the binary runs").stdout).expect("help is text");
    // It is wrapped where the terminal ends.
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let (_, rest) = help.split_once("[default: 0.0.0.0:").expect("the help names the default of --listen");
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    port.parse().expect("a port")
}
