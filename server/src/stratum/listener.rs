//! Accepts machines.

use super::{
    connection,
    desk::Desk,
    prefixes::{Kept, Prefix, Prefixes},
    tls,
};
use crate::{
    config::StratumConfig,
    identity::MachineTokens,
    metrics::{Counted, DOWNSTREAM, Metrics},
    service::StartError,
};
use std::{
    collections::BTreeMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use stratum::{Id, Reject};
use tokio::{
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;
use units::AccountId;

/// Connections that may wait to be accepted, where the system allows so many: after a cut all machines come back at once,
/// and one that finds no room waits for seconds.
const BACKLOG: u32 = 16_384;

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
    /// What machines of some accounts need as their password.
    pub passwords: Arc<MachineTokens>,
    seats: Mutex<Seats>,
}

#[derive(Default)]
struct Seats {
    by_address: BTreeMap<IpAddr, usize>,
    taken: usize,
}

/// A connection's seat: its prefix and its place in the counts, given back when dropped.
pub(super) struct Seat {
    pub prefix: Arc<Prefix>,
    /// The prefix was kept, for a machine of whom it is not known yet whether this is it.
    pub claim: Option<Kept>,
    /// It has come back for a session of its own, and has had no job yet.
    pub was_asked: bool,
    pub address: IpAddr,
    shared: Arc<Shared>,
    _counted: Counted,
}

/// Why there is no seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    Server,
    Address,
}

impl Full {
    const fn text(self) -> &'static str {
        match self {
            Self::Server => "Too many connections",
            Self::Address => "Too many connections from this address",
        }
    }

    /// The same as a word for the metrics.
    const fn word(self) -> &'static str {
        match self {
            Self::Server => "server_full",
            Self::Address => "address_full",
        }
    }
}

impl Listener {
    /// Listens, also for TLS where the configuration has it.
    ///
    /// # Errors
    /// Where an address cannot be listened on, or the certificate cannot be used.
    pub(crate) fn bind(
        config: StratumConfig,
        desk: Arc<Desk>,
        metrics: Arc<Metrics>,
        passwords: Arc<MachineTokens>,
    ) -> Result<Self, StartError> {
        let plain = bind(config.listen, "--stratum")?;
        let tls = match &config.tls {
            None => None,
            Some((address, files)) => {
                let acceptor = tls::acceptor(files)?;
                Some((bind(*address, "--stratum-tls")?, acceptor))
            }
        };
        let shared = Arc::new(Shared {
            desk,
            config,
            metrics,
            passwords,
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
        let plainly = accept(&plain, &shared, |socket, peer, seat| match seat {
            Ok(seat) => {
                tokio::spawn(connection::serve(socket, peer, Arc::clone(&shared), seat));
            }
            Err(full) => turn_away(&socket, full),
        });
        match &tls {
            None => plainly.await,
            Some((socket, acceptor)) => {
                // One that is turned away here gets no words: it would have to speak TLS first.
                let behind_tls = accept(socket, &shared, |socket, peer, seat| {
                    if let Ok(seat) = seat {
                        let (acceptor, shared) = (acceptor.clone(), Arc::clone(&shared));
                        tokio::spawn(serve_tls(acceptor, socket, peer, shared, seat));
                    }
                });
                tokio::join!(plainly, behind_tls);
            }
        }
    }
}

/// Serves a machine once TLS is set up. The time to log in begins after it.
async fn serve_tls(
    acceptor: TlsAcceptor,
    socket: TcpStream,
    peer: SocketAddr,
    shared: Arc<Shared>,
    seat: Seat,
) {
    let patience = shared.config.patience.tls;
    match timeout(patience, acceptor.accept(socket)).await {
        Ok(Ok(stream)) => return connection::serve(stream, peer, shared, seat).await,
        Ok(Err(error)) => tracing::debug!(%peer, %error, "a machine's TLS failed"),
        Err(_) => tracing::debug!(%peer, "a machine did not begin TLS in time"),
    }
    shared.metrics.ended("tls");
}

/// A last word, if the socket takes it at once: nobody waits for a machine that is turned away.
fn turn_away(socket: &TcpStream, full: Full) {
    let mut line = stratum::reject(&Id::null(), Reject::Malformed(full.text()));
    line.push('\n');
    let _ = socket.try_write(line.as_bytes());
}

fn bind(address: SocketAddr, option: &'static str) -> Result<TcpListener, StartError> {
    listen(address).map_err(|why| StartError::listening(address, option, why))
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4()?,
        SocketAddr::V6(_) => TcpSocket::new_v6()?,
    };
    // A restart must not wait for the connections of before.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Gives every connection that comes to `serve`, with its seat where there is one.
async fn accept(
    listener: &TcpListener,
    shared: &Arc<Shared>,
    serve: impl Fn(TcpStream, SocketAddr, Result<Seat, Full>),
) {
    let mut said = false;
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
        let seat = shared.seat(peer.ip());
        if let Err(full) = &seat {
            shared.metrics.turned_away(full.word());
            // Said once, until there is room again: a flood of connections must not be one of lines.
            if !said {
                tracing::warn!(%peer, why = full.text(), "machines are turned away");
            }
        }
        said = seat.is_err();
        serve(socket, peer, seat);
    }
}

impl Shared {
    fn seat(self: &Arc<Self>, address: IpAddr) -> Result<Seat, Full> {
        let address = counted_as(address);
        let mut seats = self.seats();
        let here = seats.by_address.get(&address).copied().unwrap_or_default();
        if here >= self.config.connections_per_address {
            return Err(Full::Address);
        }
        if seats.taken >= self.config.connections {
            return Err(Full::Server);
        }
        let prefixes = self.desk.prefixes();
        let kept = prefixes.kept_for(address);
        let held = kept.as_ref().map(|kept| Arc::clone(&kept.prefix));
        let prefix = held.or_else(|| prefixes.take()).ok_or(Full::Server)?;
        seats.taken += 1;
        seats.by_address.insert(address, here + 1);
        Ok(Seat {
            prefix,
            was_asked: kept.as_ref().is_some_and(|kept| kept.asked),
            claim: kept,
            address,
            shared: Arc::clone(self),
            _counted: self.metrics.connected(DOWNSTREAM),
        })
    }

    fn seats(&self) -> MutexGuard<'_, Seats> {
        self.seats.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whose connections are counted together: of IPv6 a whole /64, which is what one subscriber has.
pub(super) fn counted_as(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & !u128::from(u64::MAX)).into()),
        address => address,
    }
}

impl Seat {
    /// Who holds which prefix.
    pub(super) fn prefixes(&self) -> &Arc<Prefixes> {
        self.shared.desk.prefixes()
    }

    /// Whose it is that sits here: true where the prefix is for him. Where it was kept for another, it is kept again.
    pub(super) fn claim_for(&mut self, account: AccountId) -> bool {
        match self.claim.take() {
            // What was of a machine that went is of no use to others, and does no harm.
            Some(kept) if kept.asked && kept.account != account => {
                self.prefixes().keep(kept);
                false
            }
            _ => true,
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // Who never said who he is cannot keep it from the one that it is for.
        if let Some(kept) = self.claim.take() {
            self.prefixes().keep(kept);
        }
        let mut seats = self.shared.seats();
        seats.taken = seats.taken.saturating_sub(1);
        match seats.by_address.get_mut(&self.address) {
            Some(here) if *here > 1 => *here -= 1,
            _ => {
                seats.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_counted_as_its_subscriber() {
        for (address, subscriber) in [
            ("192.0.2.7", "192.0.2.7"),
            ("::ffff:192.0.2.7", "192.0.2.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::", "2001:db8:1:2::"),
            ("::1", "::"),
        ] {
            let counted = counted_as(address.parse().unwrap());
            assert_eq!(counted, subscriber.parse::<IpAddr>().unwrap());
        }
    }
}
