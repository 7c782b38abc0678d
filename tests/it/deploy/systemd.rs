//! The systemd unit, judged by `systemd-analyze`, which needs no running systemd.
//!
//! It is NOT run: the sandbox it asks for is systemd's.
//! Invariant: the command of the unit is one that the binary takes.

use std::path::Path;
use std::process::{Command, Output};

use super::read;
use crate::support::exporter::BINARY;
use crate::support::not_run::not_run;

const UNIT: &str = "deploy/systemd/highwater.service";
/// Where the unit expects the binary and its configuration.
const INSTALLED: [&str; 2] = ["/usr/local/bin/highwater", "/etc/highwater/highwater.yml"];
/// The exposure that `systemd-analyze security` may find, in tenths of ten: it opens sockets, which alone is 0.9.
const EXPOSURE_MAX: u32 = 15;

/// The unit with the binary under test and a configuration that exists, in a folder.
fn prepared(folder: &Path, change: impl Fn(String) -> String) -> String {
    let config = folder.join("highwater.yml");
    std::fs::write(&config, "clusters: [{name: a, properties: {bootstrap.servers: 'localhost:9092'}}]\n")
        .expect("a writable folder");
    let unit = change(read(UNIT)).replace(INSTALLED[0], BINARY).replace(INSTALLED[1], &config.to_string_lossy());
    let path = folder.join("highwater.service");
    std::fs::write(&path, unit).expect("a writable folder");
    path.to_string_lossy().into_owned()
}

/// What `systemd-analyze` says; nothing, and a line in the list, where it is not there.
fn analyze(arguments: &[&str]) -> Option<Output> {
    match Command::new("systemd-analyze").args(arguments).output() {
        Ok(output) => Some(output),
        Err(error) => {
            not_run(&format!("systemd-analyze {} on the unit", arguments[0]), &error.to_string());
            None
        }
    }
}

fn words(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|words| String::from_utf8_lossy(words).into_owned()).concat()
}

/// The values of a setting, in order.
fn settings<'u>(unit: &'u str, name: &str) -> Vec<&'u str> {
    unit.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix('=')).collect()
}

#[test]
fn systemd_agrees_with_the_unit() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let unit = prepared(folder.path(), |unit| unit);
    let Some(output) = analyze(&["verify", "--man=no", &unit]) else { return };
    // Words without an error are settings that it does not know.
    assert!(output.status.success() && words(&output).trim().is_empty(), "{}", words(&output));
    let broken = prepared(folder.path(), |unit| unit.replace("NoNewPrivileges=yes", "NoNewPrivilege=yes"));
    let output = analyze(&["verify", "--man=no", &broken]).expect("it was there just now");
    assert!(words(&output).contains("NoNewPrivilege"), "a setting that does not exist is found: {}", words(&output));
}

#[test]
fn the_unit_is_exposed_as_little_as_a_network_service_can_be() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let threshold = format!("--threshold={EXPOSURE_MAX}");
    let unit = prepared(folder.path(), |unit| unit);
    let Some(output) = analyze(&["security", "--offline=true", "--no-pager", &threshold, &unit]) else { return };
    assert!(output.status.success(), "{}", words(&output));
    let open = prepared(folder.path(), |unit| unit.replace("SystemCallFilter=", "#"));
    let output = analyze(&["security", "--offline=true", "--no-pager", &threshold, &open]);
    assert!(!output.expect("it was there just now").status.success(), "a unit without a filter of calls is found");
}

/// A configuration with mistakes ends the service's own command with the code after which it is not tried again.
#[test]
fn the_command_of_the_unit_is_taken_and_a_bad_configuration_is_not_tried_again() {
    let unit = read(UNIT);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let config = folder.path().join("highwater.yml");
    std::fs::write(&config, "clusters: [{nome: a}]\n").expect("a writable folder");
    let [start] = settings(&unit, "ExecStart")[..] else { panic!("one start") };
    let mut command = start.split(' ');
    assert_eq!(command.next(), Some(INSTALLED[0]));
    let arguments: Vec<_> = command.map(|word| word.replace(INSTALLED[1], &config.to_string_lossy())).collect();
    let output = Command::new(BINARY).args(arguments).output().expect("the binary runs");
    assert!(words(&output).contains("nome"), "the file is read: {}", words(&output));
    let code = output.status.code().expect("it ends by itself").to_string();
    assert_eq!(settings(&unit, "RestartPreventExitStatus"), [code.as_str()]);
    assert_eq!(settings(&unit, "ExecReload"), ["/bin/kill -HUP $MAINPID"]);
}

#[test]
fn the_unit_holds_what_makes_it_safe() {
    let unit = read(UNIT);
    for (name, value) in [
        ("DynamicUser", "yes"),
        ("ProtectSystem", "strict"),
        ("NoNewPrivileges", "yes"),
        ("CapabilityBoundingSet", ""),
        ("MemoryDenyWriteExecute", "yes"),
        ("RestrictAddressFamilies", "AF_INET AF_INET6 AF_UNIX"),
        ("LoadCredential", "secret:highwater.secret"),
    ] {
        assert_eq!(settings(&unit, name), [value], "{name}");
    }
    assert_eq!(settings(&unit, "SystemCallFilter").first(), Some(&"@system-service"));
    assert_eq!(settings(&unit, "User"), [""; 0], "DynamicUser makes one");
}
