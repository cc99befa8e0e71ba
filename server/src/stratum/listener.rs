//! Accepts machines.

use super::{connection, desk::Desk};
use crate::config::StratumConfig;
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use stratum::{PREFIX_SIZE, PrefixPool};
use tokio::net::TcpListener;

/// The listener for machines.
pub struct Listener {
    socket: TcpListener,
    shared: Arc<Shared>,
}

/// What all connections of a listener share.
pub(super) struct Shared {
    pub desk: Arc<Desk>,
    pub config: StratumConfig,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    prefixes: PrefixPool,
    by_address: BTreeMap<IpAddr, usize>,
    taken: usize,
}

/// A connection's seat: its prefix and its place in the counts, given back when dropped.
pub(super) struct Seat {
    pub prefix: [u8; PREFIX_SIZE],
    address: IpAddr,
    shared: Arc<Shared>,
}

impl Listener {
    /// Listens.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
    pub async fn bind(config: StratumConfig, desk: Arc<Desk>) -> std::io::Result<Self> {
        let socket = TcpListener::bind(config.listen).await?;
        let shared = Arc::new(Shared {
            desk,
            config,
            seats: Mutex::default(),
        });
        Ok(Self { socket, shared })
    }

    /// The address it listens on.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Serves machines for as long as the server runs.
    pub async fn run(self) {
        let mut full = false;
        loop {
            let (socket, peer) = match self.socket.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    // Out of file handles, mostly: wait for some to come back.
                    tracing::warn!(%error, "a machine could not be accepted");
                    tokio::time::sleep(std::time::Duration::from_millis(200)).await;
                    continue;
                }
            };
            match self.shared.seat(peer.ip()) {
                Some(seat) => {
                    full = false;
                    tokio::spawn(connection::serve(
                        socket,
                        peer,
                        Arc::clone(&self.shared),
                        seat,
                    ));
                }
                // Said once, until there is room again: a flood of connections must not be one of lines.
                None if !full => {
                    full = true;
                    tracing::warn!(%peer, "machines are turned away: too many connections");
                }
                None => {}
            }
        }
    }
}

impl Shared {
    fn seat(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let mut seats = self.seats();
        let here = seats.by_address.get(&address).copied().unwrap_or_default();
        if seats.taken >= self.config.connections || here >= self.config.connections_per_address {
            return None;
        }
        let prefix = seats.prefixes.take()?;
        seats.taken += 1;
        seats.by_address.insert(address, here + 1);
        Some(Seat {
            prefix,
            address,
            shared: Arc::clone(self),
        })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.shared.seats();
        seats.prefixes.release(self.prefix);
        seats.taken = seats.taken.saturating_sub(1);
        match seats.by_address.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                seats.by_address.remove(&self.address);
            }
        }
    }
}
