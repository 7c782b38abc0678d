//! The links to all brokers of a cluster, by broker id.
//!
//! Not the order of questions; it carries them out on many brokers at once.
//! Invariant: a broker is its id; a changed address is a new link, a vanished broker none.

mod enter;

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::config::BrokerAddress;
use crate::model::{BrokerId, ProblemKind, Question};

use super::ask::metadata::ClusterMetadata;
use super::error::Error;
use super::link::Link;
use super::poll::Poll;

pub(super) use enter::Failure;

/// What each broker is to be asked.
pub(super) type Jobs<Job> = BTreeMap<BrokerId, Job>;

/// All links of one cluster.
pub(super) struct Fleet {
    bootstrap: Vec<BrokerAddress>,
    links: BTreeMap<BrokerId, Link>,
    /// The connection to a bootstrap address that just gave the metadata.
    entrance: Option<Link>,
    /// Who gave the last metadata.
    last_good: Option<BrokerId>,
    /// What was found to answer on a bootstrap address instead of Kafka.
    diagnosis: BTreeMap<usize, String>,
}

impl Fleet {
    pub(super) fn new(bootstrap: Vec<BrokerAddress>) -> Self {
        Self { bootstrap, links: BTreeMap::new(), entrance: None, last_good: None, diagnosis: BTreeMap::new() }
    }

    /// Makes the links those of the brokers that metadata names.
    fn follow(&mut self, found: &ClusterMetadata) {
        self.links.retain(|id, link| found.addresses.get(id) == Some(link.address()));
        self.welcome(found);
        self.entrance = None;
    }

    /// Adds links to brokers that were not known.
    fn welcome(&mut self, found: &ClusterMetadata) {
        for (id, address) in &found.addresses {
            if !self.links.contains_key(id) {
                // The connection to a bootstrap address goes on as the broker's, if it is the same door.
                let entrance = self.entrance.take_if(|entrance| entrance.address() == address);
                if entrance.is_some() {
                    self.last_good = Some(*id);
                }
                self.links.insert(*id, entrance.unwrap_or_else(|| Link::new(address.clone())));
            }
        }
    }

    /// The brokers there are links to.
    pub(super) fn broker_ids(&self) -> impl Iterator<Item = BrokerId> + '_ {
        self.links.keys().copied()
    }

    /// Whether a connected broker serves a question.
    pub(super) fn serves(&self, broker: BrokerId, question: Question) -> bool {
        self.links.get(&broker).is_some_and(|link| link.serves(question))
    }

    /// The brokers that did not answer in time in this poll.
    pub(super) fn silent(&self, poll: &Poll) -> BTreeSet<BrokerId> {
        self.links.iter().filter(|(_, link)| link.fell_silent(poll)).map(|(id, _)| *id).collect()
    }

    /// The brokers with an open connection, the one that gave the last metadata first.
    fn connected(&self) -> Vec<BrokerId> {
        let connected = self.links.iter().filter(|(_, link)| link.is_connected());
        let mut ids: Vec<BrokerId> = connected.map(|(id, _)| *id).collect();
        ids.sort_by_key(|id| Some(*id) != self.last_good);
        ids
    }

    /// A broker that is likely to answer.
    pub(super) fn most_promising(&mut self) -> Option<(BrokerId, &mut Link)> {
        let id = *self.connected().first()?;
        self.links.get_mut(&id).map(|link| (id, link))
    }

    /// A connected broker that is likely to answer this question.
    pub(super) fn most_promising_for(&self, question: Question) -> Option<BrokerId> {
        self.connected().into_iter().find(|broker| self.serves(*broker, question))
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
