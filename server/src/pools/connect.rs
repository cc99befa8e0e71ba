//! From an address to a socket.

#[cfg(test)]
mod tests;

use super::{AddressError, PoolAddress, PoolPolicy, Resolver, SystemResolver, resolve};
use std::{io, net::SocketAddr, time::Duration};
use tokio::{
    net::TcpStream,
    time::{Instant, timeout, timeout_at},
};

/// For all of a name's addresses.
const PATIENCE: Duration = Duration::from_secs(10);
/// For one of several.
const EACH: Duration = Duration::from_secs(4);

/// Why there is no connection, in words of ours alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// Policy, or the name.
    #[error("{0}")]
    Address(#[from] AddressError),
    /// Nothing listens there.
    #[error("the pool refuses connections at this address")]
    Refused,
    /// No answer.
    #[error("the pool does not answer at this address")]
    TimedOut,
    /// No way there.
    #[error("the pool cannot be reached at this address")]
    Unreachable,
}

/// Connects to a pool: resolves its name once, checks every address, connects to exactly one of those. Call it for each
/// connection anew, never keep an address: what a name answers may have changed.
///
/// # Errors
/// `ConnectError`, after 15 s at most.
pub async fn connect(
    address: &PoolAddress,
    policy: &PoolPolicy,
) -> Result<TcpStream, ConnectError> {
    connect_with(address, policy, &SystemResolver).await
}

/// As [`connect`], with another resolver.
///
/// # Errors
/// The same.
pub async fn connect_with(
    address: &PoolAddress,
    policy: &PoolPolicy,
    resolver: &impl Resolver,
) -> Result<TcpStream, ConnectError> {
    let sockets = resolve(address, policy, resolver).await?;
    open(&sockets).await
}

/// Connects to the first of these checked addresses that answers.
pub(super) async fn open(sockets: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let deadline = Instant::now() + PATIENCE;
    let each = if sockets.len() > 1 { EACH } else { PATIENCE };
    let mut last = ConnectError::Unreachable;
    for to in sockets {
        match timeout_at(deadline, timeout(each, TcpStream::connect(to))).await {
            Ok(Ok(Ok(stream))) => {
                // A share must not wait for the next one.
                match stream.set_nodelay(true) {
                    Ok(()) => return Ok(stream),
                    Err(why) => last = words(&why),
                }
            }
            Ok(Ok(Err(why))) => last = words(&why),
            Ok(Err(_)) => last = ConnectError::TimedOut,
            Err(_) => return Err(ConnectError::TimedOut),
        }
    }
    Err(last)
}

fn words(why: &io::Error) -> ConnectError {
    match why.kind() {
        io::ErrorKind::ConnectionRefused => ConnectError::Refused,
        io::ErrorKind::TimedOut => ConnectError::TimedOut,
        _ => ConnectError::Unreachable,
    }
}
