//! A server with the part of Grafana's HTTP API that is used, which holds callers to its documentation. It is NOT
//! Grafana.
//! Invariant: a request that the documentation does not describe is written down, and the test fails.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

pub(super) const TOKEN: &str = "glsa_TheTokenOfTheTests_0123456789";

/// A dashboard as it arrived last.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) dashboard: Value,
    pub(super) folder: Option<String>,
    pub(super) message: String,
}

#[derive(Default)]
struct Memory {
    stored: BTreeMap<String, Stored>,
    folders: Vec<String>,
    breaches: Vec<String>,
    request_count: usize,
}

#[derive(Clone)]
struct Shared {
    memory: Arc<Mutex<Memory>>,
    prefix: String,
}

/// The running server.
pub(super) struct Contract {
    address: SocketAddr,
    shared: Shared,
    _task: JoinSet<()>,
}

impl Contract {
    /// Starts it, served under a path.
    pub(super) async fn start(prefix: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Shared { memory: Arc::default(), prefix: prefix.to_owned() };
        let router = Router::new().fallback(answer).with_state(shared.clone());
        let mut task = JoinSet::new();
        task.spawn(async move { axum::serve(listener, router).await.expect("the server runs") });
        Self { address, shared, _task: task }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}{}", self.address, self.shared.prefix)
    }

    pub(super) fn stored(&self) -> BTreeMap<String, Stored> {
        self.memory().stored.clone()
    }

    pub(super) fn folder_titles(&self) -> Vec<String> {
        self.memory().folders.clone()
    }

    pub(super) fn add_folders(&self, titles: impl Iterator<Item = String>) {
        self.memory().folders.extend(titles);
    }

    /// What callers did that the documentation does not describe.
    pub(super) fn breaches(&self) -> Vec<String> {
        self.memory().breaches.clone()
    }

    pub(super) fn request_count(&self) -> usize {
        self.memory().request_count
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.shared.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(State(shared): State<Shared>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut memory = shared.memory.lock().unwrap_or_else(PoisonError::into_inner);
    memory.request_count += 1;
    let sent = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if sent("authorization") != format!("Bearer {TOKEN}") {
        return say(StatusCode::UNAUTHORIZED, &json!({"message": "Invalid API key"}));
    }
    if !sent("accept").contains("application/json") {
        memory.breaches.push(format!("{uri}: accept is `{}`", sent("accept")));
    }
    let path = uri.path().strip_prefix(&shared.prefix).unwrap_or_default();
    if method == Method::POST && sent("content-type") != "application/json" {
        memory.breaches.push(format!("{path}: content type `{}`", sent("content-type")));
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    match (method.as_str(), path) {
        ("GET", "/api/folders") => folders(&memory, uri.query().unwrap_or_default()),
        ("POST", "/api/folders") => make_folder(&mut memory, &body),
        ("POST", "/api/dashboards/db") => store(&mut memory, &body, &shared.prefix),
        _ => {
            memory.breaches.push(format!("{method} {uri}"));
            say(StatusCode::NOT_FOUND, &json!({"message": "Not found"}))
        }
    }
}

/// An answer in JSON.
pub(super) fn say(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// At most a thousand of them, page by page.
fn folders(memory: &Memory, query: &str) -> Response {
    let parameter = |name: &str| {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse::<usize>().ok())
    };
    let limit = parameter("limit").unwrap_or(1000).min(1000);
    let page = parameter("page").unwrap_or(1).max(1);
    let folders = memory.folders.iter().enumerate().skip(limit * (page - 1)).take(limit);
    let folders = folders.map(|(id, title)| json!({"id": id, "uid": format!("folder-{id}"), "title": title}));
    say(StatusCode::OK, &Value::Array(folders.collect()))
}

fn make_folder(memory: &mut Memory, body: &Value) -> Response {
    let Some(title) = body["title"].as_str() else {
        memory.breaches.push(format!("a folder without a title: {body}"));
        return say(StatusCode::BAD_REQUEST, &json!({"message": "folder title cannot be empty"}));
    };
    if memory.folders.iter().any(|folder| folder == title) {
        return say(StatusCode::CONFLICT, &json!({"message": "a folder with that name already exists"}));
    }
    memory.folders.push(title.to_owned());
    let id = memory.folders.len() - 1;
    say(StatusCode::OK, &json!({"id": id, "uid": format!("folder-{id}"), "title": title, "version": 1}))
}

fn store(memory: &mut Memory, body: &Value, prefix: &str) -> Response {
    let known = ["dashboard", "folderUid", "message", "overwrite"];
    let fields = body.as_object().into_iter().flat_map(serde_json::Map::keys);
    let strange: Vec<_> = fields.filter(|field| !known.contains(&field.as_str())).cloned().collect();
    let dashboard = &body["dashboard"];
    let folder = body["folderUid"].as_str().map(str::to_owned);
    let is_known = folder.as_ref().is_none_or(|uid| {
        uid.strip_prefix("folder-").and_then(|id| id.parse().ok()).is_some_and(|id: usize| id < memory.folders.len())
    });
    let mut demand = |holds: bool, what: &str| {
        if !holds {
            memory.breaches.push(format!("a dashboard {what}"));
        }
    };
    demand(strange.is_empty(), "with fields that are not documented");
    demand(dashboard["id"].is_null() && dashboard.get("id").is_some(), "with an id, which is the server's");
    demand(body["overwrite"] == true, "that does not overwrite");
    let (Some(uid), Some(title), true) = (dashboard["uid"].as_str(), dashboard["title"].as_str(), is_known) else {
        memory.breaches.push(format!("no uid, no title or no such folder {folder:?}"));
        return say(StatusCode::BAD_REQUEST, &json!({"message": "bad request data"}));
    };
    let taken = memory.stored.values().any(|other| other.dashboard["title"] == title && other.dashboard["uid"] != uid);
    if taken {
        let refusal = json!({"message": "A dashboard with the same name already exists", "status": "name-exists"});
        return say(StatusCode::PRECONDITION_FAILED, &refusal);
    }
    let message = body["message"].as_str().unwrap_or_default().to_owned();
    memory.stored.insert(uid.to_owned(), Stored { dashboard: dashboard.clone(), folder, message });
    let url = format!("{prefix}/d/{uid}/{uid}");
    say(StatusCode::OK, &json!({"id": 1, "uid": uid, "url": url, "status": "success", "version": 1, "slug": uid}))
}
