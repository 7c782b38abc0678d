//! The links to all brokers of a cluster, by broker id, and the way in when there are none.
//!
//! Not the order of questions; it carries them out on many brokers at once.
//! Invariant: a broker is its id; a changed address is a new link, a vanished broker none.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use crate::config::BrokerAddress;
use crate::model::{BrokerId, ProblemKind, Question};

use super::ask::metadata::{self, ClusterMetadata, TopicsWanted};
use super::diagnose;
use super::error::Error;
use super::link::Link;
use super::poll::Poll;

/// What each broker is to be asked.
pub(super) type Jobs<Job> = BTreeMap<BrokerId, Job>;

/// All links of one cluster.
pub(super) struct Fleet {
    bootstrap: Vec<BrokerAddress>,
    links: BTreeMap<BrokerId, Link>,
    entrance: Option<Link>,
    last_good: Option<BrokerId>,
    diagnosis: BTreeMap<usize, String>,
}

impl Fleet {
    pub(super) fn new(bootstrap: Vec<BrokerAddress>) -> Self {
        Self { bootstrap, links: BTreeMap::new(), entrance: None, last_good: None, diagnosis: BTreeMap::new() }
    }

    /// Asks one broker after another for the cluster's metadata until one answers: first the one
    /// that answered last, then the other known ones, then the bootstrap addresses. The errors are
    /// sentences with the address.
    pub(super) async fn metadata(
        &mut self,
        wanted: &TopicsWanted,
        poll: &Poll,
    ) -> Result<ClusterMetadata, Vec<String>> {
        let mut failures = Vec::new();
        for id in self.by_promise() {
            let Some(link) = self.links.get_mut(&id) else { continue };
            match metadata::ask(link, wanted, poll).await {
                Ok(found) => {
                    self.last_good = Some(id);
                    self.follow(&found);
                    return Ok(found);
                }
                Err(error) => failures.push(format!("broker {id} at {}: {error}", link.address())),
            }
        }
        self.enter(wanted, poll, &mut failures).await.ok_or(failures)
    }

    /// Known brokers, the most promising first.
    fn by_promise(&self) -> Vec<BrokerId> {
        let mut ids: Vec<BrokerId> = self.links.keys().copied().collect();
        ids.sort_by_key(|id| {
            let is_connected = self.links.get(id).is_some_and(Link::is_connected);
            (Some(*id) != self.last_good || !is_connected, !is_connected)
        });
        ids
    }

    async fn enter(
        &mut self,
        wanted: &TopicsWanted,
        poll: &Poll,
        failures: &mut Vec<String>,
    ) -> Option<ClusterMetadata> {
        for place in 0..self.bootstrap.len() {
            let address = self.bootstrap.get(place)?.clone();
            let mut link = Link::new(address);
            match metadata::ask(&mut link, wanted, poll).await {
                Ok(found) => {
                    self.diagnosis.clear();
                    self.entrance = Some(link);
                    self.follow(&found);
                    return Some(found);
                }
                Err(error) => failures.push(self.explain(place, link.address(), &error, poll).await),
            }
        }
        None
    }

    async fn explain(&mut self, place: usize, address: &BrokerAddress, error: &Error, poll: &Poll) -> String {
        if error.kind == ProblemKind::Connect {
            self.diagnosis.remove(&place);
            return format!("{address}: {error}");
        }
        let sentence = match self.diagnosis.remove(&place) {
            Some(sentence) => sentence,
            None => diagnose::sentence(address, error, poll).await,
        };
        let told = format!("{address}: {sentence}");
        self.diagnosis.insert(place, sentence);
        told
    }

    /// Makes the links those of the brokers that metadata names.
    fn follow(&mut self, found: &ClusterMetadata) {
        self.links.retain(|id, link| found.addresses.get(id) == Some(link.address()));
        for (id, address) in &found.addresses {
            if !self.links.contains_key(id) {
                // The connection to a bootstrap address goes on as the broker's, if it is the same door.
                let entrance = self.entrance.take_if(|entrance| entrance.address() == address);
                self.links.insert(*id, entrance.unwrap_or_else(|| Link::new(address.clone())));
            }
        }
        self.entrance = None;
    }

    /// The brokers there are links to.
    pub(super) fn broker_ids(&self) -> impl Iterator<Item = BrokerId> + '_ {
        self.links.keys().copied()
    }

    /// Whether a connected broker serves a question.
    pub(super) fn serves(&self, broker: BrokerId, question: Question) -> bool {
        self.links.get(&broker).is_some_and(|link| link.serves(question))
    }

    /// A broker that is likely to answer.
    pub(super) fn most_promising(&mut self) -> Option<(BrokerId, &mut Link)> {
        let id = *self.by_promise().first()?;
        self.links.get_mut(&id).map(|link| (id, link))
    }

    /// Gives each broker its job, all at once, and waits for all. A job for a broker that metadata
    /// does not name fails without being sent.
    pub(super) async fn on_each<'a, Job, Found, Run, Running>(
        &'a mut self,
        mut jobs: Jobs<Job>,
        run: Run,
    ) -> Vec<(BrokerId, Result<Found, Error>)>
    where
        Run: Fn(&'a mut Link, Job) -> Running,
        Running: Future<Output = Result<Found, Error>>,
    {
        let mut running = Vec::new();
        for (id, link) in &mut self.links {
            if let Some(job) = jobs.remove(id) {
                let asked = run(link, job);
                let id = *id;
                running.push(async move { (id, asked.await) });
            }
        }
        let mut found = join_all(running).await;
        for id in jobs.into_keys() {
            let error = Error::new(ProblemKind::Connect, "the cluster does not list this broker");
            found.push((id, Err(error)));
        }
        found
    }
}
