//! Servers that are no Grafana, or one in trouble. It is NOT the contract.
//! Invariant: every end is one error that names the address and says what to do, within the bounds that were asked for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::support::peer::{Manner, Peer};

use super::grafana::say;
use super::push;

/// A server that answers everything alike, and counts.
struct Server {
    url: String,
    asked: Arc<AtomicUsize>,
    _task: JoinSet<()>,
}

impl Server {
    async fn start(answer: impl Fn(usize) -> Response + Clone + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        let router = Router::new().fallback(move |_body: axum::body::Bytes| {
            let response = answer(counted.fetch_add(1, Ordering::SeqCst));
            async move { response }
        });
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        Self { url, asked, _task: task }
    }

    fn count(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

/// Pushes, and gives the first line of the error, which has to name the address.
async fn error_of(server: &Server, more: &[&str]) -> String {
    let ended = push(&server.url, more).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    let line = ended.stderr.lines().find(|line| line.starts_with("error: ")).unwrap_or_default().to_owned();
    assert!(line.contains(&server.url), "the address is not named: {ended}");
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_final_and_says_what_to_do() {
    let refusals = [
        (401, "make one for a service account"),
        (403, "give its service account the role Editor"),
        (404, "check that the URL is the one under which Grafana is served"),
        (409, "remove that in Grafana, or choose another --folder"),
        (412, "remove that in Grafana, or choose another --folder"),
        (400, "refuses `Highwater / Overview` (400: no way)"),
        (422, "Grafana 10 or newer is needed"),
    ];
    for (status, advice) in refusals {
        let code = StatusCode::from_u16(status).expect("a status");
        let server = Server::start(move |_| say(code, &json!({"message": "no way"}))).await;
        let error = error_of(&server, &[]).await;
        assert!(error.contains(advice), "{status}: {error}");
        assert_eq!(server.count(), 1, "{status} is asked once");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_is_waited_for_a_few_times() {
    for status in [500, 502, 503] {
        let code = StatusCode::from_u16(status).expect("a status");
        let server = Server::start(move |_| (code, "<html>gone fishing</html>").into_response()).await;
        let error = error_of(&server, &[]).await;
        assert!(error.contains(&format!("is in trouble ({status}; asked 4 times)")), "{error}");
        assert_eq!(server.count(), 4);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn trouble_that_passes_is_no_failure() {
    let taken = || say(StatusCode::OK, &json!({"status": "success", "url": "/d/x/x"}));
    let server = Server::start(move |count| match count {
        0 | 1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => taken(),
    })
    .await;
    let ended = push(&server.url, &[]).await;
    assert_eq!((ended.code, ended.stdout.lines().count()), (Some(0), 5), "{ended}");
    assert_eq!(ended.stderr.matches("answers 503: once more within").count(), 2, "{ended}");
    assert_eq!(server.count(), 7);
}

/// The token is for the server that was named, wherever that one points.
#[tokio::test(flavor = "multi_thread")]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(|_| StatusCode::OK.into_response()).await;
    let target = format!("{}/login", elsewhere.url);
    let server =
        Server::start(move |_| (StatusCode::FOUND, [(header::LOCATION, target.clone())]).into_response()).await;
    let error = error_of(&server, &[]).await;
    assert!(error.contains(&format!("points to `{}/login`, which is not followed", elsewhere.url)), "{error}");
    assert_eq!((server.count(), elsewhere.count()), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_without_an_end_is_cut_off() {
    let server = Server::start(|_| vec![b'x'; 64 << 20].into_response()).await;
    let error = error_of(&server, &[]).await;
    assert!(error.contains("answers with more than 4194304 bytes"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn success_in_other_words_is_none() {
    for body in ["<html>welcome</html>", "{}", "[]", r#"{"status": "pending", "url": "/"}"#] {
        let server = Server::start(move |_| body.into_response()).await;
        let error = error_of(&server, &[]).await;
        assert!(error.contains("answers as Grafana does not: check the URL"), "{body}: {error}");
        let error = error_of(&server, &["--folder", "Kafka"]).await;
        assert!(error.contains("answers as Grafana does not"), "{body}: {error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_ends_in_time() {
    let peer = Peer::listen(Manner::Silent).await;
    let ended = push(&format!("http://{}", peer.address()), &["--timeout", "300ms"]).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("did not answer within 300ms: check that this is Grafana"), "{ended}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_that_breaks_is_not_asked_again() {
    let peer = Peer::listen(Manner::Closing).await;
    let ended = push(&format!("http://{}", peer.address()), &[]).await;
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("does not answer (asked once)"), "{ended}");
}

/// What a stranger says does not act upon the terminal.
#[tokio::test(flavor = "multi_thread")]
async fn strangers_do_not_write_on_the_terminal() {
    let body = json!({"message": "\u{1b}[31mred\nerror: second line"});
    let server = Server::start(move |_| say(StatusCode::BAD_REQUEST, &body)).await;
    let error = error_of(&server, &[]).await;
    assert!(error.contains("\\u{1b}[31mred\\nerror: second line"), "{error:?}");
    let url = json!({"status": "success", "url": "/\u{1b}[31m"});
    let server = Server::start(move |_| say(StatusCode::OK, &url)).await;
    let ended = push(&server.url, &[]).await;
    assert!(!ended.stdout.contains('\u{1b}'), "{ended}");
}
