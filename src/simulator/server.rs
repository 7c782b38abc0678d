//! The simulated brokers as others meet them: one listener each on the loopback, and a handle to what they serve.
//!
//! Not what they answer; `answer` has that, and `world` what is true.
//! Invariant: whatever is asked through the handle is of the present moment of the world's clock, or of the moment a world
//! has reached that cannot keep up with it, and no answer is of an earlier moment than one given before.

mod broker;
mod connection;
mod frames;
mod pace;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError};
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::messages::ApiKey;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::answer::{Desk, Endpoints, Reply};
use super::clock::WorldClock;
use super::faults::{FaultError, WireFaults};
use super::truth::{BrokerTruth, Truth, brokers};
use super::world::{BrokerState, Millis, World};

use pace::Pace;

pub use connection::serve_connection;

/// How often brokers look whether something about them has changed, in real time.
const TICK: Duration = Duration::from_millis(50);

/// An API as Kafka calls it, such as `Metadata`; `Unknown` for all numbers that name none.
pub type ApiName = String;

/// Where the brokers listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// Broker 1 listens on this port, broker 2 on the next; on free ports when `None`.
    pub first_port: Option<u16>,
    /// The address they listen on and name to clients.
    pub host: IpAddr,
    /// Whoever asks waits for about so much real time while the world catches up with its clock, which then stands
    /// still; for as long as it takes when `None`, so that the world is exactly at its clock's time.
    pub piece_max: Option<Duration>,
}

impl ServeOptions {
    /// A piece that nobody minds to wait for.
    pub const PIECE: Duration = Duration::from_millis(20);
}

impl Default for ServeOptions {
    fn default() -> Self {
        Self { first_port: None, host: IpAddr::V4(Ipv4Addr::LOCALHOST), piece_max: None }
    }
}

/// Why the brokers cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Somebody else listens there.
    #[error("port {} is taken: broker {broker} cannot listen on {address}", .address.port())]
    Taken {
        /// Which broker.
        broker: i32,
        /// Where it would listen.
        address: SocketAddr,
    },
    /// Ports end before the brokers do.
    #[error("there is no port for broker {broker}: from port {first_port} on there are too few")]
    NoPort {
        /// The first broker without one.
        broker: i32,
        /// The port of broker 1.
        first_port: u16,
    },
    /// The system says no.
    #[error("broker {broker} cannot listen on {address}")]
    Listen {
        /// Which broker.
        broker: i32,
        /// Where it would listen.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

/// A simulated cluster that is served. Cloning gives another handle to the same one.
#[derive(Clone)]
pub struct Simulator {
    shared: Arc<Shared>,
}

struct Shared {
    world: RwLock<World>,
    clock: Arc<WorldClock>,
    pace: Pace,
    endpoints: Endpoints,
    faults: RwLock<BTreeMap<i32, WireFaults>>,
    /// By broker and number of the API; [`NO_API`] for all that have no name.
    requests: Mutex<BTreeMap<(i32, i16), u64>>,
}

/// Stands for every number of an API that Kafka does not have, so that strangers cannot fill memory.
const NO_API: i16 = -1;

/// The listeners of a simulated cluster, before anybody attends to them.
pub struct Serving {
    simulator: Simulator,
    listeners: Vec<(i32, TcpListener)>,
}

/// What a broker does with a request.
enum Outcome {
    Reply(Reply),
    /// It hangs.
    Silence,
    /// It closes the connection, for this reason.
    Close(String),
}

impl Simulator {
    /// Takes a port for each broker of the world. Clients may connect at once; they are answered while
    /// [`Serving::run`] runs.
    pub async fn bind(
        world: World,
        clock: Arc<WorldClock>,
        options: &ServeOptions,
    ) -> Result<(Self, Serving), StartError> {
        let mut endpoints = Endpoints::new();
        let mut listeners = Vec::new();
        for broker in world.brokers().map(|broker| broker.id) {
            let address = SocketAddr::new(options.host, port(broker, options.first_port)?);
            let failed = |source: io::Error| match source.kind() {
                io::ErrorKind::AddrInUse => StartError::Taken { broker, address },
                _ => StartError::Listen { broker, address, source },
            };
            let listener = TcpListener::bind(address).await.map_err(failed)?;
            endpoints.insert(broker, listener.local_addr().map_err(failed)?);
            listeners.push((broker, listener));
        }
        let shared = Shared {
            faults: RwLock::new(endpoints.keys().map(|broker| (*broker, WireFaults::default())).collect()),
            world: RwLock::new(world),
            clock,
            pace: Pace::new(options.piece_max),
            endpoints,
            requests: Mutex::default(),
        };
        let simulator = Self { shared: Arc::new(shared) };
        Ok((simulator.clone(), Serving { simulator, listeners }))
    }

    /// `bootstrap.servers`: all brokers, whether up or not, as `host:port,host:port`.
    #[must_use]
    pub fn bootstrap(&self) -> String {
        let addresses: Vec<String> = self.shared.endpoints.values().map(ToString::to_string).collect();
        addresses.join(",")
    }

    /// Where each broker listens when it does.
    #[must_use]
    pub fn endpoints(&self) -> &Endpoints {
        &self.shared.endpoints
    }

    /// The world's clock.
    #[must_use]
    pub fn clock(&self) -> &Arc<WorldClock> {
        &self.shared.clock
    }

    /// Gives access to the world of this moment. Nobody is answered meanwhile.
    pub fn with_world<T>(&self, access: impl FnOnce(&mut World) -> T) -> T {
        access(&mut self.advanced())
    }

    /// By how much the world is behind its clock, which stands still until it has caught up.
    pub(super) fn behind(&self) -> Millis {
        let world = self.present();
        if self.shared.clock.is_held() { (self.shared.clock.now() - world.now()).max(0) } else { 0 }
    }

    /// Everything that is true at this moment.
    #[must_use]
    pub fn truth(&self) -> Truth {
        Truth::of(&self.present(), &self.shared.endpoints)
    }

    /// All brokers as they are at this moment.
    pub(super) fn brokers(&self) -> Vec<BrokerTruth> {
        brokers(&self.present(), &self.shared.endpoints)
    }

    /// What goes wrong with a broker's answers; `None` if there is no such broker.
    #[must_use]
    pub fn faults(&self, broker: i32) -> Option<WireFaults> {
        self.shared.faults.read().unwrap_or_else(PoisonError::into_inner).get(&broker).cloned()
    }

    /// Sets what goes wrong from the next answer on, on open connections too.
    pub fn set_faults(&self, broker: i32, faults: WireFaults) -> Result<(), FaultError> {
        faults.check()?;
        let mut known = self.shared.faults.write().unwrap_or_else(PoisonError::into_inner);
        *known.get_mut(&broker).ok_or(FaultError::NoBroker(broker))? = faults;
        Ok(())
    }

    /// Requests that arrived whole, by broker and API, also those that were not answered.
    #[must_use]
    pub fn requests(&self) -> BTreeMap<(i32, ApiName), u64> {
        self.counts().iter().map(|((broker, api), count)| ((*broker, name(*api)), *count)).collect()
    }

    /// Counts from zero again.
    pub fn reset_requests(&self) {
        self.counts().clear();
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<(i32, i16), u64>> {
        self.shared.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, broker: i32, request: &[u8]) {
        let api = request.first_chunk().map(|number| i16::from_be_bytes(*number));
        let api = api.filter(|api| ApiKey::try_from(*api).is_ok()).unwrap_or(NO_API);
        *self.counts().entry((broker, api)).or_default() += 1;
    }

    fn advanced(&self) -> RwLockWriteGuard<'_, World> {
        let mut world = self.shared.world.write().unwrap_or_else(PoisonError::into_inner);
        self.shared.pace.live(&mut world, &self.shared.clock);
        world
    }

    /// The world of this moment for reading, which many can do at once.
    fn present(&self) -> RwLockReadGuard<'_, World> {
        RwLockWriteGuard::downgrade(self.advanced())
    }

    /// The same without waiting for others who read: the world is then as they found it, which is at most a tick and
    /// their reading ago. So that answers that take long do not wait for each other.
    fn recent(&self) -> RwLockReadGuard<'_, World> {
        let mut world = match self.shared.world.try_write() {
            Ok(world) => world,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => {
                return self.shared.world.read().unwrap_or_else(PoisonError::into_inner);
            }
        };
        self.shared.pace.live(&mut world, &self.shared.clock);
        RwLockWriteGuard::downgrade(world)
    }

    fn state(&self, broker: i32) -> BrokerState {
        self.present().broker(broker).map_or(BrokerState::Down, |broker| broker.state)
    }

    fn answer(&self, broker: i32, request: Bytes) -> Outcome {
        let throttle_ms = self.faults(broker).unwrap_or_default().throttle_ms();
        let world = self.recent();
        match world.broker(broker).map(|broker| broker.state) {
            Some(BrokerState::Up) => {
                let desk = Desk { world: &world, broker, endpoints: &self.shared.endpoints, throttle_ms };
                desk.answer(request).map_or_else(|error| Outcome::Close(error.to_string()), Outcome::Reply)
            }
            Some(BrokerState::Hanging) => Outcome::Silence,
            Some(BrokerState::Down) | None => Outcome::Close("the broker is down".to_owned()),
        }
    }
}

impl Serving {
    /// Serves all brokers until `stop` is true or its sender is gone; then all connections are dropped.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut brokers = JoinSet::new();
        for (id, listener) in self.listeners {
            brokers.spawn(broker::attend(id, listener, self.simulator.clone()));
        }
        stopped(&mut stop).await;
        brokers.shutdown().await;
    }
}

/// Waits until it is time to stop. A sender that is gone cannot say anything else any more.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|is_stopping| *is_stopping).await);
}

/// The port of a broker; 0 stands for a free one.
fn port(broker: i32, first_port: Option<u16>) -> Result<u16, StartError> {
    let Some(first_port) = first_port else { return Ok(0) };
    let port = i32::from(first_port).checked_add(broker - 1).and_then(|port| u16::try_from(port).ok());
    port.ok_or(StartError::NoPort { broker, first_port })
}

fn name(api: i16) -> ApiName {
    ApiKey::try_from(api).map_or_else(|()| "Unknown".to_owned(), |api| format!("{api:?}"))
}

#[cfg(test)]
mod tests {
    use super::{name, port};

    #[test]
    fn ports_follow_each_other_and_end() {
        assert_eq!(port(3, None).ok(), Some(0));
        assert_eq!(port(3, Some(19_092)).ok(), Some(19_094));
        let error = port(3, Some(65_534)).expect_err("there is no port 65536").to_string();
        assert_eq!(error, "there is no port for broker 3: from port 65534 on there are too few");
    }

    #[test]
    fn apis_have_the_names_kafka_gives_them() {
        assert_eq!((name(3).as_str(), name(-1).as_str(), name(999).as_str()), ("Metadata", "Unknown", "Unknown"));
    }
}
