//! One message to one receiver, and how it was taken.
//!
//! Not a second attempt: the courier decides on that.
//! Invariant: it ends in time, follows nobody elsewhere, and reads a bounded part of any answer.

use std::io;
use std::path::Path;
use std::time::Duration;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;

use crate::config::{Authorization, ReceiverKind, ReceiverSettings};
use crate::telemetry::NotifyError;

use super::token::Token;

/// Of an answer, for the log.
const ANSWER_BYTES_MAX: usize = 512;

/// Why a message was not taken: the word for it, and a text for the log.
pub(super) type Failure = (NotifyError, String);

/// The way to one receiver.
pub(super) struct Post {
    client: Client,
    kind: ReceiverKind,
    url: Url,
    timeout: Duration,
    authorization: Option<Authorization>,
    /// Of the file of the token, when it did not end in time. It cannot be ended, and another one would not end either.
    reading: Option<JoinHandle<io::Result<Token>>>,
}

impl Post {
    pub(super) fn new(settings: &ReceiverSettings) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(settings.timeout)
            .redirect(Policy::none())
            // What is written in the configuration is where it goes.
            .no_proxy()
            .pool_max_idle_per_host(1)
            .user_agent(concat!("highwater/", env!("CARGO_PKG_VERSION")))
            .build()?;
        let mut url = settings.url.clone();
        if settings.kind == ReceiverKind::Alertmanager {
            let path = format!("{}/api/v2/alerts", url.path().trim_end_matches('/'));
            url.set_path(&path);
        }
        let (kind, timeout, authorization) = (settings.kind, settings.timeout, settings.authorization.clone());
        Ok(Self { client, kind, url, timeout, authorization, reading: None })
    }

    /// Sends JSON, and says why it was not taken.
    pub(super) async fn send(&mut self, body: Vec<u8>) -> Result<(), Failure> {
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let request = match &self.authorization {
            None => request,
            Some(Authorization::Basic { username, password }) => request.basic_auth(username, Some(password.expose())),
            Some(Authorization::BearerFile(file)) => {
                let token = token(file, &mut self.reading, self.timeout)
                    .await
                    .map_err(|error| (NotifyError::Credentials, format!("cannot read {}: {error}", file.display())))?;
                request.bearer_auth(token.expose())
            }
        };
        let answer = request.send().await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if status.is_success() {
            // What it says is not read: its word is its status.
            return Ok(());
        }
        let word = match status {
            _ if status.is_redirection() => NotifyError::Redirected,
            _ if status.is_client_error() => NotifyError::Refused,
            _ => NotifyError::ServerError,
        };
        // A webhook may repeat its address, whose path may be a secret.
        let said = if self.kind == ReceiverKind::Alertmanager { said(answer).await } else { String::new() };
        Err((word, told(status, &said)))
    }
}

async fn token(
    file: &Path,
    reading: &mut Option<JoinHandle<io::Result<Token>>>,
    within: Duration,
) -> io::Result<Token> {
    let path = file.to_owned();
    let read = move || Token::new(&Token::text_of(&path)?).map_err(io::Error::other);
    // It may be a pipe, or on a disk that is gone.
    let Ok(token) = timeout(within, reading.get_or_insert_with(|| spawn_blocking(read))).await else {
        return Err(io::ErrorKind::TimedOut.into());
    };
    *reading = None;
    token.map_err(io::Error::other)?
}

/// The beginning of what it says.
async fn said(mut answer: reqwest::Response) -> String {
    let mut said = Vec::new();
    while said.len() < ANSWER_BYTES_MAX {
        let Ok(Some(piece)) = answer.chunk().await else { break };
        said.extend_from_slice(piece.get(..ANSWER_BYTES_MAX - said.len()).unwrap_or(&piece));
    }
    let said = String::from_utf8_lossy(&said);
    said.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

fn told(status: StatusCode, said: &str) -> String {
    match (status.is_redirection(), said.trim()) {
        (true, _) => format!("status {}, which is not followed", status.as_u16()),
        (false, "") => format!("status {}", status.as_u16()),
        (false, said) => format!("status {}: {said}", status.as_u16()),
    }
}

/// Without the address, whose path may be a secret.
fn failure(error: &reqwest::Error) -> Failure {
    let word = match () {
        () if error.is_timeout() => NotifyError::Timeout,
        () if error.is_connect() => NotifyError::Connect,
        () => NotifyError::Protocol,
    };
    // The outermost says no more than the word, and may hold the address.
    let mut cause = std::error::Error::source(error);
    let mut text = String::new();
    while let Some(error) = cause {
        text = error.to_string();
        cause = error.source();
    }
    (word, if text.is_empty() { word.word().to_owned() } else { text })
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    fn post(kind: ReceiverKind, host: &str, file: Option<&Path>) -> Post {
        let url = format!("http://{host}/secret-path").parse().expect("an address");
        let authorization = file.map(|file| Authorization::BearerFile(file.to_owned()));
        let timeout = Duration::from_millis(200);
        let (repeat, pace, runbooks) = (timeout, timeout, String::new());
        let settings = ReceiverSettings { kind, url, timeout, repeat, pace, runbooks, authorization };
        Post::new(&settings).expect("a client")
    }

    /// What is logged of an answer that repeats the path.
    async fn logged(kind: ReceiverKind) -> Failure {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        let answering = async {
            let (mut stream, _) = listener.accept().await.expect("somebody connects");
            stream.read_u8().await.expect("a request");
            let answer = b"HTTP/1.1 404 Not Found\r\ncontent-length: 15\r\n\r\nno /secret-path";
            stream.write_all(answer).await.expect("it listens");
            stream
        };
        let mut post = post(kind, &host, None);
        let (sent, _stream) = tokio::join!(post.send(b"[]".to_vec()), answering);
        sent.expect_err("404")
    }

    #[tokio::test]
    async fn only_alertmanager_is_quoted() {
        let refused = |text: &str| (NotifyError::Refused, text.to_owned());
        assert_eq!(logged(ReceiverKind::Webhook).await, refused("status 404"));
        assert_eq!(logged(ReceiverKind::Alertmanager).await, refused("status 404: no /secret-path"));
    }

    #[test]
    fn a_token_that_cannot_be_read_is_waited_for_in_time_and_by_one_thread() {
        let folder = tempfile::tempdir().expect("a folder");
        let pipe = folder.path().join("token");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
        assert!(made.success());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let mut post = post(ReceiverKind::Webhook, "127.0.0.1:1", Some(&pipe));
            for _ in 0..2 {
                let (word, text) = post.send(Vec::new()).await.expect_err("nobody writes");
                assert_eq!((word, text.ends_with("timed out")), (NotifyError::Credentials, true), "{text}");
            }
            // Both waited for the same reading: one text is enough for it.
            std::fs::write(&pipe, "token\n").expect("somebody reads");
            let (word, text) = post.send(Vec::new()).await.expect_err("nobody listens");
            assert_eq!(word, NotifyError::Connect, "{text}");
        });
        runtime.shutdown_background();
    }
}
