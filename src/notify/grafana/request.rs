//! One question to Grafana, with bounds on time, size and attempts.
//!
//! Not what is asked.
//! Invariant: only what Grafana cannot have acted upon, or says it failed at, is sent again; redirects are not followed, so
//! the token goes nowhere else.

use std::time::Duration;

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, header, redirect};
use serde::Deserialize;
use serde_json::Value;

use super::Progress;
use super::Token;
use super::address::GrafanaAddress;
use super::error::PushError;

/// Several times a list of a thousand folders.
const ANSWER_BYTES_MAX: usize = 4 << 20;

/// Of what Grafana says, so much is quoted.
const QUOTED_CHARS_MAX: usize = 200;

/// How long to wait, and how often.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For one answer, all of it.
    pub timeout: Duration,
    /// How often one thing is asked, at most.
    pub attempts_max: u32,
    /// The wait before the second attempt; it doubles with each.
    pub first_wait: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(10), attempts_max: 4, first_wait: Duration::from_millis(500) }
    }
}

/// Something that failed and is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retry {
    /// What was asked.
    pub url: String,
    /// What came of it.
    pub because: String,
    /// It is asked again within this.
    pub within: Duration,
}

/// Asks one Grafana.
pub(super) struct Asker<'a> {
    client: Client,
    address: &'a GrafanaAddress,
    token: Option<&'a Token>,
    patience: Patience,
}

/// What can be said of a failed attempt.
enum Failed {
    /// It may pass.
    Passing(PushError, String),
    /// It will not.
    Final(PushError),
}

impl<'a> Asker<'a> {
    pub(super) fn new(
        address: &'a GrafanaAddress,
        token: Option<&'a Token>,
        patience: Patience,
    ) -> Result<Self, PushError> {
        let client = Client::builder().timeout(patience.timeout).redirect(redirect::Policy::none()).no_proxy().build();
        Ok(Self { client: client.map_err(PushError::Client)?, address, token, patience })
    }

    /// Asks for something; `what` is what it is about.
    pub(super) async fn get<T: for<'de> Deserialize<'de>>(
        &self,
        path: &[&str],
        query: &[(&str, String)],
        what: &str,
        told: &mut impl FnMut(&Progress),
    ) -> Result<T, PushError> {
        let mut url = self.address.below(path);
        url.query_pairs_mut().extend_pairs(query);
        self.ask(Method::GET, &url, None, what, told).await
    }

    /// Sends something; `what` is what it is about.
    pub(super) async fn post<T: for<'de> Deserialize<'de>>(
        &self,
        path: &[&str],
        body: &Value,
        what: &str,
        told: &mut impl FnMut(&Progress),
    ) -> Result<T, PushError> {
        self.ask(Method::POST, &self.address.below(path), Some(body.to_string()), what, told).await
    }

    /// That it answers as Grafana does not.
    pub(super) fn strange(&self, path: &[&str]) -> PushError {
        PushError::Strange { url: self.address.below(path).to_string() }
    }

    async fn ask<T: for<'de> Deserialize<'de>>(
        &self,
        method: Method,
        url: &Url,
        body: Option<String>,
        what: &str,
        told: &mut impl FnMut(&Progress),
    ) -> Result<T, PushError> {
        let mut wait = self.patience.first_wait;
        let mut attempts = 1;
        loop {
            let request = self.request(method.clone(), url, body.clone());
            let (error, because) = match self.attempt(request, url, what, attempts).await {
                Ok(answer) => {
                    return serde_json::from_slice(&answer).map_err(|_| PushError::Strange { url: url.to_string() });
                }
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Passing(error, because)) => (error, because),
            };
            if attempts >= self.patience.attempts_max {
                return Err(error);
            }
            // Between half and the whole, so that many do not knock together.
            told(&Progress::Again(Retry { url: url.to_string(), because, within: wait }));
            tokio::time::sleep(wait.mul_f64(0.5 + 0.5 * fastrand::f64())).await;
            wait = wait.saturating_mul(2);
            attempts += 1;
        }
    }

    fn request(&self, method: Method, url: &Url, body: Option<String>) -> RequestBuilder {
        let mut request = self.client.request(method, url.clone()).header(header::ACCEPT, "application/json");
        if let Some(token) = self.token {
            request = request.bearer_auth(token.expose());
        }
        match body {
            Some(body) => request.header(header::CONTENT_TYPE, "application/json").body(body),
            None => request,
        }
    }

    async fn attempt(&self, request: RequestBuilder, url: &Url, what: &str, attempts: u32) -> Result<Vec<u8>, Failed> {
        let answer = match request.send().await {
            Ok(answer) => answer,
            Err(error) => return Err(self.unanswered(error, url, attempts)),
        };
        let status = answer.status();
        if status.is_redirection() {
            let target = answer.headers().get(header::LOCATION).map(header::HeaderValue::as_bytes).unwrap_or_default();
            let target = String::from_utf8_lossy(target).chars().take(QUOTED_CHARS_MAX).collect();
            return Err(Failed::Final(PushError::Redirected { url: url.to_string(), status, target }));
        }
        let body = self.read(answer, url, attempts).await;
        if status.is_success() { body } else { Err(refused(status, &body.unwrap_or_default(), url, what, attempts)) }
    }

    /// The whole answer, if it is not too much.
    async fn read(&self, mut answer: Response, url: &Url, attempts: u32) -> Result<Vec<u8>, Failed> {
        let mut body = Vec::new();
        loop {
            match answer.chunk().await {
                Ok(Some(more)) if body.len() + more.len() <= ANSWER_BYTES_MAX => body.extend_from_slice(&more),
                Ok(Some(_)) => {
                    let (url, bytes_max) = (url.to_string(), ANSWER_BYTES_MAX);
                    return Err(Failed::Final(PushError::TooLarge { url, bytes_max }));
                }
                Ok(None) => return Ok(body),
                Err(error) => return Err(self.unanswered(error, url, attempts)),
            }
        }
    }

    fn unanswered(&self, error: reqwest::Error, url: &Url, attempts: u32) -> Failed {
        // The address is in the message already.
        let cause = error.without_url();
        let url = url.to_string();
        if cause.is_timeout() {
            return Failed::Final(PushError::TimedOut { url, within: self.patience.timeout });
        }
        let is_passing = cause.is_connect();
        let error = PushError::Unreachable { url, attempts, cause };
        if is_passing { Failed::Passing(error, "does not answer".to_owned()) } else { Failed::Final(error) }
    }
}

fn refused(status: StatusCode, body: &[u8], url: &Url, what: &str, attempts: u32) -> Failed {
    let (url, what, said) = (url.to_string(), what.to_owned(), said(body));
    let code = status.as_u16();
    Failed::Final(match code {
        401 => PushError::Unauthorized { url },
        403 => PushError::Forbidden { url, said },
        404 => PushError::NotFound { url, said },
        409 | 412 => PushError::InTheWay { url, what, status: code, said },
        _ if status.is_server_error() => {
            let error = PushError::Broken { url, status: code, said, attempts };
            return Failed::Passing(error, format!("answers {code}"));
        }
        _ => PushError::Refused { url, what, status: code, said },
    })
}

/// `: words`, if the answer is one of Grafana's, which has a `message`.
fn said(body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Said {
        message: String,
    }
    let said = serde_json::from_slice::<Said>(body).ok().filter(|said| !said.message.is_empty());
    said.map(|said| format!(": {}", said.message.chars().take(QUOTED_CHARS_MAX).collect::<String>()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grafana_says_is_quoted_and_cut() {
        assert_eq!(said(br#"{"message": "no rights", "accessErrorId": "x"}"#), ": no rights");
        assert_eq!(said(b"<html>"), "");
        assert_eq!(said(br#"{"message": ""}"#), "");
        let long = format!(r#"{{"message": "{}"}}"#, "x".repeat(10_000));
        assert_eq!(said(long.as_bytes()).len(), QUOTED_CHARS_MAX + 2);
    }
}
