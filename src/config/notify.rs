//! `notify`: who is told when something is wrong.
//!
//! Not whether anybody listens there: that is seen when it is told.
//! Invariant: an address is http and holds no password, and no message repeats one: the path of a webhook may be a secret.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;

use super::complaint::{Complaint, Reading, Reported};
use super::entry::Entry;
use super::meaning::{Authorization, NotifySettings, ReceiverKind, ReceiverSettings};
use super::value::{Bounds, duration};

/// More would be a mistake in a template; each has a task of its own.
const RECEIVERS_MAX: usize = 32;
const TIMEOUT: Bounds<Duration> = Bounds {
    least: Duration::from_millis(100),
    most: Duration::from_mins(1),
    why: "an answer takes some time, and one that never comes has to be noticed",
};
const TIMEOUT_DEFAULT: Duration = Duration::from_secs(10);
const RESEND: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(1),
    why: "an alert ends by itself after four times as long without news",
};
const REPEAT: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(7 * 24),
    why: "more often would be noise, and what is told more rarely is forgotten",
};

const GROUP: Bounds<Duration> = Bounds {
    least: Duration::from_secs(1),
    most: Duration::from_hours(1),
    why: "a message tells all that holds, and who is told later than that is told too late",
};
/// Where they lie in the repository: relative, since nobody but you knows where you keep them.
const RUNBOOKS_DEFAULT: &str = "docs/runbooks/";

/// Reads both lists.
pub(super) fn read(entry: Entry, reading: &mut Reading<'_>) -> Result<NotifySettings, Reported> {
    let mut notify = entry.mapping(reading)?;
    let runbooks = notify.take("runbook_url").value_or(reading, RUNBOOKS_DEFAULT.to_owned(), runbooks);
    let settings = read_lists((notify.take("alertmanagers"), notify.take("webhooks")), reading);
    notify.finish(reading, |_| None);
    let (runbooks, mut settings) = (runbooks?, settings?);
    for receiver in &mut settings.receivers {
        receiver.runbooks.clone_from(&runbooks);
    }
    Ok(settings)
}

/// What a link can begin with. What is relative leads nowhere from a message, and is the default alone.
fn runbooks(text: &str) -> Result<String, Complaint> {
    if text == RUNBOOKS_DEFAULT || text.starts_with("https://") || text.starts_with("http://") {
        return Ok(text.to_owned());
    }
    Err(Complaint::new("expected https://… or http://…").hint("`NAME.md` is put after it".to_owned()))
}

/// Alertmanagers and webhooks.
pub(super) fn read_lists(
    (alertmanagers, webhooks): (Entry, Entry),
    reading: &mut Reading<'_>,
) -> Result<NotifySettings, Reported> {
    let alertmanagers = receivers(alertmanagers, ReceiverKind::Alertmanager, reading);
    let webhooks = receivers(webhooks, ReceiverKind::Webhook, reading);
    let receivers = [alertmanagers?, webhooks?].concat();
    Ok(NotifySettings { receivers })
}

fn receivers(entry: Entry, kind: ReceiverKind, reading: &mut Reading<'_>) -> Result<Vec<ReceiverSettings>, Reported> {
    let key = entry.key.clone();
    let items = entry.list(reading)?.unwrap_or_default();
    if items.len() > RECEIVERS_MAX {
        return Err(reading.note(&key, Complaint::new(format!("expected at most {RECEIVERS_MAX}"))));
    }
    let mut known: Vec<(String, Url)> = Vec::new();
    // All are judged before the first that failed ends it.
    let all: Vec<_> = items.into_iter().map(|item| receiver(item, kind, &mut known, reading)).collect();
    all.into_iter().collect()
}

/// An address alone, or one with settings.
fn receiver(
    entry: Entry,
    kind: ReceiverKind,
    known: &mut Vec<(String, Url)>,
    reading: &mut Reading<'_>,
) -> Result<ReceiverSettings, Reported> {
    if entry.is_single() {
        let url = url(&entry, known, reading)?;
        let (repeat, pace, runbooks) = (kind.repeat_default(), kind.pace_default(), RUNBOOKS_DEFAULT.to_owned());
        let (timeout, authorization) = (TIMEOUT_DEFAULT, None);
        return Ok(ReceiverSettings { kind, url, timeout, repeat, pace, runbooks, authorization });
    }
    let mut receiver = entry.mapping(reading)?;
    let url = url(&receiver.take("url"), known, reading);
    let timeout = receiver.take("timeout").value_or(reading, TIMEOUT_DEFAULT, |text| duration(text, &TIMEOUT));
    let (name, bounds) = match kind {
        ReceiverKind::Alertmanager => ("resend_interval", RESEND),
        ReceiverKind::Webhook => ("repeat_interval", REPEAT),
    };
    let repeat = receiver.take(name).value_or(reading, kind.repeat_default(), |text| duration(text, &bounds));
    let pace = match kind {
        ReceiverKind::Alertmanager => Ok(kind.pace_default()),
        ReceiverKind::Webhook => {
            receiver.take("group_interval").value_or(reading, kind.pace_default(), |text| duration(text, &GROUP))
        }
    };
    let (basic_auth, bearer) = (receiver.take("basic_auth"), receiver.take("bearer_token_file"));
    let authorization = authorization(basic_auth, &bearer, reading);
    receiver.finish(reading, |_| None);
    let (url, timeout, repeat, pace, authorization) = (url?, timeout?, repeat?, pace?, authorization?);
    Ok(ReceiverSettings { kind, url, timeout, repeat, pace, runbooks: RUNBOOKS_DEFAULT.to_owned(), authorization })
}

fn url(entry: &Entry, known: &mut Vec<(String, Url)>, reading: &mut Reading<'_>) -> Result<Url, Reported> {
    let Some(text) = entry.text(reading)? else {
        return Err(reading.note(&entry.key, Complaint::new("missing").hint("write http://HOST:PORT".to_owned())));
    };
    let url = entry.judged(reading, &text, http_url)?;
    if let Some((other, _)) = known.iter().find(|(_, other)| *other == url) {
        let complaint = Complaint::new(format!("expected another address than `{other}` has")).without_value();
        return Err(reading.note(&entry.key, complaint));
    }
    known.push((entry.key.clone(), url.clone()));
    Ok(url)
}

fn http_url(text: &str) -> Result<Url, Complaint> {
    let expected = |hint: &str| Complaint::new("expected http://HOST:PORT").without_value().hint(hint.to_owned());
    let url = Url::parse(text).map_err(|_| expected("an address begins with `http://`"))?;
    match url.scheme() {
        "http" => {}
        "https" => {
            let hint = "this version speaks http only; a proxy beside it can speak https";
            return Err(Complaint::new("https is not supported yet").without_value().hint(hint.to_owned()));
        }
        // `alertmanager:9093` reads as a scheme and a path.
        _ => return Err(expected("an address begins with `http://`")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(expected("user and password belong under `basic_auth`"));
    }
    if url.fragment().is_some() {
        return Err(expected("what follows `#` is never sent; leave it out"));
    }
    Ok(url)
}

fn authorization(
    basic_auth: Entry,
    bearer: &Entry,
    reading: &mut Reading<'_>,
) -> Result<Option<Authorization>, Reported> {
    let is_basic = !basic_auth.is_absent();
    let key = basic_auth.key.clone();
    let mut basic = basic_auth.mapping(reading)?;
    let username = basic.take("username").text(reading);
    let password = basic.take("password").text(reading);
    basic.finish(reading, |_| None);
    let file = bearer.text(reading)?;
    let (username, password) = (username?, password?);
    match (is_basic, file) {
        (true, Some(_)) => {
            let complaint = Complaint::new("expected `basic_auth` or `bearer_token_file`, not both").without_value();
            Err(reading.note(&bearer.key, complaint))
        }
        (true, None) => {
            if let (Some(username), Some(password)) = (username, password) {
                let (username, password) = (username.value().to_owned(), password.value().to_owned().into());
                return Ok(Some(Authorization::Basic { username, password }));
            }
            let hint = "the password may be `${file:/path}`".to_owned();
            let complaint = Complaint::new("expected `username` and `password`").without_value().hint(hint);
            Err(reading.note(&key, complaint))
        }
        (false, Some(file)) => {
            bearer.judged(reading, &file, absolute).map(|file| Some(Authorization::BearerFile(file)))
        }
        (false, None) => Ok(None),
    }
}

fn absolute(text: &str) -> Result<PathBuf, Complaint> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err(Complaint::new("expected the whole path of a file")) }
}
