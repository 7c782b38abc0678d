//! The exporter's own binary as operators run it, on a random port of the loopback. It is NOT the library:
//! what is tested through it went through the command line, Kafka's wire and HTTP.
//! Invariant: the process ends with the test.

use std::net::SocketAddr;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::kafka::Cluster;
use super::page::Page;
use super::wait::{PATIENCE, eventually};

/// The binary under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_highwater");

/// Keeps what a process writes, line by line, as long as it does.
fn kept(stream: impl AsyncRead + Unpin + Send + 'static, readers: &mut JoinSet<()>) -> Arc<Mutex<String>> {
    let text = Arc::new(Mutex::new(String::new()));
    let written = Arc::clone(&text);
    readers.spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let mut text = written.lock().unwrap_or_else(PoisonError::into_inner);
            text.push_str(&line);
            text.push('\n');
        }
    });
    text
}

/// A running exporter.
pub(crate) struct Exporter {
    child: Child,
    address: SocketAddr,
    log: Arc<Mutex<String>>,
    said: Arc<Mutex<String>>,
    client: reqwest::Client,
    _readers: JoinSet<()>,
}

impl Exporter {
    /// Starts it with these words; `--listen` is added.
    pub(crate) async fn start(words: &[&str]) -> Self {
        Self::start_as_written(&[words, &["--listen", "127.0.0.1:0"]].concat()).await
    }

    /// Starts it with exactly these words, or the file they name, saying where to listen.
    pub(crate) async fn start_as_written(words: &[&str]) -> Self {
        let mut child = Command::new(BINARY)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the binary starts");
        let mut readers = JoinSet::new();
        let log = kept(child.stderr.take().expect("standard error is piped"), &mut readers);
        let said = kept(child.stdout.take().expect("standard output is piped"), &mut readers);
        let address = eventually("the exporter to listen", || async {
            let log = log.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let line = log.lines().find(|line| line.contains("message=listening")).ok_or_else(|| log.clone())?;
            let word = line.split(' ').find_map(|word| word.strip_prefix("address=")).ok_or_else(|| log.clone())?;
            word.parse().map_err(|error| format!("{word}: {error}"))
        })
        .await;
        Self { child, address, log, said, client: reqwest::Client::new(), _readers: readers }
    }

    /// Starts it on a cluster, polling this often, and waits for the first poll.
    pub(crate) async fn watching(cluster: &Cluster, interval: &str) -> Self {
        let exporter = Self::start(&["--bootstrap", &cluster.bootstrap(), "--poll.interval", interval]).await;
        exporter.until("the first poll", |page| page.get("highwater_up", &[]) == Some(1.0)).await;
        exporter
    }

    /// Starts it with this configuration.
    pub(crate) async fn configured(yaml: &str) -> Self {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), yaml).expect("the configuration can be written");
        Self::start(&["--config", &file.path().to_string_lossy()]).await
    }

    /// Where it listens.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// `host:port` of it, as Prometheus wants its targets.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it wrote on standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What it wrote on standard output so far.
    pub(crate) fn said(&self) -> String {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The process id, for signals.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("the exporter lives")
    }

    /// Says that it runs, and that none of its tasks failed and was started again since its start.
    ///
    /// # Panics
    /// If that is not so, with what it logged.
    pub(crate) fn assert_unharmed(&mut self) {
        let ended = self.child.try_wait().expect("the exporter can be asked whether it ended");
        let log = self.log();
        assert!(ended.is_none(), "the exporter ended with {ended:?}:\n{log}");
        assert!(!log.contains("panicked") && !log.contains("a task failed"), "a task failed:\n{log}");
    }

    /// The status of an answer to GET.
    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.client.get(self.url(path)).send().await.expect("the exporter answers").status().as_u16()
    }

    /// Sends a signal by its name: `TERM`, `INT`, `HUP`.
    pub(crate) fn signal(&self, name: &str) {
        let status = std::process::Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "the exporter takes no signals");
    }

    /// Waits for its end and gives the exit code; none if a signal ended it.
    pub(crate) async fn ended(&mut self) -> Option<i32> {
        let ended =
            timeout(PATIENCE, self.child.wait()).await.unwrap_or_else(|_| panic!("it goes on:\n{}", self.log()));
        ended.expect("the exporter can be waited for").code()
    }

    /// Asks for a path and gives the status and the body of the answer.
    pub(crate) async fn ask(&self, method: Method, path: &str) -> (u16, String) {
        let answer = self.client.request(method, self.url(path)).send().await.expect("the exporter answers");
        let status = answer.status().as_u16();
        (status, answer.text().await.expect("the answer is text"))
    }

    /// One scrape as text.
    pub(crate) async fn text(&self) -> String {
        let (status, text) = self.ask(Method::GET, "/metrics").await;
        assert_eq!(status, 200, "{text}");
        text
    }

    /// One scrape; the page is checked for what must never be (see [`Page::parse`]).
    pub(crate) async fn scrape(&self) -> Page {
        Page::parse(&self.text().await)
    }

    /// Scrapes until the page is as wanted, and gives that page.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&Page) -> bool) -> Page {
        eventually(what, || async {
            let page = self.scrape().await;
            if wanted(&page) { Ok(page) } else { Err(format!("last page:\n{}", page.excerpt())) }
        })
        .await
    }

    /// The page after `count` more polls have ended.
    pub(crate) async fn after_polls(&self, count: u32) -> Page {
        let polls = |page: &Page| page.get("highwater_polls_total", &[]).unwrap_or(0.0);
        // The poll under way may have read some of its facts before now.
        let enough = polls(&self.scrape().await) + f64::from(count) + 1.0;
        self.until("more polls", |page| polls(page) >= enough).await
    }
}
