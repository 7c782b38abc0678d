//! What is left behind: nothing. It is NOT about what runs meanwhile.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

use crate::support::kafka::{Cluster, Spec, Version, free_block, turn};
use crate::support::wait::eventually;

/// Names a file; a test process that has it holds a cluster and writes its folder there.
const HOLDER: &str = "HIGHWATER_TEST_HOLDS_CLUSTER";

/// The command lines of all Java processes that belong to this folder.
fn processes_of(folder: &Path) -> Vec<String> {
    let mark = format!("-Dhighwater.cluster={}", folder.display());
    let entries = std::fs::read_dir("/proc").expect("a list of processes");
    let lines = entries.filter_map(|entry| std::fs::read_to_string(entry.ok()?.path().join("cmdline")).ok());
    lines.filter(|line| line.split('\0').any(|word| word == mark)).collect()
}

fn check_gone(folder: &Path) -> Result<(), String> {
    match processes_of(folder) {
        processes if !processes.is_empty() => Err(format!("still running: {processes:?}")),
        _ if folder.exists() => Err(format!("still there: {}", folder.display())),
        _ => Ok(()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_cluster_leaves_nothing() {
    let mut cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    let folder = cluster.folder().to_owned();
    cluster.kill(1);
    cluster.start_broker(1).await;
    cluster.pause(1);
    assert_eq!(processes_of(&folder).len(), 1);
    drop(cluster);
    check_gone(&folder).expect("everything is gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_test_process_leaves_nothing() {
    if let Some(file) = std::env::var_os(HOLDER) {
        return hold_cluster(Path::new(&file)).await;
    }
    let _turn = turn().await;
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let file = scratch.path().join("folder");
    let own_path = std::env::current_exe().expect("the path of this test binary");
    let mut holder = tokio::process::Command::new(own_path)
        .args(["--exact", "harness::cleanup::a_killed_test_process_leaves_nothing"])
        .env(HOLDER, &file)
        .kill_on_drop(true)
        .spawn()
        .expect("this test can run itself");
    let folder: PathBuf =
        eventually("the other process to have a cluster", || tokio::fs::read_to_string(&file)).await.into();
    assert_eq!(processes_of(&folder).len(), 1);
    holder.kill().await.expect("the other process can be killed");
    eventually("its cluster to be gone", || async { check_gone(&folder) }).await;
}

/// The other process: its broker is one that was started late. It ends by being killed.
async fn hold_cluster(file: &Path) {
    let mut cluster = Cluster::start(Spec::new(Version::Kafka4_3, 1)).await;
    cluster.kill(1);
    cluster.start_broker(1).await;
    let half = file.with_extension("half");
    std::fs::write(&half, cluster.folder().to_string_lossy().as_bytes()).expect("a note of the folder");
    std::fs::rename(&half, file).expect("a note under its name");
    std::future::pending::<()>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_left_to_its_owner() {
    for version in [Version::Kafka4_3, Version::Kafka2_8] {
        // Tests beside this one look for free ports too, and hold those they look at for a moment.
        let (taken, _owner) = std::iter::repeat_with(free_block)
            .take(20)
            .find_map(|base| Some((base, TcpListener::bind((Ipv4Addr::LOCALHOST, base + 1)).ok()?)))
            .expect("a port that is free and stays so");
        let elsewhere = std::iter::repeat_with(free_block).take(5);
        let cluster = Cluster::start_at(Spec::new(version, 1), std::iter::once(taken).chain(elsewhere)).await;
        assert_ne!(cluster.port(1), taken + 1);
        cluster.create_topic("work", 1, 1).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn properties_of_a_test_win() {
    let mut spec = Spec::new(Version::Kafka4_3, 1);
    spec.properties = [
        "listeners=PLAINTEXT://127.0.0.1:{client},CONTROLLER://127.0.0.1:{controller},EXTRA://127.0.0.1:{+20}",
        "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTRA:PLAINTEXT",
        "num.partitions=7",
    ]
    .map(str::to_owned)
    .into();
    let cluster = Cluster::start(spec).await;
    let extra = cluster.listener(1, 20);
    TcpListener::bind((Ipv4Addr::LOCALHOST, extra)).expect_err("the broker listens there");
    cluster.tool("TopicCommand", &["--create", "--topic", "by-default"]).await.expect("a topic");
    assert_eq!(cluster.placements("by-default").await.expect("the topic is there").len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
#[should_panic(expected = "group.coordinator.threads")]
async fn a_start_that_fails_says_why() {
    let mut spec = Spec::new(Version::Kafka4_3, 1);
    spec.properties.push("group.coordinator.threads=many".to_owned());
    Cluster::start(spec).await;
}
