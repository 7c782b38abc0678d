//! Pages that were asked for, kept until something newer is published.
//!
//! Not filled by publishing: with nobody scraping, nothing is rendered.
//! Invariant: of each form at most one page is kept and at most one is being rendered, however many
//! scrapes wait for it, and even if all of them give up.

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::page::Page;
use crate::model::ClusterName;
use crate::render::Format;

/// What a scraper asks for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Form {
    /// The text format.
    pub format: Format,
    /// How it is packed.
    pub coding: Coding,
    /// One cluster alone, or all.
    pub cluster: Option<ClusterName>,
}

/// How a page is packed; a value of the header `Content-Encoding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// As one gzip member.
    Gzip,
}

/// Why there is no page.
#[derive(Clone, Debug, thiserror::Error)]
pub enum PageError {
    /// No cluster of this name is watched.
    #[error("no cluster is named `{0}`")]
    UnknownCluster(String),
    /// Rendering failed.
    #[error("rendering failed: {0}")]
    Render(Arc<io::Error>),
    /// Rendering ended without a result: it panicked, or the runtime is shutting down.
    #[error("rendering was broken off")]
    BrokenOff,
}

/// Which reports a page shows: the cluster's sequence, or `None` where there is no report or it is stale.
pub(super) type Version = Vec<Option<u64>>;

type Outcome = Option<Result<Arc<Page>, PageError>>;

/// The pages of one set of clusters.
#[derive(Debug, Default)]
pub(super) struct Cache(Mutex<HashMap<Form, Slot>>);

#[derive(Debug)]
struct Slot {
    version: Version,
    outcome: watch::Receiver<Outcome>,
}

impl Slot {
    fn is_rendering(&self) -> bool {
        // A closed channel without an outcome is a rendering that broke off.
        self.outcome.borrow().is_none() && self.outcome.has_changed().is_ok()
    }

    fn is_good(&self, version: &Version) -> bool {
        self.version == *version && matches!(*self.outcome.borrow(), Some(Ok(_)))
    }
}

/// What to do for a scrape: wait, and render first if nobody does.
pub(super) struct Ticket {
    outcome: watch::Receiver<Outcome>,
    /// There for the one who has to render.
    pub(super) duty: Option<Duty>,
}

/// The duty to render a page. Dropping it unfulfilled is seen by all who wait.
pub(super) struct Duty(watch::Sender<Outcome>);

impl Cache {
    /// Joins the page of this form, if it is of this version or is being rendered. A scrape that comes
    /// while an older page is in the making takes that one: it began before the newer report was there,
    /// and a page that takes longer to render than polls are apart must not be begun over and over.
    pub(super) fn join(&self, form: &Form, version_of: impl Fn(&Form) -> Version) -> Ticket {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = version_of(form);
        if let Some(slot) = slots.get(form)
            && (slot.is_rendering() || slot.is_good(&version))
        {
            return Ticket { outcome: slot.outcome.clone(), duty: None };
        }
        slots.retain(|form, slot| slot.is_rendering() || slot.is_good(&version_of(form)));
        let (sender, outcome) = watch::channel(None);
        let slot = Slot { version, outcome: outcome.clone() };
        slots.insert(form.clone(), slot);
        Ticket { outcome, duty: Some(Duty(sender)) }
    }
}

impl Duty {
    pub(super) fn fulfil(self, page: io::Result<Page>) {
        let outcome = page.map(Arc::new).map_err(|error| PageError::Render(Arc::new(error)));
        self.0.send_replace(Some(outcome));
    }
}

impl Ticket {
    pub(super) async fn page(self) -> Result<Arc<Page>, PageError> {
        let Self { mut outcome, duty } = self;
        // Whoever waits with the duty in hand would wait for itself.
        drop(duty);
        match outcome.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(PageError::BrokenOff)),
            Err(_) => Err(PageError::BrokenOff),
        }
    }
}

#[cfg(test)]
mod tests;
