//! Brokers that answer from a small written world over Kafka's real protocol on the loopback, and misbehave where
//! told to. It is NOT Kafka: nothing moves by itself, and it shares nothing with the product but the codec.
//! Invariant: every request is recorded, and one that Kafka would not understand is a fault that ends the test.

mod answer;
mod message;
mod script;
mod server;
mod world;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kafka_protocol::messages::ApiKey;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub(crate) use message::{Answer, Request};
pub(crate) use script::{Reaction, Rule};
pub(crate) use world::World;

/// A request that arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) broker: i32,
    pub(crate) api: ApiKey,
    pub(crate) version: i16,
    pub(crate) request: Request,
}

/// What all brokers share.
struct Shared {
    /// Address and version limits of each broker.
    brokers: BTreeMap<i32, Broker>,
    world: World,
    /// What a broker believes that is cut off from the others.
    beliefs: BTreeMap<i32, World>,
    rules: Vec<Rule>,
    asked: Vec<Asked>,
    faults: Vec<String>,
}

struct Broker {
    port: u16,
    /// Served versions where they differ from those the codec knows.
    versions: BTreeMap<i16, (i16, i16)>,
    connection_count: usize,
    /// A new value closes all connections.
    close: watch::Sender<u32>,
}

/// A cluster of fake brokers; dropping it ends them.
pub(crate) struct FakeCluster {
    shared: Arc<Mutex<Shared>>,
    /// The running brokers; dropping a set ends what is in it.
    running: Mutex<BTreeMap<i32, JoinSet<()>>>,
}

impl FakeCluster {
    /// Starts brokers 1 to `count`.
    pub(crate) async fn start(count: i32, world: World) -> Self {
        let shared = Shared {
            brokers: BTreeMap::new(),
            world,
            beliefs: BTreeMap::new(),
            rules: Vec::new(),
            asked: Vec::new(),
            faults: Vec::new(),
        };
        let cluster = Self { shared: Arc::new(Mutex::new(shared)), running: Mutex::default() };
        for id in 1..=count {
            cluster.listen(id, 0).await;
        }
        cluster
    }

    async fn listen(&self, id: i32, port: u16) {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.expect("a port of the loopback is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let (close, closed) = watch::channel(0);
        let mut running = JoinSet::new();
        running.spawn(server::run(listener, id, Arc::clone(&self.shared), closed));
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(id, running);
        let mut shared = self.lock();
        let before = shared.brokers.remove(&id);
        let (versions, connection_count) =
            before.map(|broker| (broker.versions, broker.connection_count)).unwrap_or_default();
        shared.brokers.insert(id, Broker { port, versions, connection_count, close });
    }

    /// Ends a broker: nobody listens there any more, and all its connections are closed.
    pub(crate) async fn stop(&self, id: i32) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        running.expect("the broker runs").shutdown().await;
    }

    /// Starts a stopped broker again, at the same address.
    pub(crate) async fn start_again(&self, id: i32) {
        let port = self.lock().broker(id).port;
        self.listen(id, port).await;
    }

    /// Closes the connections a broker has now, as brokers do with idle ones.
    pub(crate) fn close_connections(&self, id: i32) {
        self.lock().broker(id).close.send_modify(|count| *count += 1);
    }

    /// Cuts a broker off from the others: it goes on with the world as it is now.
    pub(crate) fn isolate(&self, id: i32) {
        let mut shared = self.lock();
        let now = shared.world.clone();
        shared.beliefs.insert(id, now);
    }

    /// Changes the world, for all brokers that are not cut off.
    pub(crate) fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.lock().world);
    }

    /// Lets every broker serve these versions of an API.
    pub(crate) fn serves(&self, api: ApiKey, first: i16, last: i16) {
        for broker in self.lock().brokers.values_mut() {
            broker.versions.insert(api as i16, (first, last));
        }
    }

    /// From now on a request is reacted to as the rule says; of several rules the last that fits.
    pub(crate) fn when(&self, rule: Rule) {
        self.lock().rules.push(rule);
    }

    /// Forgets all rules.
    pub(crate) fn behave(&self) {
        self.lock().rules.clear();
    }

    /// The address of a broker.
    pub(crate) fn port(&self, id: i32) -> u16 {
        self.lock().broker(id).port
    }

    /// How many connections a broker has accepted so far.
    pub(crate) fn connection_count(&self, id: i32) -> usize {
        self.lock().broker(id).connection_count
    }

    /// The requests since this was last asked for.
    pub(crate) fn take_asked(&self) -> Requests {
        let mut shared = self.lock();
        assert_eq!(shared.faults, Vec::<String>::new(), "requests Kafka would not understand");
        Requests(std::mem::take(&mut shared.asked))
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        lock(&self.shared)
    }
}

impl Shared {
    fn broker(&mut self, id: i32) -> &mut Broker {
        self.brokers.get_mut(&id).expect("the test names a broker there is")
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Requests, in the order of their arrival.
#[derive(Debug)]
pub(crate) struct Requests(pub(crate) Vec<Asked>);

impl Requests {
    /// How many there were of an API.
    pub(crate) fn count(&self, api: ApiKey) -> usize {
        self.0.iter().filter(|asked| asked.api == api).count()
    }

    /// How many there were of an API at a broker.
    pub(crate) fn count_at(&self, broker: i32, api: ApiKey) -> usize {
        self.0.iter().filter(|asked| asked.api == api && asked.broker == broker).count()
    }

    /// Those of an API.
    pub(crate) fn of(&self, api: ApiKey) -> impl Iterator<Item = &Asked> {
        self.0.iter().filter(move |asked| asked.api == api)
    }
}
