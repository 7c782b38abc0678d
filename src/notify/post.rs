//! One message to one receiver, and how it was taken.
//!
//! Not a second attempt: the courier decides on that.
//! Invariant: it ends in time, follows nobody elsewhere, and reads a bounded part of any answer.

use std::io;
use std::path::Path;

use reqwest::header::CONTENT_TYPE;
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode, Url};
use tokio::io::AsyncReadExt as _;

use crate::config::{Authorization, ReceiverKind, ReceiverSettings};
use crate::telemetry::NotifyError;

/// Of an answer, for the log.
const ANSWER_BYTES_MAX: usize = 512;
/// Far more than any token.
const TOKEN_BYTES_MAX: u64 = 64 << 10;

/// Why a message was not taken: the word for it, and a text for the log.
pub(super) type Failure = (NotifyError, String);

/// The way to one receiver.
pub(super) struct Post {
    client: Client,
    url: Url,
    authorization: Option<Authorization>,
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
        Ok(Self { client, url, authorization: settings.authorization.clone() })
    }

    /// Sends JSON, and says why it was not taken.
    pub(super) async fn send(&self, body: Vec<u8>) -> Result<(), Failure> {
        let request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let request = match &self.authorization {
            None => request,
            Some(Authorization::Basic { username, password }) => request.basic_auth(username, Some(password.expose())),
            Some(Authorization::BearerFile(file)) => {
                let token = token(file)
                    .await
                    .map_err(|error| (NotifyError::Credentials, format!("cannot read {}: {error}", file.display())))?;
                request.bearer_auth(token)
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
        Err((word, told(answer, status).await))
    }
}

async fn token(file: &Path) -> io::Result<String> {
    let mut token = String::new();
    tokio::fs::File::open(file).await?.take(TOKEN_BYTES_MAX).read_to_string(&mut token).await?;
    let token = token.trim().to_owned();
    let is_token = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_graphic());
    if is_token { Ok(token) } else { Err(io::Error::other("it holds no token")) }
}

/// Its status, and the beginning of what it says.
async fn told(mut answer: reqwest::Response, status: StatusCode) -> String {
    let mut said = Vec::new();
    while said.len() < ANSWER_BYTES_MAX {
        let Ok(Some(piece)) = answer.chunk().await else { break };
        said.extend_from_slice(piece.get(..ANSWER_BYTES_MAX - said.len()).unwrap_or(&piece));
    }
    let said = String::from_utf8_lossy(&said);
    let said: String = said.chars().map(|character| if character.is_control() { ' ' } else { character }).collect();
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
