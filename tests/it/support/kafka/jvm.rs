//! Command lines that run Kafka's classes. It is NOT what waits for them or stops them.
//! Invariant: a process writes its number into the folder of the guard before it becomes Java.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::dist::Dist;

/// Which class data archive fits, and how much to log where.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Logs warnings, and what becomes of groups, to `NAME/server.log` under the cluster's folder.
    Server,
    /// Logs errors to its standard error.
    Tool,
}

/// The shell writes its own number and is then replaced by Java, so there is no moment at which a Java process runs
/// and its number is not on file.
const REGISTERED: &str = r#"echo $$ >"$1" && shift && exec "$@""#;

/// The coordinator of groups, which says of each rebalance that it was done (see `coordinator_log`).
const GROUPS: &str = "org.apache.kafka.coordinator.group.GroupMetadataManager";

/// Java with Kafka's classes, ready for a class name and its arguments. `name` is unique in the cluster.
pub(crate) fn java(dist: &Dist, home: &Path, name: &str, role: Role) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", REGISTERED, "sh"]).arg(home.join("pids").join(name)).arg("java");
    // A log of the JVM itself would end up in the output of a tool, which is parsed.
    command.args(["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xlog:disable"]);
    // Java 17 takes the encoding of arguments from the locale and that of its output from these.
    command.env("LC_ALL", "C.UTF-8");
    command.args(["-Dfile.encoding=UTF-8", "-Dsun.stdout.encoding=UTF-8", "-Dstdout.encoding=UTF-8"]);
    let archive = match role {
        Role::Server => "broker",
        Role::Tool => "tool",
    };
    if let Some(archive) = dist.archive(archive) {
        command.arg("-Xshare:auto").arg(format!("-XX:SharedArchiveFile={}", archive.display()));
    }
    let logger = "-Dorg.slf4j.simpleLogger";
    match role {
        Role::Tool => command.arg(format!("{logger}.defaultLogLevel=error")),
        Role::Server => command
            .arg(format!("{logger}.defaultLogLevel=warn"))
            .arg(format!("{logger}.log.{GROUPS}=info"))
            .arg(format!("{logger}.showDateTime=true"))
            .arg(format!("{logger}.dateTimeFormat=HH:mm:ss.SSS"))
            .arg(format!("{logger}.logFile={}", home.join(name).join("server.log").display())),
    };
    // By this word the guard knows its own among all processes.
    command.arg(format!("-Dhighwater.cluster={}", home.display()));
    command.arg("-cp").arg(dist.class_path());
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // Ctrl-C reaches the test only; the guard then ends everything in one way.
    command.process_group(0);
    command
}
