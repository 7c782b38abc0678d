//! Ports for a cluster. It is NOT a reservation: another process may take one before the broker does, which is why
//! a start that finds a port taken is tried again elsewhere.
//! Invariant: ports lie below those the system hands out to clients, so a broker that was stopped finds its port free.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::net::{Ipv4Addr, TcpListener};

/// How many ports belong to a cluster, from its base on.
pub(crate) const BLOCK: u16 = 50;

/// Where `ZooKeeper` listens, counted from the base. Broker `i` serves clients at base + `i`.
pub(crate) const ZOOKEEPER: u16 = 10;

/// Where the controller of node `i` listens: base + this + `i`.
pub(crate) const CONTROLLER: u16 = 10;

const LOWEST: u16 = 20_000;
const BLOCKS: u64 = 240;

/// The base of a block that is wholly free at this moment.
///
/// # Panics
/// When two hundred blocks chosen at random all have a taken port.
pub(crate) fn free_block() -> u16 {
    let bases = std::iter::repeat_with(|| {
        let random = RandomState::new().build_hasher().finish() % BLOCKS;
        LOWEST + BLOCK * u16::try_from(random).expect("a small number")
    });
    bases.take(200).find(|base| is_free(*base)).expect("fifty free ports in a row")
}

fn is_free(base: u16) -> bool {
    let listeners: Result<Vec<_>, _> =
        (base..base + BLOCK).map(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, port))).collect();
    listeners.is_ok()
}
