//! How the exporter starts and ends, as init systems and orchestrators see it. It is NOT about what it shows meanwhile,
//! so no Kafka is there.
//! Invariant: being told to stop is a clean end, whoever is connected.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

use crate::support::command::highwater;
use crate::support::config_file::{ConfigFile, NOBODY, clusters};
use crate::support::exporter::Exporter;
use crate::support::wait::{PATIENCE, eventually};

async fn connected(exporter: &Exporter, sent: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(exporter.address()).await.expect("the exporter accepts");
    stream.write_all(sent).await.expect("the exporter reads");
    stream
}

/// Reads to the end of the answer's header.
async fn read_header(stream: &mut TcpStream) -> String {
    let mut header = Vec::new();
    while !header.ends_with(b"\r\n\r\n") {
        let byte = timeout(PATIENCE, stream.read_u8()).await.expect("the exporter answers");
        header.push(byte.expect("an answer has a header"));
    }
    String::from_utf8(header).expect("a header is text")
}

fn content_length(header: &str) -> usize {
    let length = header.lines().find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()).unwrap_or_else(|| panic!("no length: {header}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_end_it_well() {
    for signal in ["TERM", "INT"] {
        let mut exporter = Exporter::start(&["--bootstrap", NOBODY]).await;
        exporter.signal(signal);
        assert_eq!(exporter.ended().await, Some(0), "{signal}: {}", exporter.log());
        assert!(exporter.log().contains("message=stopped"), "{signal}: {}", exporter.log());
    }
}

/// Connections that want nothing hold nobody up: one that never spoke, and one that waits for its next request.
#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_do_not_hold_it_up() {
    let mut exporter = Exporter::start(&["--bootstrap", NOBODY]).await;
    let mut silent = connected(&exporter, b"").await;
    let mut idle = connected(&exporter, b"GET /-/healthy HTTP/1.1\r\nhost: test\r\n\r\n").await;
    let header = read_header(&mut idle).await;
    let mut body = vec![0; content_length(&header)];
    idle.read_exact(&mut body).await.expect("a body");
    exporter.signal("TERM");
    assert_eq!(exporter.ended().await, Some(0), "{}", exporter.log());
    assert!(exporter.log().contains("message=stopped\n"), "it did not wait in vain: {}", exporter.log());
    for stream in [&mut silent, &mut idle] {
        assert_eq!(stream.read(&mut [0; 1]).await.expect("a clean end"), 0);
    }
}

/// A request that is never finished is not waited for longer than was promised.
#[tokio::test(flavor = "multi_thread")]
async fn an_unfinished_request_is_cut() {
    let mut exporter = Exporter::start(&["--bootstrap", NOBODY]).await;
    let _unfinished = connected(&exporter, b"GET /metrics HTTP/1.1\r\nhost: te").await;
    // So that the half of it has been read when the signal comes.
    exporter.scrape().await;
    exporter.signal("TERM");
    assert_eq!(exporter.ended().await, Some(0), "{}", exporter.log());
    assert!(exporter.log().contains("still under way"), "{}", exporter.log());
}

/// A page of several megabytes, more than sockets take in, whose reader has read its first line when the exporter is
/// told to stop.
async fn scrape_under_way() -> (Exporter, TcpStream, ConfigFile) {
    let long_names: Vec<String> = (0..200).map(|number| format!("{number:01000}")).collect();
    let listed: Vec<(&str, &str)> = long_names.iter().map(|name| (name.as_str(), NOBODY)).collect();
    let file = ConfigFile::new(&format!("poll: {{interval: 1h}}\n{}", clusters(&listed)));
    let exporter = Exporter::start(&["--config", file.path(), "--log.level", "highwater::app=info"]).await;
    eventually("all first polls", || async {
        let (status, body) = exporter.ask(reqwest::Method::GET, "/-/ready").await;
        if status == 200 { Ok(()) } else { Err(body) }
    })
    .await;
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.set_recv_buffer_size(4096).expect("a small buffer");
    let mut stream = socket.connect(exporter.address()).await.expect("the exporter accepts");
    stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: test\r\n\r\n").await.expect("the exporter reads");
    (exporter, stream, file)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_under_way_is_answered_to_its_end() {
    let (mut exporter, mut stream, _file) = scrape_under_way().await;
    let header = read_header(&mut stream).await;
    exporter.signal("TERM");
    eventually("the exporter to be stopping", || async {
        if exporter.log().contains("message=stopping") { Ok(()) } else { Err(exporter.log()) }
    })
    .await;
    assert!(!exporter.log().contains("message=stopped"), "the page fits into sockets: {}", content_length(&header));
    let mut body = Vec::new();
    timeout(PATIENCE, stream.read_to_end(&mut body)).await.expect("the exporter goes on").expect("a whole answer");
    assert_eq!(body.len(), content_length(&header));
    assert_eq!(exporter.ended().await, Some(0), "{}", exporter.log());
    assert!(exporter.log().contains("message=stopped\n"), "{}", exporter.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scraper_that_stops_reading_is_cut() {
    let (mut exporter, mut stream, _file) = scrape_under_way().await;
    read_header(&mut stream).await;
    exporter.signal("TERM");
    assert_eq!(exporter.ended().await, Some(0), "{}", exporter.log());
    assert!(exporter.log().contains("still under way"), "{}", exporter.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_named() {
    let holder = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = holder.local_addr().expect("an address").to_string();
    let ended = highwater(&["run", "--bootstrap", NOBODY, "--listen", &address]).await;
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(1), ""), "{ended}");
    assert!(ended.stderr.contains(&format!("cannot listen on {address}")), "{ended}");
    assert!(ended.stderr.contains("in use"), "{ended}");
}

/// Kafka out of reach is no reason not to start, nor to stop, nor to be called unhealthy.
#[tokio::test(flavor = "multi_thread")]
async fn it_lives_without_kafka() {
    let exporter = Exporter::start(&["--bootstrap", NOBODY, "--poll.interval", "100ms"]).await;
    let failures = |page: &crate::support::page::Page| page.get("highwater_poll_failures_total", &[]).unwrap_or(0.0);
    let page = exporter.until("some polls to fail", |page| failures(page) >= 5.0).await;
    assert_eq!(page.get("highwater_up", &[]), Some(0.0));
    assert_eq!(page.names().into_iter().find(|name| name.starts_with("kafka_")), None);
    for path in ["/-/healthy", "/-/ready"] {
        assert_eq!(exporter.ask(reqwest::Method::GET, path).await.0, 200, "{path}");
    }
    let told = exporter.log().matches("Connection refused").count();
    assert_eq!(told, 1, "a failure that lasts is told once: {}", exporter.log());
}
