//! Why dashboards could not be pushed, each with what to do about it.
//!
//! Not words of Grafana alone: those are quoted, cut short.
//! Invariant: every message names the address that was asked, and none holds the token.

use std::time::Duration;

use reqwest::StatusCode;

/// Why a push ended.
#[derive(Debug, thiserror::Error)]
pub enum PushError {
    /// The HTTP client could not be made.
    #[error("cannot set up an HTTP client")]
    Client(#[source] reqwest::Error),
    /// A shipped dashboard is not JSON.
    #[error("the shipped dashboard {0} is damaged")]
    Shipped(&'static str, #[source] serde_json::Error),
    /// Nobody listens there, or the connection broke.
    #[error("{url} does not answer (asked {}): check the address, and that it is reached from here", times(*.attempts))]
    Unreachable {
        /// What was asked.
        url: String,
        /// How often.
        attempts: u32,
        /// Why.
        #[source]
        cause: reqwest::Error,
    },
    /// No answer in time, or not all of it.
    #[error("{url} did not answer within {}: check that this is Grafana, or give it longer with --timeout", humantime::format_duration(*.within))]
    TimedOut {
        /// What was asked.
        url: String,
        /// How long was waited.
        within: Duration,
    },
    /// It points elsewhere, and is not followed: the token is for the one that was named.
    #[error(
        "{url} answers {status} and points to `{target}`, which is not followed: give that address with --grafana if it is your Grafana's"
    )]
    Redirected {
        /// What was asked.
        url: String,
        /// How it answered.
        status: StatusCode,
        /// Where it points to.
        target: String,
    },
    /// 401.
    #[error(
        "{url} does not know the token (401): make one for a service account with the role Editor, and give it with --token-file or GRAFANA_TOKEN"
    )]
    Unauthorized {
        /// What was asked.
        url: String,
    },
    /// 403.
    #[error(
        "{url} does not let the token do that (403{said}): give its service account the role Editor, or another --folder"
    )]
    Forbidden {
        /// What was asked.
        url: String,
        /// What Grafana said, in brackets' style.
        said: String,
    },
    /// 404.
    #[error(
        "{url} is not there (404{said}): check that the URL is the one under which Grafana is served, with its path"
    )]
    NotFound {
        /// What was asked.
        url: String,
        /// What Grafana said.
        said: String,
    },
    /// 412 or 409.
    #[error(
        "{url} refuses `{what}`, for something else is in its place ({status}{said}): remove that in Grafana, or choose another --folder"
    )]
    InTheWay {
        /// What was asked.
        url: String,
        /// The dashboard or folder.
        what: String,
        /// How it answered.
        status: u16,
        /// What Grafana said.
        said: String,
    },
    /// Any other 4xx.
    #[error(
        "{url} refuses `{what}` ({status}{said}): Grafana 10 or newer is needed, and a dashboard that is provisioned from files has to be changed there"
    )]
    Refused {
        /// What was asked.
        url: String,
        /// The dashboard or folder.
        what: String,
        /// How it answered.
        status: u16,
        /// What Grafana said.
        said: String,
    },
    /// 5xx, again and again.
    #[error("{url} is in trouble ({status}{said}; asked {}): look at the log of Grafana, and push again", times(*.attempts))]
    Broken {
        /// What was asked.
        url: String,
        /// How it answered.
        status: u16,
        /// What Grafana said.
        said: String,
        /// How often it was asked.
        attempts: u32,
    },
    /// More than any answer of Grafana.
    #[error("{url} answers with more than {bytes_max} bytes, which is not what Grafana does: check the URL")]
    TooLarge {
        /// What was asked.
        url: String,
        /// The most that is read.
        bytes_max: usize,
    },
    /// Success, and not in Grafana's words.
    #[error("{url} answers as Grafana does not: check the URL")]
    Strange {
        /// What was asked.
        url: String,
    },
}

fn times(attempts: u32) -> String {
    if attempts == 1 { "once".to_owned() } else { format!("{attempts} times") }
}
