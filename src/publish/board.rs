//! The latest of all clusters in one place, and what pages are made by.
//!
//! Not who polls them; it is told which clusters there are.
//! Invariant: readiness is a latch. Once every first poll was attempted the answer is yes for good,
//! whatever happens to Kafka and whichever clusters are added.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::cache::{Cache, Form, PageError, Version};
use super::latest::{Latest, Published};
use super::page::Page;
use crate::model::{ClusterName, ClusterReport, Filters, Moment, RenderOptions};

/// What the configuration says about showing reports.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardSettings {
    /// After how long without a successful poll a cluster's report is no longer shown.
    pub stale_after: Duration,
    /// What the exposition holds.
    pub options: RenderOptions,
}

/// All clusters, for readers.
#[derive(Debug)]
pub struct Board {
    view: RwLock<Arc<View>>,
    was_ready: AtomicBool,
    rendered: Arc<AtomicU64>,
}

/// One set of clusters with its pages; a reload makes another, and this one goes with its pages.
#[derive(Debug)]
struct View {
    clusters: BTreeMap<ClusterName, Latest>,
    settings: BoardSettings,
    cache: Cache,
}

impl View {
    fn new(settings: BoardSettings, clusters: impl IntoIterator<Item = Latest>) -> Arc<Self> {
        let clusters = clusters.into_iter().map(|latest| (latest.get().cluster.clone(), latest)).collect();
        Arc::new(Self { clusters, settings, cache: Cache::default() })
    }

    fn is_attempted(&self) -> bool {
        self.clusters.values().all(|latest| latest.get().is_attempted)
    }
}

impl Board {
    /// A board of these clusters.
    #[must_use]
    pub fn new(settings: BoardSettings, clusters: impl IntoIterator<Item = Latest>) -> Self {
        let view = RwLock::new(View::new(settings, clusters));
        Self { view, was_ready: AtomicBool::new(false), rendered: Arc::default() }
    }

    /// Takes over another set of clusters, as after a reload.
    pub fn replace(&self, settings: BoardSettings, clusters: impl IntoIterator<Item = Latest>) {
        let next = View::new(settings, clusters);
        let mut view = self.view.write().unwrap_or_else(PoisonError::into_inner);
        if view.is_attempted() {
            self.was_ready.store(true, Ordering::Relaxed);
        }
        *view = next;
    }

    fn view(&self) -> Arc<View> {
        Arc::clone(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether the first poll of every cluster was attempted, once.
    pub fn is_ready(&self) -> bool {
        let is_ready = self.was_ready.load(Ordering::Relaxed) || self.view().is_attempted();
        if is_ready {
            self.was_ready.store(true, Ordering::Relaxed);
        }
        is_ready
    }

    /// The latest of every cluster, by name.
    pub fn clusters(&self) -> Vec<Arc<Published>> {
        self.view().clusters.values().map(Latest::get).collect()
    }

    /// The latest of one cluster.
    pub fn cluster(&self, name: &str) -> Option<Arc<Published>> {
        self.view().clusters.get(name).map(Latest::get)
    }

    /// What is watched of one cluster, where that was said.
    pub fn filters(&self, name: &str) -> Option<Arc<dyn Filters>> {
        self.view().clusters.get(name).and_then(Latest::filters).cloned()
    }

    /// What the exposition holds.
    pub fn options(&self) -> RenderOptions {
        self.view().settings.options.clone()
    }

    /// After how long a report is no longer shown.
    pub fn stale_after(&self) -> Duration {
        self.view().settings.stale_after
    }

    /// How many pages were rendered since the start.
    pub fn rendered_count(&self) -> u64 {
        self.rendered.load(Ordering::Relaxed)
    }

    /// The page of this form as of `now`. The first who asks has it rendered, on a thread that may
    /// block; the others wait for that one.
    pub async fn page(&self, form: &Form, now: Moment) -> Result<Arc<Page>, PageError> {
        let view = self.view();
        let shown = Shown::of(&view, form, now)?;
        let mut ticket = view.cache.join(form, |form| shown.version(form));
        if let Some(duty) = ticket.duty.take() {
            let rendered = Arc::clone(&self.rendered);
            let (format, coding) = (form.format, form.coding);
            let form = form.clone();
            // Not tied to this scrape: if it gives up, the next one finds the page.
            tokio::task::spawn_blocking(move || {
                rendered.fetch_add(1, Ordering::Relaxed);
                duty.fulfil(Page::render(&shown.reports(&form), &view.settings.options, format, coding));
            });
        }
        ticket.page().await
    }
}

/// The reports that are shown at one moment, by cluster.
struct Shown(BTreeMap<ClusterName, Option<(u64, Arc<ClusterReport>)>>);

impl Shown {
    fn of(view: &View, form: &Form, now: Moment) -> Result<Self, PageError> {
        if let Some(name) = form.cluster.as_ref().filter(|name| !view.clusters.contains_key(*name)) {
            return Err(PageError::UnknownCluster(name.as_str().to_owned()));
        }
        let fresh = |latest: &Latest| {
            let published = latest.get();
            let report = published.fresh_report(now, view.settings.stale_after)?;
            Some((published.sequence, Arc::clone(report)))
        };
        Ok(Self(view.clusters.iter().map(|(name, latest)| (name.clone(), fresh(latest))).collect()))
    }

    fn in_form(&self, form: &Form) -> impl Iterator<Item = Option<&(u64, Arc<ClusterReport>)>> {
        let one = form.cluster.clone();
        self.0
            .iter()
            .filter(move |(name, _)| one.as_ref().is_none_or(|one| one == *name))
            .map(|(_, shown)| shown.as_ref())
    }

    fn version(&self, form: &Form) -> Version {
        self.in_form(form).map(|shown| shown.map(|(sequence, _)| *sequence)).collect()
    }

    fn reports(&self, form: &Form) -> Vec<&ClusterReport> {
        self.in_form(form).flatten().map(|(_, report)| report.as_ref()).collect()
    }
}

#[cfg(test)]
mod tests;
