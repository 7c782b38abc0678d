//! Everything that is true of a simulated cluster, as a function of time.
//!
//! Not how it is asked or told; `answer` and `server` do that. No clock: whoever asks says what time it is.
//! Invariant: the state depends on the seed, the stories and the time since its start alone: not on when that was, nor on how
//! often it was asked.

mod act;
mod agenda;
mod birth;
mod broker;
mod chance;
mod cluster_acts;
mod compacted;
mod group;
mod group_acts;
mod log;
mod lookup;
mod membership;
mod offsets_log;
mod offsets_record;
mod rebalance;
mod topic;

#[cfg(test)]
mod checks;

use std::collections::BTreeMap;

use crate::simulator::spec::{Action, ClusterSettings, Scenario};

use agenda::{Agenda, Due};
use chance::Chance;

pub use broker::{Broker, BrokerState};
pub use compacted::KeptRecord;
pub use group::{Group, GroupState, Member, Reading};
pub use topic::{Partition, Topic};

/// Milliseconds since the Unix epoch, or a number of milliseconds.
pub type Millis = i64;

/// Kafka's own topic of committed offsets.
pub const OFFSETS_TOPIC: &str = "__consumer_offsets";

/// Its partitions, as many as Kafka makes by default.
pub const OFFSETS_PARTITIONS: u32 = 50;

/// A simulated cluster at a moment.
#[derive(Clone, Debug)]
pub struct World {
    settings: ClusterSettings,
    chance: Chance,
    now: Millis,
    cluster_id: String,
    /// Counts active controllers.
    controller_epoch: i32,
    brokers: BTreeMap<i32, Broker>,
    /// Deleted ones keep their place, so that a place always means the same topic.
    topics: Vec<Topic>,
    topic_places: BTreeMap<String, usize>,
    groups: BTreeMap<String, Group>,
    /// What groups wrote last to the offsets topic; empty where that is not kept.
    written: BTreeMap<String, offsets_log::Written>,
    /// Partitions of the offsets topic whose new leader still reads them, and until when.
    loading: BTreeMap<u32, Millis>,
    agenda: Agenda,
    /// By number of an API, for those whose newest versions the brokers' software does not know.
    versions_max: BTreeMap<i16, i16>,
}

/// Why something cannot happen in a world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// It speaks of something the world does not have.
    #[error("there is no {kind} `{name}`")]
    Missing {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Two scenarios name the same thing, or one does so twice.
    #[error("the {kind} `{name}` is there twice: in `{first}` and in `{second}`")]
    Twice {
        /// What kind of thing.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The scenario that named it first.
        first: String,
        /// The scenario that named it again.
        second: String,
    },
    /// All scenarios together have too many of something.
    #[error("expected at most {max} {what}, got {got}")]
    TooMany {
        /// What there is too much of.
        what: &'static str,
        /// The bound.
        max: u64,
        /// What there would be.
        got: u64,
    },
    /// It makes no sense now.
    #[error("{0}")]
    Refused(String),
}

impl World {
    /// A world in which the stories begin at `start`; producers have been at work before.
    pub fn new(settings: &ClusterSettings, scenarios: &[Scenario], start: Millis) -> Result<Self, WorldError> {
        birth::world(settings, scenarios, start)
    }

    /// When its stories began.
    #[must_use]
    pub fn began(&self) -> Millis {
        self.chance.start
    }

    /// What time it is in it.
    #[must_use]
    pub fn now(&self) -> Millis {
        self.now
    }

    /// Lets time pass until a moment; one that lies behind changes nothing.
    pub fn advance(&mut self, to: Millis) {
        self.advance_while(to, || true);
    }

    /// The same, but only as long as it may go on, which is asked before each millisecond in which something happens;
    /// whether the moment was reached. Within a millisecond nobody looks, so what is seen is a function of time alone.
    pub fn advance_while(&mut self, to: Millis, mut may_go_on: impl FnMut() -> bool) -> bool {
        while let Some(at) = self.agenda.next_at().filter(|at| *at <= to) {
            if at > self.now && !may_go_on() {
                return false;
            }
            self.now = self.now.max(at);
            if let Some(due) = self.agenda.next() {
                self.happen(due);
            }
        }
        self.now = self.now.max(to);
        true
    }

    /// Does something now.
    pub fn act(&mut self, action: &Action) -> Result<(), WorldError> {
        act::act(self, action)
    }

    /// Makes the brokers' software older: of the API with this number it knows no newer version. Connections that are open are
    /// not told, as after an upgrade that closed none.
    pub fn serve_at_most(&mut self, api: i16, version: i16) {
        self.versions_max.insert(api, version);
    }

    /// Changes a group with the rest of the world at hand, and keeps what it then writes to the offsets topic; `None`
    /// if there is no such group.
    fn change<T>(&mut self, name: &str, how: impl FnOnce(&mut Self, &mut Group) -> T) -> Option<T> {
        let mut group = self.groups.remove(name)?;
        let done = how(self, &mut group);
        self.keep(group);
        Some(done)
    }

    /// Takes back a group that was taken out to be changed; what it has to write to the offsets topic is written.
    fn keep(&mut self, group: Group) {
        offsets_log::note(self, &group);
        self.groups.insert(group.spec.name.clone(), group);
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Story(story) => {
                // A story may speak of what another event took away; it then has nothing to happen to.
                drop(self.act(&story.action));
                self.agenda.again(self.now, story);
            }
            Due::Action(action) => drop(self.act(&action)),
            Due::Commit { group } => offsets_log::commit(self, &group),
            Due::Joined { group, round } => rebalance::joined(self, &group, round),
            Due::Synced { group, round } => rebalance::synced(self, &group, round),
            Due::Missed { group, member } => membership::missed(self, &group, &member),
            Due::PolledTooLate { group, member } => membership::polled_too_late(self, &group, &member),
        }
    }
}
