//! A server on a free port with clusters whose reports the test publishes.
//!
//! Not a simulation of Kafka.
//! Invariant: a wait that never ends fails the test by name instead of hanging it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use highwater::http::{HttpState, Limits, ReloadRequest, serve};
use highwater::model::{
    Broker, BrokerId, Clock, ClusterName, ClusterReport, GroupId, GroupKind, GroupReport, GroupState, Moment,
    RenderOptions, Severity, SnapshotBuilder, Status, StatusCounts, Timestamp,
};
use highwater::publish::{Board, BoardSettings, Publisher, channel};
use highwater::telemetry::SelfMetrics;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

/// Far more than anything here needs; only a defect lasts longer.
const NEVER: Duration = Duration::from_mins(1);

/// Time as the test sets it.
#[derive(Default)]
pub(crate) struct TestClock(AtomicU64);

impl TestClock {
    pub(crate) fn set(&self, seconds: u64) {
        self.0.store(seconds, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn moment(&self) -> Moment {
        at(self.0.load(Ordering::SeqCst))
    }

    fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix(Duration::from_secs(1_700_000_000 + self.0.load(Ordering::SeqCst)))
    }
}

pub(crate) fn at(seconds: u64) -> Moment {
    Moment::from_origin(Duration::from_secs(seconds))
}

/// A running server and the other ends of all it talks to.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) board: Arc<Board>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) reloads: mpsc::Receiver<ReloadRequest>,
    pub(crate) stop: watch::Sender<bool>,
    pub(crate) client: reqwest::Client,
    publishers: BTreeMap<String, Publisher>,
    running: JoinSet<()>,
}

pub(crate) fn settings() -> BoardSettings {
    BoardSettings { stale_after: Duration::from_mins(1), options: RenderOptions::default() }
}

impl Server {
    pub(crate) async fn start(clusters: &[&str]) -> Self {
        Self::start_with(clusters, Limits::default()).await
    }

    pub(crate) async fn start_with(clusters: &[&str], limits: Limits) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port on loopback");
        let address = listener.local_addr().expect("a bound socket has an address");
        let self_metrics = SelfMetrics::new().expect("the families are well formed");
        let (mut publishers, mut latest) = (BTreeMap::new(), Vec::new());
        for name in clusters {
            self_metrics.cluster(&ClusterName::from(*name)).expect("the families are well formed");
            let (publisher, reader) = channel(ClusterName::from(*name));
            publishers.insert((*name).to_owned(), publisher);
            latest.push(reader);
        }
        let board = Arc::new(Board::new(settings(), latest));
        let clock = Arc::new(TestClock::default());
        let (reload, reloads) = mpsc::channel(1);
        let (stop, stopped) = watch::channel(false);
        let state = HttpState::new(Arc::clone(&board), self_metrics, Arc::<TestClock>::clone(&clock), reload, limits);
        let mut running = JoinSet::new();
        running.spawn(serve(listener, Arc::new(state), stopped));
        let client = reqwest::Client::builder().no_proxy().build().expect("a client without TLS");
        Self { address, board, clock, reloads, stop, client, publishers, running }
    }

    pub(crate) fn publish(&self, cluster: &str, report: ClusterReport) {
        self.publishers[cluster].publish(Arc::new(report));
    }

    pub(crate) fn fail(&self, cluster: &str, sentence: &str) {
        self.publishers[cluster].failed(sentence.to_owned());
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.get_with(path, &[]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> reqwest::Response {
        let mut request = self.client.get(self.url(path));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        in_time("an answer", request.send()).await.expect("the server answers")
    }

    pub(crate) async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.expect("the answer is text")
    }

    pub(crate) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the server listens")
    }

    /// Waits until the server has ended by itself.
    pub(crate) async fn ended(&mut self) {
        in_time("the end of the server", self.running.join_next()).await.expect("it runs").expect("no panic");
    }
}

/// Waits for what has to come.
pub(crate) async fn in_time<T>(what: &str, coming: impl Future<Output = T>) -> T {
    tokio::time::timeout(NEVER, coming).await.unwrap_or_else(|error| panic!("{what} did not come: {error}"))
}

/// The status, the content type and the `error` of an answer that is one.
pub(crate) async fn error_of(response: reqwest::Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(header(&response, "content-type"), "application/json");
    let body: serde_json::Value =
        serde_json::from_slice(&response.bytes().await.expect("a body")).expect("errors are JSON");
    (status, body["error"].as_str().expect("an error is a sentence").to_owned())
}

pub(crate) fn header(response: &reqwest::Response, name: &str) -> String {
    let value = response.headers().get(name).map(|value| value.to_str().expect("headers here are text"));
    value.unwrap_or("").to_owned()
}

/// A report of one poll that ended at this second.
pub(crate) fn report(cluster: &str, finished: u64, broker_count: i32, groups: &[&str]) -> ClusterReport {
    let mut builder = SnapshotBuilder::new(ClusterName::from(cluster), at(finished));
    let broker = |id| Broker { id: BrokerId(id), address: format!("kafka-{id}:9092"), rack: None };
    builder.found_brokers((0..broker_count).map(broker).collect());
    let snapshot = builder.build(at(finished), Timestamp::from_unix(Duration::from_secs(1_700_000_000 + finished)));
    let mut groups: Vec<GroupReport> = groups.iter().map(|id| group(id)).collect();
    groups.sort_by(|left, right| left.id.cmp(&right.id));
    ClusterReport::of_groups(Arc::new(snapshot), groups)
}

fn group(id: &str) -> GroupReport {
    GroupReport {
        id: GroupId::from(id),
        kind: GroupKind::Classic,
        protocol_type: "consumer".to_owned(),
        protocol: "range".to_owned(),
        state: GroupState::Stable,
        coordinator: BrokerId(0),
        member_count: Ok(1),
        idle_member_count: Some(0),
        unassigned_partition_count: Some(0),
        uncommitted_partition_count: Some(0),
        topics: Vec::new(),
        partitions: Vec::new(),
        status: Status::Ok,
        severity: Severity::Ok,
        status_counts: StatusCounts::default(),
        capacity: None,
        rebalances: None,
        history: highwater::model::Trace::default(),
    }
}
