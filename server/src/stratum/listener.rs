//! Accepts machines.

use super::{connection, desk::Desk, tls};
use crate::{
    config::StratumConfig,
    metrics::{Connected, Metrics},
    service::StartError,
};
use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use stratum::{PREFIX_SIZE, PrefixPool};
use tokio::{
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

/// A machine that speaks TLS must have said so by then; the time to log in begins after it.
const TLS_HANDSHAKE: Duration = Duration::from_secs(10);

/// The listeners for machines.
pub struct Listener {
    plain: TcpListener,
    tls: Option<(TcpListener, TlsAcceptor)>,
    shared: Arc<Shared>,
}

/// What all connections of a listener share.
pub(super) struct Shared {
    pub desk: Arc<Desk>,
    pub config: StratumConfig,
    pub metrics: Arc<Metrics>,
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
    _counted: Connected,
}

impl Listener {
    /// Listens, also for TLS where the configuration has it.
    ///
    /// # Errors
    /// Where an address cannot be listened on, or the certificate cannot be used.
    pub async fn bind(
        config: StratumConfig,
        desk: Arc<Desk>,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StartError> {
        let plain = bind(config.listen, "--stratum").await?;
        let tls = match &config.tls {
            None => None,
            Some((address, files)) => {
                let acceptor = tls::acceptor(files)?;
                Some((bind(*address, "--stratum-tls").await?, acceptor))
            }
        };
        let shared = Arc::new(Shared {
            desk,
            config,
            metrics,
            seats: Mutex::default(),
        });
        Ok(Self { plain, tls, shared })
    }

    /// The address of the plain listener, and of the one with TLS.
    ///
    /// # Errors
    /// Where the system does not tell.
    pub fn addresses(&self) -> std::io::Result<(SocketAddr, Option<SocketAddr>)> {
        let tls = self.tls.as_ref().map(|(socket, _)| socket.local_addr());
        Ok((self.plain.local_addr()?, tls.transpose()?))
    }

    /// Serves machines for as long as the server runs.
    pub async fn run(self) {
        let Self { plain, tls, shared } = self;
        let plainly = accept(&plain, &shared, |socket, peer, seat| {
            tokio::spawn(connection::serve(socket, peer, Arc::clone(&shared), seat));
        });
        match &tls {
            None => plainly.await,
            Some((socket, acceptor)) => {
                let secretly = accept(socket, &shared, |socket, peer, seat| {
                    let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                    tokio::spawn(async move {
                        match timeout(TLS_HANDSHAKE, acceptor.accept(socket)).await {
                            Ok(Ok(stream)) => connection::serve(stream, peer, shared, seat).await,
                            Ok(Err(error)) => {
                                tracing::info!(%peer, %error, "a machine's TLS failed")
                            }
                            Err(_) => tracing::info!(%peer, "a machine did not begin TLS in time"),
                        }
                    });
                });
                tokio::join!(plainly, secretly);
            }
        }
    }
}

async fn bind(address: SocketAddr, option: &'static str) -> Result<TcpListener, StartError> {
    let bound = TcpListener::bind(address).await;
    bound.map_err(|why| StartError::listening(address, option, why))
}

/// Gives every connection that comes to `serve`, with its seat.
async fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    serve: impl Fn(TcpStream, SocketAddr, Seat),
) {
    let mut full = false;
    loop {
        let (socket, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file handles, mostly: wait for some to come back.
                tracing::warn!(%error, "a machine could not be accepted");
                tokio::time::sleep(Duration::from_millis(200)).await;
                continue;
            }
        };
        // An answer must not wait for the next one.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%peer, %error, "no TCP_NODELAY");
        }
        if let Some(seat) = shared.seat(peer.ip()) {
            full = false;
            serve(socket, peer, seat);
            continue;
        }
        shared.metrics.turned_away.inc();
        // Said once, until there is room again: a flood of connections must not be one of lines.
        if !full {
            full = true;
            tracing::warn!(%peer, "machines are turned away: too many connections");
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
            _counted: self.metrics.connected("downstream"),
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
