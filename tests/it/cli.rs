//! The command line as people and scripts meet it: exit codes, what is said, and where. It is NOT about what the
//! commands compute.
//! Invariant: every file of `testdata/cli` that begins with `$ highwater` is what a shell session with these words
//! shows.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::command::{highwater, highwater_in};
use crate::support::config_file::NOBODY;
use crate::support::exporter::{BINARY, Exporter};
use crate::support::peer::{Manner, Peer};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/testdata/cli")
}

/// The sessions by file.
fn sessions() -> Vec<(PathBuf, String)> {
    let entries = fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("the folder can be listed").path());
    let texts = paths.map(|path| (fs::read_to_string(&path).expect("the file is text"), path));
    texts.filter(|(text, _)| text.starts_with("$ highwater")).map(|(text, path)| (path, text)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_go_as_written() {
    let sessions = sessions();
    assert!(sessions.len() >= 12, "where are the sessions? {sessions:?}");
    let mut wrong = Vec::new();
    for (path, expected) in sessions {
        let (first, _) = expected.split_once('\n').unwrap_or_default();
        let words: Vec<&str> = first.split(' ').skip(2).collect();
        let shown = format!("{first}\n{}", highwater_in(&folder(), &words).await);
        if shown != expected {
            wrong.push(format!("{} is not what happens now:\n{shown}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The catalogue is the same in all its forms.
#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_has_three_forms() {
    let output = async |form: &str| {
        let ended = highwater(&["metrics", "--output", form]).await;
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{ended}");
        ended.stdout
    };
    let json: Vec<Value> = serde_json::from_str(&output("json").await).expect("JSON");
    let families: Vec<&str> = json.iter().filter_map(|family| family["name"].as_str()).collect();
    assert_eq!(families.iter().collect::<BTreeSet<_>>().len(), json.len(), "each once, and with a name");
    for (family, name) in json.iter().zip(&families) {
        assert!(["gauge", "counter"].contains(&family["kind"].as_str().unwrap_or_default()), "{family}");
        assert!(family["help"].as_str().is_some_and(|help| help.ends_with('.')), "{name}");
    }
    let table = output("table").await;
    let rows: Vec<&str> = table.lines().skip(1).filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(rows, families);
    let markdown = output("markdown").await;
    let rows: Vec<&str> = markdown.lines().skip(2).filter_map(|line| line.split('`').nth(1)).collect();
    assert_eq!(rows, families);
    assert!(markdown.lines().all(|line| line.starts_with("| ") || line == "|---|---|---|---|"), "{markdown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn healthcheck_tells_life_from_death() {
    let exporter = Exporter::start(&["--bootstrap", NOBODY]).await;
    for path in ["", "/", "/-/healthy", "/metrics"] {
        let ended = highwater(&["healthcheck", &exporter.url(path)]).await;
        assert_eq!((ended.code, ended.stdout.as_str(), ended.stderr.as_str()), (Some(0), "", ""), "{path}: {ended}");
    }
    let missing = highwater(&["healthcheck", &exporter.url("/nothing")]).await;
    assert_eq!(missing.code, Some(1), "{missing}");
    assert!(missing.stderr.contains("answers 404"), "{missing}");
    let url = exporter.url("");
    drop(exporter);
    let dead = highwater(&["healthcheck", &url]).await;
    assert_eq!(dead.code, Some(1), "{dead}");
    assert!(dead.stderr.contains("/-/healthy does not answer"), "{dead}");
}

/// What answers instead of an exporter does not get to the terminal as it is.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_write_on_the_terminal() {
    let peer = Peer::listen(Manner::Http).await;
    let ended = highwater(&["lag", "--url", &format!("http://{}", peer.address())]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    assert!(ended.stderr.ends_with("answers 400 Bad Request: \\u{1b}[31mRefused\n"), "{ended}");
}

/// A disk that is full is a failure; a reader that saw enough is none.
#[test]
fn output_that_cannot_be_written_is_told() {
    let full = fs::File::options().write(true).open("/dev/full").expect("the device that is always full");
    let ended = Command::new(BINARY).arg("metrics").stdout(full).output().expect("the binary starts");
    assert_eq!(ended.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ended.stderr).starts_with("error: cannot write the output\n"), "{ended:?}");

    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let ended = Command::new(BINARY).arg("metrics").stdin(Stdio::null()).stdout(writer).output();
    let ended = ended.expect("the binary starts");
    assert_eq!((ended.status.code(), ended.stderr.as_slice()), (Some(0), &b""[..]), "{ended:?}");
}
