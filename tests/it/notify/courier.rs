//! One courier and its receiver, which may be a real Alertmanager or one that misbehaves. It is NOT about what makes an
//! alert.
//! Invariant: alerts are made up, so that nothing has to be waited for but the courier.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use highwater::app::SystemClock;
use highwater::config::{Authorization, ReceiverKind, ReceiverSettings};
use highwater::model::{Clock, ClusterName};
use highwater::notify::{Alerts, Courier, Outbox};
use highwater::render::alerts::{Alert, blind};
use highwater::telemetry::SelfMetrics;
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

use crate::support::alertmanager::{Alertmanager, TELLS_NOBODY};
use crate::support::config_file::NOBODY;
use crate::support::not_run::on_each_release;
use crate::support::peer::{Manner as PeerManner, Peer};
use crate::support::release::Release;
use crate::support::wait::eventually;
use crate::support::webhook::{Manner, Webhook};

const HOSTILE: [&str; 4] = [
    "plain",
    "a \"quoted\" \\ {{ $labels }} group",
    "<script>alert(1)</script><!-- '",
    "two\nlines\u{0}\u{7f}\u{202e}größer",
];

/// A courier at work, and what it is to tell.
struct Told {
    alerts: watch::Sender<Arc<Alerts>>,
    metrics: SelfMetrics,
    clock: Arc<dyn Clock>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

fn settings(kind: ReceiverKind, url: &str) -> ReceiverSettings {
    ReceiverSettings {
        kind,
        url: url.parse().expect("an address"),
        timeout: Duration::from_millis(500),
        repeat: Duration::from_mins(1),
        pace: Duration::ZERO,
        runbooks: "https://wiki/".to_owned(),
        authorization: None,
    }
}

impl Told {
    fn start(settings: ReceiverSettings) -> Self {
        Self::start_after(settings, Arc::default())
    }

    /// What was told before is in the outbox.
    fn start_after(settings: ReceiverSettings, outbox: Arc<Mutex<Outbox>>) -> Self {
        let (alerts, receiver) = watch::channel(Arc::new(Alerts::default()));
        let metrics = SelfMetrics::new().expect("the counters can be set up");
        let counted = metrics.receiver(settings.kind.word(), "receiver".to_owned());
        let clock: Arc<dyn Clock> = Arc::new(SystemClock::default());
        let courier = Courier::new(settings, receiver, counted, Arc::clone(&clock), outbox).expect("a client");
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        tasks.spawn(courier.run(stopped));
        Self { alerts, metrics, clock, stop, tasks }
    }

    /// These hold from now on.
    fn tell(&self, clusters: &[&str]) {
        let alert = |name: &&str| {
            let condition = blind(&ClusterName::from(*name), Some("nobody answers"));
            (condition.labels.clone(), Arc::new(Alert { condition, since: self.clock.timestamp() }))
        };
        let firing = clusters.iter().map(alert).collect();
        self.alerts.send_modify(|alerts| {
            *alerts = Arc::new(Alerts { generation: alerts.generation + 1, firing, left_out: BTreeSet::new() });
        });
    }

    /// What was counted under a label value, or of messages that were taken.
    fn count(&self, word: &str) -> u64 {
        let families = self.metrics.gather(None);
        let family =
            if word == "taken" { "highwater_notifications_total" } else { "highwater_notification_failures_total" };
        let family = families.iter().find(|listed| listed.name() == family).expect("the family");
        let is_meant = |metric: &&prometheus::proto::Metric| {
            word == "taken" || metric.get_label().iter().any(|label| label.value() == word)
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
        let count =
            family.get_metric().iter().filter(is_meant).map(|metric| metric.get_counter().get_value() as u64).sum();
        count
    }

    async fn until_counted(&self, word: &str, least: u64) {
        eventually(&format!("{least} of {word}"), async || {
            let count = self.count(word);
            if count >= least { Ok(()) } else { Err(count) }
        })
        .await;
    }
}

fn clusters(alerts: &[crate::support::alertmanager::Alert]) -> Vec<String> {
    let mut names: Vec<_> = alerts.iter().map(|alert| alert.labels["cluster_name"].clone()).collect();
    names.sort_unstable();
    names
}

async fn hostile_names_and_an_end(release: Release) -> Result<(), String> {
    let alertmanager = Alertmanager::start(release, TELLS_NOBODY).await?;
    let told = Told::start(settings(ReceiverKind::Alertmanager, &alertmanager.url()));
    told.tell(&HOSTILE);
    let alerts = alertmanager.until("all alerts", |alerts| alerts.len() == HOSTILE.len()).await;
    let mut names = HOSTILE.map(str::to_owned);
    names.sort_unstable();
    assert_eq!(clusters(&alerts), names, "{release:?}");
    for alert in &alerts {
        let cluster = &alert.labels["cluster_name"];
        assert_eq!((alert.name(), alert.labels["severity"].as_str()), ("KafkaClusterBlind", "critical"));
        assert!(alert.annotations["description"].contains(cluster.as_str()), "{release:?}: {alert:?}");
        assert!(alert.starts_at < alert.ends_at, "{alert:?}");
    }
    told.tell(&["plain"]);
    let alerts = alertmanager.until("the end of three", |alerts| alerts.len() == 1).await;
    assert_eq!(clusters(&alerts), ["plain"]);
    told.tell(&[]);
    alertmanager.until("the end of all", <[_]>::is_empty).await;
    assert_eq!(told.count("refused"), 0, "{}", alertmanager.log());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn alertmanager_is_told_of_hostile_names_as_text_and_of_the_end() {
    on_each_release("alerts to Alertmanager", hostile_names_and_an_end).await;
}

async fn goes_on_until(release: Release) -> Result<(), String> {
    let alertmanager = Alertmanager::start(release, TELLS_NOBODY).await?;
    // Its end is four seconds away whenever it is sent.
    let often = ReceiverSettings {
        repeat: Duration::from_secs(1),
        ..settings(ReceiverKind::Alertmanager, &format!("{}/", alertmanager.url()))
    };
    let told = Told::start(often);
    told.tell(&["a"]);
    let first = alertmanager.until("the alert", |alerts| alerts.len() == 1).await;
    alertmanager.until("a later end", |alerts| alerts.len() == 1 && alerts[0].ends_at > first[0].ends_at).await;
    drop(told);
    alertmanager.until("its end without news", <[_]>::is_empty).await;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lasts_is_sent_again_and_ends_by_itself_when_nobody_does() {
    on_each_release("alerts that last", goes_on_until).await;
}

#[tokio::test]
async fn a_webhook_gets_changes_once_and_again_what_lasts() {
    let webhook = Webhook::start().await;
    let often = ReceiverSettings { repeat: Duration::from_secs(1), ..settings(ReceiverKind::Webhook, &webhook.url()) };
    let told = Told::start(often);
    told.tell(&["a", HOSTILE[3]]);
    let posts = webhook.until("it again", |posts| posts.len() >= 2).await;
    for post in &posts {
        assert_eq!((post.method.as_str(), post.path.as_str()), ("POST", "/hook"));
        assert_eq!(post.headers["content-type"], "application/json");
        assert_eq!(post.body["alerts"][1]["annotations"]["runbook_url"], "https://wiki/KafkaClusterBlind.md");
        assert_eq!((&post.body["version"], &post.body["status"]), (&"4".into(), &"firing".into()));
        assert_eq!(post.body["alerts"][1]["labels"]["cluster_name"], HOSTILE[3]);
    }
    told.tell(&["a"]);
    let is_over =
        |alert: &serde_json::Value| alert["status"] == "resolved" && alert["labels"]["cluster_name"] == HOSTILE[3];
    eventually("the end of one", async || {
        let alerts = webhook.alerts();
        if alerts.iter().any(is_over) { Ok(()) } else { Err(format!("{alerts:#?}")) }
    })
    .await;
    told.tell(&[]);
    let posts =
        webhook.until("the end of all", |posts| posts.last().is_some_and(|post| post.body["status"] == "resolved"));
    assert_eq!(posts.await.last().expect("there is one").body["alerts"].as_array().map(Vec::len), Some(1));
    told.until_counted("taken", webhook.posts().len() as u64).await;
}

#[tokio::test]
async fn whatever_a_receiver_does_is_counted_retried_and_over_in_time() {
    let webhook = Webhook::start().await;
    let elsewhere = Webhook::start().await;
    let manners = [
        (Manner::Failing(500), "server_error"),
        (Manner::Failing(400), "refused"),
        (Manner::Redirecting(elsewhere.url()), "redirected"),
        (Manner::Hanging, "timeout"),
    ];
    for (manner, word) in manners {
        webhook.answer(manner.clone());
        for kind in [ReceiverKind::Alertmanager, ReceiverKind::Webhook] {
            let told = Told::start(settings(kind, &webhook.url()));
            told.tell(&["a"]);
            told.until_counted(word, 2).await;
            assert_eq!(told.count("taken"), 0, "{manner:?}");
        }
    }
    assert_eq!(elsewhere.posts().len(), 0, "redirects are not followed");
    webhook.answer(Manner::Endless);
    let told = Told::start(settings(ReceiverKind::Webhook, &webhook.url()));
    told.tell(&["a"]);
    // The body that never ends is not waited for, and its status is good.
    told.until_counted("taken", 1).await;
}

#[tokio::test]
async fn what_is_no_http_is_reported() {
    for (manner, word) in [(PeerManner::Banner, "protocol"), (PeerManner::Silent, "timeout")] {
        let peer = Peer::listen(manner).await;
        let told = Told::start(settings(ReceiverKind::Alertmanager, &format!("http://{}", peer.address())));
        told.tell(&["a"]);
        told.until_counted(word, 2).await;
    }
    let told = Told::start(settings(ReceiverKind::Webhook, &format!("http://{NOBODY}/hook")));
    told.tell(&["a"]);
    told.until_counted("connect", 2).await;
}

#[tokio::test]
async fn what_was_not_taken_is_told_when_it_can_be_as_it_is_then() {
    let webhook = Webhook::start_as(Manner::Failing(503)).await;
    let mut told = Told::start(settings(ReceiverKind::Webhook, &webhook.url()));
    told.tell(&["a", "b"]);
    told.until_counted("server_error", 1).await;
    told.tell(&["b"]);
    webhook.answer(Manner::Accepting);
    told.until_counted("taken", 1).await;
    let last = webhook.posts().pop().expect("there is one");
    let statuses = |status: &str| {
        let alerts = last.body["alerts"].as_array().cloned().unwrap_or_default();
        let of_status = alerts.into_iter().filter(|alert| alert["status"] == status);
        of_status.map(|alert| alert["labels"]["cluster_name"].clone()).collect::<Vec<_>>()
    };
    // The first message may have been heard, whatever was answered.
    assert_eq!((statuses("firing"), statuses("resolved")), (vec!["b".into()], vec!["a".into()]));
    assert!(told.tasks.try_join_next().is_none(), "the courier ended");
}

#[tokio::test]
async fn who_tells_next_knows_what_was_told_even_by_a_message_that_was_cut_off() {
    for manner in [Manner::Accepting, Manner::Hanging] {
        let webhook = Webhook::start_as(manner.clone()).await;
        let outbox = Arc::<Mutex<Outbox>>::default();
        let patient =
            ReceiverSettings { timeout: Duration::from_mins(1), ..settings(ReceiverKind::Webhook, &webhook.url()) };
        let mut told = Told::start_after(patient, Arc::clone(&outbox));
        told.tell(&["a"]);
        webhook.until("the alert", |posts| posts.len() == 1).await;
        if manner == Manner::Accepting {
            told.until_counted("taken", 1).await;
        }
        told.stop.send_replace(true);
        told.tasks.join_next().await.expect("a task").expect("it ends in peace");
        // That nobody tells any more does not mean that anything is over.
        assert_eq!(webhook.posts().len(), 1, "{manner:?}");
        webhook.answer(Manner::Accepting);
        let told = Told::start_after(settings(ReceiverKind::Webhook, &webhook.url()), outbox);
        told.until_counted("taken", 1).await;
        let posts = webhook.posts();
        let alerts = posts[1].body["alerts"].as_array().expect("alerts");
        assert_eq!((posts.len(), alerts.len(), &alerts[0]["status"]), (2, 1, &"resolved".into()), "{manner:?}");
    }
}

#[tokio::test]
async fn credentials_are_sent_and_the_file_of_a_token_is_read_each_time() {
    let webhook = Webhook::start().await;
    let basic = Authorization::Basic { username: "alice".to_owned(), password: "hunter2".to_owned().into() };
    let with = |authorization| ReceiverSettings {
        authorization: Some(authorization),
        repeat: Duration::from_secs(1),
        ..settings(ReceiverKind::Webhook, &webhook.url())
    };
    let told = Told::start(with(basic));
    told.tell(&["a"]);
    told.until_counted("taken", 1).await;
    assert_eq!(webhook.posts()[0].headers["authorization"], "Basic YWxpY2U6aHVudGVyMg==");
    drop(told);

    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    let told = Told::start(with(Authorization::BearerFile(file.clone())));
    told.tell(&["a"]);
    told.until_counted("credentials", 1).await;
    for token in ["first", "second"] {
        let new = folder.path().join("new");
        std::fs::write(&new, format!("{token}\n")).expect("the folder can be written to");
        std::fs::rename(&new, &file).expect("the file can be replaced");
        let header = format!("Bearer {token}");
        webhook
            .until("the token", |posts| {
                posts.last().is_some_and(|post| post.headers["authorization"] == header.as_str())
            })
            .await;
    }
}
