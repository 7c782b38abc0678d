//! A receiver of webhooks that keeps what it is sent, and misbehaves when told to. It is NOT what an operator would run.
//! Invariant: it takes any path and any body, and its server ends with its handle.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::wait::eventually;

/// How it answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    /// 200 and an empty body.
    Accepting,
    /// This status, with a text that looks hostile in a log.
    Failing(u16),
    /// 307 to this place.
    Redirecting(String),
    /// Never.
    Hanging,
    /// With a body that never ends.
    Endless,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Post {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// The body, or `null` if it was not JSON.
    pub(crate) body: Value,
}

/// A running receiver.
pub(crate) struct Webhook {
    address: SocketAddr,
    kept: Arc<Kept>,
    /// Aborted when dropped.
    _task: JoinSet<()>,
}

struct Kept {
    posts: Mutex<Vec<Post>>,
    manner: Mutex<Manner>,
}

impl Webhook {
    /// Starts one that accepts what it is sent.
    pub(crate) async fn start() -> Self {
        Self::start_as(Manner::Accepting).await
    }

    /// Starts one that answers in this manner.
    pub(crate) async fn start_as(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let kept = Arc::new(Kept { posts: Mutex::default(), manner: Mutex::new(manner) });
        let router = Router::new().fallback(receive).with_state(Arc::clone(&kept));
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.expect("the receiver serves") });
        Self { address, kept, _task: task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// Answers differently from now on.
    pub(crate) fn answer(&self, manner: Manner) {
        *self.kept.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }

    /// All that was posted so far, in the order of its coming.
    pub(crate) fn posts(&self) -> Vec<Post> {
        self.kept.posts.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until what was posted is as wanted, and gives it.
    pub(crate) async fn until(&self, what: &str, wanted: impl Fn(&[Post]) -> bool) -> Vec<Post> {
        eventually(what, async || {
            let posts = self.posts();
            if wanted(&posts) { Ok(posts) } else { Err(format!("{:#?}", posts.last())) }
        })
        .await
    }

    /// The alerts of all documents so far in Alertmanager's webhook format, in the order of their coming.
    pub(crate) fn alerts(&self) -> Vec<Value> {
        let alerts = |post: &Post| post.body["alerts"].as_array().cloned().unwrap_or_default();
        self.posts().iter().flat_map(alerts).collect()
    }
}

async fn receive(State(kept): State<Arc<Kept>>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let post = Post { method, path: uri.path().to_owned(), headers, body };
    kept.posts.lock().unwrap_or_else(PoisonError::into_inner).push(post);
    let manner = kept.manner.lock().unwrap_or_else(PoisonError::into_inner).clone();
    match manner {
        Manner::Accepting => StatusCode::OK.into_response(),
        Manner::Failing(status) => {
            let status = StatusCode::from_u16(status).expect("a status");
            (status, "\x1b[31mrefused\nlevel=error <script>alert(1)</script>").into_response()
        }
        Manner::Redirecting(to) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Manner::Hanging => {
            std::future::pending::<()>().await;
            StatusCode::OK.into_response()
        }
        Manner::Endless => {
            let piece = || async { Some((Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 1 << 14])), ())) };
            let pieces = futures_util::stream::unfold((), move |()| async move {
                // Fast enough to fill a memory, slow enough to leave a core to others.
                tokio::time::sleep(Duration::from_millis(1)).await;
                piece().await
            });
            Body::from_stream(pieces).into_response()
        }
    }
}
