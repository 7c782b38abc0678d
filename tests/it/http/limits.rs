//! What the impolite get, and what stopping does to those who are being served.
//!
//! Not how fast anything is: each test waits for what has to happen.
//! Invariant: limits are small here so that they are met; none is measured.

use std::io::ErrorKind;
use std::time::Duration;

use highwater::http::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::support::{Server, error_of, in_time, report};

const SHORT: Duration = Duration::from_millis(200);

/// All that still comes until the server closes, whether it does so politely or not.
async fn rest_of(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    match in_time("the end of the connection", stream.read_to_end(&mut bytes)).await {
        Ok(_) => {}
        Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn send(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.expect("the server takes it");
}

#[tokio::test]
async fn a_header_that_never_ends_is_cut() {
    let server = Server::start_with(&["orders"], Limits { header_read: SHORT, ..Limits::default() }).await;
    for begun in ["", "GET /metrics HTTP/1.1\r\nHost: a\r\nX-Slow: "] {
        let mut stream = server.connect().await;
        send(&mut stream, begun).await;
        assert_eq!(rest_of(&mut stream).await, "");
    }
    // An idle connection that is kept open is one as well.
    let mut stream = server.connect().await;
    send(&mut stream, "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(rest_of(&mut stream).await.ends_with("Highwater is healthy.\n"));
}

#[tokio::test]
async fn a_header_too_large_is_refused() {
    let server = Server::start(&["orders"]).await;
    let mut stream = server.connect().await;
    let large = format!("GET / HTTP/1.1\r\nHost: a\r\nX-Large: {}", "x".repeat(40 << 10));
    send(&mut stream, &large).await;
    let answer = rest_of(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn a_connection_beyond_the_limit_waits_for_a_place() {
    let server = Server::start_with(&["orders"], Limits { connections: 1, ..Limits::default() }).await;
    let mut first = server.connect().await;
    send(&mut first, "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut begun = [0; 12];
    in_time("an answer", first.read_exact(&mut begun)).await.expect("the first is served");

    let mut second = server.connect().await;
    send(&mut second, "GET /-/healthy HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await;
    let mut byte = [0; 1];
    let early = tokio::time::timeout(SHORT, second.read(&mut byte)).await;
    assert!(early.is_err(), "the only place is taken");
    drop(first);
    assert!(rest_of(&mut second).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_reader_that_takes_nothing_loses_its_place() {
    let limits = Limits { connections: 1, write_stall: SHORT, ..Limits::default() };
    let server = Server::start_with(&["orders"], limits).await;
    // More than the sockets of both sides can hold.
    server.publish("orders", report("orders", 0, 300_000, &[]));
    let mut stalled = server.connect().await;
    send(&mut stalled, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").await;
    // The next one is served once the first is gone, and only then.
    assert_eq!(server.get("/-/healthy").await.status(), 200);
    let page = rest_of(&mut stalled).await;
    assert!(page.starts_with("HTTP/1.1 200") && !page.contains("process_open_fds"), "it was cut short");
}

#[tokio::test]
async fn a_body_that_nobody_asked_for_is_not_read() {
    let server = Server::start(&["orders"]).await;
    let mut stream = server.connect().await;
    send(&mut stream, "POST /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\nabc").await;
    let answer = rest_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
}

#[tokio::test]
async fn what_is_not_http_is_refused() {
    let server = Server::start(&["orders"]).await;
    let mut stream = server.connect().await;
    send(&mut stream, "\x16\x03\x01 is how TLS begins\r\n\r\n").await;
    let answer = rest_of(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    assert_eq!(server.get("/-/healthy").await.status(), 200);
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_given_up() {
    let server = Server::start_with(&["orders"], Limits { request: SHORT, ..Limits::default() }).await;
    let request = server.client.post(server.url("/-/reload"));
    let answer = in_time("an answer", request.send()).await.expect("an answer");
    assert_eq!(error_of(answer).await, (503, "the answer took too long".to_owned()));
}

#[tokio::test]
async fn stopping_answers_what_was_begun_and_closes_the_rest() {
    let mut server = Server::start(&["orders"]).await;
    let mut fresh = server.connect().await;
    let mut idle = server.connect().await;
    send(&mut idle, "GET /-/healthy HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let mut begun = [0; 12];
    in_time("an answer", idle.read_exact(&mut begun)).await.expect("it is served");
    let mut waiting = server.connect().await;
    send(&mut waiting, "POST /-/reload HTTP/1.1\r\nHost: a\r\n\r\n").await;
    let reload = in_time("the request", server.reloads.recv()).await.expect("a request");

    server.stop.send_replace(true);
    assert_eq!(rest_of(&mut fresh).await, "");
    rest_of(&mut idle).await;
    reload.reply.send(Ok("done before the end".to_owned())).expect("it is still waited for");
    let answer = rest_of(&mut waiting).await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("done before the end"), "{answer}");
    server.ended().await;
    let refused = TcpStream::connect(server.address).await.expect_err("nobody listens any more");
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_stop_signal_that_is_dropped_stops_as_well() {
    let mut server = Server::start(&["orders"]).await;
    drop(std::mem::replace(&mut server.stop, tokio::sync::watch::channel(false).0));
    server.ended().await;
}
