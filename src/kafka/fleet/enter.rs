//! Who is asked for the cluster's metadata, and the way in when nobody is connected.
//!
//! Not what the metadata says.
//! Invariant: an address that swallows everything delays no other one: all are knocked at together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;

use crate::config::BrokerAddress;
use crate::model::{BrokerId, ProblemKind, Question};

use super::super::ask::metadata::{self, ClusterMetadata, TopicsWanted};
use super::super::diagnose;
use super::super::error::Error;
use super::super::link::Link;
use super::super::poll::Poll;
use super::Fleet;

/// Why one address gave no metadata.
#[derive(Debug)]
pub(in super::super) struct Failure {
    /// The broker there, where it is known.
    pub(in super::super) broker: Option<BrokerId>,
    /// The kind.
    pub(in super::super) kind: ProblemKind,
    /// What happened, with the address.
    pub(in super::super) sentence: String,
}

/// Where to knock.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Door {
    Broker(BrokerId),
    Bootstrap(usize),
}

type Refused = Vec<(Door, BrokerAddress, Error)>;

impl Fleet {
    /// The cluster's metadata from whoever answers first: of the brokers with an open connection one
    /// after the other, from the one that answered last; then of all other known brokers and the
    /// bootstrap addresses, whichever can be connected to.
    pub(in super::super) async fn metadata(
        &mut self,
        wanted: &TopicsWanted,
        poll: &Poll,
    ) -> Result<ClusterMetadata, Vec<Failure>> {
        let mut refused = Refused::new();
        for id in self.connected() {
            let Some(link) = self.links.get_mut(&id) else { continue };
            match metadata::ask(link, wanted, poll).await {
                Ok(found) => {
                    self.last_good = Some(id);
                    self.follow(&found);
                    return Ok(found);
                }
                Err(error) => refused.push((Door::Broker(id), link.address().clone(), error)),
            }
        }
        if let Some(found) = self.enter(wanted, poll, &mut refused).await {
            self.diagnosis.clear();
            return Ok(found);
        }
        // A connection that looks open may lead nowhere. The next poll opens new ones, all at once.
        self.links.values_mut().for_each(Link::disconnect);
        refused.sort_by_key(|(door, ..)| *door);
        Err(self.explain(refused, poll).await)
    }

    /// Metadata once more in the same poll, from another broker than the first: whoever sent us to a
    /// wrong leader may itself be cut off from the controller and not know it.
    pub(in super::super) async fn second_metadata(
        &mut self,
        wanted: &TopicsWanted,
        poll: &Poll,
    ) -> Option<(BrokerId, ClusterMetadata)> {
        let ids = self.connected();
        let other = ids.iter().find(|id| Some(**id) != self.last_good);
        let id = *other.or(ids.first())?;
        let found = metadata::ask(self.links.get_mut(&id)?, wanted, poll).await.ok()?;
        self.welcome(&found);
        Some((id, found))
    }

    /// Asks this broker first from now on: it knew what the other one did not.
    pub(in super::super) fn prefer(&mut self, broker: BrokerId) {
        self.last_good = Some(broker);
    }

    /// Connects to all known brokers and bootstrap addresses at once and asks whoever is there first.
    /// Only one at a time is asked: the answer may be large, and all give the same.
    async fn enter(&mut self, wanted: &TopicsWanted, poll: &Poll, refused: &mut Refused) -> Option<ClusterMetadata> {
        let tried: BTreeSet<Door> = refused.iter().map(|(door, ..)| *door).collect();
        let known: HashSet<BrokerAddress> = self.links.values().map(|link| link.address().clone()).collect();
        let mut entrances: Vec<Link> = self.bootstrap.iter().cloned().map(Link::new).collect();
        let brokers = self.links.iter_mut().map(|(id, link)| (Door::Broker(*id), link));
        let entrances_not_known = entrances
            .iter_mut()
            .enumerate()
            .map(|(place, link)| (Door::Bootstrap(place), link))
            .filter(|(_, link)| !known.contains(link.address()));
        let mut opening: FuturesUnordered<_> = brokers
            .filter(|(door, _)| !tried.contains(door))
            .chain(entrances_not_known)
            .map(|(door, link)| async move {
                let opened = link.open(Question::Metadata, poll).await;
                (door, link, opened)
            })
            .collect();
        let mut entered = None;
        while let Some((door, link, opened)) = opening.next().await {
            let answer = match opened {
                Ok(()) => metadata::ask(link, wanted, poll).await,
                Err(error) => Err(error),
            };
            match answer {
                Ok(found) => {
                    entered = Some((door, found));
                    break;
                }
                Err(error) => refused.push((door, link.address().clone(), error)),
            }
        }
        drop(opening);
        let (door, found) = entered?;
        match door {
            Door::Broker(id) => self.last_good = Some(id),
            Door::Bootstrap(place) => self.entrance = entrances.into_iter().nth(place),
        }
        self.follow(&found);
        Some(found)
    }

    /// Finds words for the failures. It may ask once more what is on the bootstrap addresses, now that
    /// there is nothing better to do with the poll's time.
    async fn explain(&mut self, refused: Refused, poll: &Poll) -> Vec<Failure> {
        let before = std::mem::take(&mut self.diagnosis);
        let diagnosed = refused.iter().map(|(door, address, error)| diagnosed(*door, address, error, &before, poll));
        let diagnosed = join_all(diagnosed).await;
        let mut failures = Vec::with_capacity(refused.len());
        for ((door, address, error), diagnosis) in refused.into_iter().zip(diagnosed) {
            let said = diagnosis.clone().unwrap_or_else(|| error.to_string());
            let (broker, sentence) = match door {
                Door::Broker(id) => (Some(id), format!("broker {id} at {address}: {said}")),
                Door::Bootstrap(place) => {
                    self.diagnosis.extend(diagnosis.map(|sentence| (place, sentence)));
                    (None, format!("{address}: {said}"))
                }
            };
            failures.push(Failure { broker, kind: error.kind, sentence });
        }
        failures
    }
}

/// What is on a bootstrap address, as far as that is worth remembering: found out once for each run of
/// failures. A refused connection says all there is to say.
async fn diagnosed(
    door: Door,
    address: &BrokerAddress,
    error: &Error,
    before: &BTreeMap<usize, String>,
    poll: &Poll,
) -> Option<String> {
    let Door::Bootstrap(place) = door else { return None };
    if error.kind == ProblemKind::Connect {
        return None;
    }
    match before.get(&place) {
        Some(sentence) => Some(sentence.clone()),
        None => diagnose::sentence(address, error, poll).await,
    }
}
